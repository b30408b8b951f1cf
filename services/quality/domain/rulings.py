"""What was ruled on one answer, and what may follow: who, when, why, and which revision of it.

    PENDING → ACCEPTED | REJECTED | IN_REVIEW        by machine
    IN_REVIEW → ACCEPTED | REJECTED                  by a person, with a reason
    ACCEPTED | REJECTED → IN_REVIEW | the other      a new revision
    REJECTED → withheld → REJECTED | ACCEPTED        under appeal, or one of too many at once

Money follows revisions: within one revision a ruling becomes final once and stays so. A rejection
that is withheld stands in review, with its grounds kept aside, and no reviewer may close it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.quality.domain.decisions import RULE_VERSION, Decision, Evidence, Reason, Verdict
from services.quality.domain.errors import OwnAnswer, ReasonMissing, WrongRulingState

MACHINE = "machine"
FULL_PAY_BPS = 10_000


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
class Withheld:
    """The grounds of a rejection that waits: they come back if it is let through."""

    under: str
    """The appeal or the breaker that it waits for."""
    reason: Reason | None
    ruled_by: str
    note: str
    clause: str


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
    clause: str = ""
    """The clause of the instructions that it rests on, in words for the contractor."""
    pay_bps: int = FULL_PAY_BPS
    """Share of the pay that is accepted, in hundredths of a percent."""
    withheld: Withheld | None = None

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
            clause=decision.clause,
        )

    def rescored(self, evidence: Evidence, *, at: datetime) -> Ruling:
        """Accepted after all, because it turned out to be right: a new revision."""
        self._must_be(RulingState.REJECTED)
        return replace(
            self,
            state=RulingState.ACCEPTED,
            revision=self.revision + 1,
            reason=Reason.RESCORED,
            evidence=evidence,
            rule_version=RULE_VERSION,
            ruled_by=MACHINE,
            note="",
            clause="",
            ruled_at=at,
        )

    def by_silence(self, evidence: Evidence, *, at: datetime) -> Ruling:
        """Accepted because nobody has decided in time; one in review in a new revision."""
        self._must_be(RulingState.PENDING, RulingState.IN_REVIEW)
        self._must_be_free()
        was_pending = self.state is RulingState.PENDING
        return replace(
            self,
            state=RulingState.ACCEPTED,
            revision=self.revision if was_pending else self.revision + 1,
            reason=Reason.DEADLINE,
            evidence={**self.evidence, **evidence},
            rule_version=RULE_VERSION,
            ruled_by=MACHINE,
            note="",
            clause="",
            ruled_at=at,
        )

    def by_reviewer(
        self,
        verdict: Verdict,
        *,
        reviewer_id: str,
        note: str,
        at: datetime,
        pay_bps: int = FULL_PAY_BPS,
    ) -> Ruling:
        """Close a review; the evidence that led to it stays. What was rejected rests on `note`."""
        self._must_be(RulingState.IN_REVIEW)
        self._must_be_free()
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
            clause=note if verdict is Verdict.REJECT else "",
            pay_bps=pay_bps if verdict is Verdict.ACCEPT else FULL_PAY_BPS,
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

    def appealed(self, *, appeal_id: str, at: datetime) -> Ruling:
        """Withheld while an appeal against it is open, as a new revision."""
        self._must_be(RulingState.REJECTED)
        return replace(
            self._withheld(appeal_id, Reason.APPEALED, at=at), revision=self.revision + 1
        )

    def held(self, *, breaker_id: str, at: datetime) -> Ruling:
        """Withheld before anybody has heard of it, and so in the same revision."""
        self._must_be(RulingState.REJECTED)
        return self._withheld(breaker_id, Reason.HELD, at=at)

    def let_through(self, *, at: datetime) -> Ruling:
        """Rejected after all, on the grounds of before: a new revision."""
        grounds = self._grounds()
        return replace(
            self,
            state=RulingState.REJECTED,
            revision=self.revision + 1,
            reason=grounds.reason,
            ruled_by=grounds.ruled_by,
            note=grounds.note,
            clause=grounds.clause,
            ruled_at=at,
            withheld=None,
        )

    def granted(self, reason: Reason, *, by: str, note: str, at: datetime) -> Ruling:
        """Accepted instead of rejected: a new revision."""
        self._grounds()
        self._may_be_ruled(by=by, note=note)
        return replace(
            self,
            state=RulingState.ACCEPTED,
            revision=self.revision + 1,
            reason=reason,
            ruled_by=by,
            note=note,
            clause="",
            ruled_at=at,
            withheld=None,
        )

    def adjudicated(self, *, by: str, at: datetime) -> Ruling:
        """Accepted because somebody of proven skill, who was asked, said the same."""
        self._must_be(RulingState.IN_REVIEW)
        self._must_be_free()
        self._may_be_ruled(by=by, note="second opinion")
        return replace(
            self,
            state=RulingState.ACCEPTED,
            revision=self.revision + 1,
            reason=Reason.ADJUDICATED,
            ruled_by=by,
            note="",
            ruled_at=at,
        )

    def checked(self, *, passed: bool, evidence: Evidence, at: datetime) -> Ruling:
        """By the client's checks: passed, it is accepted; failed, a person looks."""
        self._must_be(RulingState.PENDING, RulingState.IN_REVIEW)
        self._must_be_free()
        was_pending = self.state is RulingState.PENDING
        found = replace(
            self,
            reason=Reason.CHECKS_PASSED if passed else Reason.CHECKS_FAILED,
            evidence={**self.evidence, **evidence},
            ruled_by=MACHINE,
            note="",
            ruled_at=at if passed or was_pending else self.ruled_at,
            state=RulingState.ACCEPTED if passed else RulingState.IN_REVIEW,
        )
        return replace(found, revision=self.revision + 1) if passed and not was_pending else found

    def _withheld(self, under: str, reason: Reason, *, at: datetime) -> Ruling:
        grounds = Withheld(
            under=under,
            reason=self.reason,
            ruled_by=self.ruled_by,
            note=self.note,
            clause=self.clause,
        )
        return replace(
            self, state=RulingState.IN_REVIEW, reason=reason, ruled_at=at, withheld=grounds
        )

    def _grounds(self) -> Withheld:
        self._must_be(RulingState.IN_REVIEW)
        if self.withheld is None:
            raise WrongRulingState(
                "no rejection of this answer waits", assignment_id=self.assignment_id
            )
        return self.withheld

    def _must_be_free(self) -> None:
        if self.withheld is not None:
            raise WrongRulingState(
                "the answer's rejection waits for a decision of its own",
                assignment_id=self.assignment_id,
                state=self.withheld.under,
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
