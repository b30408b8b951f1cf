"""A ruling becomes final once a revision; who rules, says why, and never on their own answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.chassis.errors import DomainError
from services.quality.domain.decisions import Decision, Reason, Verdict
from services.quality.domain.errors import OwnAnswer, ReasonMissing, WrongRulingState
from services.quality.domain.rulings import MACHINE, Ruling, RulingState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCEPT = Decision(verdict=Verdict.ACCEPT, reason=Reason.AGREES, evidence={"posterior": 0.9})
REVIEW = Decision(verdict=Verdict.REVIEW, reason=Reason.SAMPLED)
REJECT = Decision(verdict=Verdict.REJECT, reason=Reason.FAILED_GOLD, evidence={"gold_right": 1})
PENDING = Ruling(assignment_id="asn_1", contractor_id="ctr_1")


def test_a_machine_decision_is_kept_with_its_reason_and_evidence() -> None:
    ruling = PENDING.by_machine(REJECT, at=NOON)
    assert ruling.state is RulingState.REJECTED
    assert (ruling.revision, ruling.reason, ruling.ruled_by) == (1, Reason.FAILED_GOLD, MACHINE)
    assert ruling.evidence == {"gold_right": 1}
    assert (ruling.rule_version, ruling.ruled_at) == (REJECT.rule_version, NOON)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.ACCEPT, RulingState.ACCEPTED), (Verdict.REJECT, RulingState.REJECTED)],
)
def test_a_review_ends_in_the_same_revision(verdict: Verdict, state: RulingState) -> None:
    in_review = PENDING.by_machine(REVIEW, at=NOON)
    later = NOON + timedelta(hours=1)
    ruling = in_review.by_reviewer(verdict, reviewer_id="rev_1", note="fits §2", at=later)
    assert (ruling.state, ruling.revision) == (state, 1)
    assert (ruling.ruled_by, ruling.note, ruling.ruled_at) == ("rev_1", "fits §2", later)


def test_what_is_overturned_is_a_new_revision() -> None:
    rejected = PENDING.by_machine(REJECT, at=NOON)
    accepted = rejected.overturned(by="op_1", note="gold was wrong", at=NOON)
    assert (accepted.state, accepted.revision) == (RulingState.ACCEPTED, 2)
    back = accepted.overturned(by="op_2", note="gold was right", at=NOON)
    assert (back.state, back.revision) == (RulingState.REJECTED, 3)


def test_a_contractor_may_have_it_looked_at_again_but_not_rule() -> None:
    rejected = PENDING.by_machine(REJECT, at=NOON)
    reopened = rejected.reopened(by="ctr_1", note="please look at the photo", at=NOON)
    assert (reopened.state, reopened.revision) == (RulingState.IN_REVIEW, 2)
    with pytest.raises(OwnAnswer):
        reopened.by_reviewer(Verdict.ACCEPT, reviewer_id="ctr_1", note="mine", at=NOON)
    with pytest.raises(OwnAnswer):
        rejected.overturned(by="ctr_1", note="mine", at=NOON)


@pytest.mark.parametrize("note", ["", "  \n"])
def test_a_person_says_why(note: str) -> None:
    in_review = PENDING.by_machine(REVIEW, at=NOON)
    rejected = PENDING.by_machine(REJECT, at=NOON)
    with pytest.raises(ReasonMissing):
        in_review.by_reviewer(Verdict.REJECT, reviewer_id="rev_1", note=note, at=NOON)
    with pytest.raises(ReasonMissing):
        rejected.overturned(by="op_1", note=note, at=NOON)
    with pytest.raises(ReasonMissing):
        rejected.reopened(by="ctr_1", note=note, at=NOON)


def test_steps_that_do_not_follow_are_refused() -> None:
    accepted = PENDING.by_machine(ACCEPT, at=NOON)
    in_review = PENDING.by_machine(REVIEW, at=NOON)
    with pytest.raises(WrongRulingState):
        accepted.by_machine(REJECT, at=NOON)
    with pytest.raises(WrongRulingState):
        in_review.by_machine(ACCEPT, at=NOON)
    with pytest.raises(WrongRulingState):
        in_review.by_reviewer(Verdict.REVIEW, reviewer_id="rev_1", note="hm", at=NOON)
    for ruling in (PENDING, in_review):
        with pytest.raises(WrongRulingState):
            ruling.overturned(by="op_1", note="no", at=NOON)
        with pytest.raises(WrongRulingState):
            ruling.reopened(by="op_1", note="no", at=NOON)
    for ruling in (PENDING, accepted):
        with pytest.raises(WrongRulingState):
            ruling.by_reviewer(Verdict.ACCEPT, reviewer_id="rev_1", note="no", at=NOON)


people = st.sampled_from(["ctr_1", "rev_1", "op_1"])
notes = st.sampled_from(["", "because"])


class AnySteps(RuleBasedStateMachine):
    """Whatever is tried, in whatever order: refused without a trace, or a step that is allowed."""

    @initialize()
    def start(self) -> None:
        self.ruling = PENDING
        self.final_of: dict[int, RulingState] = {}

    @rule(decision=st.sampled_from([ACCEPT, REVIEW, REJECT]))
    def machine(self, decision: Decision) -> None:
        self._step(lambda r: r.by_machine(decision, at=NOON))

    @rule(verdict=st.sampled_from(list(Verdict)), who=people, note=notes)
    def reviewer(self, verdict: Verdict, who: str, note: str) -> None:
        self._step(lambda r: r.by_reviewer(verdict, reviewer_id=who, note=note, at=NOON))

    @rule(who=people, note=notes)
    def overturn(self, who: str, note: str) -> None:
        self._step(lambda r: r.overturned(by=who, note=note, at=NOON))

    @rule(who=people, note=notes)
    def reopen(self, who: str, note: str) -> None:
        self._step(lambda r: r.reopened(by=who, note=note, at=NOON))

    def _step(self, step: object) -> None:
        before = self.ruling
        try:
            after: Ruling = step(before)  # type: ignore[operator]
        except DomainError:
            return
        leaves_final = before.state.final
        assert after.revision == before.revision + (1 if leaves_final else 0)
        assert after.state is not RulingState.PENDING
        self.ruling = after

    @invariant()
    def a_revision_has_one_final_state(self) -> None:
        if self.ruling.state.final:
            known = self.final_of.setdefault(self.ruling.revision, self.ruling.state)
            assert known is self.ruling.state


TestAnySteps = AnySteps.TestCase
TestAnySteps.settings = settings(max_examples=50, stateful_step_count=20)


def test_a_rejection_under_appeal_comes_back_on_its_own_grounds_or_is_granted() -> None:
    rejected = PENDING.by_machine(REJECT, at=NOON)
    later = NOON + timedelta(days=1)
    open_ = rejected.appealed(appeal_id="apl_1", at=later)
    assert (open_.state, open_.reason, open_.revision) == (
        RulingState.IN_REVIEW,
        Reason.APPEALED,
        2,
    )
    back = open_.let_through(at=later)
    assert (back.state, back.reason, back.ruled_by, back.revision) == (
        RulingState.REJECTED,
        Reason.FAILED_GOLD,
        MACHINE,
        3,
    )
    assert back.withheld is None
    granted = open_.granted(Reason.APPEAL_UPHELD, by="op_1", note="the gold was wrong", at=later)
    assert (granted.state, granted.revision) == (RulingState.ACCEPTED, 3)
    assert granted.evidence == rejected.evidence


def test_what_is_held_has_not_been_told_and_no_reviewer_closes_it() -> None:
    held = PENDING.by_machine(REJECT, at=NOON).held(breaker_id="brk_1", at=NOON)
    assert (held.state, held.reason, held.revision) == (RulingState.IN_REVIEW, Reason.HELD, 1)
    steps: list[Callable[[], Ruling]] = [
        lambda: held.by_reviewer(Verdict.ACCEPT, reviewer_id="rev_1", note="fits", at=NOON),
        lambda: held.adjudicated(by="ctr_2", at=NOON),
        lambda: held.checked(passed=True, evidence={}, at=NOON),
        lambda: PENDING.by_machine(REVIEW, at=NOON).let_through(at=NOON),
    ]
    for step in steps:
        with pytest.raises(WrongRulingState):
            step()
    assert held.let_through(at=NOON).revision == 2


def test_checks_accept_or_bring_the_answer_to_a_person() -> None:
    failed = PENDING.checked(passed=False, evidence={"failed": 2}, at=NOON)
    assert (failed.state, failed.revision) == (RulingState.IN_REVIEW, 1)
    passed = failed.checked(passed=True, evidence={"failed": 0}, at=NOON)
    assert (passed.state, passed.revision, passed.reason) == (
        RulingState.ACCEPTED,
        2,
        Reason.CHECKS_PASSED,
    )
    assert PENDING.checked(passed=True, evidence={}, at=NOON).revision == 1
