"""Streams of lines in both directions: rows into bounded bodies, bytes into JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .errors import AnswerMalformed, FieldProblem, InvalidRequest
from .routes import as_json

ROWS_A_REQUEST_MAX = 1000
REQUEST_BYTES_MAX = 2 * 1024 * 1024
_LINE_BYTES_MAX = 64 * 1024 * 1024


class RowBatch:
    """Rows on their way into one request, as JSON lines."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._size = 0
        # Rows of all batches before this one.
        self.first_row = 0

    def add(self, row: Any) -> None:
        """One more. Errors: InvalidRequest where it has no form in JSON."""
        number = self.first_row + len(self._lines)
        try:
            text = json.dumps(row, ensure_ascii=False, allow_nan=False, default=as_json)
        except (TypeError, ValueError) as err:
            problem = FieldProblem(field=f"rows[{number}]", detail=str(err), rule="json")
            raise InvalidRequest(
                f"row {number} cannot be sent: {err}", reason="ROW_UNSENDABLE", errors=[problem]
            ) from None
        line = text.encode("utf-8", "surrogatepass")
        self._lines.append(line)
        self._size += len(line) + 1

    def __len__(self) -> int:
        """Rows in it."""
        return len(self._lines)

    @property
    def is_full(self) -> bool:
        """Whether it is time to send it."""
        return len(self._lines) >= ROWS_A_REQUEST_MAX or self._size >= REQUEST_BYTES_MAX

    def take(self) -> bytes:
        """The body of its request; the batch is empty afterwards."""
        body = b"".join(line + b"\n" for line in self._lines)
        self.first_row += len(self._lines)
        self._lines, self._size = [], 0
        return body


class LineReader:
    """Pieces of a body into the JSON value of every line."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Any]:
        """The values of the lines that are complete with it. Errors: AnswerMalformed."""
        first, *lines = chunk.split(b"\n")
        self._rest += first
        for line in lines:
            whole, self._rest = bytes(self._rest), bytearray(line)
            if whole.strip():
                yield _value(whole)
        if len(self._rest) > _LINE_BYTES_MAX:
            raise AnswerMalformed(
                f"a line of the answer is longer than {_LINE_BYTES_MAX:,} bytes",
                reason="ANSWER_MALFORMED",
            )

    def end(self) -> Iterator[Any]:
        """The value of a last line without its end. Errors: AnswerMalformed."""
        whole, self._rest = bytes(self._rest), bytearray()
        if whole.strip():
            yield _value(whole)


def _value(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        text = line.decode("utf-8", "replace")[:200]
        raise AnswerMalformed(
            f"a line of the answer is no JSON: {text}", reason="ANSWER_MALFORMED"
        ) from None
