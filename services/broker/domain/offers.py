"""What a project offers a contractor: how long an answer takes, and what that pays in an hour."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from services.broker.domain.prices import UNITS_PER_MINOR
from services.broker.domain.projects import Project

_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a project's answers have gone so far."""

    usual_seconds: float
    """Median of what contractors needed for an answer; 0 where nobody has answered yet."""
    acceptance_rate: float | None
    """Share of the decided answers that were accepted; None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Work that one contractor may take."""

    project: Project
    pace: Pace
    tasks_open: int
    commission_bps: int = 0
    """Of the contractor's own vendor."""

    @property
    def hourly_units(self) -> int:
        """What the pay comes to in an hour at the usual time, in whole minor units rounded down.

        0 if not known.
        """
        if self.pace.usual_seconds <= 0:
            return 0
        hourly_minor = self.project.pay_units * _HOUR_SECONDS / self.pace.usual_seconds
        return int(hourly_minor / UNITS_PER_MINOR) * UNITS_PER_MINOR


def pace_of(active_seconds: Sequence[float], *, accepted: int, rejected: int) -> Pace:
    """From times of single answers (0: not measured) and the counts of all decided ones."""
    measured = [seconds for seconds in active_seconds if seconds > 0]
    decided = accepted + rejected
    return Pace(
        usual_seconds=statistics.median(measured) if measured else 0.0,
        acceptance_rate=accepted / decided if decided else None,
    )
