"""The journal with its blocks as one file: JSON lines, each an entry or the block that ends it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO, cast

from .chain import Group
from .errors import FileInvalid
from .messages import Block, Entry

_HEADER: Final = {"crewline_journal": 1}


def write_archive(groups: Iterable[Group], file: TextIO) -> Iterator[Group]:
    """Writes each group and hands it on."""
    _write(file, _HEADER)
    for group in groups:
        for entry in group.entries:
            _write(file, {"entry": entry})
        if group.block is not None:
            _write(file, {"block": group.block})
        yield group


def read_archive(file: Iterable[str], *, name: str) -> Iterator[Group]:
    """As they were written. Errors: FileInvalid, with the line."""
    entries: list[Entry] = []
    number = 0
    for number, line in enumerate(file, 1):
        value = _line(line, f"{name}:{number}")
        if number == 1:
            if value != _HEADER:
                raise FileInvalid(f"{name} is no archive of a journal", reason="ARCHIVE_INVALID")
        elif "entry" in value:
            entries.append(cast("Entry", value["entry"]))
        elif "block" in value:
            yield Group(block=cast("Block", value["block"]), entries=entries)
            entries = []
        else:
            raise FileInvalid(
                f"{name}:{number}: neither an entry nor a block", reason="ARCHIVE_INVALID"
            )
    if not number:
        raise FileInvalid(f"{name} is empty", reason="ARCHIVE_INVALID")
    yield Group(block=None, entries=entries)


def _line(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as err:
        raise FileInvalid(f"{where}: no JSON: {err}", reason="ARCHIVE_INVALID") from None
    if not isinstance(value, dict):
        raise FileInvalid(f"{where}: no JSON object", reason="ARCHIVE_INVALID")
    return value


def _write(file: TextIO, value: object) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
