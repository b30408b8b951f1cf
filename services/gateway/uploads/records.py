"""Lines put together to the records of a CSV file, and a quote that nobody closes told alone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator

from services.gateway.rest.rows import RowProblem

RECORD_BYTES_MAX = 1024 * 1024
RECORD_LINES_MAX = 10_000
_DELIMITERS = (b",", b";", b"\t")
_QUOTED = re.compile(rb'"[^"]*"')
_BOM = b"\xef\xbb\xbf"
# Each may mean that as many lines as a record may have are looked at once more.
_RESTARTS_MAX = 20

Record = tuple[int, bytes | RowProblem]
"""(number of its first line, from 1 on; what it holds or why it is none)"""


async def split_records(
    chunks: AsyncIterator[bytes], *, bytes_max: int = RECORD_BYTES_MAX
) -> AsyncIterator[Record]:
    """Records that are not blank, each with the line breaks in it and the one at its end.

    A line break is part of the record where a quoted cell is open. A cell that is opened and never
    closed costs its own line alone: the lines after it are read again as if it were not there.
    """
    splitter = _Splitter(bytes_max=bytes_max)
    number = 0
    async for line in _lines(chunks, bytes_max=bytes_max):
        number += 1
        bare = line.removeprefix(_BOM) if number == 1 and line is not None else line
        for record in splitter.feed(number, bare):
            yield record
    for record in splitter.end():
        yield record


def delimiter_of(line: bytes) -> bytes:
    """Of a file whose header is this: what stands most often between its cells."""
    bare = _QUOTED.sub(b"", line)
    return max(_DELIMITERS, key=bare.count)


class _Splitter:
    def __init__(self, *, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._delimiter = b""
        self._open: list[tuple[int, bytes]] = []
        """Lines of a record whose quoted cell is open."""
        self._open_bytes = 0
        self._restarts = 0

    def feed(self, number: int, line: bytes | None) -> Iterator[Record]:
        """The next line; None for one that is longer than any record may be."""
        again = deque([(number, line)])
        while again:
            number, line = again.popleft()
            if line is None:
                if self._open:
                    yield self._restart(again, (number, line))
                else:
                    yield number, _too_long(self._bytes_max)
                continue
            if not self._open and b'"' not in line:
                if line.strip():
                    self._delimiter = self._delimiter or delimiter_of(line)
                    yield number, line
                continue
            yield from self._quoted(number, line, again)

    def end(self) -> Iterator[Record]:
        """No more lines come."""
        again: deque[tuple[int, bytes | None]] = deque()
        while self._open:
            yield self._restart(again)
            while again:
                yield from self.feed(*again.popleft())

    def _quoted(
        self, number: int, line: bytes, again: deque[tuple[int, bytes | None]]
    ) -> Iterator[Record]:
        self._delimiter = self._delimiter or delimiter_of(line)
        is_open = _is_open_after(line, is_open=bool(self._open), delimiter=self._delimiter)
        self._open.append((number, line))
        self._open_bytes += len(line)
        if is_open:
            if self._open_bytes > self._bytes_max or len(self._open) >= RECORD_LINES_MAX:
                yield self._restart(again)
            return
        first = self._open[0][0]
        record = b"".join(part for _, part in self._open)
        self._clear()
        yield first, record if len(record) <= self._bytes_max else _too_long(self._bytes_max)

    def _restart(
        self,
        again: deque[tuple[int, bytes | None]],
        *after: tuple[int, bytes | None],
    ) -> Record:
        """Gives up the line that opened the cell; the lines since then are to be read again."""
        (first, _), *since = self._open
        self._clear()
        self._restarts += 1
        what = "a quoted cell is opened and never closed"
        if self._restarts > _RESTARTS_MAX:
            # Not once more: with too many of them, nobody can tell what was meant.
            since, what = [], f"{what}; the lines up to {first + len(since)} are skipped with it"
        again.extendleft(reversed([*since, *after]))
        return first, RowProblem(reason="CSV_MALFORMED", message=what)

    def _clear(self) -> None:
        self._open, self._open_bytes = [], 0


def _is_open_after(line: bytes, *, is_open: bool, delimiter: bytes) -> bool:
    """Whether a quoted cell is open at the end of the line.

    A quote opens a cell only where the cell begins; elsewhere it is a letter like any other.
    """
    place, opening = 0, delimiter + b'"'
    if not is_open and line.startswith(b'"'):
        place, is_open = 1, True
    while True:
        if not is_open:
            place = line.find(opening, place)
            if place < 0:
                return False
            place, is_open = place + 2, True
        place = line.find(b'"', place)
        if place < 0:
            return True
        is_open = line[place + 1 : place + 2] == b'"'  # two of them are one in the cell
        place += 2 if is_open else 1


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


def _too_long(bytes_max: int) -> RowProblem:
    return RowProblem(
        reason="LINE_TOO_LONG", message=f"the record is longer than {bytes_max} bytes"
    )
