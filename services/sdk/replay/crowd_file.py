"""Reads a recorded crowd, `task,worker,label` and `task,gold`, and names what is wrong where.

Rows are counted as a spreadsheet counts them: the header is row 1.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

PROBLEMS_TOLD_MAX = 50
TASK_CHARACTERS_MAX = 200
WORKER_CHARACTERS_MAX = 100
CHOICE_CHARACTERS_MAX = 200
TEXT_BYTES_MAX = 65_536
GOLD_TEXT_CHARACTERS_MAX = 20_000
NUMBER_DIGITS_MAX = 15
LABELS_MAX = 1_000
WORKERS_A_TASK_MAX = 1_000
# A quote that is never closed makes one cell of the rest of the file; the row is then named.
_CELL_CHARACTERS_MAX = 1_000_000
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ANSWER_COLUMNS = ("task", "worker", "label")
_GOLD_COLUMNS = ("task", "gold")


class CrowdKind(StrEnum):
    """What the recorded answers are."""

    CHOICE = "choice"
    PAIRWISE = "pairwise"
    TEXT = "text"
    ORDINAL = "ordinal"
    NUMERIC = "numeric"


UNLABELLED = frozenset({CrowdKind.TEXT, CrowdKind.NUMERIC})
"""Kinds whose answers are not among a list of labels."""


class RecordedAnswer(NamedTuple):
    """One row of the answers."""

    task: str
    worker: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where; row 0 is the file as a whole."""

    file: str
    row: int
    column: str
    what: str
    line: int = 0

    def __str__(self) -> str:
        """As it is told to the user."""
        if not self.row:
            return f"{self.file}: {self.what}"
        line = f" (line {self.line})" if self.line not in (0, self.row) else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, row {self.row}{line}{column}: {self.what}"


class CrowdMalformed(Exception):
    """A file cannot be replayed as it is; `problems` are the first, of `count` in all."""

    def __init__(self, problems: list[Problem], *, count: int) -> None:
        super().__init__(f"{count} problems, the first: {problems[0]}")
        self.problems = problems
        self.count = count


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A recording that can be replayed: no worker twice on a task, every label within limits."""

    kind: CrowdKind
    answers: tuple[RecordedAnswer, ...]
    gold: dict[str, str] = field(default_factory=dict)
    # In the order of their text, ratings that are numbers in the order of these; empty for free
    # text and numbers.
    labels: tuple[str, ...] = ()
    rows_repeated: int = 0
    rows_malformed: int = 0
    gold_unknown: int = 0


def read_crowd(
    answers_file: Path,
    *,
    kind: CrowdKind,
    gold_file: Path | None = None,
    limit: int = 0,
    skip_malformed: bool = False,
) -> Crowd:
    """Reads both files; `limit` takes the first answers only, `skip_malformed` leaves bad rows out.

    Errors:
        CrowdMalformed: something is wrong, and it was not asked to skip it or cannot be skipped.
    """
    answers = _Answers(_Reading(answers_file, _ANSWER_COLUMNS), kind)
    answers.read(limit)
    gold = _Gold(_Reading(gold_file, _GOLD_COLUMNS), kind) if gold_file is not None else None
    if gold is not None:
        gold.read()
    readings = [part.reading for part in (answers, gold) if part is not None]
    fatal = [problem for reading in readings for problem in reading.fatal]
    bad_rows = sum(reading.bad_rows for reading in readings)
    if fatal or (bad_rows and not skip_malformed):
        told = [problem for reading in readings for problem in (*reading.problems, *reading.fatal)]
        raise CrowdMalformed(told[:PROBLEMS_TOLD_MAX], count=bad_rows + len(fatal))
    known = gold.labels if gold is not None else {}
    crowd = Crowd(
        kind=kind,
        answers=tuple(answers.kept),
        gold={task: label for task, label in known.items() if task in answers.tasks},
        labels=_labels(answers, known),
        rows_repeated=sum(reading.repeated for reading in readings),
        rows_malformed=bad_rows,
        gold_unknown=sum(task not in answers.tasks for task in known),
    )
    _check_whole(crowd, file=answers_file.name)
    return crowd


def _labels(answers: _Answers, gold: dict[str, str]) -> tuple[str, ...]:
    if answers.kind in UNLABELLED:
        return ()
    seen = {label for task, label in gold.items() if task in answers.tasks}
    labels = sorted(seen.union(answers.labels))
    if answers.kind is CrowdKind.ORDINAL and all(_NUMBER.fullmatch(label) for label in labels):
        labels.sort(key=float)
    return tuple(labels)


def _check_whole(crowd: Crowd, *, file: str) -> None:
    what = ""
    if not crowd.answers:
        what = "holds no answers"
    elif crowd.kind not in UNLABELLED and len(crowd.labels) < 2:
        what = f"kind {crowd.kind} needs two labels or more, column label has {len(crowd.labels)}"
    elif len(crowd.labels) > LABELS_MAX:
        what = (
            f"kind {crowd.kind} takes at most {LABELS_MAX} labels, answers and gold have "
            f"{len(crowd.labels)}; is it --kind text?"
        )
    if what:
        raise CrowdMalformed([Problem(file=file, row=0, column="", what=what)], count=1)


class _Row(NamedTuple):
    number: int
    line: int
    cells: list[str]


class _Reading:
    """One file's rows in the order of the wanted columns, and what was wrong with it."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path = path
        self._columns = columns
        self.problems: list[Problem] = []
        self.fatal: list[Problem] = []
        self.bad_rows = 0
        self.repeated = 0

    def refuse(self, row: _Row, column: str, what: str) -> None:
        """One more row that cannot be used."""
        self.bad_rows += 1
        if len(self.problems) < PROBLEMS_TOLD_MAX:
            self.problems.append(self._problem(row.number, column, what, line=row.line))

    def rows(self) -> Iterator[_Row]:
        """Every row that has all its cells, readable and not empty."""
        csv.field_size_limit(_CELL_CHARACTERS_MAX)
        try:
            # Bytes that are no UTF-8 come as surrogates, so that their cell can be named.
            with self._path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as f:
                yield from self._parse(csv.reader(f, strict=True))
        except OSError as err:
            self._stop(0, f"cannot be read: {err.strerror}")

    def _parse(self, reader: Iterator[list[str]]) -> Iterator[_Row]:
        number = 0
        places: list[int] | None = None
        width = 0
        try:
            for cells in reader:
                number += 1
                if places is None:
                    places, width = self._header(cells), len(cells)
                    if not places:
                        return
                elif cells:
                    line = getattr(reader, "line_num", number)
                    row = _Row(number, line, [cells[i] for i in places if i < len(cells)])
                    if self._is_sound(row, cells=len(cells), width=width):
                        yield row
        except csv.Error as err:
            self._stop(number + 1, f"is no CSV: {err}", line=getattr(reader, "line_num", 0))
            return
        if places is None:
            self._stop(1, f"is missing: the header {','.join(self._columns)} is expected")

    def _header(self, cells: list[str]) -> list[int]:
        names = [cell.strip() for cell in cells]
        for column in self._columns:
            if names.count(column) != 1:
                wrong = "is missing" if column not in names else "is there more than once"
                found = ", ".join(names)[:200]
                self.fatal.append(self._problem(1, column, f"{wrong}; the header is: {found}"))
        return [] if self.fatal else [names.index(column) for column in self._columns]

    def _is_sound(self, row: _Row, *, cells: int, width: int) -> bool:
        if cells != width:
            missing = self._columns[len(row.cells)] if len(row.cells) < len(self._columns) else ""
            self.refuse(row, missing, f"has {cells} cells, the header has {width}")
            return False
        for column, cell in zip(self._columns, row.cells, strict=True):
            what = _unreadable(cell)
            if what:
                self.refuse(row, column, what)
                return False
        return True

    def _stop(self, number: int, what: str, *, line: int = 0) -> None:
        self.fatal.append(self._problem(number, "", what, line=line))

    def _problem(self, row: int, column: str, what: str, *, line: int = 0) -> Problem:
        return Problem(file=self._path.name, row=row, column=column, what=what, line=line)


def _unreadable(cell: str) -> str:
    if not cell.strip():
        return "is empty"
    if "\x00" in cell:
        return "holds a NUL character"
    if not cell.isascii():
        broken = next((c for c in cell if "\ud800" <= c <= "\udfff"), "")
        if broken:
            return f"is not UTF-8: byte 0x{ord(broken) & 0xFF:02x}"
    return ""


class _Answers:
    def __init__(self, reading: _Reading, kind: CrowdKind) -> None:
        self.reading = reading
        self.kind = kind
        self.kept: list[RecordedAnswer] = []
        self.tasks: Counter[str] = Counter()
        self.labels: set[str] = set()
        self._wrong = _label_rule(kind)
        # One object a name, however often it is in the file.
        self._names: dict[str, str] = {}
        self._seen: dict[tuple[str, str], tuple[int, str]] = {}

    def read(self, limit: int) -> None:
        for row in self.reading.rows():
            self._take(row)
            if limit and len(self.kept) >= limit:
                return

    def _take(self, row: _Row) -> None:
        task, worker, label = (self._names.setdefault(cell, cell) for cell in row.cells)
        first = self._seen.get((task, worker))
        if first is not None:
            if first[1] == label:
                self.reading.repeated += 1
            else:
                what = f"worker {worker!r} answered task {task!r} in row {first[0]} already"
                self.reading.refuse(row, "worker", f"{what}, with another label")
            return
        problem = self._problem(task, worker, label)
        if problem is not None:
            self.reading.refuse(row, *problem)
            return
        self._seen[task, worker] = (row.number, label)
        if self.kind is CrowdKind.NUMERIC:
            label = _plain_number(label)
        self.tasks[task] += 1
        if self.kind not in UNLABELLED:
            self.labels.add(label)
        self.kept.append(RecordedAnswer(task, worker, label))

    def _problem(self, task: str, worker: str, label: str) -> tuple[str, str] | None:
        if len(task) > TASK_CHARACTERS_MAX:
            return "task", f"has {len(task)} characters, at most {TASK_CHARACTERS_MAX} are taken"
        if len(worker) > WORKER_CHARACTERS_MAX:
            what = f"has {len(worker)} characters, at most {WORKER_CHARACTERS_MAX} are taken"
            return "worker", what
        if self.tasks[task] >= WORKERS_A_TASK_MAX:
            return "task", f"task {task!r} has more than {WORKERS_A_TASK_MAX} answers"
        wrong = self._wrong(label)
        return ("label", wrong) if wrong else None


class _Gold:
    def __init__(self, reading: _Reading, kind: CrowdKind) -> None:
        self.reading = reading
        self.labels: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        self._wrong = _label_rule(kind)
        self._is_number = kind is CrowdKind.NUMERIC
        self._limit = GOLD_TEXT_CHARACTERS_MAX if kind is CrowdKind.TEXT else CHOICE_CHARACTERS_MAX

    def read(self) -> None:
        for row in self.reading.rows():
            task, label = row.cells
            if task in self._rows:
                if self.labels[task] == label:
                    self.reading.repeated += 1
                else:
                    what = f"task {task!r} has another gold label in row {self._rows[task]}"
                    self.reading.refuse(row, "gold", what)
            elif len(label) > self._limit:
                what = f"has {len(label)} characters, at most {self._limit} are taken"
                self.reading.refuse(row, "gold", what)
            elif self._wrong(label):
                self.reading.refuse(row, "gold", self._wrong(label))
            else:
                self._rows[task] = row.number
                self.labels[task] = _plain_number(label) if self._is_number else label


def _plain_number(label: str) -> str:
    """As the platform writes it: 5.0 is 5."""
    text = format(Decimal(label), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _label_rule(kind: CrowdKind) -> Callable[[str], str]:
    """What is wrong with a label of the kind; "" of one that is taken."""

    def too_many_bytes(label: str) -> str:
        # UTF-8 takes at most four bytes a character: most labels need no counting.
        size = len(label.encode()) if len(label) * 4 > TEXT_BYTES_MAX else 0
        return f"has {size} bytes, at most {TEXT_BYTES_MAX} are taken" * (size > TEXT_BYTES_MAX)

    def too_many_characters(label: str) -> str:
        if len(label) <= CHOICE_CHARACTERS_MAX:
            return ""
        return f"has {len(label)} characters, at most {CHOICE_CHARACTERS_MAX} are taken"

    def no_number(label: str) -> str:
        if not _NUMBER.fullmatch(label):
            return "is no number in decimal digits, as 12.5"
        digits = sum(character.isdigit() for character in label)
        what = f"has {digits} digits, at most {NUMBER_DIGITS_MAX} are taken"
        return what if digits > NUMBER_DIGITS_MAX else ""

    if kind is CrowdKind.NUMERIC:
        return no_number
    return too_many_bytes if kind is CrowdKind.TEXT else too_many_characters
