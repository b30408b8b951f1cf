"""Consumers: events in batches, each batch one transaction, each bad event alone on its way out.

bus -> batch -> handler -> ack
                   └ fails -> one by one -> ack, again later, or dead letter, by the error's kind
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.chassis import metrics
from services.chassis.bus import Bus, PullFeed
from services.chassis.clock import Clock
from services.chassis.errors import DomainError, Kind, PeerUnavailable
from services.chassis.events import HEADER_MESSAGE_ID, IncomingEvent, MessageT, incoming
from services.chassis.logs import logger
from services.chassis.topology import Topology, await_consumer
from services.chassis.tracing import set_traceparent

log = logger(__name__)

Handler = Callable[[Sequence[IncomingEvent[MessageT]]], Awaitable[None]]

_PENDING_SECONDS = 5.0
_RETRY_DELAYS_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# So many messages in a row that all ended as dead letters mean a bad release, not bad messages:
# the process ends instead of emptying the stream into the dead letters.
_DEAD_STREAK_MAX = 50

_ACKED = (Kind.EXISTS,)
_DEAD = (Kind.INVALID, Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.PRECONDITION)


class TooManyDeadLetters(RuntimeError):
    """Nearly everything fails: somebody must look before more is lost to the dead letters."""


class BatchConsumer(Generic[MessageT]):
    """Feeds one consumer's events to a handler.

    The handler gets a batch and commits it in one transaction; it accepts repeats (natural
    keys), any order, and raises a DomainError for what it cannot do now or ever.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        topology: Topology,
        name: str,
        kind: type[MessageT],
        handler: Handler[MessageT],
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._topology = topology
        self._spec = topology.consumers[name]
        self._kind = kind
        self._handler = handler
        self._clock = clock
        self._stopping = False
        self._dead_streak = 0
        self._pending_at = 0.0

    async def run(self) -> None:
        """Until stop(). Errors: PeerUnavailable (no such consumer), TooManyDeadLetters."""
        await await_consumer(self._bus.js, self._spec)
        feed = await self._bus.pull(self._spec)
        try:
            while not self._stopping:
                await self._turn(feed)
        finally:
            await feed.close()

    def stop(self) -> None:
        """Takes no further batch; the one in hand is finished."""
        self._stopping = True

    async def _turn(self, feed: PullFeed) -> None:
        try:
            messages = await feed.next_batch()
        except (NatsError, OSError) as err:
            log.warning("consumer.pull_failed", consumer=self._spec.name, error=repr(err))
            await asyncio.sleep(1.0)
            return
        if messages:
            metrics.CONSUMER_BATCH.labels(self._spec.name).observe(len(messages))
            started = time.perf_counter()
            async with self._kept_alive(messages):
                await self._handle(messages)
            elapsed = time.perf_counter() - started
            metrics.CONSUMER_SECONDS.labels(self._spec.name).observe(elapsed)
        await self._measure_pending()

    async def _handle(self, messages: Sequence[Msg]) -> None:
        events: list[IncomingEvent[MessageT]] = []
        readable: list[Msg] = []
        for message in messages:
            try:
                events.append(self._decode(message))
            except (ValueError, KeyError) as err:
                await self._bury(message, reason="EVENT_MALFORMED", text=str(err))
            else:
                readable.append(message)
        if not events:
            return
        # A batch of several belongs to no one's trace.
        set_traceparent(events[0].traceparent if len(events) == 1 else "")
        try:
            await self._handler(events)
        except Exception as err:
            if len(events) == 1:
                await self._fail(readable[0], err)
                return
            log.warning("consumer.batch_failed", consumer=self._spec.name, error=repr(err))
            for message, event in zip(readable, events, strict=True):
                await self._handle_one(message, event)
            return
        for message, event in zip(readable, events, strict=True):
            await self._ack(message, event)

    async def _handle_one(self, message: Msg, event: IncomingEvent[MessageT]) -> None:
        set_traceparent(event.traceparent)
        try:
            await self._handler([event])
        except Exception as err:
            await self._fail(message, err)
        else:
            await self._ack(message, event)

    async def _ack(self, message: Msg, event: IncomingEvent[MessageT]) -> None:
        self._dead_streak = 0
        lag = (self._clock() - event.time).total_seconds()
        metrics.CONSUMER_LAG_SECONDS.labels(self._spec.name).observe(max(lag, 0.0))
        await self._answer(message, "acked")

    async def _fail(self, message: Msg, err: Exception) -> None:
        """The table of DESIGN §5: what becomes of a message by the kind of its error."""
        kind = err.kind if isinstance(err, DomainError) else None
        reason = err.reason if isinstance(err, DomainError) else type(err).__name__
        if kind in _ACKED:
            await self._answer(message, "acked")
            return
        deliveries = message.metadata.num_delivered
        if kind in _DEAD or deliveries >= self._spec.max_deliver:
            await self._bury(message, reason=reason, text=str(err))
            return
        log.log(
            30 if isinstance(err, DomainError) else 40,
            "consumer.retry",
            consumer=self._spec.name,
            reason=reason,
            error=repr(err),
            deliveries=deliveries,
            exc_info=None if isinstance(err, DomainError) else err,
        )
        delay = _RETRY_DELAYS_SECONDS[min(deliveries, len(_RETRY_DELAYS_SECONDS)) - 1]
        await self._answer(message, "retried", delay_seconds=delay)

    async def _bury(self, message: Msg, *, reason: str, text: str) -> None:
        """Copies the message to the dead letters, then takes it off the consumer."""
        headers = dict(message.headers or {})
        origin = headers.get(HEADER_MESSAGE_ID, str(message.metadata.sequence.stream))
        headers |= {
            HEADER_MESSAGE_ID: f"dead:{self._spec.name}:{origin}",
            "dead-consumer": self._spec.name,
            "dead-reason": reason,
            "dead-error": text.replace("\n", " ")[:500],
            "dead-subject": message.subject,
        }
        try:
            await self._bus.publish_raw(
                self._topology.dead_subject(self._spec.name), message.data, headers
            )
        except PeerUnavailable:
            await self._answer(message, "retried", delay_seconds=1.0)
            return
        log.error(
            "consumer.dead_letter",
            consumer=self._spec.name,
            reason=reason,
            error=text,
            event_id=origin,
        )
        await self._answer(message, "dead")
        self._dead_streak += 1
        if self._dead_streak >= _DEAD_STREAK_MAX:
            raise TooManyDeadLetters(f"{self._spec.name}: {self._dead_streak} in a row")

    async def _answer(self, message: Msg, outcome: str, *, delay_seconds: float = 0.0) -> None:
        metrics.CONSUMER_MESSAGES_TOTAL.labels(self._spec.name, outcome).inc()
        try:
            if outcome == "acked":
                await message.ack()
            elif outcome == "retried":
                await message.nak(delay=delay_seconds)
            else:
                await message.term()
        except NatsError as err:
            # Unanswered, it comes again; handlers take repeats.
            log.warning("consumer.answer_lost", consumer=self._spec.name, error=repr(err))

    @contextlib.asynccontextmanager
    async def _kept_alive(self, messages: Sequence[Msg]) -> AsyncIterator[None]:
        """Tells the bus that a slow batch is being worked on, so that nobody else gets it."""
        task = asyncio.create_task(self._beat(messages))
        try:
            yield
        finally:
            task.cancel()

    async def _beat(self, messages: Sequence[Msg]) -> None:
        while True:
            await asyncio.sleep(self._spec.ack_wait_seconds / 2)
            for message in messages:
                with contextlib.suppress(NatsError):
                    await message.in_progress()

    async def _measure_pending(self) -> None:
        if time.monotonic() - self._pending_at < _PENDING_SECONDS:
            return
        self._pending_at = time.monotonic()
        try:
            info = await self._bus.js.consumer_info(self._spec.stream, self._spec.name)
        except (NatsError, OSError, TimeoutError) as err:
            log.warning("consumer.info_failed", consumer=self._spec.name, error=repr(err))
            return
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        metrics.CONSUMER_PENDING.labels(self._spec.name).set(waiting)

    def _decode(self, message: Msg) -> IncomingEvent[MessageT]:
        return incoming(
            self._kind,
            message.data,
            message.headers or {},
            deliveries=message.metadata.num_delivered,
        )
