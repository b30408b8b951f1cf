"""How fast a project's answers are given, and what is too fast to be an answer.

Seconds are counted by their logarithms, whose distribution is near normal: so many, their sum, and
the sum of their squares, as integers that are only ever added to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log, sqrt

COUNT, SUM, SQUARES = "pace_count", "pace_sum", "pace_squares"

MEASURED_MIN = 50
"""Measured answers below which a project's pace says nothing."""
DEVIATIONS = 3.0
"""Below the mean, as Prolific counts what is too fast."""
MEDIAN_SHARE = 0.2
"""And less than this share of what is usual: in a project where all take alike long, three
deviations are little."""

_UNIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Of the answers of a project whose active seconds were measured; in natural logarithms."""

    count: int = 0
    total: int = 0
    squares: int = 0

    @property
    def usual_seconds(self) -> float:
        """Half of the answers take about so long."""
        return exp(self.total / self.count / _UNIT) if self.count else 0.0

    def least_seconds(self) -> float:
        """Whatever is faster is impossible, as far as the project's pace can tell; else 0."""
        if self.count < MEASURED_MIN:
            return 0.0
        mean = self.total / self.count
        deviation = sqrt(max(self.squares / self.count - mean * mean, 0.0))
        low = exp((mean - DEVIATIONS * deviation) / _UNIT)
        return min(low, MEDIAN_SHARE * self.usual_seconds)


def paced(all_seconds: Iterable[float]) -> dict[str, int]:
    """What answers that took so long add to the counters of their project's pace."""
    logs = [round(log(seconds) * _UNIT) for seconds in all_seconds if seconds > 0.0]
    if not logs:
        return {}
    return {COUNT: len(logs), SUM: sum(logs), SQUARES: sum(value * value for value in logs)}
