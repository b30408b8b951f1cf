"""A project's states, price and eligibility."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.broker.domain.contractors import obstacles
from services.broker.domain.errors import (
    ContractorNotActive,
    LabelsInvalid,
    LeaseInvalid,
    PayInvalid,
    ProjectStateWrong,
    ValueInvalid,
)
from services.broker.domain.projects import (
    ENDED,
    Eligibility,
    ProjectState,
    QualityPolicy,
    WorkKind,
    check_new_project,
)
from services.chassis.errors import DomainError
from tests.unit.broker.samples import NOW, a_contractor, a_project

ALLOWED = {
    (ProjectState.DRAFT, ProjectState.FUNDED),
    (ProjectState.FUNDED, ProjectState.LIVE),
    (ProjectState.LIVE, ProjectState.PAUSED),
    (ProjectState.PAUSED, ProjectState.LIVE),
    (ProjectState.LIVE, ProjectState.COMPLETED),
    (ProjectState.PAUSED, ProjectState.COMPLETED),
    (ProjectState.DRAFT, ProjectState.CANCELLED),
    (ProjectState.FUNDED, ProjectState.CANCELLED),
    (ProjectState.LIVE, ProjectState.CANCELLED),
    (ProjectState.PAUSED, ProjectState.CANCELLED),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(ProjectState, ProjectState)))
def test_only_the_steps_of_the_table_are_taken(before: ProjectState, after: ProjectState) -> None:
    project = a_project(state=before)
    if (before, after) in ALLOWED:
        moved = project.moved(after, actor="per_1", reason="because", now=NOW)
        assert moved.state is after
        assert moved.version == project.version + 1
        line = moved.history[-1]
        assert (line.from_state, line.to_state, line.actor, line.reason) == (
            before,
            after,
            "per_1",
            "because",
        )
    else:
        with pytest.raises(ProjectStateWrong) as caught:
            project.moved(after, actor="per_1", reason="because", now=NOW)
        assert caught.value.metadata["state"] == before


@given(st.lists(st.sampled_from(list(ProjectState)), max_size=12))
def test_history_only_grows_and_an_ended_project_stays_ended(steps: list[ProjectState]) -> None:
    project = a_project(state=ProjectState.DRAFT)
    for step in steps:
        before = project
        try:
            project = project.moved(step, actor="a", reason="r", now=NOW)
        except ProjectStateWrong:
            continue
        assert before.state not in ENDED
        assert project.history[:-1] == before.history


def test_money_makes_a_draft_funded_once_and_older_news_is_nothing() -> None:
    draft = a_project(state=ProjectState.DRAFT)
    funded = draft.funded(held_units=500, version=2, actor="payouts", now=NOW)
    assert (funded.state, funded.held_units) == (ProjectState.FUNDED, 500)
    assert funded.funded(held_units=100, version=1, actor="payouts", now=NOW) is funded
    more = funded.funded(held_units=900, version=3, actor="payouts", now=NOW)
    assert (more.state, more.held_units) == (ProjectState.FUNDED, 900)


@given(pay=st.integers(1, 1_000_000), commission=st.integers(0, 10_000), fee=st.integers(0, 10_000))
def test_the_highest_price_is_never_too_low(pay: int, commission: int, fee: int) -> None:
    project = a_project(pay_units=pay, commission_bps_max=commission, platform_fee_bps=fee)
    exact = pay + pay * commission / 10_000 + pay * fee / 10_000
    assert exact <= project.answer_price_units_max < exact + 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"labels": ("only",)}, LabelsInvalid),
        ({"labels": ()}, LabelsInvalid),
        ({"kind": WorkKind.TEXT, "labels": ("a", "b")}, LabelsInvalid),
        ({"pay_units": 0}, PayInvalid),
        ({"pay_units": -5}, PayInvalid),
        ({"pay_units": 10_000_000_001}, PayInvalid),
        ({"lease_seconds": 4}, LeaseInvalid),
    ],
)
def test_a_new_project_is_refused_by_rule(
    changes: dict[str, Any], error: type[DomainError]
) -> None:
    fields: dict[str, Any] = {
        "kind": WorkKind.CHOICE,
        "labels": ("a", "b"),
        "pay_units": 5,
        "lease_seconds": 0,
    }
    check_new_project(**fields)
    with pytest.raises(error) as caught:
        check_new_project(**(fields | changes))
    assert caught.value.metadata["field"]


def test_text_is_reviewed_by_sample_and_labels_are_not() -> None:
    assert QualityPolicy.default_for(WorkKind.TEXT).review_share == 0.05
    assert QualityPolicy.default_for(WorkKind.CHOICE).review_share == 0.0


def test_values_are_labels_where_there_are_labels() -> None:
    a_project().check_value("yes")
    a_project(kind=WorkKind.TEXT, labels=(), label_set=frozenset()).check_value("anything")
    with pytest.raises(ValueInvalid):
        a_project().check_value("perhaps")


@pytest.mark.parametrize(
    ("eligibility", "found"),
    [
        (Eligibility(), []),
        (Eligibility(countries=frozenset({"KE"})), []),
        (Eligibility(countries=frozenset({"PH"})), ["country"]),
        (Eligibility(countries=frozenset({"KE"}), regions=frozenset({"KE-47"})), ["region"]),
        (Eligibility(countries=frozenset({"KE", "US"}), regions=frozenset({"US-CA"})), []),
        (Eligibility(languages=frozenset({"sw", "fr"})), []),
        (Eligibility(languages=frozenset({"fr"})), ["languages"]),
        (Eligibility(skills=frozenset({"photos"})), []),
        (Eligibility(skills=frozenset({"photos", "code"})), ["skills"]),
        (Eligibility(vendor_ids=frozenset({"org_other"})), ["vendor_ids"]),
        (Eligibility(exclude_direct=True), []),
    ],
)
def test_each_clause_of_eligibility_is_told(eligibility: Eligibility, found: list[str]) -> None:
    assert obstacles(a_contractor(), a_project(eligibility=eligibility)) == found


def test_direct_contractors_are_judged_by_their_own_clause() -> None:
    direct = a_contractor(engagement=2, commission_bps={})
    named = a_project(eligibility=Eligibility(vendor_ids=frozenset({"org_other"})))
    assert obstacles(direct, named) == []
    closed = a_project(eligibility=Eligibility(exclude_direct=True))
    assert obstacles(direct, closed) == ["exclude_direct"]


def test_a_vendor_above_the_commission_limit_gets_no_work() -> None:
    dear = a_contractor(commission_bps={1: 1600})
    assert obstacles(dear, a_project()) == ["commission_bps_max"]
    assert obstacles(dear, a_project(kind=WorkKind.PAIRWISE)) == []


@pytest.mark.parametrize("changes", [{"is_active": False}, {"vendor_is_approved": False}])
def test_suspension_of_either_stops_new_work(changes: dict[str, Any]) -> None:
    a_contractor().check_active()
    with pytest.raises(ContractorNotActive):
        replace(a_contractor(), **changes).check_active()
