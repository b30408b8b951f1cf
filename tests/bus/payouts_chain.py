"""The ledger behind its consumers on a real bus, and the news that it lives from, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import events_pb2 as quality_pb2
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.outbox import OutboxRelay
from services.chassis.regions import RegionCodes
from services.chassis.timestamps import timestamp
from services.chassis.topology import Topology, load_topology
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.domain.fairness.fair_pay import FairPayPolicy
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.flows import client_deposit, project_hold
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, units_of
from services.payouts.parts.ledger import LedgerParts
from services.payouts.store.collections import ENTRIES, LEDGER_COLLECTIONS
from services.payouts.usecases.ledger.ledger import TrialBalance
from tests.waiting import eventually

HELD_MINOR = 100_000
AVAILABLE = "client:org_c:available:USD"
HELD = "client:org_c:project:prj_1:held:USD"
PAYABLE = "contractor:ctr_1:via:org_v:payable:USD"
PAYABLE_DIRECT = "contractor:ctr_d:payable:USD"
COMMISSION = "vendor:org_v:commission:USD"
FEES = "platform:fees:USD"


@dataclass(slots=True, kw_only=True)
class Chain:
    """The ledger behind its consumers, on a real bus."""

    database: MongoDatabase
    bus: Bus
    topology: Topology
    transactions: Transactions
    parts: LedgerParts

    async def tell(self, *messages: Message) -> None:
        """Publishes events, each in an event of its own."""

        async def body(work: UnitOfWork) -> None:
            for number, message in enumerate(messages):
                work.publish(message, key=f"k{number}")

        await self.transactions.run(body)

    async def post(self, *entries: Entry) -> None:
        async def body(work: UnitOfWork) -> None:
            await self.parts.store.post_all(entries, session=work.session, now=work.now)

        await self.transactions.run(body)

    async def trial_balance(self) -> TrialBalance:
        balance = await self.parts.inspection.trial_balance()
        assert set(balance.totals_units.values()) <= {0}
        return balance

    async def accruals(self, count: int) -> TrialBalance:
        """Waits until so many accruals stand."""

        async def reached() -> TrialBalance | None:
            balance = await self.trial_balance()
            return balance if balance.accruals == count else None

        found: TrialBalance = await eventually(reached, what=f"{count} accruals")
        return found

    async def balance(self, account: str) -> float:
        """In minor units, exact: all of these are few."""
        found = await self.parts.store.balances([account])
        return abs(found.get(account, 0)) / LEDGER_UNITS_PER_MINOR

    async def balances(self, *accounts: str) -> list[float]:
        return [await self.balance(account) for account in accounts]

    async def entry_ids(self) -> set[str]:
        found = self.database.collection(ENTRIES).find({}, {"_id": 1})
        return {document["_id"] async for document in found}

    async def dead_letters(self) -> list[dict[str, str]]:
        info = await self.bus.js.stream_info(self.topology.dead_stream)
        first = info.state.first_seq or 1
        return [
            dict((await self.bus.js.get_msg(self.topology.dead_stream, number)).headers or {})
            for number in range(first, first + info.state.messages)
        ]


@asynccontextmanager
async def running(
    *, database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> AsyncIterator[Chain]:
    """Started, with nothing told yet."""
    await nats_server.apply_topology(prefix=run_name)
    topology = load_topology(prefix=run_name)
    await database.ensure((*COLLECTIONS, *LEDGER_COLLECTIONS))
    transactions = Transactions(
        database=database, clock=utc_now, new_id=new_id, subject_prefix=run_name
    )
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    transactions.tell(relay.committed)
    parts = LedgerParts(
        database=database,
        transactions=transactions,
        check_seconds=10.0,
        fair_pay=FairPayPolicy(floor_max_age_days=1, rate_max_age_days=1),
        region_codes=RegionCodes(),
    )
    handlers: dict[str, tuple[Any, Any]] = {
        "payouts__vendor_state_changed": (
            vendors_pb2.VendorStateChanged,
            parts.consumers.vendor_state_changed,
        ),
        "payouts__rate_card_set": (vendors_pb2.RateCardSet, parts.consumers.rate_card_set),
        "payouts__contractors_changed": (
            vendors_pb2.ContractorsChanged,
            parts.consumers.contractors_changed,
        ),
        "payouts__project_created": (broker_pb2.ProjectCreated, parts.consumers.project_created),
        "payouts__project_state_changed": (
            broker_pb2.ProjectStateChanged,
            parts.consumers.project_state_changed,
        ),
        "payouts__answers_decided": (quality_pb2.AnswersDecided, parts.consumers.answers_decided),
    }
    consumers = [
        BatchConsumer(
            bus=bus, topology=topology, name=name, kind=kind, handler=handler, clock=utc_now
        )
        for name, (kind, handler) in handlers.items()
    ]
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    tasks.append(asyncio.create_task(relay.run()))
    yield Chain(
        database=database, bus=bus, topology=topology, transactions=transactions, parts=parts
    )
    for consumer in consumers:
        consumer.stop()
    await relay.stop(timeout_seconds=2.0)
    await asyncio.gather(*tasks)


def project(project_id: str = "prj_1", *, pay_minor: int = 100) -> broker_pb2.ProjectCreated:
    return broker_pb2.ProjectCreated(
        project=broker_types_pb2.Project(
            project_id=project_id,
            client_id="org_c",
            kind=common_pb2.WORK_KIND_CHOICE,
            pay=common_pb2.Money(amount_minor=pay_minor, currency="USD"),
            commission_bps_max=1500,
            platform_fee_bps=2000,
        )
    )


def contractors(*contractor_ids: str) -> vendors_pb2.ContractorsChanged:
    return vendors_pb2.ContractorsChanged(
        contractors=[
            vendors_pb2.ContractorRecord(
                contractor_id=contractor_id,
                organisation_id="org_p" if contractor_id == "ctr_d" else "org_v",
                engagement=engagement(contractor_id),
                country="US",
                version=1,
            )
            for contractor_id in contractor_ids
        ]
    )


def engagement(contractor_id: str) -> vendors_types_pb2.Engagement.ValueType:
    direct = contractor_id == "ctr_d"
    return vendors_types_pb2.ENGAGEMENT_DIRECT if direct else vendors_types_pb2.ENGAGEMENT_VENDOR


def rate_card(bps: int, *, version: int = 1) -> vendors_pb2.RateCardSet:
    return vendors_pb2.RateCardSet(
        rate_card=vendors_types_pb2.RateCard(
            vendor_id="org_v",
            version=version,
            rates=[vendors_types_pb2.Rate(kind=common_pb2.WORK_KIND_CHOICE, commission_bps=bps)],
        )
    )


def decided(
    *answers: tuple[str, int, str],
    project_id: str = "prj_1",
    contractor_id: str = "ctr_1",
    pay_bps: int = 0,
) -> quality_pb2.AnswersDecided:
    return quality_pb2.AnswersDecided(
        project_id=project_id,
        kind=common_pb2.WORK_KIND_CHOICE,
        answers=[
            quality_pb2.DecidedAnswer(
                assignment_id=assignment_id,
                revision=revision,
                task_id=f"tsk_{assignment_id}",
                contractor_id=contractor_id,
                organisation_id="org_p" if contractor_id == "ctr_d" else "org_v",
                engagement=engagement(contractor_id),
                decision=f"DECISION_{decision}",  # type: ignore[arg-type]
                reason="CONSENSUS",
                decide_time=timestamp(datetime(2026, 11, 20, 12, tzinfo=UTC)),
                pay_bps=pay_bps,
            )
            for assignment_id, revision, decision in answers
        ],
    )


async def fund(chain: Chain, project_id: str = "prj_1", amount_minor: int = HELD_MINOR) -> None:
    booking = Booking(effective_at=utc_now(), recorded_at=utc_now())
    await chain.post(
        client_deposit(
            client_id="org_c",
            currency="USD",
            amount_minor=amount_minor,
            rail_id=f"tu_{project_id}",
            booking=booking,
        ),
        project_hold(
            hold_id=f"{project_id}:1",
            client_id="org_c",
            project_id=project_id,
            currency="USD",
            amount_units=units_of(amount_minor),
            booking=booking,
        ),
    )


async def prepare(chain: Chain) -> None:
    """A funded project, a vendor that takes 10 %, a contractor of it and a direct one."""
    await fund(chain)
    await chain.tell(project(), rate_card(1000), contractors("ctr_1", "ctr_d"))

    async def known() -> bool:
        store = chain.parts.projection_store
        return bool(
            await store.projects(["prj_1"])
            and await store.rates_bps(["org_v"])
            and await store.contractors(["ctr_1"])
        )

    await eventually(known, what="the news applied")


async def drained(chain: Chain) -> None:
    """Waits until every event that was told has been handled."""

    async def empty() -> bool:
        if await chain.database.collection("outbox").count_documents({}):
            return False
        for name in (
            "payouts__answers_decided",
            "payouts__project_state_changed",
            "payouts__rate_card_set",
        ):
            spec = chain.topology.consumers[name]
            info = await chain.bus.js.consumer_info(spec.stream, spec.name)
            if info.num_pending or info.num_ack_pending:
                return False
        return True

    await eventually(empty, what="all events handled")
