"""Periods end by themselves where a span of some pay calendar does."""

from __future__ import annotations

from datetime import datetime

from services.chassis.clock import Clock
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.store.statements.pay_calendars import PayCalendarStore
from services.payouts.store.statements.periods import PeriodRecord, PeriodStore
from services.payouts.usecases.statements.periods import Periods

log = logger(__name__)


class PeriodClock:
    """Ends the open period at the first boundary that has passed; one a turn, the oldest first."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        calendars: PayCalendarStore,
        records: PeriodStore,
        periods: Periods,
        clock: Clock,
        tick_seconds: float,
    ) -> None:
        self._transactions = transactions
        self._calendars = calendars
        self._records = records
        self._periods = periods
        self._clock = clock
        self._loop = Loop(name="period_clock", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """True if it ended a period. Errors: BooksWrong: it is tried again."""
        with store_errors():
            if await self._boundary(now=self._clock()) is None:
                return False

        async def body(work: UnitOfWork) -> PeriodRecord | None:
            # Read again, with the period: who was faster has ended it.
            boundary = await self._boundary(now=work.now, work=work)
            if boundary is None:
                return None
            return await self._periods.end(
                work, ends_at=boundary, minimum_minor=0, is_automatic=True
            )

        ended = await self._transactions.run(body)
        if ended is None:
            return False
        log.info("period.ended", period=ended.period_id, at=ended.period.ends_at.isoformat())
        self._periods.wake()
        return True

    async def _boundary(self, *, now: datetime, work: UnitOfWork | None = None) -> datetime | None:
        session = None if work is None else work.session
        calendars = await self._calendars.newest(session=session)
        current = await self._records.current(session=session)
        if current is None:
            return None
        boundary = calendars.first_boundary(after=current.period.starts_at)
        return boundary if boundary is not None and boundary <= now else None
