"""The mass-rejection breaker: when too many rejections at once are held for an operator.

On real crowds honest answers are refused in masses by one bad known answer, one misread clause or
one client who does not want to pay. Nobody loses money or standing to it before somebody looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import fsum, sqrt

from services.chassis.errors import DomainError, Kind
from services.quality.domain.errors import ReasonMissing

SHARE_FLOOR = 0.10
DECIDED_MIN = 20
"""With fewer decided answers one honest rejection is more than 10 %: the share is then taken of so
many, as if all that are yet to come were accepted. A small project is watched, too."""
PROJECTS_MIN = 5
"""Fewer projects do not say what is usual."""
_DEVIATIONS = 3.0


class BreakerClosed(DomainError):
    """The breaker was closed, otherwise."""

    kind, reason = Kind.PRECONDITION, "BREAKER_CLOSED"


class BreakerState(StrEnum):
    TRIPPED = "tripped"
    RELEASED = "released"
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Answers of one project that were decided, and those of them that were rejected."""

    decided: int
    rejected: int

    @property
    def share(self) -> float:
        return self.rejected / self.decided if self.decided else 0.0

    def since(self, other: Counts) -> Counts:
        return Counts(
            decided=max(0, self.decided - other.decided),
            rejected=max(0, self.rejected - other.rejected),
        )


NOTHING_DECIDED = Counts(decided=0, rejected=0)


def limit_share(others: Iterable[Counts]) -> float:
    """The largest of 10 % and three standard deviations above the mean of the other projects.

    Only those with enough decided answers count, each alike; a limit of 1 or more never trips.
    """
    shares = [counts.share for counts in others if counts.decided >= DECIDED_MIN]
    if len(shares) < PROJECTS_MIN:
        return SHARE_FLOOR
    mean = fsum(shares) / len(shares)
    deviation = sqrt(fsum((share - mean) ** 2 for share in shares) / (len(shares) - 1))
    return max(SHARE_FLOOR, mean + _DEVIATIONS * deviation)


def trips(counts: Counts, *, limit: float, anew: bool = False) -> bool:
    """Whether so many rejections, the newest included, are too many.

    Where an operator has looked at the project before, few answers since then are not asked about
    anew.
    """
    if anew and counts.decided < DECIDED_MIN:
        return False
    return counts.rejected > limit * max(counts.decided, DECIDED_MIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """One trip in one project. `draining`: closed, but what it held is not all decided yet."""

    breaker_id: str
    project_id: str
    tripped_at: datetime
    rejected_share: float
    limit_share: float
    state: BreakerState = BreakerState.TRIPPED
    draining: bool = False
    answers_held: int = 0
    """As it was when the breaker was closed."""
    counts: Counts = NOTHING_DECIDED
    """Of the project when it was closed: the next one judges what came after."""
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""

    def closed(
        self,
        state: BreakerState,
        *,
        by: str,
        note: str,
        at: datetime,
        answers_held: int,
        counts: Counts,
    ) -> Breaker:
        """RELEASED or OVERRULED; the same again changes nothing.

        Errors:
            BreakerClosed: it was closed the other way.
            ReasonMissing: an operator says why.
        """
        if state is BreakerState.TRIPPED:
            raise ValueError("a breaker is closed by releasing or overruling")
        if self.state is state:
            return self
        if self.state is not BreakerState.TRIPPED:
            raise BreakerClosed(
                f"the breaker is {self.state}", breaker_id=self.breaker_id, state=self.state
            )
        if not note.strip():
            raise ReasonMissing("say why", field="note", breaker_id=self.breaker_id)
        return replace(
            self,
            state=state,
            draining=True,
            answers_held=answers_held,
            counts=counts,
            closed_at=at,
            closed_by=by,
            note=note,
        )
