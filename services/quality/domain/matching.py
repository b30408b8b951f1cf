"""Labelled things on one canvas, several people's: which are the same, and which of them stand.

Things match one to one, the largest overlap first. Greedy matching by falling overlap is not always
the best assignment, but where overlaps must reach one half it rarely differs, and it is the same
whatever the order of the things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Generic, TypeVar

from services.quality.domain.values.reading import MalformedValue

MATCHED_FROM = 0.5
"""Two things are the same from this intersection over union on."""

MAX_MERGED = 15
"""So many people's things are put together at most: those of the greatest weight."""

T = TypeVar("T")
Overlap = Callable[[T, T], float]
"""Intersection over union; may be 0 wherever it is below `MATCHED_FROM`."""


@dataclass(slots=True, kw_only=True)
class Cluster(Generic[T]):
    """What several people drew of one thing, at most one of each."""

    members: dict[int, T] = field(default_factory=dict)
    """By the position of the person."""

    def weight(self, weights: Sequence[float]) -> float:
        return fsum(weights[who] for who in self.members)


def f1(one: Sequence[T], other: Sequence[T], *, overlap: Overlap[T]) -> float:
    """Twice the overlap of what matches, over the number of all things; 1 where there are none."""
    if not one and not other:
        return 1.0
    pairs = [
        (overlap(ours, theirs), i, j)
        for i, ours in enumerate(one)
        for j, theirs in enumerate(other)
    ]
    found: list[float] = []
    taken: set[int] = set()
    given: set[int] = set()
    matching = [pair for pair in pairs if pair[0] >= MATCHED_FROM]
    # Ties so that it is the same from either side: pairs that tie here have nothing in common.
    for iou, i, j in sorted(matching, key=lambda p: (-p[0], p[1] + p[2], abs(p[1] - p[2]))):
        if i not in taken and j not in given:
            taken.add(i)
            given.add(j)
            found.append(iou)
    return min(1.0, 2.0 * fsum(found) / (len(one) + len(other)))


def heaviest(
    values: Sequence[str], weights: Sequence[float], *, read: Callable[[str], Sequence[T]]
) -> tuple[list[Sequence[T]], list[float]]:
    """What is read from the values of the greatest weight, with these; unreadable ones left out."""
    drawn: list[Sequence[T]] = []
    kept: list[float] = []
    ordered = sorted(zip(weights, values, strict=True), key=lambda pair: (-pair[0], pair[1]))
    for weight, value in ordered[:MAX_MERGED]:
        try:
            drawn.append(read(value))
        except MalformedValue:
            continue
        kept.append(weight)
    return drawn, kept


def clusters(drawn: Sequence[Sequence[T]], *, overlap: Overlap[T]) -> list[Cluster[T]]:
    """Everybody's things together: the closest two first, nobody twice in one cluster."""
    things = [(who, thing) for who, own in enumerate(drawn) for thing in own]
    pairs = []
    for i, (who, thing) in enumerate(things):
        for j in range(i):
            other_who, other = things[j]
            if who != other_who and (iou := overlap(thing, other)) >= MATCHED_FROM:
                pairs.append((iou, j, i))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    cluster_of: list[Cluster[T]] = [Cluster(members={who: thing}) for who, thing in things]
    for _, i, j in pairs:
        near, far = cluster_of[i], cluster_of[j]
        if near is not far and not near.members.keys() & far.members.keys():
            near.members.update(far.members)
            cluster_of = [near if cluster is far else cluster for cluster in cluster_of]
    return list({id(cluster): cluster for cluster in cluster_of}.values())


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """Between the two middle ones where the weight is split even."""
    ordered = sorted(zip(values, weights, strict=True))
    half = fsum(weights) / 2.0
    passed = 0.0
    for i, (value, weight) in enumerate(ordered):
        passed += weight
        if abs(passed - half) <= 1e-12 * half and i + 1 < len(ordered):
            return (value + ordered[i + 1][0]) / 2.0
        if passed > half:
            return value
    return ordered[-1][0]
