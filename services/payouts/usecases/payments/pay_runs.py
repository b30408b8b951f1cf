"""Payments that come by themselves: on pay days, and again when a cause may have gone.

A statement under a calendar is paid on its pay day. One whose payment failed is looked at again
after a while, and at once when its payee has done something about it; what was ordered before is
never ordered twice, whoever looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.rail_objects import RailBalance
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.pay_orders import PayOrders, Waiting

log = logger(__name__)

_AT_ONCE = 100
# Before statements are looked at again whose period still has others to be made.
_PERIOD_CLOSES_IN = timedelta(seconds=10)
# Before the same bank is asked again for what it has refused.
_BANK_PATIENCE = timedelta(days=3)


class PayRuns:
    """Pays what has become due."""

    def __init__(
        self,
        *,
        orders: PayOrders,
        periods: PeriodStore,
        statements: StatementStore,
        clock: Clock,
        platform_balances: Callable[[], Awaitable[list[RailBalance]]],
        wake_payer: Callable[[], None],
        retry_after: timedelta,
        tick_seconds: float,
    ) -> None:
        self._orders = orders
        self._periods = periods
        self._statements = statements
        self._clock = clock
        self._platform_balances = platform_balances
        self._wake_payer = wake_payer
        self._retry_after = retry_after
        self._loop = Loop(name="pay_runs", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """Orders the payments of some that are due; true if there may be more."""
        now = self._clock()
        with store_errors():
            failed = await self._statements.failed_without_time(limit=_AT_ONCE)
            if failed:
                await self._statements.look_again(failed, at=now + self._retry_after)
            due = await self._statements.due_to_pay(now, limit=_AT_ONCE)
            closed = await self._periods.closed_among({record.period_id for _, record in due})
            # Moved first: what cannot be paid now does not keep the others from their turn.
            for is_closed, wait in ((True, self._retry_after), (False, _PERIOD_CLOSES_IN)):
                await self._statements.look_again(
                    [one.statement_id for _, one in due if (one.period_id in closed) is is_closed],
                    at=now + wait,
                )
        page = [one for one in due if one[1].period_id in closed]
        if not page:
            return len(due) == _AT_ONCE
        committed = await self._orders.pay_some(
            page,
            waiting=Waiting(bank_patience=_BANK_PATIENCE, funds_minor=await self._funds_minor()),
        )
        log.info("pay_run.ordered", statements=len(page), payments=committed)
        if committed:
            self._wake_payer()
        return len(due) == _AT_ONCE

    async def _funds_minor(self) -> dict[str, int | None] | None:
        """What the platform could transfer now, by currency; None where nobody can tell."""
        try:
            found = await self._platform_balances()
        except DomainError as err:
            log.warning("pay_run.funds_unknown", reason=err.reason, error=err.message)
            return None
        return {one.currency: one.available_minor if one.is_known else None for one in found}
