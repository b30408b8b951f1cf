"""Events that the rail could not deliver are fetched, and go the way of those that arrived.

A webhook that was lost is found by whoever looks for it: nothing waits for news that never comes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.reconciliation.mirrors import PLATFORM
from services.payouts.metrics import mirror as metrics
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.reconciliation.cursors import Cursor, CursorStore
from services.payouts.usecases.payments.webhooks import Webhooks
from services.payouts.usecases.reconciliation.history_port import RailHistory

log = logger(__name__)

_HOLD = timedelta(minutes=5)
_LISTS_EACH_TURN = 20
_PAGES_EACH_TURN = 20
_ACCOUNTS_EACH_TURN = 500
# Accounts that nothing is on its way to: a bank may send money back days later.
_IDLE = timedelta(hours=24)


class MissedEvents:
    """Looks through the lists of the platform and of payees' accounts, over and over."""

    def __init__(
        self,
        *,
        history: RailHistory,
        webhooks: Webhooks,
        instructions: InstructionStore,
        accounts: PayoutAccountStore,
        cursors: CursorStore,
        clock: Clock,
        new_id: NewId,
        sweep_after: timedelta,
    ) -> None:
        self._history = history
        self._webhooks = webhooks
        self._instructions = instructions
        self._accounts = accounts
        self._cursors = cursors
        self._clock = clock
        self._new_id = new_id
        self._sweep_after = sweep_after
        self._account_after = ""
        self._loop = Loop(
            name="missed_events", turn=self.turn, pause_seconds=sweep_after.total_seconds()
        )

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the list in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """Looks through what is due; whether there is more at once."""
        await self._want()
        now = self._clock()
        with store_errors():
            taken = await self._cursors.take(
                now=now,
                hold_until=now + _HOLD,
                holder=self._new_id("wrk"),
                limit=_LISTS_EACH_TURN,
            )
            busy = await self._instructions.busy([cursor.list_id for cursor in taken])
        for cursor in taken:
            soon = cursor.list_id == PLATFORM or cursor.list_id in busy
            await self._sweep(cursor, wait=self._sweep_after if soon else _IDLE)
        return len(taken) == _LISTS_EACH_TURN

    async def _want(self) -> None:
        """The platform always, accounts with payments under way soon, all others in their turn."""
        now = self._clock()
        with store_errors():
            await self._cursors.want([PLATFORM], at=now + self._sweep_after)
            under_way = await self._instructions.destinations(limit=_ACCOUNTS_EACH_TURN)
            await self._cursors.want(under_way, at=now + self._sweep_after)
            page = await self._accounts.account_ids_after(
                self._account_after, limit=_ACCOUNTS_EACH_TURN
            )
            await self._cursors.want(page, at=now + _IDLE)
        self._account_after = page[-1] if len(page) == _ACCOUNTS_EACH_TURN else ""

    async def _sweep(self, cursor: Cursor, *, wait: timedelta) -> None:
        try:
            for _ in range(_PAGES_EACH_TURN):
                page = await self._history.undelivered(cursor.list_id, after=cursor.after)
                for is_new in await self._webhooks.take_in(
                    page.found, endpoint="platform" if cursor.list_id == PLATFORM else "connect"
                ):
                    metrics.EVENTS_FETCHED_TOTAL.labels("new" if is_new else "known").inc()
                if not page.has_more:
                    cursor = cursor.next_round(overlap_from=None, now=self._clock())
                    break
                cursor = replace(cursor, after=page.found[-1].notification.event_id)
            else:
                wait = timedelta()
        except DomainError as err:
            # One account's trouble stops no other's.
            log.warning(
                "missed_events.postponed",
                list=cursor.list_id,
                reason=err.reason,
                error=err.message,
            )
            # The event that it stood at may be gone from the list: from its beginning, then.
            cursor = replace(cursor, after="")
        with store_errors():
            await self._cursors.put(cursor, due_at=self._clock() + wait)
