"""A transaction's events reach a consumer: once where all is well, never lost where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from crewline.vendors.v1 import events_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer
from services.chassis.errors import DomainError, Kind
from services.chassis.events import IncomingEvent
from services.chassis.ids import new_id
from services.chassis.mongo import CollectionSpec, MongoDatabase
from services.chassis.outbox import OutboxRelay
from services.chassis.topology import Topology, load_topology
from services.chassis.unit_of_work import COLLECTIONS, OUTBOX, Transactions, UnitOfWork
from tests.waiting import eventually

Event = IncomingEvent[events_pb2.VendorStateChanged]


@pytest.fixture
async def topology(nats_server: NatsServer, run_name: str) -> Topology:
    await nats_server.apply_topology(prefix=run_name)
    return load_topology(prefix=run_name)


@pytest.fixture
async def transactions(database: MongoDatabase, run_name: str) -> Transactions:
    await database.ensure((*COLLECTIONS, CollectionSpec(name="things")))
    return Transactions(database=database, clock=utc_now, new_id=new_id, subject_prefix=run_name)


def _publish(vendor_id: str, *, version: int = 1):  # type: ignore[no-untyped-def]
    async def body(work: UnitOfWork) -> None:
        work.publish(
            events_pb2.VendorStateChanged(vendor_id=vendor_id, version=version), key=vendor_id
        )

    return body


async def _consume(bus: Bus, topology: Topology, handler):  # type: ignore[no-untyped-def]
    consumer = BatchConsumer(
        bus=bus,
        topology=topology,
        name="broker__vendor_state_changed",
        kind=events_pb2.VendorStateChanged,
        handler=handler,
        clock=utc_now,
    )
    return consumer, asyncio.create_task(consumer.run())


async def test_committed_events_arrive_and_leave_the_outbox(
    database: MongoDatabase, bus: Bus, topology: Topology, transactions: Transactions
) -> None:
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    transactions.tell(relay.committed)
    relaying = asyncio.create_task(relay.run())
    seen: list[str] = []

    async def handler(events: Sequence[Event]) -> None:
        seen.extend(event.message.vendor_id for event in events)

    consumer, consuming = await _consume(bus, topology, handler)
    wanted = [f"v{n}" for n in range(50)]
    await asyncio.gather(*(transactions.run(_publish(name)) for name in wanted))
    await eventually(lambda: len(seen) >= 50, what="all events handled")
    assert sorted(seen) == sorted(wanted)

    async def empty() -> bool:
        return await relay.rows() == 0

    await eventually(empty, what="outbox empty")
    consumer.stop()
    await relay.stop(timeout_seconds=2)
    await asyncio.gather(consuming, relaying)


async def test_rows_of_a_process_that_died_are_sent_by_another(
    database: MongoDatabase, bus: Bus, topology: Topology, transactions: Transactions
) -> None:
    # Nobody is told of the commit, as if the process died right after it.
    await transactions.run(_publish("orphan"))
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    relaying = asyncio.create_task(relay.run())
    seen: list[str] = []

    async def handler(events: Sequence[Event]) -> None:
        seen.extend(event.message.vendor_id for event in events)

    consumer, consuming = await _consume(bus, topology, handler)
    await eventually(lambda: seen, what="the orphan handled")

    async def empty() -> bool:
        return await relay.rows() == 0

    await eventually(empty, what="outbox empty")
    consumer.stop()
    await relay.stop(timeout_seconds=2)
    await asyncio.gather(consuming, relaying)
    assert seen == ["orphan"]


async def test_an_aborted_transaction_leaves_nothing(
    database: MongoDatabase, transactions: Transactions
) -> None:
    async def body(work: UnitOfWork) -> None:
        await database.collection("things").insert_one({"_id": "x"}, session=work.session)
        work.publish(events_pb2.VendorStateChanged(vendor_id="x"), key="x")
        raise RuntimeError("after the writes")

    with pytest.raises(RuntimeError, match="after the writes"):
        await transactions.run(body)
    assert await database.collection("things").count_documents({}) == 0
    assert await database.collection(OUTBOX).count_documents({}) == 0


class _Never(DomainError):
    kind, reason = Kind.INVALID, "NEVER"


class _Early(DomainError):
    kind, reason = Kind.NOT_FOUND, "EARLY"


async def test_what_is_counted_afterwards_is_counted_once_per_commit(
    transactions: Transactions, database: MongoDatabase
) -> None:
    things = database.collection("things")
    await things.insert_one({"_id": "hot", "n": 0})
    runs: list[None] = []
    counted: list[None] = []

    async def body(work: UnitOfWork) -> None:
        await things.find_one({"_id": "hot"}, session=work.session)
        if not runs:
            # Another writer comes between what this transaction has read and what it writes.
            await things.update_one({"_id": "hot"}, {"$inc": {"n": 10}})
        runs.append(None)
        work.afterwards(lambda: counted.append(None))
        await things.update_one({"_id": "hot"}, {"$inc": {"n": 1}}, session=work.session)

    await transactions.run(body)
    assert (len(runs), len(counted)) == (2, 1)
    assert await things.find_one({"_id": "hot"}) == {"_id": "hot", "n": 11}

    async def failing(work: UnitOfWork) -> None:
        work.afterwards(lambda: counted.append(None))
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await transactions.run(failing)
    assert len(counted) == 1


async def test_one_bad_event_spoils_no_batch_and_is_buried_with_its_reason(
    database: MongoDatabase, bus: Bus, topology: Topology, transactions: Transactions
) -> None:
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    for name in ("good-1", "bad", "good-2", "early"):
        await transactions.run(_publish(name))
    relaying = asyncio.create_task(relay.run())
    done: list[str] = []
    early = 0

    async def handler(events: Sequence[Event]) -> None:
        nonlocal early
        names = [event.message.vendor_id for event in events]
        if "bad" in names:
            raise _Never("this one is never right")
        if "early" in names:
            early += 1
            if early < 4:
                raise _Early("not yet")
        done.extend(names)

    consumer, consuming = await _consume(bus, topology, handler)
    await eventually(lambda: {"good-1", "good-2", "early"} <= set(done), what="good ones handled")
    dead = await eventually(lambda: _last_dead(bus, topology), what="a dead letter")
    assert dead["dead-reason"] == "NEVER"
    assert dead["ce-type"] == "crewline.vendors.v1.VendorStateChanged"
    assert "bad" not in done
    consumer.stop()
    await relay.stop(timeout_seconds=2)
    await asyncio.gather(consuming, relaying)


async def _last_dead(bus: Bus, topology: Topology) -> dict[str, str] | None:
    info = await bus.js.stream_info(topology.dead_stream)
    if not info.state.messages:
        return None
    message = await bus.js.get_msg(topology.dead_stream, info.state.last_seq)
    return dict(message.headers or {})
