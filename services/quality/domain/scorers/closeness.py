"""Answers that are near or far rather than right or wrong: the skilled weigh more.

Each answer's support is how close it comes to the others by their weights. What stands for all is
made of all where the kind knows how, and is the best supported answer elsewhere. A contractor's
skill is how close their answers come to those of the others, so one number serves and no label is
told apart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from zlib import crc32

from services.quality.domain.keys import UNIT
from services.quality.domain.scorers.interface import likeliest
from services.quality.domain.scorers.measure import Measure
from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task

MAX_COMPARED = 25
"""Each answer is compared with so many others at most: the cost grows with the square."""

_LEAST_ERROR = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosenessPriors:
    """What is believed of a crowd's closeness before it has answered; strengths in answers."""

    pool: float
    pool_strength: float = 20.0
    own_strength: float = 5.0
    credit_from: int = 2


class ClosenessScorer(ABC):
    """Scores by a measure; a label is a value as it was given, or one made of several.

    The posterior is each given value's share of the support; confidence is how close the label
    comes to the answers, and of an answer that stands alone, how close its author usually comes.
    """

    priors: ClosenessPriors

    @abstractmethod
    def measure(self, task: Task, skills: Skills) -> Measure:
        """By which the values of this task are compared."""

    def weight(self, accuracy: float) -> float:
        """Of an answer, by its author's expected closeness."""
        return 1.0 / max(1.0 - accuracy, _LEAST_ERROR) ** 2

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        measure = self.measure(task, skills)
        if task.gold is not None:
            return _against_gold(task.gold, answers, measure)
        if not answers:
            return NOTHING_KNOWN
        # The same whatever the order of the answers.
        answers = sorted(answers, key=lambda a: (a.label, a.contractor_id, a.assignment_id))
        accuracies = accuracies_of(answers, skills, self.priors)
        weights = [self.weight(accuracy) for accuracy in accuracies]
        values = [answer.label for answer in answers]
        closeness = accuracies
        if len(answers) > 1:
            closeness = closeness_of(values, weights, measure, salt=task.task_id)
        support = support_of(values, weights, closeness)
        label, confidence = _merged(values, weights, measure, salt=task.task_id)
        if label is None:
            label = likeliest(support, salt=task.task_id)
            confidence = max(c for v, c in zip(values, closeness, strict=True) if v == label)
        supported = fsum(support.values())
        even = 1.0 / len(support)
        credited = len(answers) >= self.priors.credit_from
        return Scored(
            posterior={v: s / supported if supported else even for v, s in support.items()},
            label=label,
            confidence=confidence,
            credits=credits_of(answers, closeness if credited else None),
        )


def accuracies_of(
    answers: Sequence[Answer], skills: Skills, priors: ClosenessPriors
) -> list[float]:
    """How close each answer's author may be expected to come."""
    pool = skills.pool.accuracy(prior=priors.pool, strength=priors.pool_strength)
    return [
        skills.tally(answer.contractor_id).accuracy(prior=pool, strength=priors.own_strength)
        for answer in answers
    ]


def closeness_of(
    values: Sequence[str], weights: Sequence[float], measure: Measure, *, salt: str
) -> list[float]:
    """Each value's mean closeness to the others, or to so many of them, by their weights."""
    sums = [0.0] * len(values)
    others = [0.0] * len(values)
    compared = set(_compared(len(values), salt))
    for i, value in enumerate(values):
        for j in range(i):
            if i not in compared and j not in compared:
                continue
            close = measure.closeness(value, values[j])
            if j in compared:
                sums[i] += weights[j] * close
                others[i] += weights[j]
            if i in compared:
                sums[j] += weights[i] * close
                others[j] += weights[i]
    return [value / other for value, other in zip(sums, others, strict=True)]


def support_of(
    values: Sequence[str], weights: Sequence[float], closeness: Sequence[float]
) -> dict[str, float]:
    """By value: how close it comes to all answers, itself among them."""
    total = fsum(weights)
    support: dict[str, float] = {}
    for value, weight, close in zip(values, weights, closeness, strict=True):
        mean = (close * (total - weight) + weight) / total
        support[value] = max(mean, support.get(value, 0.0))
    return support


def credits_of(
    answers: Sequence[Answer],
    closeness: Sequence[float] | None,
    *,
    right: Sequence[bool] | None = None,
) -> Credits:
    """By how close each answer was; only counted where that is not known yet.

    `right` says of each answer to a task whose truth is known whether it is right.
    """
    shares = []
    for i, answer in enumerate(answers):
        hit = round(closeness[i] * UNIT) if closeness is not None else 0
        shares.append(
            Share(
                contractor_ids=(answer.contractor_id,),
                hit=hit,
                miss=UNIT - hit if closeness is not None else 0,
                gold_total=0 if right is None else 1,
                gold_right=1 if right is not None and right[i] else 0,
            )
        )
    return Credits(tuple(shares))


def _merged(
    values: Sequence[str], weights: Sequence[float], measure: Measure, *, salt: str
) -> tuple[str | None, float]:
    """One value made of several, and how far they agree with it."""
    label = measure.merged(values, weights, salt=salt) if len(values) > 1 else None
    if label is None:
        return None, 0.0
    agreed = fsum(w * measure.agreement(label, v) for v, w in zip(values, weights, strict=True))
    return label, min(1.0, agreed / fsum(weights))


def _compared(count: int, salt: str) -> list[int]:
    """Positions of those that the rest is compared with, by hash where there are too many."""
    if count <= MAX_COMPARED:
        return list(range(count))
    drawn = sorted(range(count), key=lambda i: (crc32(f"{salt}|{i}".encode()), i))
    return drawn[:MAX_COMPARED]


def _against_gold(gold: str, answers: Sequence[Answer], measure: Measure) -> Scored:
    closeness = [measure.closeness(answer.label, gold) for answer in answers]
    right = [measure.agrees(answer.label, gold) for answer in answers]
    return Scored(
        posterior={gold: 1.0},
        label=gold,
        confidence=1.0,
        credits=credits_of(answers, closeness, right=right),
    )
