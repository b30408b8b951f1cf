"""A vendor's scorecard: how its contractors do at one kind of work, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from services.quality.domain.accuracy import Estimate, estimate
from services.quality.domain.keys import UNIT
from services.quality.domain.types import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """Sums over a vendor's contractors and projects. `right` and `total` are in credit units."""

    vendor_id: str
    kind: Kind
    contractors: int
    answers: int
    gold_right: int = 0
    gold_total: int = 0
    right: int = 0
    total: int = 0
    accepted: int = 0
    rejected: int = 0
    appeals_upheld: int = 0
    appeals_dismissed: int = 0

    @property
    def gold_accuracy(self) -> Estimate | None:
        return estimate(self.gold_right, self.gold_total)

    @property
    def consensus_accuracy(self) -> Estimate | None:
        return estimate(self.right / UNIT, self.total / UNIT)

    @property
    def acceptance(self) -> Estimate | None:
        return estimate(self.accepted, self.accepted + self.rejected)

    @property
    def upheld(self) -> Estimate | None:
        """Withdrawn appeals say nothing either way."""
        return estimate(self.appeals_upheld, self.appeals_upheld + self.appeals_dismissed)
