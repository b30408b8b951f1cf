"""Assignments: one contractor's lease on one slot of one task, from claim to decision.

A slot is one of the answers that a task wants. Its id is `task.slot.attempt`: the next attempt
exists only after the last one has ended, so two contractors can never hold the same slot.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.broker.domain.errors import AlreadySubmitted, AssignmentNotFound, LeaseLost

OPEN_LEASES_MAX = 100


class AssignmentState(enum.StrEnum):
    """See the service's proto."""

    CLAIMED = "CLAIMED"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    IN_REVIEW = "IN_REVIEW"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


# These keep their slot: the others free it for a next attempt.
HOLDING = frozenset(
    {
        AssignmentState.CLAIMED,
        AssignmentState.SUBMITTED,
        AssignmentState.ACCEPTED,
        AssignmentState.REJECTED,
        AssignmentState.IN_REVIEW,
    }
)
ANSWERED = HOLDING - {AssignmentState.CLAIMED}


def assignment_id(task_id: str, slot: int, attempt: int) -> str:
    """The key that makes a claim exclusive."""
    return f"{task_id}.{slot}.{attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A lease and what became of it."""

    assignment_id: str
    task_id: str
    project_id: str
    contractor_id: str
    organisation_id: str
    engagement: int
    slot: int
    attempt: int
    state: AssignmentState
    lease_token: str
    lease_expires_at: datetime
    claimed_at: datetime
    request_id: str
    overlap: int
    gold_label: str
    decision_revision: int = 0
    decision_reason: str = ""
    overlap_max: int = 0
    """Answers that the task may get at most; 0 where they are `overlap`."""
    opinion_id: str = ""
    """Names the second opinion that it is; "" for one of the task's own answers."""
    decision_clause: str = ""
    decision_gold_label: str = ""
    """The known answer as the decision says it; `gold_label` is the one known at the claim."""
    pay_bps: int = 0
    """Share of the pay that was accepted, in hundredths of a percent."""
    items: tuple[str, ...] = ()
    """The names of what the task compares or ranks, where its data has them."""

    @property
    def told_gold_label(self) -> str:
        """The known answer, for the contractor to learn from: only once it is decided."""
        if self.state not in (AssignmentState.ACCEPTED, AssignmentState.REJECTED):
            return ""
        return self.decision_gold_label or self.gold_label

    def check_lease(self, *, contractor_id: str, lease_token: str, now: datetime) -> None:
        """The bearer of the token may act on the assignment now.

        Errors:
            AssignmentNotFound: it is another contractor's.
            AlreadySubmitted: it has its answer.
            LeaseLost: the token is another one, or the lease has ended.
        """
        if self.contractor_id != contractor_id:
            raise AssignmentNotFound("no such assignment", assignment_id=self.assignment_id)
        if self.lease_token != lease_token:
            raise LeaseLost("the lease token is another one", assignment_id=self.assignment_id)
        if self.state in ANSWERED:
            raise AlreadySubmitted(
                "the assignment has its answer",
                assignment_id=self.assignment_id,
                state=self.state,
            )
        if self.state is not AssignmentState.CLAIMED or self.lease_expires_at <= now:
            raise LeaseLost(
                "the lease has ended",
                assignment_id=self.assignment_id,
                state=self.state,
                lease_expires_at=self.lease_expires_at.isoformat(),
            )


class Standing(NamedTuple):
    """As much of an assignment as a decision about its answer must know."""

    project_id: str
    state: AssignmentState
    decision_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an assignment delivered."""

    assignment_id: str
    task_id: str
    project_id: str
    contractor_id: str
    value: str
    active_seconds: float
    submitted_at: datetime
    result_json: str = ""
    """The editor's regions, where there were any."""
