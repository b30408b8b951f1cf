"""Parquet, one answer a row, in row groups that are sent as soon as they are full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crewline.broker.v1 import types_pb2
from services.gateway.exports.subjects import Subject

_ROWS_A_GROUP = 10_000
# Of texts, which are held until their group is written: large tasks make short groups.
_BYTES_A_GROUP = 16 * 1024 * 1024
_PREFIX = "ASSIGNMENT_STATE_"
SCHEMA = pa.schema(
    [
        ("task_id", pa.string()),
        ("external_id", pa.string()),
        ("consensus", pa.string()),
        ("confidence", pa.float64()),
        ("is_gold", pa.bool_()),
        ("worker", pa.string()),
        ("value", pa.string()),
        ("result", pa.string()),
        ("state", pa.string()),
        ("active_seconds", pa.float64()),
        ("submit_time", pa.timestamp("ms", tz="UTC")),
        ("data", pa.string()),
    ]
)


class ParquetFormat:
    """`result` and `data` are JSON texts."""

    media_type = "application/vnd.apache.parquet"
    extension = "parquet"
    needs_data = True

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, SCHEMA, compression="zstd")
        self._columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
        self._bytes = 0

    def begin(self) -> bytes:
        return b""

    def some(self, results: Sequence[types_pb2.Result]) -> bytes:
        for result in results:
            data = result.data_json
            for answer in self._subject.answers(result):
                self._add(result, answer, data)
                if len(self._columns["task_id"]) >= _ROWS_A_GROUP or self._bytes >= _BYTES_A_GROUP:
                    self._flush()
        return self._sink.take()

    def end(self) -> bytes:
        self._flush()
        self._writer.close()
        return self._sink.take()

    def _add(self, result: types_pb2.Result, answer: types_pb2.ResultAnswer, data: str) -> None:
        row = (
            result.task_id,
            result.external_id,
            result.label,
            result.confidence,
            result.is_gold,
            answer.contractor_pseudonym,
            answer.value,
            answer.result_json or None,
            types_pb2.AssignmentState.Name(answer.state).removeprefix(_PREFIX),
            answer.active_seconds,
            answer.submit_time.ToMilliseconds(),
            data,
        )
        self._bytes += len(data) + len(answer.value) + len(answer.result_json)
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)

    def _flush(self) -> None:
        if self._columns["task_id"]:
            self._writer.write_table(pa.table(self._columns, schema=SCHEMA))
            self._columns = {name: [] for name in SCHEMA.names}
            self._bytes = 0


class _Sink:
    """A file that is only ever appended to, and whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0
        self.closed = False

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
