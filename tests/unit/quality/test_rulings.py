"""A ruling becomes final once a revision; who rules, says why, and never on their own answer."""

from __future__ import annotations

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
