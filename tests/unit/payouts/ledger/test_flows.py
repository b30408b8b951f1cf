from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from services.payouts.domain.answers.pricing import price
from services.payouts.domain.errors import EntryConflict, InvalidAmount, InvalidEntry
from services.payouts.domain.ledger import flows
from services.payouts.domain.ledger.balances import trial_balance
from services.payouts.domain.ledger.entries import Entry, EntryKind, Subject
from tests.unit.payouts.samples import (
    AVAILABLE,
    BOOKING,
    HELD,
    accrual_of,
    amounts_units,
    bps,
    funded_books,
)

PAYABLE_VIA = "contractor:ctr_1:via:org_v:payable:USD"
PAYABLE = "contractor:ctr_1:payable:USD"
COMMISSION = "vendor:org_v:commission:USD"
FEES = "platform:fees:USD"


def postings_of(entry: Entry) -> dict[str, int]:
    return {posting.account: posting.amount_units for posting in entry.postings}


def test_deposit() -> None:
    entry = flows.client_deposit(
        client_id="org_a", currency="USD", amount_minor=500, rail_id="tu_1", booking=BOOKING
    )
    assert entry.entry_id == "deposit:tu_1"
    assert entry.kind is EntryKind.CLIENT_DEPOSIT
    assert postings_of(entry) == {"rail:stripe:platform:USD": 5_000_000, AVAILABLE: -5_000_000}
    assert entry.subject == Subject(client_id="org_a", rail_id="tu_1")


@pytest.mark.parametrize(
    ("make", "name", "amount", "kind", "postings"),
    [
        (
            flows.project_hold,
            "hold",
            "amount_units",
            EntryKind.PROJECT_HOLD,
            {AVAILABLE: 300, HELD: -300},
        ),
        (
            flows.hold_release,
            "release",
            "held_units",
            EntryKind.HOLD_RELEASE,
            {HELD: 300, AVAILABLE: -300},
        ),
    ],
)
def test_hold_and_release(
    make: Callable[..., Entry], name: str, amount: str, kind: EntryKind, postings: dict[str, int]
) -> None:
    entry = make(
        **{f"{name}_id": "x_1", amount: 300},
        client_id="org_a",
        project_id="prj_1",
        currency="USD",
        booking=BOOKING,
    )
    assert entry.entry_id == f"{name}:x_1"
    assert entry.kind is kind
    assert postings_of(entry) == postings
    assert entry.subject == Subject(client_id="org_a", project_id="prj_1")


@pytest.mark.parametrize("amount_minor", [0, -5])
def test_nothing_and_less_cannot_be_moved(amount_minor: int) -> None:
    with pytest.raises(InvalidAmount):
        flows.client_deposit(
            client_id="org_a",
            currency="USD",
            amount_minor=amount_minor,
            rail_id="tu_1",
            booking=BOOKING,
        )


@pytest.mark.parametrize(
    ("changes", "postings"),
    [
        ({}, {HELD: 13, PAYABLE_VIA: -10, COMMISSION: -2, FEES: -1}),
        # A direct engagement pays no commission, whatever the rate that came along.
        ({"vendor_id": ""}, {HELD: 11, PAYABLE: -10, FEES: -1}),
        ({"commission_bps": 0}, {HELD: 11, PAYABLE_VIA: -10, FEES: -1}),
        ({"fee_bps": 0}, {HELD: 12, PAYABLE_VIA: -10, COMMISSION: -2}),
        # Shares that round to nothing leave no posting behind.
        ({"pay_units": 1}, {HELD: 1, PAYABLE_VIA: -1}),
    ],
)
def test_accrual(changes: dict[str, Any], postings: dict[str, int]) -> None:
    entry = accrual_of(**changes)
    assert entry.entry_id == "accrual:asn_1:1"
    assert entry.kind is EntryKind.ACCRUAL
    assert postings_of(entry) == postings
    assert entry.subject == Subject(
        client_id="org_a",
        project_id="prj_1",
        task_id="tsk_1",
        assignment_id="asn_1",
        contractor_id="ctr_1",
        vendor_id=changes.get("vendor_id", "org_v"),
    )


def test_an_answer_accepted_again_accrues_again() -> None:
    assert accrual_of(revision=2).entry_id == "accrual:asn_1:2"


@pytest.mark.parametrize("pay_units", [0, -1])
def test_unpaid_answers_do_not_accrue(pay_units: int) -> None:
    with pytest.raises(InvalidAmount):
        accrual_of(pay_units=pay_units)


@given(pay_units=amounts_units, commission_bps=bps, fee_bps=bps)
def test_the_parts_of_an_accrual_are_its_price(
    pay_units: int, commission_bps: int, fee_bps: int
) -> None:
    postings = postings_of(
        accrual_of(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    )
    cost = price(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    assert sum(postings.values()) == 0
    assert postings[HELD] == cost.total_units
    assert -postings[PAYABLE_VIA] == pay_units
    assert -postings.get(COMMISSION, 0) == cost.commission_units
    assert -postings.get(FEES, 0) == cost.fee_units


@given(pay_units=amounts_units, commission_bps=bps, fee_bps=bps)
def test_a_reversal_compensates_exactly(pay_units: int, commission_bps: int, fee_bps: int) -> None:
    accrued = accrual_of(pay_units=pay_units, commission_bps=commission_bps, fee_bps=fee_bps)
    books = funded_books(held_units=3 * pay_units)
    before = books.nonzero()
    books.must_post(accrued)
    books.must_post(flows.accrual_reversal(accrued=accrued, reason="overturned", booking=BOOKING))
    assert books.nonzero() == before


def test_a_reversal_says_what_and_why() -> None:
    accrued = accrual_of()
    entry = flows.accrual_reversal(accrued=accrued, reason="appeal lost", booking=BOOKING)
    assert entry.entry_id == "reversal:accrual:asn_1:1"
    assert entry.reverses_id == "accrual:asn_1:1"
    assert entry.reason == "appeal lost"
    assert entry.subject == accrued.subject


def test_an_absorption_makes_the_client_whole_and_leaves_the_contractor_alone() -> None:
    accrued = accrual_of()
    books = funded_books(held_units=13)
    books.must_post(accrued)
    books.must_post(flows.accrual_absorption(accrued=accrued, reason="late", booking=BOOKING))
    assert books.balance_units(HELD) == 13
    assert books.balance_units(PAYABLE_VIA) == 10
    assert books.balance_units("platform:absorbed:USD") == 13
    assert trial_balance(books.balances_units) == {"USD": 0}


def test_only_one_way_of_undoing_happens_and_once() -> None:
    """G2: both ways share one key."""
    accrued = accrual_of()
    books = funded_books(held_units=100)
    books.must_post(accrued)
    reversal = flows.accrual_reversal(accrued=accrued, reason="x", booking=BOOKING)
    absorption = flows.accrual_absorption(accrued=accrued, reason="x", booking=BOOKING)
    books.must_post(reversal)
    assert books.post([reversal]).repeated == (reversal,)
    (refusal,) = books.post([absorption]).refused
    assert isinstance(refusal.error, EntryConflict)
    assert books.balance_units(HELD) == 100


@pytest.mark.parametrize("undo", [flows.accrual_reversal, flows.accrual_absorption])
def test_undoing_needs_an_accrual_and_a_reason(undo: Callable[..., Entry]) -> None:
    deposit = flows.client_deposit(
        client_id="org_a", currency="USD", amount_minor=1, rail_id="tu_1", booking=BOOKING
    )
    with pytest.raises(InvalidEntry):
        undo(accrued=deposit, reason="x", booking=BOOKING)
    with pytest.raises(InvalidEntry):
        undo(accrued=accrual_of(), reason="", booking=BOOKING)
