"""CSV (RFC 4180) as it comes: records may span lines and pieces, and keep their lines' numbers."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.gateway.rest.rows import RowProblem

RECORD_BYTES_MAX = 1024 * 1024
COLUMNS_MAX = 1_000
_DELIMITERS = (",", ";", "\t")
_BOM = b"\xef\xbb\xbf"

CsvRow = tuple[int, "dict[str, str] | RowProblem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    names: list[str]
    delimiter: str


async def read_csv(chunks: AsyncIterator[bytes]) -> AsyncIterator[CsvRow]:
    """Records by their header's names, each with the number of its first line, from 1 on.

    A header that is none is the one problem of the file.
    """
    header: _Header | None = None
    async for line, raw in split_records(chunks):
        if header is None:
            found = _read_header(raw)
            if isinstance(found, RowProblem):
                yield line, found
                return
            header = found
        else:
            yield line, _read_record(raw, header)


async def split_records(
    chunks: AsyncIterator[bytes], *, bytes_max: int = RECORD_BYTES_MAX
) -> AsyncIterator[tuple[int, bytes | None]]:
    """Records with the numbers of their first lines; None for one that is too long.

    A line break inside quotes is part of the record: there, the number of quotes so far is odd.
    """
    number, record, first, quotes, too_long = 0, b"", 1, 0, False
    async for line in _lines(chunks, bytes_max=bytes_max):
        number += 1
        if not record and not too_long:
            first = number
        if line is None:
            too_long, record, quotes = True, b"", 0
        else:
            quotes += line.count(b'"')
            record = b"" if too_long else record + line
            too_long = too_long or len(record) > bytes_max
        if too_long and (line is None or quotes % 2 == 0):
            yield first, None
            record, quotes, too_long = b"", 0, False
        elif not too_long and quotes % 2 == 0:
            if record.strip():
                yield first, record
            record, quotes = b"", 0
    if record.strip():
        yield first, record


async def _lines(chunks: AsyncIterator[bytes], *, bytes_max: int) -> AsyncIterator[bytes | None]:
    """With their line breaks; None for one that is longer than any record may be."""
    rest, skipping = b"", False
    async for chunk in chunks:
        *whole, last = (rest + chunk).split(b"\n")
        for line in whole:
            yield None if skipping or len(line) > bytes_max else line + b"\n"
            skipping = False
        skipping = skipping or len(last) > bytes_max
        rest = b"" if skipping else last
    if skipping:
        yield None
    elif rest:
        yield rest


def _read_header(raw: bytes | None) -> _Header | RowProblem:
    if raw is None:
        return RowProblem(reason="HEADER_INVALID", message="the header is too long")
    text = _decoded(raw.removeprefix(_BOM))
    if isinstance(text, RowProblem):
        return text
    delimiter = max(_DELIMITERS, key=text.count)
    names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    twice = {name for name in names if names.count(name) > 1}
    if not all(names) or twice or len(names) > COLUMNS_MAX:
        return RowProblem(
            reason="HEADER_INVALID",
            message="the first line names the columns, each once and none of them empty",
            field=", ".join(sorted(twice)),
        )
    return _Header(names=names, delimiter=delimiter)


def _read_record(raw: bytes | None, header: _Header) -> dict[str, str] | RowProblem:
    if raw is None:
        return RowProblem(
            reason="LINE_TOO_LONG", message=f"the record is longer than {RECORD_BYTES_MAX} bytes"
        )
    text = _decoded(raw)
    if isinstance(text, RowProblem):
        return text
    try:
        cells = next(csv.reader([text], delimiter=header.delimiter, strict=True))
    except (csv.Error, StopIteration) as err:
        return RowProblem(reason="CSV_MALFORMED", message=f"not CSV: {err}")
    if len(cells) != len(header.names):
        return RowProblem(
            reason="CSV_MALFORMED",
            message=f"{len(cells)} cells under {len(header.names)} columns",
        )
    return dict(zip(header.names, cells, strict=True))


def _decoded(raw: bytes) -> str | RowProblem:
    try:
        return raw.decode()
    except UnicodeDecodeError as err:
        return RowProblem(reason="NOT_UTF8", message=f"not UTF-8 from byte {err.start} on")
