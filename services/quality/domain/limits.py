"""What one contractor may do in one project for the time being, and how often they are measured.

How many of somebody's tasks are control tasks follows from how little is known of them: the width
of the interval of their accuracy, over control tasks and consensus alike. The share falls in a few
steps, so that it seldom changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.quality.domain.accuracy import wilson
from services.quality.domain.keys import UNIT
from services.quality.domain.tally import Tally

GOLD_SHARE_FLOOR = 0.02
"""Whoever is well known is still measured so often."""

_STEPS = ((0.4, 1.0), (0.25, 0.5), (0.15, 0.25))
"""(width of the interval from which on, part of the largest share); below, the floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One version of them; the next replaces it. Version 0 is what holds of everybody.

    `gold_share` follows uncertainty, and is None where nothing was set; while `extra_gold_until` is
    ahead, the project's largest share counts instead. `review_until`: until then a person looks at
    all that they answer; `restricted_until`: until then they hold one task at a time. `reason` is
    UPPER_SNAKE and empty where nothing is limited; `explanation` is for the contractor.
    """

    project_id: str
    contractor_id: str
    organisation_id: str
    version: int = 0
    gold_share: float | None = None
    extra_gold_until: datetime | None = None
    paused_until: datetime | None = None
    review_until: datetime | None = None
    restricted_until: datetime | None = None
    reason: str = ""
    explanation: str = ""

    def is_watched(self, now: datetime) -> bool:
        """A person looks at their answers before they are accepted."""
        return self.review_until is not None and now < self.review_until

    def share(self, maximum: float) -> float:
        """Of their tasks that are control tasks, while nothing says more."""
        return maximum if self.gold_share is None else min(self.gold_share, maximum)

    def after(self, before: Limits) -> Limits:
        """As the version that follows; the same one where nothing has changed."""
        if replace(self, version=before.version) == before:
            return before
        return replace(self, version=before.version + 1)


def gold_share(tally: Tally, *, maximum: float) -> float:
    """For a contractor of whom so much is known: the largest share for whoever is new."""
    right, total = tally.right / UNIT, tally.total / UNIT
    if tally.gold_total > total:
        right, total = float(tally.gold_right), float(tally.gold_total)
    low, high = wilson(right, total)
    for width, part in _STEPS:
        if high - low >= width:
            return max(maximum * part, min(GOLD_SHARE_FLOOR, maximum))
    return min(GOLD_SHARE_FLOOR, maximum)
