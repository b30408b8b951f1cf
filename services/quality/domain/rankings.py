"""Which of many is best, from comparisons of two: strengths by Bradley and Terry (1952).

An item of strength a is preferred to one of strength b with the odds exp(a - b); a tie is half a
win for either. All comparisons together are fitted in one go; what is compared after that moves the
two strengths at once, by a step of the extended Kalman filter: each strength has a variance, one
comparison is an observation of their difference, and the surer a strength is the less it moves. On
recorded preferences that comes within 0.02 of the fit, from nothing. Weighing the votes by their
authors' skill changed no held-out figure there, so all of them weigh the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, fsum, log, sqrt

MAX_ITEMS = 1_000
"""Those with the most comparisons are ranked; the cost of a fit grows with their cube."""

MAX_ITEM_CHARS = 200

_PRIOR_VARIANCE = 4.0
"""Of an item that was never compared: as if it had tied once with one of middling strength."""

_CENTRE = 1_000.0
_ELO = 400.0 / log(10.0)
_Z_95 = 1.959964

_FIRST = frozenset({"model_a", "left", "a", "item_a", "first"})
_SECOND = frozenset({"model_b", "right", "b", "item_b", "second"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two items, how the first did (1 won, ½ tied, 0 lost), and how often that was said."""

    first: str
    second: str
    outcome: float
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """On the scale of natural log odds."""

    value: float = 0.0
    variance: float = _PRIOR_VARIANCE
    comparisons: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Strengths by all that was compared up to the project's answer `seq`."""

    strengths: Mapping[str, Strength]
    seq: int
    fitted_at: datetime

    @property
    def comparisons(self) -> int:
        """Each counts for both of its items."""
        return sum(strength.comparisons for strength in self.strengths.values()) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """On Elo's scale, with a 95 % interval; the mean of all items is 1,000."""

    item: str
    rating: float
    low: float
    high: float
    comparisons: int


def compared(
    label: str, items: Sequence[str], *, labels: Sequence[str], times: int = 1
) -> Compared | None:
    """What a preference says; None where it is not one between two different items.

    A label says which by its name (model_a, left, A), or by its place among the project's: the
    first is for the first item, the second for the second, any other is a tie.
    """
    if len(items) != 2 or items[0] == items[1]:
        return None
    if not all(0 < len(item) <= MAX_ITEM_CHARS for item in items):
        return None
    outcome = _outcome(label, labels)
    if outcome is None:
        return None
    return Compared(first=items[0], second=items[1], outcome=outcome, times=times)


def fit(comparisons: Iterable[Compared]) -> dict[str, Strength]:
    """All of them at once, by maximum likelihood with one tie of each item against a middling one.

    That tie keeps an item that never lost from being infinitely strong, and joins those that were
    never compared with one another. Variances are Wald's, of the distance from the items' mean.
    """
    told = _most_compared(list(comparisons))
    if not told:
        return {}
    items = sorted({one.first for one in told} | {one.second for one in told})
    values = _likeliest(told, items)
    variances = _variances(told, items, values)
    times = _times(told)
    return {
        item: Strength(value=values[item], variance=variance, comparisons=times[item])
        for item, variance in zip(items, variances, strict=True)
    }


def updated(
    strengths: Mapping[str, Strength], comparisons: Iterable[Compared]
) -> dict[str, Strength]:
    """After further comparisons, one by one in their order."""
    found = dict(strengths)
    for one in comparisons:
        ours, theirs = _known(found, one.first), _known(found, one.second)
        if ours is None or theirs is None:
            continue
        for _ in range(one.times):
            ours, theirs = _step(ours, theirs, one.outcome)
        found[one.first], found[one.second] = ours, theirs
    return found


def ranking(strengths: Mapping[str, Strength]) -> list[Rated]:
    """Best first; equals by name."""
    if not strengths:
        return []
    mean = fsum(strength.value for strength in strengths.values()) / len(strengths)
    found = []
    for item, strength in strengths.items():
        rating = _CENTRE + _ELO * (strength.value - mean)
        reach = _Z_95 * _ELO * sqrt(strength.variance)
        found.append(
            Rated(
                item=item,
                rating=rating,
                low=rating - reach,
                high=rating + reach,
                comparisons=strength.comparisons,
            )
        )
    return sorted(found, key=lambda rated: (-rated.rating, rated.item))


def _outcome(label: str, labels: Sequence[str]) -> float | None:
    name = label.strip().lower()
    if name in _FIRST:
        return 1.0
    if name in _SECOND:
        return 0.0
    if name == "tie":
        return 0.5
    if label not in labels:
        return None
    return {0: 1.0, 1: 0.0}.get(labels.index(label), 0.5)


def _known(strengths: Mapping[str, Strength], item: str) -> Strength | None:
    """None where it is new and there is no room for it."""
    found = strengths.get(item)
    return found or (Strength() if len(strengths) < MAX_ITEMS else None)


def _step(ours: Strength, theirs: Strength, outcome: float) -> tuple[Strength, Strength]:
    expected = _expected(ours.value - theirs.value)
    told = expected * (1.0 - expected)
    # The observation's own variance is 1 / told, on the scale of the difference.
    scale = 1.0 / (1.0 + told * (ours.variance + theirs.variance))
    step = scale * (outcome - expected)
    return (
        _moved(ours, ours.variance * step, told * scale),
        _moved(theirs, -theirs.variance * step, told * scale),
    )


def _moved(strength: Strength, by: float, told: float) -> Strength:
    return Strength(
        value=strength.value + by,
        variance=strength.variance * (1.0 - strength.variance * told),
        comparisons=strength.comparisons + 1,
    )


def _expected(difference: float) -> float:
    """Bounded, so that one surprise never counts for more than a hundred thousand."""
    return 1.0 / (1.0 + exp(-max(-11.5, min(11.5, difference))))


def _times(comparisons: Iterable[Compared]) -> dict[str, int]:
    times: dict[str, int] = {}
    for one in comparisons:
        for item in (one.first, one.second):
            times[item] = times.get(item, 0) + one.times
    return times


def _most_compared(comparisons: list[Compared]) -> list[Compared]:
    times = _times(comparisons)
    if len(times) <= MAX_ITEMS:
        return comparisons
    kept = set(sorted(times, key=lambda item: (-times[item], item))[:MAX_ITEMS])
    return [one for one in comparisons if one.first in kept and one.second in kept]


def _likeliest(comparisons: Sequence[Compared], items: Sequence[str]) -> dict[str, float]:
    """By evalica; imported here, for it brings pandas with it."""
    import evalica

    middling = ""  # no item has an empty name
    winners = {1.0: evalica.Winner.X, 0.5: evalica.Winner.Draw, 0.0: evalica.Winner.Y}
    found = evalica.bradley_terry(
        xs=[one.first for one in comparisons] + list(items),
        ys=[one.second for one in comparisons] + [middling] * len(items),
        winners=[winners[one.outcome] for one in comparisons] + [evalica.Winner.Draw] * len(items),
        weights=[float(one.times) for one in comparisons] + [1.0] * len(items),
        limit=1_000,
    )
    logs = {item: log(float(found.scores[item])) for item in (*items, middling)}
    return {item: logs[item] - logs[middling] for item in items}


def _variances(
    comparisons: Sequence[Compared], items: Sequence[str], values: Mapping[str, float]
) -> list[float]:
    import numpy as np

    at = {item: i for i, item in enumerate(items)}
    information = np.diag([_told(values[item]) for item in items])
    for one in comparisons:
        i, j = at[one.first], at[one.second]
        told = one.times * _told(values[one.first] - values[one.second])
        information[i, i] += told
        information[j, j] += told
        information[i, j] -= told
        information[j, i] -= told
    covariance = np.linalg.inv(information)
    # Of the distance from the mean, which is what a rating tells.
    across = covariance.mean(axis=0)
    centred = np.diag(covariance) - 2.0 * across + across.mean()
    return [max(float(variance), 1e-9) for variance in centred]


def _told(difference: float) -> float:
    expected = _expected(difference)
    return expected * (1.0 - expected)
