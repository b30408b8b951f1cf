"""What is held for a project goes back when all is decided; what comes later is held again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.mongo import MongoDatabase
from tests.bus.payouts_chain import (
    AVAILABLE,
    HELD,
    HELD_MINOR,
    Chain,
    decided,
    drained,
    prepare,
    running,
)


@pytest.fixture
async def ready(
    database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> AsyncIterator[Chain]:
    async with running(
        database=database, bus=bus, nats_server=nats_server, run_name=run_name
    ) as chain:
        await prepare(chain)
        yield chain


@pytest.mark.parametrize("settled_first", [True, False])
async def test_a_settled_and_decided_project_gives_back_its_hold(
    ready: Chain, settled_first: bool
) -> None:
    settled = broker_pb2.ProjectStateChanged(
        project_id="prj_1",
        state=broker_types_pb2.PROJECT_STATE_COMPLETED,
        version=5,
        settled=True,
        answers_submitted=3,
    )
    stale = broker_pb2.ProjectStateChanged(
        project_id="prj_1", state=broker_types_pb2.PROJECT_STATE_LIVE, version=3
    )
    decisions = decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED"), ("a3", 1, "IN_REVIEW"))
    first, second = (settled, decisions) if settled_first else (decisions, settled)
    await ready.tell(first)
    await drained(ready)
    await ready.tell(second)
    await ready.tell(stale)
    await ready.accruals(1)
    await drained(ready)
    assert await ready.balance(AVAILABLE) == 0, "one answer is still in review"
    await ready.tell(decided(("a3", 2, "ACCEPTED")))
    await ready.accruals(2)
    await drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 260]
    # Overturned afterwards, its price comes back by the same way.
    await ready.tell(decided(("a3", 3, "REJECTED")))
    await ready.accruals(1)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 130]
    releases = {entry_id for entry_id in await ready.entry_ids() if "release" in entry_id}
    assert releases == {"release:prj_1:1", "release:prj_1:2"}


async def test_an_answer_accepted_after_the_hold_went_back_is_paid_from_what_is_available(
    ready: Chain,
) -> None:
    await ready.tell(
        broker_pb2.ProjectStateChanged(
            project_id="prj_1",
            state=broker_types_pb2.PROJECT_STATE_COMPLETED,
            version=5,
            settled=True,
            answers_submitted=2,
        ),
        decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED")),
    )
    await ready.accruals(1)
    await drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 130]
    # An appeal is upheld days later; told twice, it is paid once.
    await ready.tell(decided(("a2", 2, "ACCEPTED")))
    await ready.tell(decided(("a2", 2, "ACCEPTED")))
    await ready.accruals(2)
    await drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 260]
    assert "hold:accrual:a2:2" in await ready.entry_ids()
    assert await ready.dead_letters() == []
