"""Choices: online expectation-maximisation with counters, at a cost that does not grow with history.

Each contractor is a confusion matrix of soft counts. A row of it is shrunk to the contractor's own
accuracy on the diagonal and to the pool's habits beside it; that accuracy is shrunk to the pool's.
A task credits its contractors only from its third answer, or if it is gold: with fewer answers
contractors would mostly confirm themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.quality.domain import keys
from services.quality.domain.keys import UNIT
from services.quality.domain.scorers.interface import best, in_units
from services.quality.domain.skills import Skills
from services.quality.domain.types import (
    NOTHING_KNOWN,
    Answer,
    Credits,
    Scored,
    Share,
    Task,
)

MAX_CLASSES = 32
MAX_CLASS_CHARS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Strengths are in answers: a prior of strength 10 weighs as much as ten credited answers."""

    pool_accuracy: float = 0.75
    pool_strength: float = 100.0
    accuracy_strength: float = 10.0
    row_strength: float = 4.0
    class_weight: float = 0.1
    class_strength: float = 1.0
    gold_strength: float = 1.0
    credit_from: int = 3


@dataclass(frozen=True, slots=True)
class _Layout:
    """Counter names of one set of classes: `cells[given]` holds one name a class."""

    index: Mapping[str, int]
    rows: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]
    class_names: tuple[str, ...]


@lru_cache(maxsize=256)
def _layout(classes: tuple[str, ...]) -> _Layout:
    return _Layout(
        index={label: i for i, label in enumerate(classes)},
        rows=tuple(keys.encode(label) for label in classes),
        cells={g: tuple(keys.cell(true=t, given=g) for t in classes) for g in classes},
        class_names=tuple(keys.known_class(label) for label in classes),
    )


class ChoiceScorer:
    def __init__(self, priors: Priors | None = None) -> None:
        self._priors = priors or Priors()

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        if not answers and task.gold is None:
            return NOTHING_KNOWN
        given = _by_label(answers)
        classes = _classes(task, given, skills)
        confusable = _confusable(classes)
        if task.gold is not None:
            posterior = {task.gold: 1.0}
        else:
            model = self._confusion if confusable else self._one_coin
            posterior = model(task, classes, given, skills)
        label = best(posterior, salt=task.task_id) if task.gold is None else task.gold
        credited = task.gold is not None or len(answers) >= self._priors.credit_from
        units = in_units(posterior) if credited else {}
        return Scored(
            posterior=posterior,
            label=label,
            confidence=posterior[label],
            credits=_credits(task, given, units, confusable=confusable),
        )

    def _confusion(
        self,
        task: Task,
        classes: tuple[str, ...],
        given: Mapping[str, list[str]],
        skills: Skills,
    ) -> dict[str, float]:
        priors, layout, tally_of = self._priors, _layout(classes), skills.tally
        accuracy = self._pool_accuracy(skills)
        row_units = priors.row_strength * UNIT
        own_units = priors.accuracy_strength * UNIT
        likelihood = self._class_prior(layout, skills)
        for label, contractor_ids in given.items():
            truth = layout.index[label]
            slips = self._slips(layout, label, skills)
            cells = layout.cells[label]
            per_class = list(zip(range(len(classes)), cells, layout.rows, slips, strict=True))
            for contractor_id in contractor_ids:
                tally = tally_of(contractor_id)
                own = (tally.right + own_units * accuracy) / (tally.total + own_units)
                miss_units = row_units * (1.0 - own)
                counters, rows = tally.counters, tally.rows
                for i, name, row, slip in per_class:
                    base = row_units * own if i == truth else miss_units * slip
                    likelihood[i] *= (counters.get(name, 0) + base) / (
                        rows.get(row, 0) + row_units
                    )
            scale = 1.0 / max(likelihood)
            likelihood = [p * scale for p in likelihood]
        total = sum(likelihood)
        posterior = [p/total for p in likelihood]
        gold = self._gold(classes, given, skills)
        if gold is not None:
            posterior = [(a + b) / 2 for a, b in zip(posterior, gold)]
        return dict(zip(classes, posterior, strict=True))

    def _gold(self, classes, given, skills):
        if not skills.pool.get(keys.GOLD_TOTAL):
            return None
        k = len(classes)-1
        gs = 0.5
        w = dict.fromkeys(classes, 1.0)
        for label, ids in given.items():
            o = 1.0
            for c in ids:
                t = skills.tally(c)
                q = (gs + t.get(keys.GOLD_RIGHT)) / (2*gs + t.get(keys.GOLD_TOTAL))
                o *= q*k/(1-q)
            w[label] = o
        s = sum(w.values())
        return [w[c]/s for c in classes]

    def _pool_accuracy(self, skills: Skills) -> float:
        strength = self._priors.pool_strength * UNIT
        pool = skills.pool
        return (pool.right + strength * self._priors.pool_accuracy) / (pool.total + strength)

    def _class_prior(self, layout: _Layout, skills: Skills) -> list[float]:
        strength = self._priors.class_strength * UNIT
        counts = [skills.pool.get(name) + strength for name in layout.class_names]
        return [count**self._priors.class_weight for count in counts]

    def _slips(self, layout: _Layout, label: str, skills: Skills) -> list[float]:
        """Of the pool's mistakes on each class, the share that says `label`."""
        priors, pool = self._priors, skills.pool
        strength = priors.pool_strength * UNIT * (1.0 - priors.pool_accuracy)
        even = strength / (len(layout.rows) - 1)
        slips = []
        for true, row, name in zip(layout.index, layout.rows, layout.cells[label], strict=True):
            misses = pool.rows.get(row, 0) - pool.get(layout.cells[true][layout.index[true]])
            slips.append((pool.get(name) + even) / (misses + strength))
        return slips

    def _one_coin(
        self,
        task: Task,
        classes: tuple[str, ...],
        given: Mapping[str, list[str]],
        skills: Skills,
    ) -> dict[str, float]:
        raise RuntimeError


def _by_label(answers: Sequence[Answer]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for answer in answers:
        given.setdefault(answer.label, []).append(answer.contractor_id)
    return given


def _classes(task: Task, given: Mapping[str, list[str]], skills: Skills) -> tuple[str, ...]:
    if task.labels:
        return task.labels
    seen = skills.seen_labels()
    fresh = given.keys() | ({task.gold} if task.gold is not None else set()) - set(seen)
    return tuple(sorted({*seen, *fresh})) if fresh else seen


def _confusable(classes: tuple[str, ...]) -> bool:
    return 2 <= len(classes) <= MAX_CLASSES and max(map(len, classes)) <= MAX_CLASS_CHARS


def _credits(
    task: Task,
    given: Mapping[str, list[str]],
    units: Mapping[str, int],
    *,
    confusable: bool,
) -> Credits:
    shares = []
    pool: dict[str, int] = {}
    for label, contractor_ids in given.items():
        counters = {keys.ANSWERS: 1}
        if task.gold is not None:
            counters[keys.GOLD_TOTAL] = 1
            if label == task.gold:
                counters[keys.GOLD_RIGHT] = 1
        for true, n in units.items():
            counters[keys.cell(true=true, given=label)] = n
        shares.append(Share(tuple(contractor_ids), counters))
        heads = len(contractor_ids)
        for name, n in counters.items():
            pool[name] = pool.get(name, 0) + n * heads
        pool[keys.given(label)] = heads
    for true, n in units.items():
        pool[keys.known_class(true)] = n
    return Credits(tuple(shares), pool)
