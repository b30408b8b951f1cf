"""An appeal against a rejection: who may file it, how long it runs, and how it ends.

    OPEN → UPHELD       a second opinion, an operator, or nobody in time
         → DISMISSED    a second opinion or an operator
         → WITHDRAWN    the contractor

An answer has one appeal: its rejection is withheld until that has ended, and ends with it. Whoever
is silent decides for the contractor.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.chassis.errors import DomainError, Kind
from services.quality.domain.decisions import Evidence
from services.quality.domain.errors import ReasonMissing
from services.quality.domain.rulings import Ruling, RulingState

FILING_DAYS = 7
"""From the rejection on."""
DECIDING_DAYS = 9
"""From the filing on."""


class NotRejected(DomainError):
    """Only a rejection can be appealed against."""

    kind, reason = Kind.PRECONDITION, "NOT_REJECTED"


class AppealTooLate(DomainError):
    """The days in which the rejection could be appealed against are over."""

    kind, reason = Kind.PRECONDITION, "APPEAL_TOO_LATE"


class AppealDecided(DomainError):
    """The appeal has ended, otherwise."""

    kind, reason = Kind.PRECONDITION, "APPEAL_DECIDED"


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class DecidedBy(StrEnum):
    SECOND_OPINION = "second_opinion"
    OPERATOR = "operator"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What is appealed against."""

    reason: str
    clause: str
    ruled_by: str
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """Where an appeal stands. `value` is the answer that was rejected."""

    appeal_id: str
    assignment_id: str
    task_id: str
    project_id: str
    client_id: str
    contractor_id: str
    organisation_id: str
    value: str
    rejection: Rejection
    statement: str
    filed_at: datetime
    state: AppealState = AppealState.OPEN
    waits_for_operator: bool = False
    """No second opinion can settle it, or none can be had."""
    opinion_value: str = ""
    decided_by: DecidedBy | None = None
    decider_id: str = ""
    note: str = ""
    decided_at: datetime | None = None

    @property
    def decide_by(self) -> datetime:
        return self.filed_at + timedelta(days=DECIDING_DAYS)

    def with_opinion(self, value: str) -> Appeal:
        """What somebody asked has said; whoever decides sees it."""
        self._must_be_open()
        return replace(self, opinion_value=value)

    def for_operator(self) -> Appeal:
        """Left to an operator."""
        self._must_be_open()
        return replace(self, waits_for_operator=True)

    def decided(
        self, state: AppealState, *, by: DecidedBy, decider_id: str, note: str, at: datetime
    ) -> Appeal:
        """UPHELD or DISMISSED; the same decision again changes nothing.

        Errors:
            AppealDecided: it has ended otherwise.
            ReasonMissing: an operator says why.
        """
        if state not in (AppealState.UPHELD, AppealState.DISMISSED):
            raise ValueError(f"nobody decides an appeal to be {state}")
        if by is DecidedBy.SILENCE and (state is not AppealState.UPHELD or at < self.decide_by):
            raise ValueError("silence upholds, and only once the time is over")
        if self.state is state:
            return self
        self._must_be_open()
        if by is DecidedBy.OPERATOR and not note.strip():
            raise ReasonMissing("say why", field="note", appeal_id=self.appeal_id)
        return replace(
            self,
            state=state,
            waits_for_operator=False,
            decided_by=by,
            decider_id=decider_id,
            note=note,
            decided_at=at,
        )

    def withdrawn(self, *, at: datetime) -> Appeal:
        """The contractor lets the rejection stand; a repeat changes nothing."""
        if self.state is AppealState.WITHDRAWN:
            return self
        self._must_be_open()
        return replace(self, state=AppealState.WITHDRAWN, waits_for_operator=False, decided_at=at)

    def _must_be_open(self) -> None:
        if self.state is not AppealState.OPEN:
            raise AppealDecided(
                f"the appeal is {self.state}", appeal_id=self.appeal_id, state=self.state
            )


def check_appealable(ruling: Ruling, *, at: datetime) -> None:
    """Errors: NotRejected, AppealTooLate."""
    if ruling.state is not RulingState.REJECTED or ruling.ruled_at is None:
        raise NotRejected(
            f"the answer is {ruling.state}",
            assignment_id=ruling.assignment_id,
            state=ruling.state,
        )
    if at > ruling.ruled_at + timedelta(days=FILING_DAYS):
        raise AppealTooLate(
            f"an appeal is filed within {FILING_DAYS} days of the rejection",
            assignment_id=ruling.assignment_id,
            rejected_at=ruling.ruled_at.isoformat(),
        )
