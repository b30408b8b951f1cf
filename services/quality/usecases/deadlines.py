"""What happens because nobody did anything: appeals upheld, others asked, held rulings ended."""

from __future__ import annotations

import asyncio
import contextlib

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.quality.usecases.appeals import Appeals
from services.quality.usecases.breakers import Breakers
from services.quality.usecases.opinions_taken import OpinionsTaken

log = logger(__name__)

_EACH_LOOK_MAX = 100


class FairnessDeadlines:
    """Looks every so often for what is overdue, a bounded number at a time."""

    def __init__(
        self,
        *,
        appeals: Appeals,
        opinions: OpinionsTaken,
        breakers: Breakers,
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        self._appeals = appeals
        self._opinions = opinions
        self._breakers = breakers
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._stopping = asyncio.Event()

    async def look(self) -> int:
        """How many things were overdue; more wait where it is a full hundred of one kind."""
        now = self._clock()
        found = await self._appeals.overdue(now=now, limit=_EACH_LOOK_MAX)
        found += await self._opinions.overdue(now=now, limit=_EACH_LOOK_MAX)
        return found + await self._breakers.drain(limit=_EACH_LOOK_MAX)

    async def run(self) -> None:
        """Until stop()."""
        while not self._stopping.is_set():
            found = 0
            try:
                found = await self.look()
            except DomainError as err:
                log.warning("fairness.look_failed", reason=err.reason, error=err.message)
            if found < _EACH_LOOK_MAX:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pause_seconds)

    async def stop(self) -> None:
        """Ends run()."""
        self._stopping.set()
