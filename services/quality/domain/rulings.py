"""What was ruled on one answer, and what may follow: who, when, why, and which revision of it.

    PENDING → ACCEPTED | REJECTED | IN_REVIEW        by machine
    IN_REVIEW → ACCEPTED | REJECTED                  by a person, with a reason
    ACCEPTED | REJECTED → IN_REVIEW | the other      a new revision

Money follows revisions: within one revision a ruling becomes final once and stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.quality.domain.decisions import RULE_VERSION, Decision, Evidence, Reason, Verdict
from services.quality.domain.errors import OwnAnswer, ReasonMissing, WrongRulingState

MACHINE = "machine"


class RulingState(StrEnum):
    PENDING = "pending"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        return self in (RulingState.ACCEPTED, RulingState.REJECTED)


_STATES: Mapping[Verdict, RulingState] = {
    Verdict.ACCEPT: RulingState.ACCEPTED,
    Verdict.REJECT: RulingState.REJECTED,
    Verdict.REVIEW: RulingState.IN_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Where the decision on one answer stands."""

    assignment_id: str
    contractor_id: str
    state: RulingState = RulingState.PENDING
    revision: int = 1
    reason: Reason | None = None
    evidence: Evidence = field(default_factory=dict)
    rule_version: str = RULE_VERSION
    ruled_by: str = ""
    note: str = ""
    ruled_at: datetime | None = None

    def by_machine(self, decision: Decision, *, at: datetime) -> Ruling:
        self._must_be(RulingState.PENDING)
        return replace(
            self,
            state=_STATES[decision.verdict],
            reason=decision.reason,
            evidence=decision.evidence,
            rule_version=decision.rule_version,
            ruled_by=MACHINE,
            note="",
            ruled_at=at,
        )

    def by_reviewer(self, verdict: Verdict, *, reviewer_id: str, note: str, at: datetime) -> Ruling:
        """Close a review; the evidence that led to it stays."""
        self._must_be(RulingState.IN_REVIEW)
        self._may_be_ruled(by=reviewer_id, note=note)
        if verdict is Verdict.REVIEW:
            raise WrongRulingState("a review ends by accepting or rejecting", state=self.state)
        return replace(
            self,
            state=_STATES[verdict],
            reason=Reason.REVIEWED,
            ruled_by=reviewer_id,
            note=note,
            ruled_at=at,
        )

    def overturned(self, *, by: str, note: str, at: datetime) -> Ruling:
        """The other way round, as a new revision."""
        self._must_be(RulingState.ACCEPTED, RulingState.REJECTED)
        self._may_be_ruled(by=by, note=note)
        accepted = self.state is RulingState.ACCEPTED
        return replace(
            self,
            state=RulingState.REJECTED if accepted else RulingState.ACCEPTED,
            revision=self.revision + 1,
            reason=Reason.REVIEWED,
            ruled_by=by,
            note=note,
            ruled_at=at,
        )

    def reopened(self, *, by: str, note: str, at: datetime) -> Ruling:
        """Back to review, as a new revision; also at the wish of the contractor."""
        self._must_be(RulingState.ACCEPTED, RulingState.REJECTED)
        self._must_say_why(note)
        return replace(
            self,
            state=RulingState.IN_REVIEW,
            revision=self.revision + 1,
            ruled_by=by,
            note=note,
            ruled_at=at,
        )

    def _must_be(self, *states: RulingState) -> None:
        if self.state not in states:
            raise WrongRulingState(
                f"not possible for an answer that is {self.state}",
                assignment_id=self.assignment_id,
                state=self.state,
            )

    def _may_be_ruled(self, *, by: str, note: str) -> None:
        if by == self.contractor_id:
            raise OwnAnswer("nobody rules on their own answer", assignment_id=self.assignment_id)
        self._must_say_why(note)

    def _must_say_why(self, note: str) -> None:
        if not note.strip():
            raise ReasonMissing("say why", field="reason", assignment_id=self.assignment_id)
