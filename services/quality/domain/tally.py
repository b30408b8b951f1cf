"""One contractor's counters laid out for arithmetic: a column of soft counts a given label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.quality.domain import keys
from services.quality.domain.keys import UNIT
from services.quality.domain.types import Counters, Share


class Tally:
    """`columns[given][true]` and `rows[true]` in units, by the positions of one `ClassIndex`.

    Every list is as long as the index. `right` and `total` are the sums over the diagonal and over
    all cells, with `hits` and `misses` that belong to no cell.
    """

    __slots__ = (
        "_index",
        "answers",
        "columns",
        "gold_right",
        "gold_total",
        "hits",
        "misses",
        "right",
        "rows",
        "total",
    )

    def __init__(self, counters: Counters, *, index: ClassIndex) -> None:
        self._index = index
        self.answers = counters.get(keys.ANSWERS, 0)
        self.gold_right = counters.get(keys.GOLD_RIGHT, 0)
        self.gold_total = counters.get(keys.GOLD_TOTAL, 0)
        self.hits = self.right = counters.get(keys.HIT, 0)
        self.misses = counters.get(keys.MISS, 0)
        self.total = self.hits + self.misses
        self.columns: dict[str, list[int]] = {}
        self.rows = [0] * len(index.labels)
        index.attach(self)
        for name, units in counters.items():
            labels = keys.of_cell(name)
            if labels is not None:
                self._load_cell(*labels, units)

    def _load_cell(self, true: str, given: str, units: int) -> None:
        position = self._index.position(true)
        self.column(given)[position] += units
        self.rows[position] += units
        self.total += units
        if true == given:
            self.right += units

    def column(self, given: str) -> list[int]:
        column = self.columns.get(given)
        if column is None:
            column = self.columns[given] = [0] * len(self._index.labels)
        return column

    def add_plain(self, share: Share, times: int) -> None:
        """Add what a share holds besides truths."""
        self.hits += times * share.hit
        self.misses += times * share.miss
        self.right += times * share.hit
        self.total += times * (share.hit + share.miss)
        self.gold_right += times * share.gold_right
        self.gold_total += times * share.gold_total

    def grow(self) -> None:
        self.rows.append(0)
        for column in self.columns.values():
            column.append(0)

    def counters(self) -> dict[str, int]:
        """The counters by name; zeros left out."""
        labels = self._index.labels
        found = {
            keys.cell(true=labels[i], given=given): units
            for given, column in self.columns.items()
            for i, units in enumerate(column)
            if units
        }
        plain = {
            keys.ANSWERS: self.answers,
            keys.GOLD_RIGHT: self.gold_right,
            keys.GOLD_TOTAL: self.gold_total,
            keys.HIT: self.hits,
            keys.MISS: self.misses,
        }
        found.update({name: count for name, count in plain.items() if count})
        return found

    def accuracy(self, *, prior: float, strength: float) -> float:
        """Expected share of right answers, shrunk to `prior` with the weight of so many answers."""
        weight = strength * UNIT
        return (self.right + weight * prior) / (self.total + weight)


class ClassIndex:
    """Positions of labels in the lists of tallies; a label keeps its position."""

    __slots__ = ("_tallies", "labels", "positions")

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.positions: dict[str, int] = {}
        self._tallies: list[Tally] = []

    def attach(self, tally: Tally) -> None:
        self._tallies.append(tally)

    def position(self, label: str) -> int:
        found = self.positions.get(label)
        if found is None:
            found = self.positions[label] = len(self.labels)
            self.labels.append(label)
            for tally in self._tallies:
                tally.grow()
        return found

    def cover(self, labels: Iterable[str]) -> None:
        positions = self.positions
        for label in labels:
            if label not in positions:
                self.position(label)


def add_truths(
    tallies: Iterable[Tally], given: str, truths: Sequence[tuple[int, int]], *, right: int
) -> None:
    """Add units by position to the column of `given` of each; `right` are those on the diagonal."""
    total = sum(units for _, units in truths)
    for tally in tallies:
        column, rows = tally.columns.get(given) or tally.column(given), tally.rows
        for position, units in truths:
            column[position] += units
            rows[position] += units
        tally.right += right
        tally.total += total
