"""CSV (RFC 4180) as it comes: records may span lines and pieces, and keep their lines' numbers."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.gateway.rest.rows import RowProblem
from services.gateway.uploads.records import RECORD_BYTES_MAX, delimiter_of, split_records

COLUMNS_MAX = 1_000
# The reader's own bound of a cell is lower than what a record may have.
csv.field_size_limit(RECORD_BYTES_MAX)

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
            found = raw if isinstance(raw, RowProblem) else _read_header(raw)
            if isinstance(found, RowProblem):
                yield line, found
                return
            header = found
        else:
            yield line, raw if isinstance(raw, RowProblem) else _read_record(raw, header)


def _read_header(raw: bytes) -> _Header | RowProblem:
    text = _decoded(raw)
    if isinstance(text, RowProblem):
        return text
    delimiter = delimiter_of(raw).decode()
    names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    twice = {name for name in names if names.count(name) > 1}
    if not all(names) or twice or len(names) > COLUMNS_MAX:
        return RowProblem(
            reason="HEADER_INVALID",
            message="the first line names the columns, each once and none of them empty",
            field=", ".join(sorted(twice)),
        )
    return _Header(names=names, delimiter=delimiter)


def _read_record(raw: bytes, header: _Header) -> dict[str, str] | RowProblem:
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
