"""Reading both sides on: the rail's balance transactions, and the ledger's postings beside them.

Each list is read from where the last round began to end, with some of what was there before: a
list may lag behind what has happened. Whoever dies in mid-round leaves a cursor to go on from, and
an item that is read twice is there once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.domain.reconciliation.mirrors import (
    CONNECTED,
    GLOBAL,
    OWN,
    PLATFORM,
    MirrorItem,
    clearing_items_of,
    items_of_entry,
    items_of_transaction,
)
from services.payouts.domain.reconciliation.rail_history import TransactionPage
from services.payouts.metrics import mirror as metrics
from services.payouts.store.ledger.ledger_reads import EntryPosition
from services.payouts.store.reconciliation.cursors import LEDGER_LIST, Cursor, CursorStore
from services.payouts.store.reconciliation.mirror_items import ItemStore
from services.payouts.store.reconciliation.mirrors import MirrorStore
from services.payouts.usecases.reconciliation.history_port import MovementHistory

log = logger(__name__)

_HOLD = timedelta(minutes=5)
_LISTS_EACH_TURN = 10
_PAGES_EACH_TURN = 20
_ENTRIES_EACH_PAGE = 500
_GROUPS_AT_ONCE = 100
_RESETTLED_EACH_TURN = 200
# The rail may list a movement so much after it was made, and transactions of ours may be recorded
# so much before they are committed.
_RAIL_OVERLAP = timedelta(hours=1)
_LEDGER_OVERLAP = timedelta(minutes=5)
# Outbound payments have no list of movements: a payment is read again as long as banks may send it
# back, and more seldom than movements are.
_OUTBOUND_OVERLAP = timedelta(days=14)
_OUTBOUND_SLOWER = 12
_IDLE = timedelta(hours=24)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Mirroring:
    """Keeps both sides' items beside each other."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        history: MovementHistory,
        outbound: MovementHistory | None,
        mirrors: MirrorStore,
        items: ItemStore,
        clearing: ItemStore,
        cursors: CursorStore,
        clock: Clock,
        new_id: NewId,
        read_after: timedelta,
        grace: timedelta,
    ) -> None:
        self._transactions = transactions
        self._history = history
        self._outbound = outbound
        self._mirrors = mirrors
        self._items = items
        self._clearing = clearing
        self._cursors = cursors
        self._clock = clock
        self._new_id = new_id
        self._read_after = read_after
        self._grace = grace
        self._shown: set[tuple[str, str]] = set()
        self._loop = Loop(
            name="mirroring", turn=self.turn, pause_seconds=read_after.total_seconds()
        )

    async def start(self) -> None:
        """Wants the lists that are always there."""
        wanted = [LEDGER_LIST, PLATFORM, *([GLOBAL] if self._outbound else [])]
        with store_errors():
            await self._cursors.want(wanted, at=self._clock())

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the list in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """Reads on what is due; whether there is more to read at once."""
        now = self._clock()
        with store_errors():
            taken = await self._cursors.take(
                now=now,
                hold_until=now + _HOLD,
                holder=self._new_id("wrk"),
                limit=_LISTS_EACH_TURN,
            )
        for cursor in taken:
            await self._read(cursor)
        for items in (self._items, self._clearing):
            # What two processes settled at once, each without the other's item.
            with store_errors():
                groups = await items.unsettled_groups(limit=_RESETTLED_EACH_TURN)
            await self._settle(items, groups)
        await self._measure()
        return len(taken) == _LISTS_EACH_TURN

    async def _read(self, cursor: Cursor) -> None:
        try:
            if cursor.list_id == LEDGER_LIST:
                await self._read_ledger(cursor)
            else:
                await self._read_rail(cursor)
        except DomainError as err:
            # One account's trouble stops no other's; it is read again in its time.
            log.warning(
                "mirroring.postponed", list=cursor.list_id, reason=err.reason, error=err.message
            )
            metrics.MIRROR_READS_FAILED_TOTAL.labels(_whose(cursor.list_id)).inc()
            always = cursor.list_id in (LEDGER_LIST, *OWN)
            wait = self._read_after if always else _IDLE
            with store_errors():
                kept = await self._cursors.get(cursor.list_id) or cursor
                if cursor.list_id == GLOBAL:
                    # Names of pages are good for a while only: the round begins anew.
                    kept = replace(kept, after="")
                await self._cursors.put(kept, due_at=self._clock() + wait)

    async def _read_rail(self, cursor: Cursor) -> None:
        account = cursor.list_id
        history = self._history if account != GLOBAL else self._outbound
        if history is None:
            raise ProviderUnavailable("Global Payouts is not set up here any more")
        overlap = _OUTBOUND_OVERLAP if account == GLOBAL else _RAIL_OVERLAP
        cursor = replace(cursor, began_at=cursor.began_at or self._clock())
        for _ in range(_PAGES_EACH_TURN):
            page = await history.transactions(account, since=cursor.since, after=cursor.after)
            await self._keep(account, page)
            created = [one.read.created_at for one in page.found if one.read is not None]
            newest = max([*created, *([cursor.newest] if cursor.newest else [])], default=None)
            cursor = replace(cursor, newest=newest)
            if not page.has_more:
                overlap_from = newest - overlap if newest else None
                cursor = cursor.next_round(overlap_from=overlap_from, now=self._clock())
                await self._put(cursor, wait=await self._patience(account))
                return
            cursor = replace(cursor, after=page.after)
            await self._put(cursor, wait=_HOLD)
        await self._put(cursor, wait=timedelta())

    async def _keep(self, account: str, page: TransactionPage) -> None:
        readable = [one.read for one in page.found if one.read is not None]
        aliases = {
            name: transaction.transfer for transaction in readable for name in transaction.aliases
        }
        items = [
            item
            for transaction in readable
            for item in items_of_transaction(transaction, account=account)
        ]
        with store_errors():
            await self._mirrors.keep(account, page.found, now=self._clock())
            await self._items.alias(aliases)
        await self._add(items, also=aliases.values())

    async def _read_ledger(self, cursor: Cursor) -> None:
        cursor = replace(cursor, began_at=cursor.began_at or self._clock())
        for _ in range(_PAGES_EACH_TURN):
            after = EntryPosition(
                recorded_at=cursor.after_at or cursor.since or _BEGINNING, entry_id=cursor.after
            )
            with store_errors():
                entries = await self._mirrors.entries(after=after, limit=_ENTRIES_EACH_PAGE)
            await self._add([item for entry in entries for item in items_of_entry(entry)])
            clearing = [item for entry in entries for item in clearing_items_of(entry)]
            with store_errors():
                added = await self._clearing.add(clearing)
            await self._settle(self._clearing, added.groups)
            if entries:
                last = entries[-1]
                recorded_at = last.booking.recorded_at
                cursor = replace(
                    cursor, after=last.entry_id, after_at=recorded_at, newest=recorded_at
                )
            if len(entries) < _ENTRIES_EACH_PAGE:
                overlap_from = cursor.newest - _LEDGER_OVERLAP if cursor.newest else None
                cursor = cursor.next_round(overlap_from=overlap_from, now=self._clock())
                await self._put(cursor, wait=self._read_after)
                return
            await self._put(cursor, wait=_HOLD)
        await self._put(cursor, wait=timedelta())

    async def _add(self, items: list[MirrorItem], *, also: Iterable[str] = ()) -> None:
        with store_errors():
            added = await self._items.add(items)
        await self._settle(self._items, {*added.groups, *also})
        with store_errors():
            # What the ledger has booked of a payee's account is to be found there soon.
            await self._cursors.want(added.accounts, at=self._clock() + self._read_after)

    async def _settle(self, items: ItemStore, groups: Iterable[str]) -> None:
        ordered = sorted(set(groups))
        for start in range(0, len(ordered), _GROUPS_AT_ONCE):
            part = ordered[start : start + _GROUPS_AT_ONCE]

            async def body(work: UnitOfWork, part: list[str] = part) -> None:
                await items.settle(part, session=work.session)

            await self._transactions.run(body)

    async def _patience(self, account: str) -> timedelta:
        if account == PLATFORM:
            return self._read_after
        if account == GLOBAL:
            return self._read_after * _OUTBOUND_SLOWER
        with store_errors():
            waits = await self._items.has_unsettled(account)
        return self._read_after if waits else _IDLE

    async def _put(self, cursor: Cursor, *, wait: timedelta) -> None:
        with store_errors():
            await self._cursors.put(cursor, due_at=self._clock() + wait)

    async def _measure(self) -> None:
        now = self._clock()
        before = now - self._grace
        with store_errors():
            unexplained = await self._mirrors.unexplained(before=before)
            oldest = await self._mirrors.oldest(before=before)
            metrics.MIRROR_UNREADABLE.set(await self._mirrors.count_unreadable())
            for list_id in (LEDGER_LIST, PLATFORM):
                cursor = await self._cursors.get(list_id)
                if cursor is not None and cursor.read_at is not None:
                    metrics.MIRROR_READ_AGE_SECONDS.labels(list_id).set(
                        (now - cursor.read_at).total_seconds()
                    )
        sums = {key: units / LEDGER_UNITS_PER_MINOR for key, units in unexplained.items()}
        self._shown |= sums.keys() | {(one.currency, PLATFORM) for one in oldest}
        ages = {one.currency: one for one in oldest}
        for currency, account in self._shown:
            # What was shown before and is explained now is shown as 0, not as it was.
            amount = sums.get((currency, account), 0)
            metrics.MIRROR_UNEXPLAINED_MINOR.labels(currency, account).set(amount)
            found = ages.get(currency)
            metrics.MIRROR_UNMATCHED.labels(currency).set(found.items if found else 0)
            metrics.MIRROR_OLDEST_UNMATCHED_SECONDS.labels(currency).set(
                (now - found.at).total_seconds() if found else 0
            )


def _whose(list_id: str) -> str:
    return list_id if list_id in (LEDGER_LIST, *OWN) else CONNECTED
