"""How a contractor works in a project: how fast they answer, and what was decided on it.

Counted in integers, by adding only. Active seconds fall into buckets of a quarter octave, which
tells a median to within a tenth, whatever the number of answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor, log2

ANSWERS, ACCEPTED, REJECTED = "answers", "accepted", "rejected"
SECONDS = "s:"
_PER_OCTAVE = 4
_LOWEST, _HIGHEST = -16, 56  # a sixteenth of a second to four and a half hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """One contractor's counts in one project."""

    contractor_id: str
    project_id: str
    organisation_id: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        return self.counters.get(ANSWERS, 0)

    @property
    def rejected(self) -> int:
        return self.counters.get(REJECTED, 0)

    @property
    def decided(self) -> int:
        """Accepted or rejected, so far."""
        return self.counters.get(ACCEPTED, 0) + self.rejected

    @property
    def measured(self) -> int:
        """Answers whose active seconds are known."""
        return sum(count for name, count in self.counters.items() if name.startswith(SECONDS))

    @property
    def median_seconds(self) -> float | None:
        """Of the measured answers; None where there are none."""
        return median_seconds(self.counters)


def bucket(seconds: float) -> str | None:
    """The counter of an answer's active seconds; None where nobody measured them."""
    if seconds <= 0.0:
        return None
    step = floor(log2(seconds) * _PER_OCTAVE)
    return f"{SECONDS}{min(max(step, _LOWEST), _HIGHEST)}"


def counted(all_seconds: Iterable[float]) -> dict[str, int]:
    """The counters of answers that took so long."""
    found = {ANSWERS: 0}
    for seconds in all_seconds:
        found[ANSWERS] += 1
        name = bucket(seconds)
        if name is not None:
            found[name] = found.get(name, 0) + 1
    return found


def median_seconds(counters: Mapping[str, int]) -> float | None:
    """Half of the measured answers took less, half more; evenly spread inside a bucket."""
    steps = sorted(
        (int(name.removeprefix(SECONDS)), count)
        for name, count in counters.items()
        if name.startswith(SECONDS) and count > 0
    )
    half = sum(count for _, count in steps) / 2
    for step, count in steps:
        if half <= count:
            return float(2.0 ** ((step + half / count) / _PER_OCTAVE))
        half -= count
    return None
