"""Corrections by two persons: one operator proposes, another confirms or declines, within days.

A correction is a set of postings, or the reversal of an entry. Nothing is held for a proposal: it
is booked when it is confirmed, or not at all. Why so: deploy/adr/0025-two-persons.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.entries import Approval, Posting
from services.payouts.domain.ledger.two_persons import TwoPersons


class AdjustmentNotFound(DomainError):
    """No such proposal."""

    kind, reason = Kind.NOT_FOUND, "ADJUSTMENT_NOT_FOUND"


class AdjustmentInvalid(DomainError):
    """What is proposed cannot be booked, whoever agrees on it."""

    kind, reason = Kind.INVALID, "ADJUSTMENT_INVALID"


class AdjustmentResolved(DomainError):
    """The proposal was confirmed or declined, or its time is over."""

    kind, reason = Kind.PRECONDITION, "ADJUSTMENT_RESOLVED"


class AdjustmentState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody proposes: postings, or an entry to reverse.

    `effective_at` is the time that it counts from; None for when it is confirmed.
    """

    request_id: str
    reason: str
    postings: tuple[Posting, ...] = ()
    reverses_id: str = ""
    document: str = ""
    effective_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise AdjustmentInvalid("a correction needs a reason in words", field="reason")
        if bool(self.postings) is bool(self.reverses_id):
            raise AdjustmentInvalid(
                "say either what is to be posted, or which entry is to be reversed",
                field="postings",
            )

    @property
    def entry_id(self) -> str:
        """Name the entry of an adjustment; a reversal has the key of what it reverses."""
        return f"adjustment:{self.request_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A proposal and what became of it. `postings` are also told where an entry is reversed."""

    adjustment_id: str
    wanted: Wanted
    postings: tuple[Posting, ...]
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    state: AdjustmentState = AdjustmentState.PROPOSED
    """As it was left; `state_at` tells whether its time is over."""
    resolved_by: str = ""
    resolved_at: datetime | None = None
    declined_because: str = ""
    entry_id: str = ""
    """What was booked."""

    def state_at(self, now: datetime) -> AdjustmentState:
        """Return how it stands: a proposal that nobody resolved in time is over."""
        if self.state is AdjustmentState.PROPOSED and now >= self.expires_at:
            return AdjustmentState.EXPIRED
        return self.state

    def approval(self, *, by: str, two_persons: TwoPersons) -> Approval:
        """Return who agrees. Errors: SecondPersonNeeded."""
        two_persons.check(first=self.proposed_by, second=by, what="proposed")
        return Approval(
            proposed_by=self.proposed_by, confirmed_by=by, document=self.wanted.document
        )

    def confirmed(self, *, by: str, at: datetime, entry_id: str) -> Adjustment:
        """Note what was booked. Errors: AdjustmentResolved."""
        self.check_open(at)
        return replace(
            self,
            state=AdjustmentState.CONFIRMED,
            resolved_by=by,
            resolved_at=at,
            entry_id=entry_id,
        )

    def declined(self, *, by: str, at: datetime, reason: str) -> Adjustment:
        """Say that it is not to be; the proposer may, too. Errors: AdjustmentResolved."""
        if self.state is AdjustmentState.DECLINED and self.declined_because == reason:
            return self
        self.check_open(at)
        return replace(
            self,
            state=AdjustmentState.DECLINED,
            resolved_by=by,
            resolved_at=at,
            declined_because=reason,
        )

    def check_open(self, now: datetime) -> None:
        """Pass while it can be confirmed or declined. Errors: AdjustmentResolved."""
        state = self.state_at(now)
        if state is not AdjustmentState.PROPOSED:
            raise AdjustmentResolved(
                f"the proposal is {state}: propose it again if it is still needed",
                adjustment_id=self.adjustment_id,
                state=state.value,
            )
