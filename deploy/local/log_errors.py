"""Finds what the parts of a stack complained of in their logs; a healthy run has nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LINE_CHARACTERS_MAX = 2_000
_OUR_LEVELS = frozenset({"error", "critical", "exception"})
_MONGOD_SEVERITIES = frozenset({"E", "F"})
# Python's own loggers, its tracebacks and crashes, and nats-server.
_PLAIN = re.compile(
    r"^(ERROR|CRITICAL):|^Traceback \(most recent call last\)|^Fatal Python error|\[(ERR|FTL)\] "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogError:
    """One line of one log."""

    part: str
    row: int
    line: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.part}.log:{self.row}: {self.line}"


def error_lines(logs: Iterable[Path]) -> Iterator[LogError]:
    """Every line of level error or above, file by file."""
    for log in logs:
        with log.open(errors="replace") as lines:
            for row, line in enumerate(lines, start=1):
                if is_error(line):
                    yield LogError(part=log.stem, row=row, line=line.strip()[:_LINE_CHARACTERS_MAX])


def is_error(line: str) -> bool:
    """Whether a line, of whatever program of ours, says that something went wrong."""
    if line.startswith("{"):
        try:
            said = json.loads(line)
        except ValueError:
            return False
        if isinstance(said, dict):
            return said.get("level") in _OUR_LEVELS or said.get("s") in _MONGOD_SEVERITIES
        return False
    return _PLAIN.search(line) is not None
