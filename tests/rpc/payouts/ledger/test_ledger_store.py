"""The ledger on a real database: batches are as good as one by one, and balances are sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.chassis.clock import utc_now
from services.chassis.errors import DomainError
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import (
    accrual,
    accrual_reversal,
    hold_release,
    move,
    project_hold,
)
from services.payouts.domain.statements.statement_lines import aggregate_of
from services.payouts.store.collections import BALANCES, BOOKS, ENTRIES, LEDGER_COLLECTIONS
from services.payouts.store.ledger.ledger import LedgerStore, Outcome, Posted
from services.payouts.store.ledger.ledger_reads import LedgerReads, PurposeSum
from tests.waiting import eventually

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BOOKING = Booking(effective_at=NOON, recorded_at=NOON)


class Ledger:
    """A store with a transaction around every call."""

    def __init__(self, database: MongoDatabase) -> None:
        self.database = database
        self.store = LedgerStore(database=database)
        self.reads = LedgerReads(database=database)
        self.transactions = Transactions(database=database, clock=utc_now, new_id=new_id)

    async def post(self, entries: Sequence[Entry]) -> list[Outcome]:
        async def body(work: UnitOfWork) -> list[Outcome]:
            return await self.store.post(entries, session=work.session, now=work.now)

        return await self.transactions.run(body)

    async def sums(self) -> list[PurposeSum]:
        async def body(work: UnitOfWork) -> list[PurposeSum]:
            return await self.reads.sums(session=work.session)

        return await self.transactions.run(body)

    async def documents(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            await self.database.collection(name).find().sort("_id").to_list(None)
        )
        return found

    async def clear(self) -> None:
        for name in (ENTRIES, BALANCES, BOOKS):
            await self.database.collection(name).delete_many({})


@pytest.fixture
async def ledger(database: MongoDatabase) -> Ledger:
    await database.ensure((*COLLECTIONS, *LEDGER_COLLECTIONS))
    return Ledger(database)


def _deposit(number: int, amount_units: int) -> Entry:
    # Of any number of units: so small sums are easily too little.
    return Entry(
        entry_id=f"deposit:tu_{number}",
        kind=EntryKind.CLIENT_DEPOSIT,
        postings=move(
            debit="rail:stripe:platform:USD",
            credit="client:org_a:available:USD",
            amount_units=amount_units,
            currency="USD",
        ),
        booking=BOOKING,
    )


def _hold(number: int, amount_units: int) -> Entry:
    return project_hold(
        hold_id=f"hold_{number}",
        client_id="org_a",
        project_id="prj_1",
        currency="USD",
        amount_units=amount_units,
        booking=BOOKING,
    )


def _release(number: int, amount_units: int) -> Entry:
    return hold_release(
        release_id=f"rel_{number}",
        client_id="org_a",
        project_id="prj_1",
        currency="USD",
        held_units=amount_units,
        booking=BOOKING,
    )


def _accrual(number: int, pay_units: int, *, recorded_at: datetime = NOON) -> Entry:
    return accrual(
        assignment_id=f"asn_{number}",
        revision=1,
        client_id="org_a",
        project_id="prj_1",
        contractor_id=f"ctr_{number % 2}",
        vendor_id="org_v" if number % 3 else "",
        currency="USD",
        pay_units=pay_units,
        commission_bps=1000,
        fee_bps=2000,
        booking=Booking(effective_at=NOON, recorded_at=recorded_at),
        task_id="tsk_1",
    )


def _reversal(number: int, pay_units: int) -> Entry:
    return accrual_reversal(
        accrued=_accrual(number, pay_units), reason="overturned", booking=BOOKING
    )


_MAKERS = (_deposit, _hold, _release, _accrual, _reversal)
# Few numbers and few amounts: ids repeat, with the same body and with others.
_entries = st.builds(
    lambda make, number, amount_units: make(number, amount_units),
    st.sampled_from(_MAKERS),
    st.integers(0, 3),
    st.sampled_from([10, 40, 100]),
)


class _Plain:
    """The same ledger as simply as it can be said: one entry after the other."""

    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.bodies: dict[str, str] = {}

    def post(self, entry: Entry) -> str:
        if entry.entry_id in self.bodies:
            same = self.bodies[entry.entry_id] == entry.body_hash
            return "REPEATED" if same else "ENTRY_CONFLICT"
        after = dict(self.balances)
        for posting in entry.postings:
            after[posting.account] = after.get(posting.account, 0) + posting.amount_units
        for posting in entry.postings:
            account = parse(posting.account)
            own = account.balance_units(after[posting.account])
            before = account.balance_units(self.balances.get(posting.account, 0))
            if account.kind.guarded and own < 0 and own < before:
                return "INSUFFICIENT_FUNDS"
        self.balances, self.bodies[entry.entry_id] = after, entry.body_hash
        return "NEW"


def _name(outcome: Outcome) -> str:
    return outcome.reason if isinstance(outcome, DomainError) else outcome.name


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(st.lists(_entries, min_size=1, max_size=8), min_size=1, max_size=4))
async def test_batches_are_as_good_as_one_by_one(
    ledger: Ledger, batches: list[list[Entry]]
) -> None:
    await ledger.clear()
    plain = _Plain()
    funding = [_deposit(99, 150), _hold(99, 100)]
    for batch in (funding, *batches):
        outcomes = await ledger.post(batch)
        assert [_name(outcome) for outcome in outcomes] == [plain.post(entry) for entry in batch]

    stored = {document["_id"]: document for document in await ledger.documents(ENTRIES)}
    assert {entry_id: document["hash"] for entry_id, document in stored.items()} == plain.bodies
    balances = {d["_id"]: d["amount_units"] for d in await ledger.documents(BALANCES)}
    assert balances == plain.balances
    sums: dict[str, int] = {}
    for document in stored.values():
        for posting in document["postings"]:
            sums[posting["account"]] = sums.get(posting["account"], 0) + posting["amount_units"]
    assert balances == sums
    for name, amount_units in balances.items():
        account = parse(name)
        assert not account.kind.guarded or account.balance_units(amount_units) >= 0
    assert sum(line.amount_units for line in await ledger.sums()) == 0
    restored = await ledger.store.get_many(stored)
    assert {entry.entry_id: entry.body_hash for entry in restored.values()} == plain.bodies
    books = await ledger.documents(BOOKS)
    counted = sum(value for book in books for name, value in book.items() if name != "_id")
    assert counted == len(stored)


async def test_entries_come_back_as_they_were(ledger: Ledger) -> None:
    posted = [_deposit(1, 1000), _hold(1, 1000), _accrual(1, 100), _accrual(3, 100)]
    posted.append(_reversal(1, 100))
    assert await ledger.post(posted) == [Posted.NEW] * 5
    found = await ledger.store.get_many([entry.entry_id for entry in posted])
    assert list(map(found.get, (entry.entry_id for entry in posted))) == posted


async def test_totals_for_statements_are_those_of_the_entries(ledger: Ledger) -> None:
    later = NOON + timedelta(hours=1)
    early = [_accrual(number, 50) for number in range(6)]
    late = [_accrual(number, 50, recorded_at=later) for number in range(6, 9)]
    await ledger.post([_deposit(1, 10_000), _hold(1, 10_000), *early, *late])
    await ledger.post([_reversal(1, 50)])
    found = await ledger.reads.accrual_aggregates(
        period_id="p1", recorded_from=NOON, recorded_before=later
    )
    expected: dict[str, list[int]] = {}
    for entry in (*early, _reversal(1, 50)):
        booked = Entry(
            entry_id=entry.entry_id,
            kind=entry.kind,
            postings=entry.postings,
            booking=Booking(effective_at=NOON, recorded_at=NOON, period_id="p1"),
            subject=entry.subject,
            reverses_id=entry.reverses_id,
            reason=entry.reason,
        )
        aggregate = aggregate_of(booked)
        assert aggregate is not None
        line = aggregate.line
        sums = expected.setdefault(aggregate.key, [0, 0, 0])
        for place, value in enumerate((line.answers, line.pay_units, line.commission_units)):
            sums[place] += value
    assert expected == {
        aggregate.key: [
            aggregate.line.answers,
            aggregate.line.pay_units,
            aggregate.line.commission_units,
        ]
        for aggregate in found
    }


async def test_an_accrual_that_overlaps_a_seal_is_recorded_after_it(ledger: Ledger) -> None:
    await ledger.post([_deposit(1, 10**9), _hold(1, 10**9), _accrual(1, 10)])
    times: list[datetime] = []
    sealed: list[datetime] = []

    async def seal(work: UnitOfWork) -> None:
        await ledger.store.seal_accruals(sealed[0], session=work.session)

    async def body(work: UnitOfWork) -> None:
        at = await ledger.store.accrual_time(work.now, session=work.session)
        times.append(at)
        if not sealed:
            # Somebody seals a later time, while this transaction knows nothing of it.
            await eventually(lambda: utc_now() > at, what="a later time")
            sealed.append(utc_now())
            await ledger.transactions.run(seal)
        await ledger.store.post_all(
            [_accrual(2, 10, recorded_at=at)], session=work.session, now=work.now
        )

    await ledger.transactions.run(body)
    found = await ledger.store.get_many(["accrual:asn_2:1"])
    assert found["accrual:asn_2:1"].booking.recorded_at >= sealed[0]
    assert len(times) > 1
    assert times[0] < sealed[0]


async def test_a_clock_that_is_late_records_nothing_in_a_sealed_time(ledger: Ledger) -> None:
    async def seal(work: UnitOfWork) -> None:
        await ledger.store.seal_accruals(NOON, session=work.session)

    async def times(work: UnitOfWork) -> list[datetime]:
        return [
            await ledger.store.accrual_time(NOON + late, session=work.session)
            for late in (timedelta(seconds=-1), timedelta(seconds=1))
        ]

    assert await ledger.transactions.run(times) == [
        NOON - timedelta(seconds=1),
        NOON + timedelta(seconds=1),
    ]
    await ledger.transactions.run(seal)
    assert await ledger.transactions.run(times) == [NOON, NOON + timedelta(seconds=1)]
