"""Quality behind its consumers on a real bus, for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer
from services.chassis.events import MessageT, incoming
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.outbox import OutboxRelay
from services.chassis.topology import Topology, load_topology
from services.chassis.unit_of_work import COLLECTIONS as CHASSIS_COLLECTIONS
from services.chassis.unit_of_work import OUTBOX, Transactions, UnitOfWork
from services.quality.app import Quality
from services.quality.store.collections import COLLECTIONS, TALLIES
from tests.waiting import eventually

CONSUMERS = ("quality__project_created", "quality__answers_submitted")


@dataclass(slots=True, kw_only=True)
class QualityChain:
    """Replicas of quality on one bus and one database, and what they have told."""

    database: MongoDatabase
    bus: Bus
    topology: Topology
    transactions: Transactions
    replicas: list[Quality] = field(default_factory=list)

    async def tell(self, *messages: Message) -> None:
        """As the broker would: each message in an event of its own; waits until all are handled."""

        async def body(work: UnitOfWork) -> None:
            for number, message in enumerate(messages):
                work.publish(message, key=f"k{number}")

        await self.transactions.run(body)
        await eventually(self._drained, what="all events handled")

    async def decided(self) -> dict[str, events_pb2.DecidedAnswer]:
        """What was told of each answer; one that was told twice fails the test."""
        told = [a for event in await self.told(events_pb2.AnswersDecided) for a in event.answers]
        found = {answer.assignment_id: answer for answer in told}
        assert len(found) == len(told), "an answer was decided twice"
        assert {answer.revision for answer in told} <= {1}
        return found

    async def resolved(self) -> dict[str, types_pb2.Consensus]:
        """What was told of each task; one that was told twice fails the test."""
        told = [task for event in await self.told(events_pb2.TasksResolved) for task in event.tasks]
        found = {task.task_id: task for task in told}
        assert len(found) == len(told), "a task was resolved twice"
        return found

    async def told(self, kind: type[MessageT]) -> list[MessageT]:
        """Every event of a kind that is on the bus."""
        stream = f"{self.topology.prefix}QUALITY_EVENTS"
        info = await self.bus.js.stream_info(stream)
        found = []
        for sequence in range(1, info.state.last_seq + 1):
            message = await self.bus.js.get_msg(stream, sequence)
            headers = message.headers or {}
            if headers.get("ce-type") == kind.DESCRIPTOR.full_name:
                found.append(incoming(kind, message.data or b"", headers, deliveries=1).message)
        return found

    async def tallies(self, project_id: str = "prj_1") -> dict[str, int]:
        """The project's counts, over all that count."""
        sums: dict[str, int] = {}
        async for document in self.database.collection(TALLIES).find({"project_id": project_id}):
            for name, value in document.items():
                if isinstance(value, int):
                    sums[name] = sums.get(name, 0) + value
        return sums

    async def dead_letters(self) -> int:
        info = await self.bus.js.stream_info(self.topology.dead_stream)
        return int(info.state.messages)

    async def _drained(self) -> bool:
        for name in CONSUMERS:
            spec = self.topology.consumers[name]
            info = await self.bus.js.consumer_info(spec.stream, spec.name)
            if info.num_pending or info.num_ack_pending:
                return False
        return not await self.database.collection(OUTBOX).count_documents({})


@contextlib.asynccontextmanager
async def running(
    *, database: MongoDatabase, bus: Bus, prefix: str, replicas: int
) -> AsyncIterator[QualityChain]:
    """Starts so many replicas and one outbox relay; the topology is on the bus already."""
    topology = load_topology(prefix=prefix)
    await database.ensure((*CHASSIS_COLLECTIONS, *COLLECTIONS))
    transactions = Transactions(
        database=database, clock=utc_now, new_id=new_id, subject_prefix=prefix
    )
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    transactions.tell(relay.committed)
    chain = QualityChain(database=database, bus=bus, topology=topology, transactions=transactions)
    consumers: list[BatchConsumer[Any]] = []
    for _ in range(replicas):
        quality = Quality(database=database, transactions=transactions, new_id=new_id)
        chain.replicas.append(quality)
        consumers += [
            BatchConsumer(
                bus=bus,
                topology=topology,
                name="quality__project_created",
                kind=broker_pb2.ProjectCreated,
                handler=quality.consumers.project_created,
                clock=utc_now,
            ),
            BatchConsumer(
                bus=bus,
                topology=topology,
                name="quality__answers_submitted",
                kind=broker_pb2.AnswersSubmitted,
                handler=quality.consumers.answers_submitted,
                clock=utc_now,
            ),
        ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    tasks.append(asyncio.create_task(relay.run()))
    try:
        yield chain
    finally:
        for consumer in consumers:
            consumer.stop()
        await relay.stop(timeout_seconds=2.0)
        await asyncio.gather(*tasks)
