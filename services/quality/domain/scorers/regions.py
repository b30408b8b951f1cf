"""Shapes on an image: those that most weight supports, with their middle sides.

Two shapes of one label are the same from an intersection over union of one half. An answer comes as
close to another as the F1 of its shapes, each by how much it has in common with its match.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from services.quality.domain.matching import (
    Cluster,
    Drawn,
    Match,
    closeness,
    clusters,
    heaviest,
    matches,
    weighted_median,
)
from services.quality.domain.overlap import Outline, iou_of_outlines, most_in_common, outline
from services.quality.domain.scorers.closeness import ClosenessPriors, ClosenessScorer
from services.quality.domain.scorers.measure import Measure, PlainMeasure
from services.quality.domain.skills import Skills
from services.quality.domain.types import Task
from services.quality.domain.values.shapes import Shape, read_shapes, shapes_text

MAX_SHAPES = 100
"""An answer of more is compared by its largest."""


class RegionsMeasure(PlainMeasure):
    """Shapes by what they have in common."""

    right_from = 0.75

    def closeness(self, one: str, other: str) -> float:
        return closeness(one, other, read=_outlines, matched=_matches)

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        drawn = heaviest(values, weights, read=_outlines)
        if not drawn:
            return None
        half = fsum(own.weight for own in drawn) / 2.0
        found = [
            _middle(cluster, drawn)
            for cluster in clusters(drawn, matched=_matches)
            if cluster.weight(drawn) > half
        ]
        return shapes_text(sorted(found, key=_place))


class RegionsScorer(ClosenessScorer):
    """Scores a project whose answers outline what is on an image."""

    priors = ClosenessPriors(pool=0.6)

    def measure(self, task: Task, skills: Skills) -> Measure:
        return RegionsMeasure()


@lru_cache(maxsize=2_048)
def _matches(one: str, other: str) -> tuple[Match, ...]:
    """Kept, for an answer meets the same others again with every further one."""
    return matches(_outlines(one), _outlines(other), most=_most, overlap=iou_of_outlines)


def _most(one: Outline, other: Outline) -> float:
    return most_in_common(one, other) if one.shape.label == other.shape.label else 0.0


@lru_cache(maxsize=512)
def _outlines(value: str) -> tuple[Outline, ...]:
    """The largest first: the same whatever the order in which they were drawn."""
    found = (outline(shape) for shape in read_shapes(value))
    return tuple(sorted(found, key=lambda one: (-one.area, _place(one.shape)))[:MAX_SHAPES])


def _place(shape: Shape) -> tuple[object, ...]:
    return (shape.label, *shape.bounds, shape.polygon, shape.other)


def _middle(cluster: Cluster[Outline], drawn: Sequence[Drawn[Outline]]) -> Shape:
    """Of upright boxes the weighted median of each side; else the member nearest to the others."""
    members = {who: one.shape for who, one in cluster.members.items()}
    boxes = [shape.box for shape in members.values() if shape.box is not None]
    if len(boxes) == len(members):
        own = [drawn[who].weight for who in members]
        left, top, right, bottom = (
            weighted_median([box[side] for box in boxes], own) for side in range(4)
        )
        label = next(iter(members.values())).label
        return Shape(label, box=(left, top, max(left, right), max(top, bottom)))

    def standing(who: int) -> tuple[float, float, tuple[object, ...]]:
        own = drawn[who].weight
        shared = (drawn[o].weight * cluster.overlaps.get((who, o), 0.0) for o in members)
        return own + fsum(shared), own, _place(members[who])

    return members[max(members, key=standing)]
