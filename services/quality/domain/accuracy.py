"""How good a contractor is, as far as anybody can tell: an estimate with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from services.quality.domain import keys
from services.quality.domain.keys import UNIT
from services.quality.domain.tally import ClassIndex, Tally
from services.quality.domain.types import Counters, Skill

GOLD_RIGHT, GOLD_TOTAL, RIGHT, TOTAL = "gold_right", "gold_total", "right", "total"
Z_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its 95 % Wilson interval, out of `weight` answers."""

    value: float
    low: float
    high: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """`gold` is measured against known truths, `consensus` against what the others made likely.

    The second has more answers behind it but shares the crowd's mistakes: evidence against a person
    comes from the first only. Either is None where there is nothing to tell it from.
    """

    contractor_id: str
    answers: int
    gold: Estimate | None
    consensus: Estimate | None
    confusion: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Soft counts of answers by what was true and what was given, where labels are told apart."""


def wilson(right: float, total: float, *, z: float = Z_95) -> tuple[float, float]:
    """The interval of a share; (0, 1) where nothing was counted."""
    if total <= 0:
        return 0.0, 1.0
    share = right / total
    centre = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # At shares of 0 and 1 rounding would put the share itself just outside.
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return max(0.0, min(share, low)), min(1.0, max(share, high))


def accuracy_of(skill: Skill) -> Accuracy:
    tally = Tally(skill.counters, index=ClassIndex())
    return Accuracy(
        contractor_id=skill.contractor_id,
        answers=skill.answers,
        gold=estimate(skill.gold_right, skill.gold_total),
        consensus=estimate(tally.right / UNIT, tally.total / UNIT),
        confusion=confusion(skill.counters),
    )


def confusion(counters: Counters) -> dict[tuple[str, str], float]:
    """Answers by what was true and what was given; empty where labels are not told apart."""
    return {
        labels: units / UNIT
        for name, units in counters.items()
        if units > 0 and (labels := keys.of_cell(name)) is not None
    }


def totals(counters: Counters) -> dict[str, int]:
    """What counters, or changes of them, sum to: answers, and those that were right; in units."""
    found = {
        GOLD_RIGHT: counters.get(keys.GOLD_RIGHT, 0),
        GOLD_TOTAL: counters.get(keys.GOLD_TOTAL, 0),
        RIGHT: counters.get(keys.HIT, 0),
        TOTAL: counters.get(keys.HIT, 0) + counters.get(keys.MISS, 0),
    }
    for name, units in counters.items():
        labels = keys.of_cell(name)
        if labels is not None:
            found[TOTAL] += units
            if labels[0] == labels[1]:
                found[RIGHT] += units
    return {name: n for name, n in found.items() if n}


def estimate(right: float, total: float) -> Estimate | None:
    """The share of so many of so many; None where nothing was counted."""
    if total <= 0:
        return None
    low, high = wilson(right, total)
    return Estimate(value=right / total, low=low, high=high, weight=total)
