"""CSV tables of floors and exchange rates: read whole, with the line of every problem."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .failures import InputInvalid

ROWS_PER_REQUEST = 1000
# A table of every region of every country has a tenth of it.
_ROWS_MAX = 100_000
_CELL_CHARACTERS_MAX = 300
_PROBLEMS_SHOWN = 20


@dataclass(slots=True)
class Table:
    """Rows as texts by column, each with its `line`; and lines that are no rows."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)


def read_table(path: Path, *, columns: Sequence[str], required: Sequence[str]) -> Table:
    """Columns may stand in any order; one line that is wrong leaves the others as they are.

    Errors: InputInvalid, of a file that is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, csv.reader(file, strict=True), columns, required)
    except OSError as err:
        raise InputInvalid([f"{path}: {err.strerror}"]) from err
    except UnicodeDecodeError as err:
        raise InputInvalid([f"{path}: is not in UTF-8"]) from err
    except csv.Error as err:
        raise InputInvalid([f"{path}: is no CSV: {err}"]) from err


def _read(path: Path, reader: Any, columns: Sequence[str], required: Sequence[str]) -> Table:
    header = [name.strip() for name in next(reader, [])]
    _check_header(path, header, columns, required)
    table = Table()
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(table.rows) + len(table.problems) >= _ROWS_MAX:
            raise InputInvalid([f"{path}: has more than {_ROWS_MAX:,} rows"])
        wrong = _wrong(header, cells)
        if wrong is None:
            table.rows.append({"line": reader.line_num, **dict(zip(header, cells, strict=True))})
        else:
            table.problems.append({"line": reader.line_num, **wrong})
    if not table.rows and not table.problems:
        raise InputInvalid([f"{path}: has no rows"])
    return table


def _wrong(header: Sequence[str], cells: Sequence[str]) -> dict[str, str] | None:
    if len(cells) != len(header):
        message = f"{len(cells)} cells under {len(header)} columns"
        return {"field": "", "rule": "cells", "message": message}
    for name, cell in zip(header, cells, strict=True):
        if len(cell) > _CELL_CHARACTERS_MAX:
            return {"field": name, "rule": "max_len", "message": "the cell is too long"}
    return None


def _check_header(
    path: Path, header: list[str], columns: Sequence[str], required: Sequence[str]
) -> None:
    problems = [
        *(
            f"{path}: line 1: {name!r} is no column of ours"
            for name in header
            if name not in columns
        ),
        *(
            f"{path}: line 1: the column {name} is missing"
            for name in required
            if name not in header
        ),
        *(
            f"{path}: line 1: the column {name} is there twice"
            for name in columns
            if header.count(name) > 1
        ),
    ]
    if problems:
        raise InputInvalid([*problems[:_PROBLEMS_SHOWN], f"columns: {', '.join(columns)}"])
