"""The outbox relay: what a transaction committed goes to the bus, at least once, then is deleted.

Events that this process committed are sent at once from memory; those of a process that died
are found in the collection. The bus drops a second copy by its id.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from datetime import timedelta

from services.chassis import metrics
from services.chassis.bus import Bus
from services.chassis.clock import Clock
from services.chassis.errors import PeerUnavailable
from services.chassis.events import OutgoingEvent
from services.chassis.logs import logger
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, store_errors
from services.chassis.unit_of_work import OUTBOX

log = logger(__name__)

_WINDOW = 256
_SWEEP_SECONDS = 1.0
# The gauge need not tell more apart, and counting costs mongod more the more there are.
_COUNTED_ROWS_MAX = 20_000
# Younger rows are in some process's memory and will be sent from there.
_SWEEP_AGE_SECONDS = 3.0
_MEMORY_EVENTS_MAX = 20_000
_RETRY_SECONDS = 0.5
# Rows that were sent are deleted together: a crash before it sends them again, which is nothing.
_DELETE_SECONDS = 0.2
_DELETE_ROWS = 500


class OutboxRelay:
    """Publishes in a bounded window and deletes what was acknowledged."""

    def __init__(self, *, database: MongoDatabase, bus: Bus, clock: Clock) -> None:
        self._rows = database.collection(OUTBOX)
        self._bus = bus
        self._clock = clock
        self._fresh: deque[OutgoingEvent] = deque()
        self._sent: list[str] = []
        self._deleted_at = 0.0
        self._swept_at = 0.0
        self._woken = asyncio.Event()
        self._stopping = False

    def committed(self, events: list[OutgoingEvent]) -> None:
        """Hears of events that were just committed. Beyond the bound the sweep finds them."""
        if len(self._fresh) < _MEMORY_EVENTS_MAX:
            self._fresh.extend(events)
        self._woken.set()

    async def run(self) -> None:
        """Until stop(). Errors of the bus or the store are waited out: the rows stay."""
        while not self._stopping:
            try:
                if not self._fresh:
                    await self._wait()
                if self._fresh:
                    await self._send_fresh()
                await self._tidy()
            except PeerUnavailable as err:
                metrics.OUTBOX_ERRORS_TOTAL.inc()
                log.warning("outbox.publish_failed", error=err.message, **err.metadata)
                await asyncio.sleep(_RETRY_SECONDS)

    async def stop(self, *, timeout_seconds: float) -> None:
        """Sends what is in memory, as far as the time goes; the rest is found after a restart."""
        self._stopping = True
        self._woken.set()
        with contextlib.suppress(TimeoutError, PeerUnavailable):
            async with asyncio.timeout(timeout_seconds):
                while self._fresh:
                    await self._send_fresh()
                await self._delete_sent()

    async def rows(self) -> int:
        """Events committed and not yet published."""
        with store_errors():
            return await self._rows.count_documents({})

    async def _wait(self) -> None:
        self._woken.clear()
        if not self._fresh and not self._stopping:
            pause = _DELETE_SECONDS if self._sent else _SWEEP_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause)

    async def _tidy(self) -> None:
        """Deletes what was sent and looks for what was left behind, each at its own pace."""
        now = time.monotonic()
        if self._sent and now - self._deleted_at > _DELETE_SECONDS:
            await self._delete_sent()
        if now - self._swept_at > _SWEEP_SECONDS:
            self._swept_at = now
            await self._sweep()

    async def _send_fresh(self) -> None:
        batch = [self._fresh.popleft() for _ in range(min(_WINDOW, len(self._fresh)))]
        await self._send(batch)

    async def _sweep(self) -> None:
        before = self._clock() - timedelta(seconds=_SWEEP_AGE_SECONDS)
        try:
            with store_errors():
                waiting = await self._rows.count_documents({}, limit=_COUNTED_ROWS_MAX)
                metrics.OUTBOX_ROWS.set(waiting)
                found = (
                    await self._rows.find({"recorded_at": {"$lt": before}})
                    .sort("recorded_at", ASCENDING)
                    .limit(_WINDOW)
                    .to_list(_WINDOW)
                )
        except Exception as err:
            log.warning("outbox.sweep_failed", error=repr(err))
            await asyncio.sleep(_RETRY_SECONDS)
            return
        if found:
            await self._send([_event(row) for row in found])

    async def _send(self, events: list[OutgoingEvent]) -> None:
        outcomes = await asyncio.gather(
            *(self._bus.publish(event) for event in events), return_exceptions=True
        )
        sent = [event for event, outcome in zip(events, outcomes, strict=True) if outcome is None]
        now = self._clock()
        for event in sent:
            metrics.OUTBOX_SENT_TOTAL.labels(event.headers["ce-type"]).inc()
            metrics.OUTBOX_LAG_SECONDS.observe((now - event.recorded_at).total_seconds())
        self._sent.extend(event.event_id for event in sent)
        if len(self._sent) >= _DELETE_ROWS:
            await self._delete_sent()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _delete_sent(self) -> None:
        ids, self._sent = self._sent, []
        self._deleted_at = time.monotonic()
        if not ids:
            return
        try:
            with store_errors():
                await self._rows.delete_many({"_id": {"$in": ids}})
        except Exception as err:
            # The rows stay, the sweep sends them again, and the bus drops the copies.
            log.warning("outbox.delete_failed", error=repr(err), rows=len(ids))


def _event(row: Document) -> OutgoingEvent:
    return OutgoingEvent(
        event_id=row["_id"],
        subject=row["subject"],
        headers=row["headers"],
        body=row["body"],
        recorded_at=row["recorded_at"],
    )
