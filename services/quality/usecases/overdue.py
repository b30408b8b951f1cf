"""What happens because nobody did anything: appeals upheld, others asked, held rulings ended."""

from __future__ import annotations

from services.chassis.clock import Clock
from services.quality.usecases.appeals import Appeals
from services.quality.usecases.breakers import Breakers
from services.quality.usecases.opinions_taken import OpinionsTaken

_EACH_LOOK_MAX = 100


class Overdue:
    """Looks every so often for what is overdue, a bounded number at a time."""

    def __init__(
        self,
        *,
        appeals: Appeals,
        opinions: OpinionsTaken,
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        self._appeals = appeals
        self._opinions = opinions
        self._breakers = breakers
        self._clock = clock

    async def turn(self) -> bool:
        """Whether more may be overdue: a full hundred of one kind was."""
        now = self._clock()
        found = [
            await self._appeals.overdue(now=now, limit=_EACH_LOOK_MAX),
            await self._opinions.overdue(now=now, limit=_EACH_LOOK_MAX),
            await self._breakers.drain(limit=_EACH_LOOK_MAX),
        ]
        return max(found) >= _EACH_LOOK_MAX
