"""Rankings: the order that disagrees least with everybody's, where the skilled weigh more.

Closeness is the share of pairs of items that two rankings order the same way, which is Kendall's
tau brought to 0 to 1; a pair that one of them leaves open counts half. Few items: the order of
least weighted disagreement, exactly (Kemeny), by dynamic programming over sets of items. More: by
weighted points for each item that is ranked behind (Borda).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from zlib import crc32

from services.quality.domain.scorers.closeness import ClosenessPriors, ClosenessScorer
from services.quality.domain.scorers.measure import Measure, PlainMeasure, equal
from services.quality.domain.skills import Skills
from services.quality.domain.types import Task
from services.quality.domain.values.rankings import read_ranking
from services.quality.domain.values.reading import MalformedValue, canonical

KEMENY_ITEMS = 7

Places = Mapping[str, int]


@lru_cache(maxsize=4_096)
def concordance(one: str, other: str) -> float:
    """Share of pairs ordered the same way; equality of what cannot be read."""
    try:
        ours, theirs = _places(read_ranking(one)), _places(read_ranking(other))
    except MalformedValue:
        return equal(one, other)
    items = sorted(ours.keys() | theirs.keys())
    same = pairs = 0.0
    for i, item in enumerate(items):
        for behind in items[:i]:
            here, there = _order(ours, item, behind), _order(theirs, item, behind)
            same += 1.0 if here == there else 0.5 if not here or not there else 0.0
            pairs += 1.0
    return same / pairs if pairs else 1.0


class RankedMeasure(PlainMeasure):
    """Rankings by the pairs that they order."""

    right_from = 0.8

    def closeness(self, one: str, other: str) -> float:
        return concordance(one, other)

    def merged(self, values: Sequence[str], weights: Sequence[float], *, salt: str) -> str | None:
        ranked: list[tuple[Places, float]] = []
        for value, weight in zip(values, weights, strict=True):
            try:
                ranked.append((_places(read_ranking(value)), weight))
            except MalformedValue:
                continue
        if not ranked:
            return None
        found = {item for places, _ in ranked for item in places}
        # Ties fall by hash: no item's name may favour it throughout.
        items = sorted(found, key=lambda item: (crc32(f"{salt}|{item}".encode()), item))
        order = _kemeny if len(items) <= KEMENY_ITEMS else _borda
        return canonical(order(items, ranked))


class RankedScorer(ClosenessScorer):
    """Scores a project whose answers put a task's items in order."""

    priors = ClosenessPriors(pool=0.75)

    def measure(self, task: Task, skills: Skills) -> Measure:
        return RankedMeasure()


def _places(items: Sequence[str]) -> Places:
    return {item: place for place, item in enumerate(items)}


def _order(places: Places, one: str, other: str) -> int:
    """1 where `one` is ahead, -1 where `other` is, 0 where neither is ranked."""
    last = len(places)
    here, there = places.get(one, last), places.get(other, last)
    return (here < there) - (there < here)


def _kemeny(items: Sequence[str], ranked: Sequence[tuple[Places, float]]) -> list[str]:
    count = len(items)
    against = [
        [sum(w for places, w in ranked if _order(places, other, item) > 0) for other in items]
        for item in items
    ]
    # least[s]: the least disagreement among the items of s, all ahead of the rest; and its last.
    least = [0.0] + [float("inf")] * ((1 << count) - 1)
    last = [0] * (1 << count)
    for chosen in range(1, 1 << count):
        for item in range(count):
            if chosen >> item & 1:
                before = chosen & ~(1 << item)
                behind = (other for other in range(count) if not chosen >> other & 1)
                cost = least[before] + sum(against[item][other] for other in behind)
                if cost < least[chosen] - 1e-12:
                    least[chosen], last[chosen] = cost, item
    order: list[str] = []
    chosen = (1 << count) - 1
    while chosen:
        order.append(items[last[chosen]])
        chosen &= ~(1 << last[chosen])
    return order[::-1]


def _borda(items: Sequence[str], ranked: Sequence[tuple[Places, float]]) -> list[str]:
    points = dict.fromkeys(items, 0.0)
    for places, weight in ranked:
        unranked = len(items) - len(places)
        for item in items:
            place = places.get(item)
            # Those that are not ranked share the places behind the others.
            behind = (unranked - 1) / 2 if place is None else len(items) - 1 - place
            points[item] += weight * behind
    return sorted(items, key=lambda item: -points[item])
