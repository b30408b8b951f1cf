"""Vendors and contractors take exactly the steps of the contract; histories only grow."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vendors.domain.contractors import (
    Contractor,
    ContractorState,
    ContractorStep,
    Engagement,
    NewContractor,
    enrolled,
)
from services.vendors.domain.errors import (
    ContractorStateWrong,
    VendorNotApproved,
    VendorStateWrong,
)
from services.vendors.domain.histories import Cause, StateChange
from services.vendors.domain.vendors import Vendor, VendorState, VendorStep, applied

NOW = datetime(2026, 1, 5, tzinfo=UTC)

# Written out from the comments of the proto, not taken from the code under test.
VENDOR_TABLE = {
    ("APPLIED", "approve"): "APPROVED",
    ("APPLIED", "reject"): "REJECTED",
    ("APPROVED", "suspend"): "SUSPENDED",
    ("SUSPENDED", "reinstate"): "APPROVED",
}
CONTRACTOR_TABLE = {
    ("ACTIVE", "suspend"): "SUSPENDED",
    ("SUSPENDED", "reinstate"): "ACTIVE",
    ("ACTIVE", "offboard"): "OFFBOARDED",
    ("SUSPENDED", "offboard"): "OFFBOARDED",
}


def cause(minutes: int = 0, *, actor: str = "per_1", reason: str = "why") -> Cause:
    return Cause(actor=actor, reason=reason, now=NOW + timedelta(minutes=minutes))


def a_vendor() -> Vendor:
    return applied(
        vendor_id="org_1",
        legal_name="Acme",
        country="KE",
        contact_email="a@example.com",
        cause=cause(reason="application"),
    )


def a_contractor() -> Contractor:
    row = NewContractor(
        external_id="w1", name="Ada", email="", country="KE", languages=("en",), skills=("x",)
    )
    return enrolled(row, organisation_id="org_1", engagement=Engagement.VENDOR, cause=cause())


@pytest.mark.parametrize("state", list(VendorState))
@pytest.mark.parametrize("step", list(VendorStep))
def test_vendor_steps_are_those_of_the_table(state: VendorState, step: VendorStep) -> None:
    before = replace(a_vendor(), state=state)
    wanted = VENDOR_TABLE.get((state.value, step.value))
    if wanted is None:
        with pytest.raises(VendorStateWrong) as caught:
            before.step(step, cause())
        assert caught.value.metadata == {"vendor_id": "org_1", "state": state.value}
        return
    after = before.step(step, cause(3, actor="per_op", reason="because"))
    assert after.state.value == wanted
    assert after.version == before.version + 1
    assert after.history[-1] == StateChange(
        from_state=state.value,
        to_state=wanted,
        changed_at=NOW + timedelta(minutes=3),
        actor="per_op",
        reason="because",
    )


@pytest.mark.parametrize("state", list(ContractorState))
@pytest.mark.parametrize("step", list(ContractorStep))
def test_contractor_steps_are_those_of_the_table(
    state: ContractorState, step: ContractorStep
) -> None:
    before = replace(a_contractor(), state=state)
    wanted = CONTRACTOR_TABLE.get((state.value, step.value))
    if wanted is None:
        with pytest.raises(ContractorStateWrong) as caught:
            before.step(step, cause())
        assert caught.value.metadata["state"] == state.value
        return
    after = before.step(step, cause(3, actor="per_op", reason="because"))
    assert (after.state.value, after.version) == (wanted, before.version + 1)
    assert (after.history[-1].from_state, after.history[-1].to_state) == (state.value, wanted)
    assert (after.history[-1].actor, after.history[-1].reason) == ("per_op", "because")


def check_history(history: tuple[StateChange, ...], table: dict[tuple[str, str], str]) -> None:
    """Every entry goes on where the one before it ended, along an edge of the table."""
    edges = {(before, after) for (before, _), after in table.items()}
    assert history[0].from_state == ""
    for earlier, later in itertools.pairwise(history):
        assert later.from_state == earlier.to_state
        assert (later.from_state, later.to_state) in edges
        assert later.changed_at >= earlier.changed_at


@given(st.lists(st.sampled_from(VendorStep), max_size=25))
def test_no_vendor_ever_leaves_the_table(steps: list[VendorStep]) -> None:
    vendor = a_vendor()
    for minute, step in enumerate(steps):
        before = vendor
        try:
            vendor = vendor.step(step, cause(minute))
        except VendorStateWrong:
            assert (before.state.value, step.value) not in VENDOR_TABLE
            assert vendor is before
            continue
        assert vendor.history[:-1] == before.history, "history only grows"
        assert (
            replace(vendor, state=before.state, history=before.history, version=before.version)
            == before
        ), "a step changes nothing else"
    assert vendor.version == len(vendor.history)
    assert vendor.history[-1].to_state == vendor.state.value
    check_history(vendor.history, VENDOR_TABLE)


@given(st.lists(st.sampled_from(ContractorStep), max_size=25))
def test_no_contractor_ever_leaves_the_table(steps: list[ContractorStep]) -> None:
    contractor = a_contractor()
    gone = False
    for minute, step in enumerate(steps):
        before = contractor
        try:
            contractor = contractor.step(step, cause(minute))
        except ContractorStateWrong:
            assert (before.state.value, step.value) not in CONTRACTOR_TABLE
            continue
        assert not gone, "nothing follows offboarding"
        gone = contractor.state is ContractorState.OFFBOARDED
        assert contractor.history[:-1] == before.history
    assert contractor.version == len(contractor.history)
    check_history(contractor.history, CONTRACTOR_TABLE)


@pytest.mark.parametrize("state", list(VendorState))
def test_only_an_approved_vendor_enrols(state: VendorState) -> None:
    vendor = replace(a_vendor(), state=state)
    if state is VendorState.APPROVED:
        vendor.check_may_enrol()
        return
    with pytest.raises(VendorNotApproved):
        vendor.check_may_enrol()


def test_the_first_entry_says_who_applied_and_when() -> None:
    assert a_vendor().history == (
        StateChange(
            from_state="", to_state="APPLIED", changed_at=NOW, actor="per_1", reason="application"
        ),
    )
    assert a_contractor().history[0].to_state == "ACTIVE"
