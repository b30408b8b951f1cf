"""What is made faster than it is fetched: kept in memory a while, then on disk, up to a bound.

Most HTTP clients send all of a body before they read any of the answer. An answer that may not
grow meanwhile would stop the request that it answers.
"""

from __future__ import annotations

import asyncio
import tempfile

from services.chassis.errors import DomainError, Kind

BYTES_MAX = 1024 * 1024 * 1024
_MEMORY_BYTES_MAX = 1024 * 1024
_READ_BYTES = 64 * 1024


class AnswerTooLong(DomainError):
    """More of the answer waits to be fetched than is kept."""

    kind, reason = Kind.EXHAUSTED, "ANSWER_TOO_LONG"


class Spool:
    """Bytes through, in order: one writes, one reads."""

    def __init__(self, *, bytes_max: int = BYTES_MAX) -> None:
        # Unnamed on disk: gone with the process, whatever ends it.
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES_MAX)  # noqa: SIM115
        self._bytes_max = bytes_max
        self._read_at = 0
        self._write_at = 0
        self._ended = False
        self._error: Exception | None = None
        self._changed = asyncio.Event()

    def write(self, data: bytes) -> None:
        """Errors: AnswerTooLong."""
        if self._write_at - self._read_at + len(data) > self._bytes_max:
            raise AnswerTooLong("the answer is not fetched as fast as it is made")
        try:
            self._file.seek(self._write_at)
            self._file.write(data)
        except OSError as err:  # the disk is full, or there is none
            raise AnswerTooLong("the answer is not fetched as fast as it is made") from err
        self._write_at += len(data)
        self._changed.set()

    def end(self, error: Exception | None = None) -> None:
        """Nothing more is written; the reader meets the error where the bytes end."""
        self._ended, self._error = True, error
        self._changed.set()

    async def read(self) -> bytes:
        """Some bytes as soon as there are any; b"" at the end. Errors: what `end` was given."""
        while self._read_at == self._write_at:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return b""
            self._changed.clear()
            await self._changed.wait()
        self._file.seek(self._read_at)
        data = self._file.read(_READ_BYTES)
        self._read_at += len(data)
        if self._read_at == self._write_at:
            self._read_at = self._write_at = 0
            self._file.seek(0)
            self._file.truncate()
        return data

    def close(self) -> None:
        """Gives back the disk."""
        self._file.close()
