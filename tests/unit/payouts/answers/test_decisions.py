from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.answers.decisions import (
    Decision,
    DecisionInvalid,
    ProjectBook,
    Standing,
    Verdict,
    counts_of,
    newest,
    step_of,
)
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.visibility import may_see

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def decision_of(
    verdict: Verdict, *, revision: int = 1, assignment_id: str = "asn_1", pay_bps: int = 10_000
) -> Decision:
    return Decision(
        assignment_id=assignment_id,
        revision=revision,
        verdict=verdict,
        project_id="prj_1",
        task_id="tsk_1",
        contractor_id="ctr_1",
        vendor_id="org_v",
        reason="CONSENSUS",
        decided_at=NOON,
        pay_bps=pay_bps,
    )


def test_revisions_count_from_one() -> None:
    with pytest.raises(DecisionInvalid, match="count from 1"):
        decision_of(Verdict.ACCEPTED, revision=0)


@pytest.mark.parametrize("pay_bps", [0, -1, 10_001])
def test_a_share_is_more_than_nothing_and_at_most_all(pay_bps: int) -> None:
    with pytest.raises(DecisionInvalid, match="pay_bps"):
        decision_of(Verdict.ACCEPTED, pay_bps=pay_bps)


def test_another_share_changes_the_accrual_and_the_same_share_leaves_it() -> None:
    first = step_of(decision_of(Verdict.ACCEPTED, pay_bps=4_000), None)
    assert first is not None
    same = step_of(decision_of(Verdict.ACCEPTED, revision=2, pay_bps=4_000), first.after)
    assert same is not None
    assert (same.accrues, same.reverses_revision, same.reprices) == (False, 0, False)
    more = step_of(decision_of(Verdict.ACCEPTED, revision=3, pay_bps=9_000), same.after)
    assert more is not None
    assert (more.accrues, more.reverses_revision, more.reprices) == (True, 1, True)
    assert (more.after.accrued_revision, more.after.accrued_bps) == (3, 9_000)
    kept = more.with_pay_kept()
    assert (kept.after.revision, kept.after.accrued_revision, kept.after.accrued_bps) == (
        3,
        1,
        4_000,
    )
    assert not kept.reprices


def test_review_of_an_accepted_answer_keeps_its_accrual_and_rejection_takes_it_back() -> None:
    accepted = step_of(decision_of(Verdict.ACCEPTED), None)
    assert accepted is not None
    assert accepted.accrues
    in_review = step_of(decision_of(Verdict.IN_REVIEW, revision=2), accepted.after)
    assert in_review is not None
    assert (in_review.accrues, in_review.reverses_revision) == (False, 0)
    rejected = step_of(decision_of(Verdict.REJECTED, revision=3), in_review.after)
    assert rejected is not None
    assert rejected.reverses_revision == 1
    assert rejected.after == Standing(revision=3, verdict=Verdict.REJECTED, accrued_revision=0)
    assert rejected.after.accrued_bps == 0


@given(
    ruled=st.lists(
        st.tuples(st.sampled_from(list(Verdict)), st.sampled_from([1, 5_000, 10_000])),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_in_any_order_each_accrual_is_taken_back_at_most_once(
    ruled: list[tuple[Verdict, int]], data: st.DataObject
) -> None:
    verdicts = [verdict for verdict, _ in ruled]
    revisions = [
        decision_of(verdict, revision=number, pay_bps=pay_bps)
        for number, (verdict, pay_bps) in enumerate(ruled, start=1)
    ]
    told = data.draw(st.lists(st.sampled_from(revisions), max_size=12)) + revisions
    standing: Standing | None = None
    accrued: set[int] = set()
    undone: set[int] = set()
    counts: dict[Verdict, int] = {}
    for decision in data.draw(st.permutations(told)):
        step = step_of(decision, standing)
        if step is None:
            continue
        standing = step.after
        if step.reverses_revision:
            assert step.reverses_revision in accrued - undone
            undone.add(step.reverses_revision)
        if step.accrues:
            assert decision.revision not in accrued
            accrued.add(decision.revision)
        assert len(accrued - undone) <= 1
        for verdict, count in counts_of([step])["prj_1"].items():
            counts[verdict] = counts.get(verdict, 0) + count
    assert standing is not None
    assert (standing.revision, standing.verdict) == (len(verdicts), verdicts[-1])
    # At the end at most one stands: for an accepted answer one, for a rejected one none.
    standing_revisions = accrued - undone
    assert standing_revisions == ({standing.accrued_revision} - {0})
    if standing.verdict is Verdict.ACCEPTED:
        assert len(standing_revisions) == 1
        assert standing.accrued_bps == ruled[-1][1]
    if standing.verdict is Verdict.REJECTED:
        assert not standing_revisions
    assert {verdict: count for verdict, count in counts.items() if count} == {verdicts[-1]: 1}


def test_of_several_decisions_about_one_answer_the_latest_is_kept() -> None:
    first, second = decision_of(Verdict.ACCEPTED), decision_of(Verdict.REJECTED, revision=2)
    other = decision_of(Verdict.ACCEPTED, assignment_id="asn_2")
    assert newest([second, first, other]) == [second, other]


@pytest.mark.parametrize(
    ("settled", "accepted", "rejected", "decided"),
    [(True, 2, 1, True), (True, 2, 0, False), (False, 2, 1, False)],
)
def test_a_project_is_decided_when_nothing_waits(
    settled: bool, accepted: int, rejected: int, decided: bool
) -> None:
    book = ProjectBook(
        project_id="prj_1",
        settled=settled,
        answers_submitted=3,
        accepted=accepted,
        rejected=rejected,
        in_review=5,
    )
    assert book.is_decided is decided


def test_a_vendor_takes_its_rate_for_the_kind_of_work_but_never_more_than_allowed() -> None:
    project = Project(
        project_id="prj_1",
        client_id="org_a",
        kind=2,
        pay_units=10,
        currency="USD",
        platform_fee_bps=2000,
        commission_bps_max=1500,
    )
    assert project.commission_bps({}) == 0
    assert project.commission_bps({1: 900}) == 0
    assert project.commission_bps({2: 900}) == 900
    assert project.commission_bps({2: 1600}) == 1500


@pytest.mark.parametrize(
    ("account", "seen_by"),
    [
        ("client:x:available:USD", {"CLIENT"}),
        ("client:x:project:p:held:USD", {"CLIENT"}),
        ("contractor:x:payable:USD", {"CONTRACTOR"}),
        ("contractor:x:via:x:payable:USD", {"CONTRACTOR", "VENDOR"}),
        ("contractor:x:via:other:payable:USD", {"CONTRACTOR"}),
        ("contractor:other:via:x:payable:USD", {"VENDOR"}),
        ("vendor:x:commission:USD", {"VENDOR"}),
        ("client:other:available:USD", set()),
        ("vendor:other:commission:USD", set()),
        ("platform:fees:USD", set()),
        ("platform:absorbed:USD", set()),
        ("statement:x:USD", set()),
        ("rail:stripe:platform:USD", set()),
        ("rail:stripe:connected:x:USD", set()),
    ],
)
def test_who_may_see_an_account(account: str, seen_by: set[str]) -> None:
    # One id in every role, so that no role is let in by another's part of the name.
    for role in ("CLIENT", "VENDOR", "CONTRACTOR", "SERVICE"):
        seen = may_see(parse(account), roles=frozenset({role}), organisation_id="x", subject_id="x")
        assert seen is (role in seen_by), role
    assert may_see(
        parse(account), roles=frozenset({"OPERATOR"}), organisation_id="p", subject_id="s"
    )
