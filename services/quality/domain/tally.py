"""One contractor's counters laid out for arithmetic: a column of soft counts for each given label."""

from __future__ import annotations

from collections.abc import Sequence

from services.quality.domain import keys
from services.quality.domain.keys import UNIT
from services.quality.domain.types import Counters


class ClassIndex:
    """Positions of labels in columns; a label keeps its position for as long as the index lives."""

    __slots__ = ("labels", "positions")

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.positions: dict[str, int] = {}

    def position(self, label: str) -> int:
        found = self.positions.get(label)
        if found is None:
            found = self.positions[label] = len(self.labels)
            self.labels.append(label)
        return found


class Tally:
    """`columns[given][true]` and `rows[true]` in units; both may be shorter than the index."""

    __slots__ = (
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
        self.answers = counters.get(keys.ANSWERS, 0)
        self.gold_right = counters.get(keys.GOLD_RIGHT, 0)
        self.gold_total = counters.get(keys.GOLD_TOTAL, 0)
        self.hits = self.right = counters.get(keys.HIT, 0)
        self.misses = counters.get(keys.MISS, 0)
        self.total = self.hits + self.misses
        self.columns: dict[str, list[int]] = {}
        self.rows: list[int] = []
        for name, units in counters.items():
            labels = keys.of_cell(name)
            if labels is not None:
                true, given = labels
                self.credit(given, [(index.position(true), units)])
                self.total += units
                self.right += units if true == given else 0

    def credit(self, given: str, truths: Sequence[tuple[int, int]]) -> None:
        """Add units to a column by position; the caller keeps `right` and `total`."""
        column = self.columns.get(given)
        if column is None:
            column = self.columns[given] = []
        rows = self.rows
        for position, units in truths:
            while len(column) <= position:
                column.append(0)
            while len(rows) <= position:
                rows.append(0)
            column[position] += units
            rows[position] += units

    def column(self, given: str, *, size: int) -> list[int]:
        column = self.columns.get(given)
        if column is None:
            column = self.columns[given] = [0] * size
        elif len(column) < size:
            column.extend([0] * (size - len(column)))
        if len(self.rows) < size:
            self.rows.extend([0] * (size - len(self.rows)))
        return column

    def counters(self, index: ClassIndex) -> dict[str, int]:
        """The counters by name; zeros left out."""
        found = {
            keys.cell(true=index.labels[i], given=given): units
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
