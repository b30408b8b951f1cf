"""Keeps us below the rail's request limits, so that it has no reason to turn calls away."""

from __future__ import annotations

import asyncio
from typing import Final

# Of the second's worth that may go at once after a pause; the rest is spaced evenly.
_BURST_SHARE: Final = 0.2
# All endpoints together may have this many times what one may.
_ENDPOINTS: Final = 4.0


class Pace:
    """A token bucket per endpoint, and one for all of them together."""

    def __init__(self, *, requests_per_second: float) -> None:
        """0 means no limit."""
        self._rate = requests_per_second
        self._next_at: dict[str, float] = {}

    async def admit(self, endpoint: str) -> None:
        """Returns when the next request may go; callers are served in the order they came."""
        if self._rate <= 0:
            return
        # The clock that sleeps are measured by, so that both always agree.
        now = asyncio.get_running_loop().time()
        at = max(
            self._reserve(endpoint, rate=self._rate, now=now),
            self._reserve("", rate=self._rate * _ENDPOINTS, now=now),
        )
        if at > now:
            await asyncio.sleep(at - now)

    def _reserve(self, bucket: str, *, rate: float, now: float) -> float:
        burst_seconds = max(_BURST_SHARE - 1 / rate, 0.0)
        at = max(self._next_at.get(bucket, 0.0), now - burst_seconds)
        self._next_at[bucket] = at + 1 / rate
        return at
