"""A background loop's bell: sleep until a moment, or until somebody says there is work."""

from __future__ import annotations

import asyncio
from typing import Final

_LONGEST_SLEEP_SECONDS: Final = 60.0


class Waker:
    """Rings once however often it is rung before the sleeper looks."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be work now."""
        self._rung.set()

    async def sleep(self, seconds: float | None) -> None:
        """Return when rung or after `seconds`; nothing sleeps longer than a minute."""
        limit = _LONGEST_SLEEP_SECONDS if seconds is None else min(seconds, _LONGEST_SLEEP_SECONDS)
        try:
            async with asyncio.timeout(max(limit, 0.0)):
                await self._rung.wait()
        except TimeoutError:
            return
        finally:
            self._rung.clear()
