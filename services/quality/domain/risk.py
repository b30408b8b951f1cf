"""Which answers people look at: the riskier the likelier, and of all together a given share.

An answer's chance of being looked at is linear in its risk relative to the project's mean risk, so
that the mean chance is the share, whatever the risks are; the choice falls by hash, the same way
every time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

from services.quality.domain.accuracy import wilson
from services.quality.domain.keys import UNIT
from services.quality.domain.tally import Tally

COUNT, SUM = "risk_count", "risk_sum"

_DOUBT, _PERSON, _LEAST = 0.77, 0.2, 0.03
_PRIOR, _PRIOR_ANSWERS = 0.3, 10
_GOLD_MIN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRisk:
    """Over the answers that a project's machine would have accepted; `total` in millionths."""

    count: int = 0
    total: int = 0

    @property
    def value(self) -> float:
        prior = _PRIOR * _PRIOR_ANSWERS
        return (self.total / UNIT + prior) / (self.count + _PRIOR_ANSWERS)

    def including(self, risks: Collection[float]) -> MeanRisk:
        """With these answers."""
        added = sum(round(risk * UNIT) for risk in risks)
        return MeanRisk(count=self.count + len(risks), total=self.total + added)


def risk_of(likely: float, tally: Tally) -> float:
    """From 0.03 to 1: how likely the answer is wrong, and how little speaks for its contractor.

    `likely` is the calibrated chance that the answer is right. Both by their squares, so that what
    is looked at gathers where something is wrong. Of the contractor counts the lower
    bound of their accuracy: somebody new has none.
    """
    if tally.gold_total >= _GOLD_MIN:
        low, _ = wilson(tally.gold_right, tally.gold_total)
    else:
        low, _ = wilson(tally.right / UNIT, tally.total / UNIT)
    return _LEAST + _DOUBT * (1.0 - likely) ** 2 + _PERSON * (1.0 - low) ** 2


def chance(share: float, *, risk: float, mean: float) -> float:
    """Of being looked at: 0 at a share of 0, 1 at a share of 1, and in the mean the share."""
    return min(share * (1.0 + (1.0 - share) * (risk / mean - 1.0)), 1.0)


def sampled(assignment_id: str, *, seed: str, share: float) -> bool:
    """Whether this one falls into a share, the same way every time."""
    digest = blake2b(f"{seed}|{assignment_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64
