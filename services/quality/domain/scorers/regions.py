"""Shapes on an image: those that most weight supports, with their middle sides.

Two shapes of one label are the same from an intersection over union of one half. An answer comes as
close to another as the F1 of its shapes, each by how much it has in common with its match.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from services.quality.domain.matching import (
    MATCHED_FROM,
    Cluster,
    clusters,
    f1,
    heaviest,
    weighted_median,
)
from services.quality.domain.overlap import area_of, iou_of_shapes
from services.quality.domain.scorers.closeness import ClosenessPriors, ClosenessScorer
from services.quality.domain.scorers.measure import Measure, PlainMeasure, equal
from services.quality.domain.skills import Skills
from services.quality.domain.types import Task
from services.quality.domain.values.reading import MalformedValue
from services.quality.domain.values.shapes import Shape, read_shapes, shapes_text

MAX_SHAPES = 100
"""An answer of more is compared by its largest."""


@lru_cache(maxsize=4_096)
def closeness(one: str, other: str) -> float:
    """Equality of what cannot be read."""
    try:
        ours, theirs = _compared(one), _compared(other)
    except MalformedValue:
        return equal(one, other)
    return f1(ours, theirs, overlap=_overlap)


class RegionsMeasure(PlainMeasure):
    """Shapes by what they have in common."""

    right_from = 0.75

    def closeness(self, one: str, other: str) -> float:
        return closeness(one, other)

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        drawn, kept = heaviest(values, weights, read=_compared)
        if not drawn:
            return None
        half = fsum(kept) / 2.0
        found = [
            _middle(cluster, kept)
            for same in _by_label(drawn)
            for cluster in clusters(same, overlap=_overlap)
            if cluster.weight(kept) > half
        ]
        return shapes_text(sorted(found, key=_place))


class RegionsScorer(ClosenessScorer):
    """Scores a project whose answers outline what is on an image."""

    priors = ClosenessPriors(pool=0.6)

    def measure(self, task: Task, skills: Skills) -> Measure:
        return RegionsMeasure()


def _overlap(one: Shape, other: Shape) -> float:
    if one.label != other.label:
        return 0.0
    return iou_of_shapes(one, other, least=MATCHED_FROM)


@lru_cache(maxsize=512)
def _compared(value: str) -> tuple[Shape, ...]:
    """The largest first: the same whatever the order in which they were drawn."""
    shapes = read_shapes(value)
    return tuple(sorted(shapes, key=lambda shape: (-area_of(shape), _place(shape)))[:MAX_SHAPES])


def _place(shape: Shape) -> tuple[object, ...]:
    return (shape.label, *shape.bounds, shape.polygon, shape.other)


def _by_label(drawn: Sequence[Sequence[Shape]]) -> list[list[list[Shape]]]:
    """Everybody's shapes of each label: only these are ever the same."""
    found: dict[str, list[list[Shape]]] = defaultdict(lambda: [[] for _ in drawn])
    for who, shapes in enumerate(drawn):
        for shape in shapes:
            found[shape.label][who].append(shape)
    return [found[label] for label in sorted(found)]


def _middle(cluster: Cluster[Shape], weights: Sequence[float]) -> Shape:
    """Of upright boxes the weighted median of each side; else the member nearest to the others."""
    members = list(cluster.members.values())
    own = [weights[who] for who in cluster.members]
    boxes = [shape.box for shape in members if shape.box is not None]
    if len(boxes) == len(members):
        left, top, right, bottom = (
            weighted_median([box[side] for box in boxes], own) for side in range(4)
        )
        return Shape(members[0].label, box=(left, top, max(left, right), max(top, bottom)))
    support = [
        fsum(w * iou_of_shapes(shape, m, least=0.0) for m, w in zip(members, own, strict=True))
        for shape in members
    ]
    best = max(range(len(members)), key=lambda i: (support[i], own[i], _place(members[i])))
    return members[best]
