"""How far an import or an export is, as it is told to whoever asked to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Counts so far, all of one operation."""

    # Of the file on its way; 0 where rows are sent that are in no file.
    bytes_done: int = 0
    # 0 where it is not known beforehand.
    bytes_total: int = 0
    # That the platform has taken or refused.
    rows: int = 0
    posted: int = 0
    duplicates: int = 0
    refused: int = 0
    # 1, or more where the connection was lost and everything is sent again.
    attempt: int = 1


OnProgress = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """Tells nobody."""
