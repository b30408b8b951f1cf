"""Krippendorff's alpha, live: how far answers agree beyond what chance would make them.

Source: K. Krippendorff, Content Analysis, 2018, ch. 12. All that alpha needs of a project is its
coincidence matrix, to which a task of n answers adds n_c * n_k / (n - 1) for each two labels c and
k (n_c - 1 in place of n_k where they are the same). That is kept as counters of the pool: integers,
rounded once a task, so that what a task has added is taken back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import fsum

from services.quality.domain import keys
from services.quality.domain.keys import UNIT
from services.quality.domain.types import Counters

Distance = Callable[[str, str], float]
"""How far apart two labels are, squared: 0 of a label to itself, the same both ways."""


def coincidences(given: Mapping[str, int]) -> dict[str, int]:
    """What a task adds, by pair of labels, of how many answers gave each label; in units.

    A pair of two labels stands for both its orders. A task of one answer adds nothing.
    """
    others = sum(given.values()) - 1
    if others < 1:
        return {}
    counts = sorted(given.items())
    found = {}
    for i, (label, count) in enumerate(counts):
        if count > 1:
            found[keys.pair(label, label)] = _share(count * (count - 1), others)
        for other, others_count in counts[i + 1 :]:
            found[keys.pair(label, other)] = _share(2 * count * others_count, others)
    return found


def alpha(counters: Counters, *, distance: Distance | None = None) -> float | None:
    """Of a pool's counters; by default labels are either the same or not.

    None where nothing can be compared: no task has two answers, or all answers are the same.
    """
    found = _matrix(counters)
    return _alpha(found, distance or _nominal)


def alpha_ordinal(counters: Counters, *, order: Sequence[str]) -> float | None:
    """The labels are steps, in this order; labels that are not in it are left out."""
    steps = {label: i for i, label in enumerate(order)}
    found = {pair: units for pair, units in _matrix(counters).items() if steps.keys() >= set(pair)}
    weights = _weights(found)
    below: list[float] = []
    reached = 0.0
    for label in order:
        below.append(reached + weights.get(label, 0.0) / 2)
        reached += weights.get(label, 0.0)

    def distance(one: str, other: str) -> float:
        return (below[steps[one]] - below[steps[other]]) ** 2

    return _alpha(found, distance)


def alpha_interval(counters: Counters) -> float | None:
    """The labels are numbers; those that are none are left out."""
    numbers = {label: value for label in _labels(counters) if (value := _number(label)) is not None}
    found = {
        pair: units for pair, units in _matrix(counters).items() if numbers.keys() >= set(pair)
    }
    return _alpha(found, lambda one, other: (numbers[one] - numbers[other]) ** 2)


def _share(product: int, others: int) -> int:
    return (product * UNIT + others // 2) // others


def _matrix(counters: Counters) -> dict[tuple[str, str], int]:
    return {
        pair: units
        for name, units in counters.items()
        if units and (pair := keys.of_pair(name)) is not None
    }


def _labels(counters: Counters) -> set[str]:
    return {label for pair in _matrix(counters) for label in pair}


def _weights(matrix: Mapping[tuple[str, str], int]) -> dict[str, float]:
    """How many answers that can be compared gave each label: the row sums of the full matrix."""
    found: dict[str, float] = {}
    for (one, other), units in matrix.items():
        # Both orders of a pair of two are in its counter: half of it is in either row.
        share = units / UNIT if one == other else units / UNIT / 2
        found[one] = found.get(one, 0.0) + share
        if one != other:
            found[other] = found.get(other, 0.0) + share
    return found


def _alpha(matrix: Mapping[tuple[str, str], int], distance: Distance) -> float | None:
    weights = _weights(matrix)
    total = fsum(weights.values())
    observed = fsum(
        units / UNIT * distance(one, other)
        for (one, other), units in matrix.items()
        if one != other
    )
    labels = sorted(weights)
    expected = fsum(
        2 * weights[one] * weights[other] * distance(one, other)
        for i, one in enumerate(labels)
        for other in labels[i + 1 :]
    )
    if expected <= 0.0:
        return None
    return 1.0 - (total - 1.0) * observed / expected


def _nominal(one: str, other: str) -> float:
    return 0.0 if one == other else 1.0


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
