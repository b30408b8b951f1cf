"""The sandbox's one source of time: the wall clock plus an offset that only grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Virtual time. Deadlines, ages and timestamps are read here; only signatures are not."""

    def __init__(self, *, offset_seconds: float = 0.0) -> None:
        self._offset_seconds = offset_seconds
        self._skew_seconds = 0.0

    @property
    def offset_seconds(self) -> float:
        """How far virtual time is ahead of the wall clock."""
        return self._offset_seconds

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._offset_seconds + self._skew_seconds

    def timestamp(self) -> int:
        """Return whole seconds since the epoch, as Stripe writes them."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move time forward; it never goes back."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._offset_seconds += seconds

    @contextmanager
    def skewed(self, seconds: float) -> Iterator[None]:
        """Run one call by a clock that is wrong by so much, and put it right again."""
        self._skew_seconds = seconds
        try:
            yield
        finally:
            self._skew_seconds = 0.0
