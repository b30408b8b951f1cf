"""Looks into a file of tasks: the data of its first rows, for a check before anything is posted."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from .errors import FileInvalid

# What a row has besides what is shown.
_OF_THE_TASK = frozenset({"external_id", "id", "gold_label", "gold", "assignee_ids"})
_LINE_CHARACTERS_MAX = 1_000_000


def sample_rows(path: Path, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The line and the data of the first rows. Errors: FileInvalid."""
    suffix = path.suffix.lower()
    if suffix not in (".jsonl", ".ndjson", ".csv"):
        raise FileInvalid(
            f"{path.name}: only .jsonl and .csv files can be looked into here",
            reason="FORMAT_UNKNOWN",
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _csv_rows(file, path) if suffix == ".csv" else _json_rows(file, path)
            return list(islice(rows, count))
    except OSError as err:
        raise FileInvalid(f"{path}: {err.strerror}", reason="FILE_UNREADABLE") from err
    except UnicodeDecodeError as err:
        raise FileInvalid(f"{path}: is not UTF-8 ({err.reason})", reason="FILE_INVALID") from err


def _json_rows(file: Any, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    while line := file.readline(_LINE_CHARACTERS_MAX + 1):
        number += 1
        if len(line) > _LINE_CHARACTERS_MAX:
            raise _invalid(path, number, f"is longer than {_LINE_CHARACTERS_MAX:,} characters")
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as err:
            raise _invalid(path, number, f"is no JSON: {err}") from err
        if not isinstance(row, dict):
            raise _invalid(path, number, "is no object")
        yield number, _data(row)


def _csv_rows(file: Any, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(file, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise _invalid(path, reader.line_num, "has other cells than the header")
            yield reader.line_num, _data(row)
    except csv.Error as err:
        raise _invalid(path, reader.line_num, f"is no CSV: {err}") from err


def _data(row: dict[str, Any]) -> dict[str, Any]:
    data = row.get("data")
    if isinstance(data, str):
        with contextlib.suppress(ValueError):
            data = json.loads(data)
    if isinstance(data, dict):
        return data
    return {name: value for name, value in row.items() if name not in _OF_THE_TASK}


def _invalid(path: Path, line: int, what: str) -> FileInvalid:
    return FileInvalid(f"{path.name}:{line}: {what}", reason="FILE_INVALID")
