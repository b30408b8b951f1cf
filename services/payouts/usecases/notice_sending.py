"""Notices on their way: sent when they are due, tried again for three days, and then dead.

An endpoint that does not answer keeps nobody else waiting: so many of one endpoint are on their
way at once, and its others wait for their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.notices import (
    Delivery,
    DeliveryState,
    Endpoint,
    Receipt,
    after_try,
    secret_of,
    signed_headers,
)
from services.payouts.metrics import notice as metrics
from services.payouts.store.notices import DeliveryStore, EndpointStore

log = logger(__name__)

_TAKEN_MAX = 100
_AT_ONCE = 20
_AT_ONCE_OF_ONE = 4
# Longer than all of a turn's tries can take: nobody else takes over what is being sent.
_HOLD = timedelta(minutes=10)
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
        self._loop = Loop(name="notices", turn=self.turn, pause_seconds=tick_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the tries in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """Sends what is due; whether there was any."""
        now = self._clock()
        with store_errors():
            taken = await self._deliveries.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=_TAKEN_MAX
            )
            endpoints = await self._endpoints.get_many({one.endpoint_id for one in taken})
        await self._measure(now)
        room = asyncio.Semaphore(_AT_ONCE)
        lanes = {endpoint_id: asyncio.Semaphore(_AT_ONCE_OF_ONE) for endpoint_id in endpoints}

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
        return bool(taken)

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
