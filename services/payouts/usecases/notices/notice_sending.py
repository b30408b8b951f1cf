"""Notices on their way: sent when they are due, tried again for three days, and then dead.

Organisations are served beside each other: whoever has much to be told, or does not answer, keeps
no other waiting. Of one organisation so many are on their way at once, and of one endpoint fewer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import PyMongoError, store_errors
from services.payouts.domain.notices.notices import (
    Delivery,
    DeliveryState,
    Endpoint,
    Receipt,
    after_try,
    secret_of,
    signed_headers,
)
from services.payouts.metrics import notice as metrics
from services.payouts.store.notices.notices import DeliveryStore, EndpointStore

log = logger(__name__)

_ORGANISATIONS_AT_ONCE = 50
_TAKEN_OF_ONE = 20
_AT_ONCE_OF_ORGANISATION = 8
_AT_ONCE_OF_ENDPOINT = 4
# Longer than all tries of one organisation's share can take: nobody else takes over what is sent.
_HOLD = timedelta(minutes=10)
_STOP_SECONDS = 15.0
_MEASURED_EVERY = timedelta(seconds=30)


class Sender(Protocol):
    """`notice_sender.NoticeSender`."""

    async def send(self, url: str, payload: bytes, headers: Mapping[str, str]) -> Receipt:
        """One try; never raises for what the receiver does."""


class NoticeSending:
    """Sends, over and over."""

    def __init__(
        self,
        *,
        sender: Sender,
        endpoints: EndpointStore,
        deliveries: DeliveryStore,
        clock: Clock,
        new_id: NewId,
        master_key: bytes,
        tick_seconds: float,
    ) -> None:
        self._sender = sender
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._clock = clock
        self._new_id = new_id
        self._master_key = master_key
        self._measured_at: datetime | None = None
        self._after = ""
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._loop = Loop(name="notices", turn=self.begin, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the tries in hand, if they do not take too long."""
        await self._loop.stop()
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=_STOP_SECONDS)
        for task in list(self._under_way.values()):
            task.cancel()

    async def turn(self) -> bool:
        """Sends what is due, and waits for it; whether there was any."""
        begun = await self.begin()
        if self._under_way:
            await asyncio.wait(self._under_way.values())
        return begun

    async def begin(self) -> bool:
        """Begins to send to organisations that wait; whether there may be more of them at once."""
        await self._measure(self._clock())
        room = _ORGANISATIONS_AT_ONCE - len(self._under_way)
        if room <= 0:
            await asyncio.wait(
                self._under_way.values(), timeout=1.0, return_when=asyncio.FIRST_COMPLETED
            )
            return True
        began_after, limit = self._after, _ORGANISATIONS_AT_ONCE
        with store_errors():
            due = await self._deliveries.organisations_due(
                now=self._clock(), after=began_after, limit=limit
            )
        idle = [one for one in due if one not in self._under_way]
        begun = idle[:room]
        # Whoever comes after the last of them is first the next time, and then all others.
        if len(begun) < len(idle):
            self._after = begun[-1]
        else:
            self._after = due[-1] if len(due) == limit else ""
        for organisation_id in begun:
            task = asyncio.create_task(
                self._send_safely(organisation_id), name=f"notices:{organisation_id}"
            )
            self._under_way[organisation_id] = task
            task.add_done_callback(partial(self._done, organisation_id))
        return bool(begun) or began_after != ""

    def _done(self, organisation_id: str, _task: asyncio.Task[None]) -> None:
        del self._under_way[organisation_id]
        self._loop.wake()

    async def _send_safely(self, organisation_id: str) -> None:
        try:
            await self._send(organisation_id)
        except (DomainError, PyMongoError) as err:
            # What it took is due again when the hold ends; the others go on.
            log.warning("notices.postponed", organisation=organisation_id, error=repr(err))
        except Exception:
            log.exception("notices.failed", organisation=organisation_id)

    async def _send(self, organisation_id: str) -> None:
        """A share of what is due to one organisation."""
        now = self._clock()
        with store_errors():
            taken = await self._deliveries.take(
                organisation_id,
                now=now,
                hold_until=now + _HOLD,
                holder=self._new_id("wrk"),
                limit=_TAKEN_OF_ONE,
            )
            endpoints = await self._endpoints.get_many({one.endpoint_id for one in taken})
        room = asyncio.Semaphore(_AT_ONCE_OF_ORGANISATION)
        lanes = {endpoint_id: asyncio.Semaphore(_AT_ONCE_OF_ENDPOINT) for endpoint_id in endpoints}

        async def one(delivery: Delivery, endpoint: Endpoint) -> None:
            async with lanes[delivery.endpoint_id], room:
                await self._try(delivery, endpoint)

        await asyncio.gather(
            *(
                one(delivery, endpoints[delivery.endpoint_id])
                for delivery in taken
                if delivery.endpoint_id in endpoints
            )
        )

    async def _measure(self, now: datetime) -> None:
        """Not every turn: what was delivered in a month is counted, too."""
        if self._measured_at is not None and now < self._measured_at + _MEASURED_EVERY:
            return
        self._measured_at = now
        with store_errors():
            counts = await self._deliveries.count()
        for state in DeliveryState:
            metrics.NOTICES.labels(state.value).set(counts.get(state, 0))

    async def _try(self, delivery: Delivery, endpoint: Endpoint) -> None:
        now = self._clock()
        headers = signed_headers(
            delivery.notice_id,
            delivery.payload,
            secrets=[
                secret_of(endpoint.endpoint_id, version, master=self._master_key)
                for version in endpoint.versions(now)
            ],
            now=now,
        )
        receipt = await self._sender.send(endpoint.url, delivery.payload, headers)
        state, wait = after_try(delivery, receipt)
        now = self._clock()
        with store_errors():
            await self._deliveries.tried(
                delivery,
                receipt,
                state=state,
                due_at=None if wait is None else now + wait,
                now=now,
            )
        outcome = "delivered" if receipt.is_taken else state.value.lower()
        metrics.NOTICE_TRIES_TOTAL.labels(outcome).inc()
        if state is DeliveryState.DEAD:
            log.warning(
                "notice.dead",
                delivery=delivery.delivery_id,
                status=receipt.status,
                error=receipt.error,
            )
