"""A background loop: works while there is something to do, then waits for news or for its time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.mongo import DocumentTooLarge, PyMongoError

log = logger(__name__)

Turn = Callable[[], Awaitable[bool]]


class Loop:
    """Calls `turn` again and again; a turn says whether there may be more to do at once.

    What a turn cannot do now (no database, no answer) is logged and tried again. A bug ends the
    process, as everywhere.
    """

    def __init__(self, *, name: str, turn: Turn, pause_seconds: float) -> None:
        self._name = name
        self._turn = turn
        self._pause_seconds = pause_seconds
        self._news = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """There is something to do."""
        self._news.set()

    async def run(self) -> None:
        """Until stop()."""
        while not self._stopping:
            self._news.clear()
            if not await self._try_turn() and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._pause_seconds)

    async def stop(self) -> None:
        """Takes no further turn; the one in hand is finished."""
        self._stopping = True
        self._news.set()

    async def _try_turn(self) -> bool:
        try:
            return await self._turn()
        except DomainError as err:
            log.warning("loop.failed", loop=self._name, reason=err.reason, error=err.message)
        # One too large is refused before it is sent, by an error that is none of the driver's own.
        except (PyMongoError, DocumentTooLarge) as err:
            log.warning("loop.failed", loop=self._name, reason="STORE", error=repr(err))
        return False
