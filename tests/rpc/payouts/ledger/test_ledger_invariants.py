"""What must hold of any ledger, where many write at once; tests/README.md has the whole list."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.clock import utc_now
from services.chassis.errors import DomainError, WriteContention
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import move, project_hold
from services.payouts.store.collections import LEDGER_COLLECTIONS
from services.payouts.store.ledger.ledger import LedgerStore, Outcome, Posted
from services.payouts.store.payments.rail_collections import DEPOSITS, RAIL_COLLECTIONS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKING = Booking(effective_at=NOON, recorded_at=NOON)
PLATFORM = "rail:stripe:platform:USD"
AVAILABLE = "client:org_hot:available:USD"
AT_ONCE = 64
CREDITS = 500


class Ledger:
    """The store, and callers that ask again when others were in the way."""

    def __init__(self, database: MongoDatabase) -> None:
        self.database = database
        self.store = LedgerStore(database=database)
        self.transactions = Transactions(database=database, clock=utc_now, new_id=new_id)

    async def post(self, entries: Sequence[Entry]) -> list[Outcome]:
        async def body(work: UnitOfWork) -> list[Outcome]:
            return await self.store.post(entries, session=work.session, now=work.now)

        for _ in range(50):
            try:
                return await self.transactions.run(body)
            except WriteContention:
                continue
        raise AssertionError("others were always in the way")

    async def balance_units(self, account: str) -> int:
        return (await self.store.balances([account])).get(account, 0)


@pytest.fixture
async def ledger(database: MongoDatabase) -> Ledger:
    await database.ensure((*COLLECTIONS, *LEDGER_COLLECTIONS, *RAIL_COLLECTIONS))
    return Ledger(database)


def deposit(number: int, amount_units: int) -> Entry:
    return Entry(
        entry_id=f"deposit:tu_hot_{number}",
        kind=EntryKind.CLIENT_DEPOSIT,
        postings=move(debit=PLATFORM, credit=AVAILABLE, amount_units=amount_units, currency="USD"),
        booking=BOOKING,
    )


def hold(number: int, amount_units: int) -> Entry:
    return project_hold(
        hold_id=f"hot_{number}",
        client_id="org_hot",
        project_id="prj_hot",
        currency="USD",
        amount_units=amount_units,
        booking=BOOKING,
    )


def name(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, DomainError) else outcome.name


async def test_64_duplicates_at_once_are_one(ledger: Ledger) -> None:
    """G3: one is new, all others are told that it was there."""
    found = await asyncio.gather(*(ledger.post([deposit(1, 700)]) for _ in range(AT_ONCE)))
    assert Counter(name(one) for [one] in found) == {"NEW": 1, "REPEATED": AT_ONCE - 1}
    assert await ledger.balance_units(PLATFORM) == 700
    assert await ledger.balance_units(AVAILABLE) == -700


async def test_no_credit_to_a_hot_account_is_lost(ledger: Ledger) -> None:
    """G6: 500 credits from many sides at once; the balance is their sum."""
    each = 20
    batches = [
        [deposit(number, number + 1) for number in range(start, start + each)]
        for start in range(0, CREDITS, each)
    ]
    found = await asyncio.gather(*(ledger.post(batch) for batch in batches))
    assert {one for outcomes in found for one in outcomes} == {Posted.NEW}
    assert await ledger.balance_units(AVAILABLE) == -sum(range(1, CREDITS + 1))


async def test_what_is_drained_from_all_sides_never_falls_below_zero(ledger: Ledger) -> None:
    """G5, C17: 40 holds of 100 on 1,000 at once; ten of them get it."""
    await ledger.post([deposit(1, 1_000)])
    found = await asyncio.gather(*(ledger.post([hold(number, 100)]) for number in range(40)))
    said = Counter(name(one) for [one] in found)
    assert said == {"NEW": 10, "INSUFFICIENT_FUNDS": 30}
    assert await ledger.balance_units(AVAILABLE) == 0


async def test_a_refused_duplicate_is_not_told_as_applied(ledger: Ledger) -> None:
    """G3: what was refused is refused again, until it can be done; then it is done once."""
    await ledger.post([deposit(1, 50)])
    for _ in range(2):
        assert [name(one) for one in await ledger.post([hold(1, 100)])] == ["INSUFFICIENT_FUNDS"]
    await ledger.post([deposit(2, 50)])
    assert await ledger.post([hold(1, 100)]) == [Posted.NEW]
    assert await ledger.post([hold(1, 100)]) == [Posted.REPEATED]
    assert await ledger.balance_units(AVAILABLE) == 0


async def test_64_orders_under_one_request_id_are_one_order(ledger: Ledger) -> None:
    """G3, C4: the key is claimed by writing it, not by having looked for it."""
    deposits = ledger.database.collection(DEPOSITS)

    async def order() -> str:
        async def body(work: UnitOfWork) -> pb.CreateDepositResponse:
            # Nothing but the key stands in the way of a second one.
            deposit_id = new_id("dep")
            await deposits.insert_one({"_id": deposit_id}, session=work.session)
            return pb.CreateDepositResponse(deposit_id=deposit_id)

        answer = await ledger.transactions.run_once(
            caller="org_platform",
            method="CreateDeposit",
            request_id="11111111-1111-4111-8111-111111111111",
            request=pb.CreateDepositRequest(client_id="org_hot"),
            response_type=pb.CreateDepositResponse,
            body=body,
        )
        return answer.deposit_id

    answers = await asyncio.gather(*(order() for _ in range(AT_ONCE)))
    assert len(set(answers)) == 1
    assert await deposits.count_documents({}) == 1
