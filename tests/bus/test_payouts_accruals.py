"""Decisions on the bus become money: once, in any order, and one bad answer spoils no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
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
from services.chassis.timestamps import timestamp
from services.chassis.topology import Topology, load_topology
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.domain.entries import Booking, Entry
from services.payouts.domain.flows import client_deposit, project_hold
from services.payouts.ledger_parts import LedgerParts
from services.payouts.store.collections import ENTRIES, LEDGER_COLLECTIONS
from services.payouts.usecases.ledger import TrialBalance
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
        assert set(balance.totals_minor.values()) <= {0}
        return balance

    async def accruals(self, count: int) -> TrialBalance:
        """Waits until so many accruals stand."""

        async def reached() -> TrialBalance | None:
            balance = await self.trial_balance()
            return balance if balance.accruals == count else None

        found: TrialBalance = await eventually(reached, what=f"{count} accruals")
        return found

    async def balance(self, account: str) -> int:
        found = await self.parts.store.balances([account])
        return abs(found.get(account, 0))

    async def balances(self, *accounts: str) -> list[int]:
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


@pytest.fixture
async def chain(
    database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> AsyncIterator[Chain]:
    await nats_server.apply_topology(prefix=run_name)
    topology = load_topology(prefix=run_name)
    await database.ensure((*COLLECTIONS, *LEDGER_COLLECTIONS))
    transactions = Transactions(
        database=database, clock=utc_now, new_id=new_id, subject_prefix=run_name
    )
    relay = OutboxRelay(database=database, bus=bus, clock=utc_now)
    transactions.tell(relay.committed)
    parts = LedgerParts(database=database, transactions=transactions, check_seconds=10.0)
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


def _project(project_id: str = "prj_1", *, pay_minor: int = 100) -> broker_pb2.ProjectCreated:
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


def _contractors(*contractor_ids: str) -> vendors_pb2.ContractorsChanged:
    return vendors_pb2.ContractorsChanged(
        contractors=[
            vendors_pb2.ContractorRecord(
                contractor_id=contractor_id,
                organisation_id="org_p" if contractor_id == "ctr_d" else "org_v",
                engagement=_engagement(contractor_id),
                country="US",
                version=1,
            )
            for contractor_id in contractor_ids
        ]
    )


def _engagement(contractor_id: str) -> vendors_types_pb2.Engagement.ValueType:
    direct = contractor_id == "ctr_d"
    return vendors_types_pb2.ENGAGEMENT_DIRECT if direct else vendors_types_pb2.ENGAGEMENT_VENDOR


def _rate_card(bps: int, *, version: int = 1) -> vendors_pb2.RateCardSet:
    return vendors_pb2.RateCardSet(
        rate_card=vendors_types_pb2.RateCard(
            vendor_id="org_v",
            version=version,
            rates=[vendors_types_pb2.Rate(kind=common_pb2.WORK_KIND_CHOICE, commission_bps=bps)],
        )
    )


def _decided(
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
                engagement=_engagement(contractor_id),
                decision=f"DECISION_{decision}",  # type: ignore[arg-type]
                reason="CONSENSUS",
                decide_time=timestamp(datetime(2026, 11, 20, 12, tzinfo=UTC)),
                pay_bps=pay_bps,
            )
            for assignment_id, revision, decision in answers
        ],
    )


async def _fund(chain: Chain, project_id: str = "prj_1", amount_minor: int = HELD_MINOR) -> None:
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
            amount_minor=amount_minor,
            booking=booking,
        ),
    )


@pytest.fixture
async def ready(chain: Chain) -> Chain:
    """A funded project, a vendor that takes 10 %, a contractor of it and a direct one."""
    await _fund(chain)
    await chain.tell(_project(), _rate_card(1000), _contractors("ctr_1", "ctr_d"))

    async def known() -> bool:
        store = chain.parts.projection_store
        return bool(
            await store.projects(["prj_1"])
            and await store.rates_bps(["org_v"])
            and await store.contractors(["ctr_1"])
        )

    await eventually(known, what="the news applied")
    return chain


async def test_an_accepted_answer_is_split_and_others_move_nothing(ready: Chain) -> None:
    await ready.tell(
        _decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED"), ("a3", 1, "IN_REVIEW")),
        _decided(("a4", 1, "ACCEPTED"), contractor_id="ctr_d"),
    )
    await ready.accruals(2)
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [100, 10, 40]
    assert await ready.balance(PAYABLE_DIRECT) == 100
    assert await ready.balance(HELD) == HELD_MINOR - 250

    async def counted() -> bool:
        book = await ready.parts.books.get("prj_1")
        return (book.accepted, book.rejected, book.in_review) == (2, 1, 1)

    await eventually(counted, what="all four decisions counted")


async def test_the_same_news_again_books_nothing_again(ready: Chain) -> None:
    message = _decided(*((f"a{number}", 1, "ACCEPTED") for number in range(20)))
    await asyncio.gather(*(ready.tell(message, message) for _ in range(3)))
    await ready.accruals(20)
    # A later answer, decided after all the repeats were told, has nothing in front of it.
    await ready.tell(_decided(("last", 1, "ACCEPTED")))
    await ready.accruals(21)
    await _drained(ready)
    assert await ready.balance(PAYABLE) == 2100
    assert (await ready.parts.books.get("prj_1")).accepted == 21


async def test_what_a_vendor_takes_never_exceeds_what_the_client_allows(ready: Chain) -> None:
    await ready.tell(_rate_card(3000, version=3))
    await ready.tell(_rate_card(500, version=2))

    async def newest() -> bool:
        rates = await ready.parts.projection_store.rates_bps(["org_v"])
        return rates["org_v"] == {common_pb2.WORK_KIND_CHOICE: 3000}

    await eventually(newest, what="version 3 applied")
    await _drained(ready)
    assert await newest(), "an older version replaced a newer one"
    await ready.tell(_decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    assert await ready.balance(COMMISSION) == 15


async def test_a_later_decision_that_comes_first_stands(ready: Chain) -> None:
    await ready.tell(_decided(("a1", 2, "REJECTED")))
    await _drained(ready)
    await ready.tell(_decided(("a1", 1, "ACCEPTED"), ("a2", 1, "ACCEPTED")))
    await ready.accruals(1)
    await _drained(ready)
    assert "accrual:a1:1" not in await ready.entry_ids()
    book = await ready.parts.books.get("prj_1")
    assert (book.accepted, book.rejected) == (1, 1)


async def test_a_part_is_booked_of_everybody_s_share_and_another_part_in_its_place(
    ready: Chain,
) -> None:
    await ready.tell(_decided(("a1", 1, "ACCEPTED"), pay_bps=3_333))
    await ready.accruals(1)
    # A third of a dollar, rounded up for who did the work.
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [34, 3, 7]
    await ready.tell(
        _decided(("a1", 3, "ACCEPTED"), pay_bps=9_000), _decided(("a1", 2, "REJECTED"))
    )

    async def changed() -> bool:
        return "accrual:a1:3" in await ready.entry_ids()

    await eventually(changed, what="the other share booked")
    await _drained(ready)
    assert await ready.balances(PAYABLE, COMMISSION, FEES) == [90, 9, 18]
    assert await ready.balance(HELD) == HELD_MINOR - 117
    assert (await ready.trial_balance()).accruals == 1
    await ready.tell(_decided(("a1", 4, "REJECTED")))
    await ready.accruals(0)
    assert await ready.balances(PAYABLE, COMMISSION, FEES, HELD) == [0, 0, 0, HELD_MINOR]


async def test_an_overturned_answer_is_taken_back_and_may_be_booked_again(ready: Chain) -> None:
    await ready.tell(_decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    await ready.tell(_decided(("a1", 2, "IN_REVIEW")))
    await _drained(ready)
    assert await ready.balance(PAYABLE) == 100, "a review takes nothing back"
    await ready.tell(_decided(("a1", 3, "REJECTED")))
    await ready.accruals(0)
    assert await ready.balances(PAYABLE, COMMISSION, FEES, HELD) == [0, 0, 0, HELD_MINOR]
    await ready.tell(_decided(("a1", 4, "ACCEPTED")))
    await ready.accruals(1)
    ids = {entry_id for entry_id in await ready.entry_ids() if "accrual" in entry_id}
    assert ids == {"accrual:a1:1", "reversal:accrual:a1:1", "accrual:a1:4"}
    await _drained(ready)
    book = await ready.parts.books.get("prj_1")
    assert (book.accepted, book.rejected, book.in_review) == (1, 0, 0)


async def test_decisions_wait_for_a_project_that_is_told_later(ready: Chain) -> None:
    await _fund(ready, "prj_2")
    await ready.tell(_decided(("early", 1, "ACCEPTED"), project_id="prj_2"))
    await ready.tell(_decided(("a1", 1, "ACCEPTED")))
    await ready.accruals(1)
    assert "accrual:a1:1" in await ready.entry_ids()
    await ready.tell(_project("prj_2", pay_minor=7))
    await ready.accruals(2)
    assert "accrual:early:1" in await ready.entry_ids()
    assert await ready.dead_letters() == []


async def test_one_answer_that_cannot_be_paid_spoils_no_other(ready: Chain) -> None:
    await _fund(ready, "prj_2", amount_minor=300)
    await ready.tell(_project("prj_2"))

    async def known() -> bool:
        return bool(await ready.parts.projection_store.projects(["prj_2"]))

    await eventually(known, what="the second project known")
    # Three answers cost 130 each; the hold of 300 pays for two of them.
    await ready.tell(
        _decided(("a1", 1, "ACCEPTED"), ("a2", 1, "ACCEPTED")),
        _decided(*((f"b{n}", 1, "ACCEPTED") for n in range(3)), project_id="prj_2"),
        _decided(("a3", 1, "ACCEPTED")),
    )
    await ready.accruals(5)
    dead = await eventually(ready.dead_letters, what="a dead letter")
    assert [letter["dead-reason"] for letter in dead] == ["INSUFFICIENT_FUNDS"]
    assert dead[0]["dead-consumer"] == "payouts__answers_decided"
    assert await ready.balance("client:org_c:project:prj_2:held:USD") == 40
    book = await ready.parts.books.get("prj_2")
    assert book.accepted == 2, "what was not booked is not counted as decided"


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
    decisions = _decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED"), ("a3", 1, "IN_REVIEW"))
    first, second = (settled, decisions) if settled_first else (decisions, settled)
    await ready.tell(first)
    await _drained(ready)
    await ready.tell(second)
    await ready.tell(stale)
    await ready.accruals(1)
    await _drained(ready)
    assert await ready.balance(AVAILABLE) == 0, "one answer is still in review"
    await ready.tell(_decided(("a3", 2, "ACCEPTED")))
    await ready.accruals(2)
    await _drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 260]
    # Overturned afterwards, its price comes back by the same way.
    await ready.tell(_decided(("a3", 3, "REJECTED")))
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
        _decided(("a1", 1, "ACCEPTED"), ("a2", 1, "REJECTED")),
    )
    await ready.accruals(1)
    await _drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 130]
    # An appeal is upheld days later; told twice, it is paid once.
    await ready.tell(_decided(("a2", 2, "ACCEPTED")))
    await ready.tell(_decided(("a2", 2, "ACCEPTED")))
    await ready.accruals(2)
    await _drained(ready)
    assert await ready.balances(HELD, AVAILABLE) == [0, HELD_MINOR - 260]
    assert "hold:accrual:a2:2" in await ready.entry_ids()
    assert await ready.dead_letters() == []


async def test_no_decision_at_all_is_a_dead_letter_and_nothing_else(ready: Chain) -> None:
    await ready.tell(
        _decided(("a1", 1, "UNSPECIFIED")),
        _decided(("a2", 0, "ACCEPTED")),
        _decided(("a3", 1, "ACCEPTED")),
    )
    await ready.accruals(1)

    async def two() -> list[dict[str, str]] | None:
        dead = await ready.dead_letters()
        return dead if len(dead) >= 2 else None

    dead = await eventually(two, what="two dead letters")
    assert {letter["dead-reason"] for letter in dead} == {"DECISION_INVALID"}


async def _drained(chain: Chain) -> None:
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
