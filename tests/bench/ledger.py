"""The ledger alone: postings a second with one hot client and ten thousand contractors.

Beside it the raw limit: the same documents by the bare driver, without a transaction, a look at
what is there, or a guard. Afterwards the books must be right: speed that loses a cent is none.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import UpdateOne, WriteConcern

from services.chassis.clock import utc_now
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import COLLECTIONS as CHASSIS
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.app import COLLECTIONS, Payouts
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.flows import client_deposit, project_hold
from services.payouts.domain.ledger.money import minor_below
from services.payouts.store.collections import BALANCES, DECISIONS, ENTRIES, LEDGER_COLLECTIONS
from tests.bench.load import percentile_ms
from tests.rpc.payouts.served_ledger import payouts_settings

DATABASE = "bench_ledger"
_LIMIT = "limit_ledger"
_CLIENT, _PROJECT = "org_hot", "prj_hot"
_PAY_UNITS = 130_000
_BATCH = 500
# The service's one consumer takes one batch after the other: all of them touch the hot client.
_AT_ONCE = 1
_PLENTY_UNITS = 10**15


class BooksWrongError(RuntimeError):
    """After the load the ledger does not add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """One run's figures."""

    seconds: float
    batch_seconds: list[float]
    postings: int


async def ledger_figures(mongo_uri: str, *, answers: int, contractors: int) -> dict[str, Any]:
    """`ledger_postings_per_second` and what belongs to it, for the report."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_uri)
    for name in (DATABASE, _LIMIT):
        await client.drop_database(name)
    database = MongoDatabase.connect(uri=mongo_uri, name=DATABASE, app_name="bench")
    try:
        await database.ensure((*CHASSIS, *COLLECTIONS))
        payouts = await _prepared(database, contractors=contractors)
        posted = await _post(payouts, database, answers=answers, contractors=contractors)
        await _check(database, answers=answers)
        limit = await _limit(client)
    finally:
        database.close()
        for name in (DATABASE, _LIMIT):
            await client.drop_database(name)
        client.close()
    return {
        "ledger_postings_per_second": round(posted.postings / posted.seconds),
        "ledger_entries_per_second": round(answers / posted.seconds),
        "ledger_limit_postings_per_second": round(posted.postings / limit),
        "ledger_batch_ms": {
            f"p{round(share * 100)}": percentile_ms(posted.batch_seconds, share)
            for share in (0.5, 0.99)
        },
        "ledger_contractors": contractors,
        "ledger_books_right_afterwards": True,
    }


async def _prepared(database: MongoDatabase, *, contractors: int) -> Payouts:
    """A client with plenty of money held for one project, and people who work on it."""
    transactions = Transactions(database=database, clock=utc_now, new_id=new_id)
    payouts = Payouts(
        database=database,
        transactions=transactions,
        clock=utc_now,
        new_id=new_id,
        settings=payouts_settings(database.name),
    )
    projections = payouts.ledger.projections
    await projections.projects_created(
        [
            {
                "_id": _PROJECT,
                "client_id": _CLIENT,
                "kind": 1,
                "pay_units": _PAY_UNITS,
                "benefits_bps": 200,
                "floor_reserve_bps": 0,
                "currency": "USD",
                "platform_fee_bps": 2000,
                "commission_bps_max": 1500,
                "version": 1,
            }
        ]
    )
    people = [
        {"_id": _who(number), "organisation_id": "org_platform", "is_direct": True,
         "country": "US", "version": 1}
        for number in range(contractors)
    ]  # fmt: skip
    for start in range(0, contractors, 1_000):
        await projections.contractors_changed(people[start : start + 1_000])

    async def fund(work: UnitOfWork) -> None:
        booking = Booking(effective_at=work.now, recorded_at=work.now)
        entries = [
            client_deposit(
                client_id=_CLIENT,
                currency="USD",
                amount_minor=minor_below(_PLENTY_UNITS),
                rail_id="tu_bench",
                booking=booking,
            ),
            project_hold(
                hold_id="bench",
                client_id=_CLIENT,
                project_id=_PROJECT,
                currency="USD",
                amount_units=_PLENTY_UNITS,
                booking=booking,
            ),
        ]
        await payouts.ledger.store.post_all(entries, session=work.session, now=work.now)

    await transactions.run(fund)
    return payouts


def _who(number: int) -> str:
    return f"ctr_{number}"


def _decision(number: int, *, contractors: int, now: datetime) -> Decision:
    return Decision(
        assignment_id=f"asn_{number}",
        revision=1,
        verdict=Verdict.ACCEPTED,
        project_id=_PROJECT,
        task_id=f"tsk_{number}",
        contractor_id=_who(number % contractors),
        vendor_id="",
        reason="CONSENSUS",
        decided_at=now,
    )


async def _post(
    payouts: Payouts, database: MongoDatabase, *, answers: int, contractors: int
) -> _Posted:
    now = utc_now()
    decisions = [_decision(number, contractors=contractors, now=now) for number in range(answers)]
    batches = [decisions[start : start + _BATCH] for start in range(0, answers, _BATCH)]
    seconds: list[float] = []

    async def consume() -> None:
        while batches:
            batch = batches.pop()
            began = time.perf_counter()
            await payouts.ledger.accruals.decided(batch)
            seconds.append(time.perf_counter() - began)

    started = time.perf_counter()
    await asyncio.gather(*(consume() for _ in range(_AT_ONCE)))
    whole = time.perf_counter() - started
    accruals = {"kind": "accrual"}
    counted = await database.collection(ENTRIES).aggregate(
        [{"$match": accruals}, {"$group": {"_id": None, "n": {"$sum": {"$size": "$postings"}}}}]
    ).to_list(1)  # fmt: skip
    return _Posted(seconds=whole, batch_seconds=seconds, postings=counted[0]["n"])


async def _check(database: MongoDatabase, *, answers: int) -> None:
    """Errors: BooksWrongError."""
    sums: Counter[str] = Counter()
    entries = 0
    async for entry in database.collection(ENTRIES).find({}, {"postings": 1, "kind": 1}):
        entries += entry["kind"] == "accrual"
        for posting in entry["postings"]:
            sums[posting["account"]] += posting["amount_units"]
    stored = {one["_id"]: one["amount_units"] async for one in database.collection(BALANCES).find()}
    overdrawn = [
        name
        for name, units in stored.items()
        if parse(name).kind.guarded and parse(name).balance_units(units) < 0
    ]
    if entries != answers or stored != dict(sums) or sum(stored.values()) or overdrawn:
        raise BooksWrongError(
            f"{entries} of {answers} entries, {sum(stored.values())} units too many,"
            f" {len(overdrawn)} accounts overdrawn"
        )


async def _limit(client: AsyncIOMotorClient[dict[str, Any]]) -> float:
    """Seconds for the same documents, durable in the same way, and as many balance changes."""
    source = client[DATABASE]
    target = client.get_database(_LIMIT, write_concern=WriteConcern(w="majority", j=True))
    for spec in LEDGER_COLLECTIONS:
        if spec.name in (ENTRIES, BALANCES, DECISIONS):
            await target.create_collection(spec.name)
            if spec.indexes:
                await target[spec.name].create_indexes(list(spec.indexes))
    entries = await source[ENTRIES].find({"kind": "accrual"}).to_list(None)
    decisions = await source[DECISIONS].find().to_list(None)
    await target[BALANCES].insert_many(await source[BALANCES].find().to_list(None))
    starts = list(range(0, len(entries), _BATCH))

    async def write() -> None:
        while starts:
            start = starts.pop()
            part = entries[start : start + _BATCH]
            await target[ENTRIES].insert_many(part)
            await target[DECISIONS].insert_many(decisions[start : start + _BATCH])
            await target[BALANCES].bulk_write(_moves(part), ordered=False)

    started = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(_AT_ONCE)))
    return time.perf_counter() - started


def _moves(entries: Sequence[dict[str, Any]]) -> list[UpdateOne]:
    deltas: Counter[str] = Counter()
    for entry in entries:
        for posting in entry["postings"]:
            deltas[posting["account"]] += posting["amount_units"]
    return [
        UpdateOne({"_id": name}, {"$inc": {"amount_units": units}})
        for name, units in deltas.items()
    ]
