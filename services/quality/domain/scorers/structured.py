"""Answers of several fields: each field by its own kind, an answer judged by its worst.

What stands for all is the object of what stands for each field. A contractor has one skill over
all of their fields: how close these come to the others' on average.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from services.quality.domain.scorers.closeness import (
    ClosenessPriors,
    ClosenessScorer,
    closeness_of,
    support_of,
)
from services.quality.domain.scorers.equality import EqualityScorer
from services.quality.domain.scorers.interface import likeliest
from services.quality.domain.scorers.measure import Measure, PlainMeasure, equal
from services.quality.domain.skills import Skills
from services.quality.domain.types import Answer, FieldSpec, Kind, Scored, Task
from services.quality.domain.values.objects import read_chosen, read_object
from services.quality.domain.values.reading import canonical

MeasureOf = Callable[[FieldSpec], Measure]

_TEXTS = frozenset({Kind.CHOICE, Kind.PAIRWISE, Kind.ORDINAL, Kind.NUMERIC, Kind.TEXT, Kind.CODE})
"""Kinds whose values are texts, and not JSON of another form."""


class ChosenMeasure(PlainMeasure):
    """Sets of labels: what both have, out of what either has (Jaccard)."""

    right_from = 0.75

    def closeness(self, one: str, other: str) -> float:
        ours, theirs = read_chosen(one), read_chosen(other)
        either = ours | theirs
        return len(ours & theirs) / len(either) if either else 1.0

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        held: dict[str, list[float]] = {}
        for value, weight in zip(values, weights, strict=True):
            for label in read_chosen(value):
                held.setdefault(label, []).append(weight)
        half = fsum(weights) / 2.0
        return canonical(sorted(label for label, own in held.items() if fsum(own) > half))


@dataclass(frozen=True, slots=True)
class StructuredMeasure:
    """Objects by their fields; one that is no object is compared for equality alone."""

    fields: tuple[FieldSpec, ...]
    measure_of: MeasureOf

    def closeness(self, one: str, other: str) -> float:
        found = self._by_field(one, other, lambda measure, a, b: measure.closeness(a, b))
        if found is None:
            return equal(one, other)
        return fsum(found) / len(found) if found else 1.0

    def agreement(self, one: str, other: str) -> float:
        found = self._by_field(one, other, lambda measure, a, b: measure.agreement(a, b))
        return equal(one, other) if found is None else min(found, default=1.0)

    def agrees(self, one: str, other: str) -> bool:
        found = self._by_field(one, other, lambda measure, a, b: float(measure.agrees(a, b)))
        return one == other if found is None else min(found, default=1.0) > 0.0

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        read = [
            (answered, weight)
            for value, weight in zip(values, weights, strict=True)
            if (answered := read_object(value)) is not None
        ]
        if not read:
            return None
        half = fsum(weight for _, weight in read) / 2.0
        found: dict[str, Any] = {}
        for field in self.fields:
            own = [(a[field.name], weight) for a, weight in read if field.name in a]
            # A field that most leave out is left out.
            if own and fsum(weight for _, weight in own) >= half:
                texts, held = [text for text, _ in own], [weight for _, weight in own]
                consensus = self._consensus(field, texts, held, salt=salt)
                found[field.name] = _plain(field, consensus)
        return canonical(found)

    def _consensus(
        self, field: FieldSpec, values: Sequence[str], weights: Sequence[float], *, salt: str
    ) -> str:
        if len(values) == 1:
            return values[0]
        measure, salt = self.measure_of(field), f"{salt}|{field.name}"
        merged = measure.merged(values, weights, salt=salt)
        if merged is not None:
            return merged
        closeness = closeness_of(values, weights, measure, salt=salt)
        return likeliest(support_of(values, weights, closeness), salt=salt)

    def _by_field(
        self, one: str, other: str, compare: Callable[[Measure, str, str], float]
    ) -> list[float] | None:
        """Of the fields that either has answered; None where one of them is no object."""
        ours, theirs = read_object(one), read_object(other)
        if ours is None or theirs is None:
            return None
        found = []
        for field in self.fields:
            here, there = ours.get(field.name), theirs.get(field.name)
            if here is not None and there is not None:
                found.append(compare(self.measure_of(field), here, there))
            elif here is not None or there is not None:
                found.append(0.0)
        return found


class StructuredScorer(ClosenessScorer):
    """Scores a project whose answers have several fields; without any told, by equality."""

    priors = ClosenessPriors(pool=0.75)

    def __init__(self, measure_of: Callable[[Task], Measure]) -> None:
        self._measure_of = measure_of
        self._plain = EqualityScorer()

    def measure(self, task: Task, skills: Skills) -> Measure:
        return self._measure_of(task)

    def score(self, task: Task, answers: Sequence[Answer], skills: Skills) -> Scored:
        if not task.fields:
            return self._plain.score(task, answers, skills)
        return super().score(task, answers, skills)


def _plain(field: FieldSpec, text: str) -> Any:
    """As it stands in an answer's object."""
    if field.kind in _TEXTS and not field.multiple:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
