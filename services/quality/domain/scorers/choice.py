"""Choices: online expectation-maximisation with counters, at a cost that history does not raise.

Each contractor is a confusion matrix of soft counts. A row of it is shrunk to the contractor's own
accuracy on the diagonal and to the pool's habits beside it; that accuracy is shrunk to the pool's.
A task credits its contractors only from its third answer, from its second if it wants no more, or
if it is gold: with fewer answers contractors would mostly confirm themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

from services.quality.domain.agreement import coincidences
from services.quality.domain.keys import UNIT
from services.quality.domain.scorers import one_coin
from services.quality.domain.scorers.interface import in_units, likeliest
from services.quality.domain.scorers.priors import CHOICE, Priors
from services.quality.domain.skills import Skills
from services.quality.domain.types import NOTHING_KNOWN, Answer, Credits, Scored, Share, Task

MAX_CLASSES = 32
MAX_CLASS_CHARS = 128

Given = Mapping[str, list[str]]
"""Contractors by the label they gave."""


@dataclass(frozen=True, slots=True)
class _Classes:
    """The labels that may be true, and how many there are with those that nobody has given yet.

    `countable`: few and short enough for counters by label; `told_apart`: so many at least that
    their confusions say something.
    """

    labels: tuple[str, ...]
    known: frozenset[str]
    count: int
    countable: bool
    told_apart: bool


class ChoiceScorer:
    """Scores a project whose answers are one label each."""

    def __init__(self, priors: Priors = CHOICE) -> None:
        self._priors = priors

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        if not answers and task.gold is None:
            return NOTHING_KNOWN
        given: dict[str, list[str]] = {}
        for answer in answers:
            given.setdefault(answer.label, []).append(answer.contractor_id)
        classes = _classes(task, given, skills)
        unsaid = 0.0
        if task.gold is not None:
            posterior, label = {task.gold: 1.0}, task.gold
        else:
            posterior, unsaid = self._posterior(classes, given, skills)
            label = likeliest(posterior, salt=task.task_id)
        credited = len(answers) >= self._credit_from(task)
        return Scored(
            posterior=posterior,
            unsaid=unsaid,
            label=label,
            confidence=posterior[label],
            credits=_credits(task, given, classes, posterior, label if credited else None),
        )

    def _credit_from(self, task: Task) -> int:
        """A task that wants two answers and no more would never credit anybody."""
        if task.gold is not None:
            return 1
        return min(self._priors.credit_from, max(task.overlap, 2))

    def _posterior(
        self, classes: _Classes, given: Given, skills: Skills
    ) -> tuple[dict[str, float], float]:
        if classes.told_apart:
            posterior, each_unsaid = self._confusion(classes.labels, given, skills), 0.0
        else:
            pool = self._priors.pool_accuracy_of(skills.pool)
            posterior, each_unsaid = one_coin.posterior(
                given,
                classes=classes.count,
                accuracy_of=lambda who: self._priors.accuracy_of(skills.tally(who), pool),
            )
        if skills.pool.gold_total:
            posterior, each_unsaid = self._with_gold(posterior, each_unsaid, classes, given, skills)
        return posterior, each_unsaid * (classes.count - len(posterior))

    def _confusion(self, labels: tuple[str, ...], given: Given, skills: Skills) -> dict[str, float]:
        """Bayes with confusion matrices, for all the positions of the skills' index at once."""
        priors, tally_of = self._priors, skills.tally
        positions = skills.index.positions
        row_units = priors.row_strength_per_class * len(labels) * UNIT
        own_units = priors.accuracy_strength * UNIT
        own_prior = own_units * priors.pool_accuracy_of(skills.pool)
        weights = self._class_prior(labels, skills)
        misses = self._misses(skills)
        for label, contractor_ids in given.items():
            truth = positions[label]
            slips = self._slips(label, misses, skills, classes=len(labels))
            for contractor_id in contractor_ids:
                tally = tally_of(contractor_id)
                own = (tally.right + own_prior) / (tally.total + own_units)
                slip_units = row_units * (1.0 - own)
                column = tally.columns.get(label) or tally.column(label)
                rows = tally.rows
                hit = weights[truth] * (column[truth] + row_units * own) / (rows[truth] + row_units)
                weights = [
                    weight * (count + slip_units * slip) / (row + row_units)
                    for weight, count, slip, row in zip(weights, column, slips, rows, strict=True)
                ]
                weights[truth] = hit
                if hit < 1e-100:
                    largest = max(weights)
                    weights = [weight / largest for weight in weights]
        # fsum, because a plain sum would depend on the order in which labels were first seen.
        total = fsum(weights)
        return {label: weights[positions[label]] / total for label in labels}

    def _class_prior(self, labels: tuple[str, ...], skills: Skills) -> list[float]:
        """Learned, but an unseen class keeps its share; zero where there is no class."""
        class_units, positions = skills.class_units, skills.index.positions
        units = [class_units.get(label, 0) + UNIT for label in labels]
        even = self._priors.even_class_share / len(labels)
        learned = (1.0 - self._priors.even_class_share) / sum(units)
        weights = [0.0] * len(positions)
        for label, count in zip(labels, units, strict=True):
            weights[positions[label]] = learned * count + even
        return weights

    def _misses(self, skills: Skills) -> list[float]:
        """The pool's mistakes on each class, with their prior."""
        pool, labels = skills.pool, skills.index.labels
        prior = self._priors.pool_strength * UNIT * (1.0 - self._priors.pool_accuracy)
        hits = [pool.column(label)[i] for i, label in enumerate(labels)]
        return [row - hit + prior for row, hit in zip(pool.rows, hits, strict=True)]

    def _slips(
        self, label: str, misses: list[float], skills: Skills, *, classes: int
    ) -> list[float]:
        """Of the pool's mistakes on each class, the share that says `label`."""
        prior = self._priors.pool_strength * UNIT * (1.0 - self._priors.pool_accuracy)
        even = prior / (classes - 1)
        column = skills.pool.column(label)
        return [(count + even) / miss for count, miss in zip(column, misses, strict=True)]

    def _with_gold(
        self,
        posterior: dict[str, float],
        each_unsaid: float,
        classes: _Classes,
        given: Given,
        skills: Skills,
    ) -> tuple[dict[str, float], float]:
        """Average in what gold alone says, by how much gold there is, at most half and half."""
        tallies = {who: skills.tally(who) for whos in given.values() for who in whos}
        gold_answers = sum(tally.gold_total for tally in tallies.values()) / len(tallies)
        if not gold_answers:
            return posterior, each_unsaid
        gold, gold_unsaid = one_coin.posterior(
            given,
            classes=classes.count,
            accuracy_of=lambda who: (
                (tallies[who].gold_right + 0.5) / (tallies[who].gold_total + 1.0)
            ),
        )
        share = 0.5 * gold_answers / (gold_answers + self._priors.gold_strength)
        mixed = {
            label: (1.0 - share) * p + share * gold.get(label, gold_unsaid)
            for label, p in posterior.items()
        }
        return mixed, (1.0 - share) * each_unsaid + share * gold_unsaid


def _classes(task: Task, given: Given, skills: Skills) -> _Classes:
    if task.labels:
        classes = _of_labels(task.labels)
        if not given.keys() <= classes.known:  # the project dropped a label after it was given
            classes = _of_labels(tuple(dict.fromkeys((*task.labels, *given))))
    else:
        gold = () if task.gold is None else (task.gold,)
        seen = [label for label, count in skills.given_answers.items() if count > 0]
        classes = _of_labels(tuple(dict.fromkeys((*seen, *given, *gold))))
    if classes.told_apart:
        skills.index.cover(classes.labels)
    return classes


@lru_cache(maxsize=1_024)
def _of_labels(labels: tuple[str, ...]) -> _Classes:
    countable = len(labels) <= MAX_CLASSES and max(map(len, labels)) <= MAX_CLASS_CHARS
    # One label alone has still another beside it: what nobody has said yet.
    count = max(2, len(labels))
    told_apart = countable and len(labels) > 1
    return _Classes(labels, frozenset(labels), count, countable, told_apart)


def _credits(
    task: Task,
    given: Given,
    classes: _Classes,
    posterior: Mapping[str, float],
    label: str | None,
) -> Credits:
    """The contribution of the task; only its answers are counted where `label` is None."""
    units = in_units(posterior, label=label) if label is not None else {}
    shares = []
    for said, contractor_ids in given.items():
        hit = units.get(said, 0)
        apart = classes.told_apart
        shares.append(
            Share(
                contractor_ids=tuple(contractor_ids),
                given=said,
                counted=classes.countable,
                truths=units if apart else {},
                hit=0 if apart else hit,
                miss=0 if apart or not units else UNIT - hit,
                gold_total=0 if task.gold is None else 1,
                gold_right=1 if said == task.gold else 0,
            )
        )
    pairs = (
        coincidences({said: len(who) for said, who in given.items()}) if classes.countable else {}
    )
    return Credits(tuple(shares), units if classes.told_apart else {}, pairs)
