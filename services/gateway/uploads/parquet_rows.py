"""Parquet, whose table of contents is at its end: kept on disk, read a batch at a time."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.exceptions import HTTPException

from services.chassis.errors import DomainError, Kind
from services.gateway.rest.rows import Row, RowProblem

_BATCH_ROWS = 1_000
# Without it, and with reading ahead, a whole row group would be held: files have gigabytes in one.
_COLUMN_BUFFER_BYTES = 1024 * 1024


class SpoolFull(DomainError):
    """Files of rows take all the room that there is for them."""

    kind, reason = Kind.EXHAUSTED, "SPOOL_FULL"


async def read_parquet(chunks: AsyncIterator[bytes], *, bytes_max: int) -> AsyncIterator[Row]:
    """Rows as dictionaries, counted from 1.

    Errors:
        HTTPException: 413 for a file of more than `bytes_max`.
        SpoolFull: the disk that it is kept on has no more room.
    """
    with tempfile.TemporaryFile() as file:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > bytes_max:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {bytes_max} bytes of Parquet"
                )
            try:
                await asyncio.to_thread(file.write, chunk)
            except OSError as err:
                raise SpoolFull("no room to keep a Parquet file; try again later") from err
        try:
            batches = await asyncio.to_thread(_open, file)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as err:
            yield 1, RowProblem(reason="PARQUET_MALFORMED", message=f"not Parquet: {err}")
            return
        number = 0
        while True:
            try:
                rows = await asyncio.to_thread(_next, batches)
            except (pa.ArrowInvalid, OSError) as err:
                yield (
                    number + 1,
                    RowProblem(
                        reason="PARQUET_MALFORMED", message=f"the rest cannot be read: {err}"
                    ),
                )
                return
            if rows is None:
                return
            for row in rows:
                number += 1
                yield number, row


def _open(file: IO[bytes]) -> Any:
    file.seek(0)
    opened = pq.ParquetFile(file, buffer_size=_COLUMN_BUFFER_BYTES, pre_buffer=False)
    return opened.iter_batches(batch_size=_BATCH_ROWS)


def _next(batches: Any) -> list[dict[str, Any]] | None:
    batch = next(batches, None)
    return None if batch is None else batch.to_pylist()
