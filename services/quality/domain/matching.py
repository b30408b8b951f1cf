"""Labelled things on one canvas, several people's: which are the same, and which of them stand.

Things match one to one, the largest overlap first. Greedy matching by falling overlap is not always
the best assignment, but where overlaps must reach one half it rarely differs, and it is the same
whatever the order of the things.

What a hundred things of one person have in common with a hundred of another may take a long look
at each of ten thousand pairs. So pairs are first told apart by the most that they can have in
common, which is cheap, and only the most promising ones are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import fsum
from typing import Generic, NamedTuple, TypeVar

from services.quality.domain.values.reading import MalformedValue

MATCHED_FROM = 0.5
"""Two things are the same from this intersection over union on."""

MAX_LOOKS = 300
"""So many pairs of two people's things are looked at, three for each of a hundred things."""

MAX_MERGED = 15
"""So many people's things are put together at most: those of the greatest weight."""

T = TypeVar("T")
Overlap = Callable[[T, T], float]
"""Intersection over union; may be 0 wherever it is below `MATCHED_FROM`."""


class Match(NamedTuple):
    """Two people's things that are the same, by their positions."""

    overlap: float
    one: int
    other: int


Matched = Callable[[str, str], Sequence[Match]]
"""What is the same in two values, of which the first is not the greater."""


@dataclass(frozen=True, slots=True)
class Drawn(Generic[T]):
    """What one person drew."""

    value: str
    things: Sequence[T]
    weight: float


@dataclass(slots=True)
class Cluster(Generic[T]):
    """What several people drew of one thing, at most one of each; by the person's position."""

    members: dict[int, T]
    overlaps: dict[tuple[int, int], float] = field(default_factory=dict)
    """Of those members that match each other, either way round."""

    def weight(self, drawn: Sequence[Drawn[T]]) -> float:
        return fsum(drawn[who].weight for who in self.members)


def matches(
    one: Sequence[T], other: Sequence[T], *, most: Overlap[T], overlap: Overlap[T]
) -> tuple[Match, ...]:
    """All pairs that are the same, or those among the `MAX_LOOKS` that promise most.

    `most` is never less than `overlap` where that reaches `MATCHED_FROM`, and cheap.
    """
    promising = [
        Match(bound, i, j)
        for i, ours in enumerate(one)
        for j, theirs in enumerate(other)
        if (bound := most(ours, theirs)) >= MATCHED_FROM
    ]
    if len(promising) > MAX_LOOKS:
        promising = sorted(promising, key=_by_overlap)[:MAX_LOOKS]
    looked_at = (Match(overlap(one[i], other[j]), i, j) for _, i, j in promising)
    found = [match for match in looked_at if match.overlap >= MATCHED_FROM]
    return tuple(sorted(found, key=_by_overlap))


def f1(count: int, found: Sequence[Match]) -> float:
    """Twice the overlap of what matches one to one, over the number of all things; 1 for none."""
    if not count:
        return 1.0
    overlaps: list[float] = []
    taken: set[int] = set()
    given: set[int] = set()
    for overlap, i, j in found:
        if i not in taken and j not in given:
            taken.add(i)
            given.add(j)
            overlaps.append(overlap)
    return min(1.0, 2.0 * fsum(overlaps) / count)


def closeness(
    one: str, other: str, *, read: Callable[[str], Sequence[T]], matched: Matched
) -> float:
    """F1 of what is read from two values; equality of what cannot be read."""
    if one == other:
        return 1.0
    try:
        count = len(read(one)) + len(read(other))
    except MalformedValue:
        return 0.0
    return f1(count, matched(min(one, other), max(one, other)))


def heaviest(
    values: Sequence[str], weights: Sequence[float], *, read: Callable[[str], Sequence[T]]
) -> list[Drawn[T]]:
    """What is read from the values of the greatest weight; unreadable ones left out."""
    drawn: list[Drawn[T]] = []
    ordered = sorted(zip(weights, values, strict=True), key=lambda pair: (-pair[0], pair[1]))
    for weight, value in ordered[:MAX_MERGED]:
        try:
            drawn.append(Drawn(value, read(value), weight))
        except MalformedValue:
            continue
    return drawn


def clusters(drawn: Sequence[Drawn[T]], *, matched: Matched) -> list[Cluster[T]]:
    """Everybody's things together: the closest two first, nobody twice in one cluster."""
    pairs: list[tuple[float, tuple[int, int], tuple[int, int]]] = []
    for who, whose in combinations(range(len(drawn)), 2):
        low, high = (who, whose) if drawn[who].value <= drawn[whose].value else (whose, who)
        for overlap, i, j in matched(drawn[low].value, drawn[high].value):
            ends = (low, i), (high, j)
            pairs.append((overlap, min(ends), max(ends)))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    places = [(who, i) for who, own in enumerate(drawn) for i in range(len(own.things))]
    together = {place: [place] for place in places}
    for _, one, other in pairs:
        near, far = together[one], together[other]
        if near is not far and not {who for who, _ in near} & {who for who, _ in far}:
            near += far
            together |= dict.fromkeys(far, near)
    found = {
        id(group): Cluster({who: drawn[who].things[i] for who, i in group})
        for group in together.values()
    }
    for overlap, one, other in pairs:
        if together[one] is together[other]:
            cluster = found[id(together[one])]
            cluster.overlaps[one[0], other[0]] = cluster.overlaps[other[0], one[0]] = overlap
    return list(found.values())


def _by_overlap(match: Match) -> tuple[float, int, int]:
    """Ties so that it is the same from either side: pairs that tie here have nothing in common."""
    return -match.overlap, abs(match.one - match.other), match.one + match.other


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
