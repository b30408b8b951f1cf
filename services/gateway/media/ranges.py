"""The Range header (RFC 9110): which part of a file a player asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,15})-(\d{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to `end`."""

    start: int
    end: int


class RangeNotSatisfiable(ValueError):
    """It begins after the end of the file."""


def requested_span(header: str, *, size_bytes: int) -> Span | None:
    """The span asked for; None for all of it: no header, several ranges, or no range at all.

    Errors:
        RangeNotSatisfiable: no byte of the file is in it.
    """
    found = _ONE_RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        # The last so many bytes.
        count = min(int(last), size_bytes)
        if count == 0:
            raise RangeNotSatisfiable(header)
        return Span(size_bytes - count, size_bytes)
    start = int(first)
    end = min(int(last) + 1, size_bytes) if last else size_bytes
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        raise RangeNotSatisfiable(header)
    return Span(start, end)
