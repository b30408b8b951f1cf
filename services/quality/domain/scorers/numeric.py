"""Numbers: the mean of all, each weighed by its author's precision.

An answer is as close as 1 / (1 + (distance / tolerance)²), so that a contractor's mean closeness a
stands for a mean squared error of (1 - a) / a in units of the tolerance; the inverse of that is the
weight of their answers. Where the project names no tolerance it is a tenth of the spread of the
project's answers: from their 5th to their 95th percentile, told from counts of answers by interval,
which are added and taken back like every other credit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import floor, fsum, log2

from services.quality.domain.scorers.closeness import (
    ClosenessPriors,
    accuracies_of,
    credits_of,
)
from services.quality.domain.scorers.measure import PlainMeasure, equal
from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task
from services.quality.domain.values.numbers import number_text, read_number
from services.quality.domain.values.reading import MalformedValue

PRIORS = ClosenessPriors(pool=0.5, own_strength=10.0, credit_from=3)

MAX_INTERVALS = 512
"""Counted apart; further answers are counted with the nearest."""

_SPREAD_SHARE = 0.1
_TAIL = 0.05
_FINEST = 64.0
"""Intervals to one spread."""
_LEAST_ERROR = 1e-3
_LEAST_TOLERANCE = 1e-9


class NumericMeasure(PlainMeasure):
    """Numbers by their distance; where no tolerance is known, a tenth of the larger one."""

    right_from = 0.5

    def __init__(self, tolerance: float = 0.0) -> None:
        self._tolerance = tolerance

    def closeness(self, one: str, other: str) -> float:
        try:
            here, there = read_number(one), read_number(other)
        except MalformedValue:
            return equal(one, other)
        larger = max(abs(here), abs(there))
        return near(here, there, self._tolerance or larger * _SPREAD_SHARE)

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        numbers: list[tuple[float, float]] = []
        for value, weight in zip(values, weights, strict=True):
            try:
                numbers.append((read_number(value), weight))
            except MalformedValue:
                continue
        if not numbers:
            return None
        total = fsum(weight for _, weight in numbers)
        return number_text(fsum(number * weight for number, weight in numbers) / total)


class NumericScorer:
    """Scores a project whose answers are numbers; a label is the decimal text of the estimate.

    The posterior is each given number's share of the weight, by how close it is to the estimate;
    confidence is how close all of them are to it.
    """

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        answers = sorted(answers, key=lambda a: (a.label, a.contractor_id, a.assignment_id))
        read = [(answer, number) for answer in answers if (number := _read(answer)) is not None]
        if not read and task.gold is None:
            return NOTHING_KNOWN
        known = [answer for answer, _ in read]
        numbers = [number for _, number in read]
        gold = read_number(task.gold) if task.gold is not None else None
        spread = _Spread(skills, numbers if gold is None else [*numbers, gold])
        tolerance = task.tolerance or spread.tolerance
        if gold is not None:
            scored = _against_gold(task.gold or "", gold, known, numbers, tolerance)
        else:
            scored = _estimated(known, numbers, tolerance, skills)
        intervals = [spread.interval(number) for number in numbers]
        return replace(scored, credits=_counted(scored.credits, intervals))


def near(one: float, other: float, tolerance: float) -> float:
    """1 for the same number, one half at the tolerance."""
    if one == other:
        return 1.0
    apart = (one - other) / max(tolerance, _LEAST_TOLERANCE)
    return 1.0 / (1.0 + apart * apart)


def _read(answer: Answer) -> float | None:
    try:
        return read_number(answer.label)
    except MalformedValue:
        return None


def _estimated(
    answers: Sequence[Answer], numbers: Sequence[float], tolerance: float, skills: Skills
) -> Scored:
    accuracies = accuracies_of(answers, skills, PRIORS)
    weights = [accuracy / max(1.0 - accuracy, _LEAST_ERROR) for accuracy in accuracies]
    total = fsum(weights)
    sums = fsum(weight * number for weight, number in zip(weights, numbers, strict=True))
    estimate = sums / total
    support: dict[str, float] = {}
    for answer, number, weight in zip(answers, numbers, weights, strict=True):
        held = weight * near(number, estimate, tolerance)
        support[answer.label] = support.get(answer.label, 0.0) + held
    supported = fsum(support.values())
    closeness = None
    if len(answers) >= PRIORS.credit_from:
        # Against what the others say without them.
        closeness = [
            near(number, (sums - weight * number) / (total - weight), tolerance)
            for number, weight in zip(numbers, weights, strict=True)
        ]
    alone = len(answers) == 1
    return Scored(
        posterior={value: held / supported for value, held in support.items()},
        label=number_text(estimate),
        confidence=accuracies[0] if alone else min(1.0, supported / total),
        credits=credits_of(answers, closeness),
    )


def _against_gold(
    label: str,
    gold: float,
    answers: Sequence[Answer],
    numbers: Sequence[float],
    tolerance: float,
) -> Scored:
    closeness = [near(number, gold, tolerance) for number in numbers]
    right = [close >= NumericMeasure.right_from for close in closeness]
    return Scored(
        posterior={label: 1.0},
        label=label,
        confidence=1.0,
        credits=credits_of(answers, closeness, right=right),
    )


def _counted(task_credits: Credits, intervals: Sequence[str]) -> Credits:
    """The same, each answer counted in its interval too."""
    shares: list[Share] = [
        replace(share, given=interval, counted=True)
        for share, interval in zip(task_credits.shares, intervals, strict=True)
    ]
    return Credits(tuple(shares), task_credits.classes)


class _Spread:
    """How far the project's answers lie apart, from counts by interval and the task's own."""

    def __init__(self, skills: Skills, own: Sequence[float]) -> None:
        counts = _counts(skills.given_answers)
        self._middles = {name: _middle(name) for name in counts}
        points = [(self._middles[name], count) for name, count in counts.items()]
        points += [(number, 1) for number in own]
        points.sort()
        self._range = _range(points)
        if self._range > 0.0:
            # Coarser by fours only: a spread that wavers makes no new intervals.
            self._level = 2 * floor(log2(self._range / _FINEST) / 2.0)
        else:
            largest = max((abs(number) for number in own), default=0.0)
            self._level = floor(log2(largest)) - 9 if largest > 0.0 else 0

    @property
    def tolerance(self) -> float:
        return max(self._range * _SPREAD_SHARE, _LEAST_TOLERANCE)

    def interval(self, number: float) -> str:
        """The name under which an answer is counted."""
        name = f"{self._level}:{floor(number / 2.0**self._level)}"
        if name in self._middles or len(self._middles) < MAX_INTERVALS:
            return name
        return min(self._middles, key=lambda known: (abs(self._middles[known] - number), known))


def _counts(given: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in given.items() if count > 0 and _is_interval(name)}


@lru_cache(maxsize=4_096)
def _is_interval(name: str) -> bool:
    """A project that was of another kind has other names as well."""
    level, colon, index = name.partition(":")
    return bool(colon) and all(part.removeprefix("-").isdecimal() for part in (level, index))


@lru_cache(maxsize=4_096)
def _middle(name: str) -> float:
    level, _, index = name.partition(":")
    return (int(index) + 0.5) * 2.0 ** int(level)


def _range(points: Sequence[tuple[float, int]]) -> float:
    """From the 5th to the 95th percentile, or from the first to the last where that is nothing."""
    total = sum(count for _, count in points)
    if not total:
        return 0.0
    found = _at(points, _TAIL * total), _at(points, (1.0 - _TAIL) * total)
    return found[1] - found[0] or points[-1][0] - points[0][0]


def _at(points: Sequence[tuple[float, int]], rank: float) -> float:
    passed = 0
    for number, count in points:
        passed += count
        if passed >= rank:
            return number
    return points[-1][0]
