"""Consumers over a real bus: restarts, malformed events, outages, and the end of a bad release."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from crewline.vendors.v1 import events_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer, TooManyDeadLetters
from services.chassis.errors import DomainError, Kind
from services.chassis.events import IncomingEvent, outgoing
from services.chassis.ids import new_id
from services.chassis.topology import Topology, load_topology
from tests.waiting import eventually

Event = IncomingEvent[events_pb2.VendorStateChanged]
Handler = Callable[[Sequence[Event]], Awaitable[None]]


@pytest.fixture
async def topology(nats_server: NatsServer, run_name: str) -> Topology:
    await nats_server.apply_topology(prefix=run_name)
    return load_topology(prefix=run_name)


async def _publish(bus: Bus, topology: Topology, *names: str) -> None:
    for name in names:
        await bus.publish(
            outgoing(
                events_pb2.VendorStateChanged(vendor_id=name),
                event_id=new_id("evt"),
                key=name,
                now=utc_now(),
                subject_prefix=topology.prefix,
            )
        )


def _consumer(
    bus: Bus, topology: Topology, handler: Handler
) -> BatchConsumer[events_pb2.VendorStateChanged]:
    return BatchConsumer(
        bus=bus,
        topology=topology,
        name="broker__vendor_state_changed",
        kind=events_pb2.VendorStateChanged,
        handler=handler,
        clock=utc_now,
    )


async def test_what_a_consumer_left_the_next_one_gets(bus: Bus, topology: Topology) -> None:
    seen: list[str] = []

    async def handler(events: Sequence[Event]) -> None:
        seen.extend(event.message.vendor_id for event in events)

    await _publish(bus, topology, "a", "b")
    first = _consumer(bus, topology, handler)
    running = asyncio.create_task(first.run())
    await eventually(lambda: len(seen) == 2, what="the first two")
    first.stop()
    await running
    await _publish(bus, topology, "c")
    second = _consumer(bus, topology, handler)
    running = asyncio.create_task(second.run())
    await eventually(lambda: len(seen) == 3, what="the third")
    assert seen == ["a", "b", "c"]
    second.stop()
    await running


async def test_events_come_in_batches_and_at_once(bus: Bus, topology: Topology) -> None:
    sizes: list[int] = []

    async def handler(events: Sequence[Event]) -> None:
        sizes.append(len(events))

    await _publish(bus, topology, *(f"v{n}" for n in range(40)))
    consumer = _consumer(bus, topology, handler)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: sum(sizes) == 40, what="all")
    assert max(sizes) > 1
    consumer.stop()
    await running


async def test_a_malformed_event_is_buried_and_the_others_go_on(
    bus: Bus, topology: Topology
) -> None:
    seen: list[str] = []

    async def handler(events: Sequence[Event]) -> None:
        seen.extend(event.message.vendor_id for event in events)

    subject = f"{topology.prefix}.crewline.vendors.v1.vendor_state_changed.x"
    await bus.publish_raw(subject, b"\xff\xff", {"ce-type": "something.else"})
    await bus.publish_raw(subject, b"", {})
    await _publish(bus, topology, "good")
    consumer = _consumer(bus, topology, handler)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: seen == ["good"], what="the good one")

    async def buried() -> int:
        return (await bus.js.stream_info(topology.dead_stream)).state.messages or 0

    async def both() -> bool:
        return await buried() >= 2

    await eventually(both, what="two dead letters")
    consumer.stop()
    await running
    assert seen == ["good"]
    assert await buried() == 2


class _Down(DomainError):
    kind, reason = Kind.UNAVAILABLE, "DOWN"


async def test_an_outage_is_waited_out(bus: Bus, topology: Topology) -> None:
    tries = 0
    seen: list[str] = []

    async def handler(events: Sequence[Event]) -> None:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise _Down("no database")
        seen.extend(event.message.vendor_id for event in events)

    await _publish(bus, topology, "a")
    consumer = _consumer(bus, topology, handler)
    running = asyncio.create_task(consumer.run())
    await eventually(lambda: seen == ["a"], what="handled in the end")
    assert (await bus.js.stream_info(topology.dead_stream)).state.messages == 0
    consumer.stop()
    await running


class _Never(DomainError):
    kind, reason = Kind.INVALID, "NEVER"


async def test_when_everything_is_dead_the_consumer_ends_instead(
    bus: Bus, topology: Topology
) -> None:
    async def handler(events: Sequence[Event]) -> None:
        raise _Never("a bad release")

    await _publish(bus, topology, *(f"v{n}" for n in range(70)))
    with pytest.raises(TooManyDeadLetters):
        await asyncio.wait_for(_consumer(bus, topology, handler).run(), timeout=60)
    dead = (await bus.js.stream_info(topology.dead_stream)).state.messages
    assert 50 <= dead < 70
