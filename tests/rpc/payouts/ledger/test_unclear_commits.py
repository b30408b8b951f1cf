"""Commits whose answer is lost, and a primary that steps down: posted once, whatever was heard.

A server of these tests' own: what it is told to do would befall everybody on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from deploy.local.servers import Mongod
from services.chassis.clock import utc_now
from services.chassis.errors import StoreUnavailable, WriteContention
from services.chassis.ids import new_id
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import COLLECTIONS, Transactions, UnitOfWork
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import move
from services.payouts.store.collections import ENTRIES, LEDGER_COLLECTIONS
from services.payouts.store.ledger.ledger import LedgerStore, Posted
from services.payouts.store.payments.rail_collections import RAIL_COLLECTIONS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AVAILABLE = "client:org_c:available:USD"
# It is not known (yet) whether a majority has the commit.
WRITE_CONCERN_FAILED = 64
NO_SUCH_TRANSACTION = 251
WRITE_CONFLICT = 112


class Troubled:
    """The ledger on a server that can be told to fail, and how often each body has run."""

    def __init__(self, uri: str) -> None:
        self.database = MongoDatabase.connect(uri=uri, name="troubled", app_name="troubled")
        self.admin: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(uri)
        self.store = LedgerStore(database=self.database)
        self.transactions = Transactions(database=self.database, clock=utc_now, new_id=new_id)
        self.bodies = 0

    async def post(self, number: int) -> Posted:
        async def body(work: UnitOfWork) -> list[Posted]:
            self.bodies += 1
            return await self.store.post_all([deposit(number)], session=work.session, now=work.now)

        [posted] = await self.transactions.run(body)
        return posted

    async def post_until_told(self, number: int) -> None:
        """As any caller does: what has no answer is asked for again, under the same key."""
        for _ in range(100):
            try:
                await self.post(number)
            except (StoreUnavailable, WriteContention):
                await asyncio.sleep(0.05)
            else:
                return
        raise AssertionError("no answer")

    async def fail(self, *commands: str, times: int, **how: Any) -> None:
        """The next so many of those commands of the ledger's fail."""
        await self.admin.admin.command(
            {
                "configureFailPoint": "failCommand",
                "mode": {"times": times},
                "data": {"failCommands": list(commands), "appName": "troubled", **how},
            }
        )

    async def check(self, *numbers: int) -> None:
        """Each is there once, and the balance is their sum."""
        entries = self.database.collection(ENTRIES)
        found = sorted([one["_id"] async for one in entries.find({})])
        assert found == sorted(f"deposit:tu_{number}" for number in numbers)
        balances = await self.store.balances([AVAILABLE])
        assert balances == {AVAILABLE: -100 * len(numbers)}


def deposit(number: int) -> Entry:
    return Entry(
        entry_id=f"deposit:tu_{number}",
        kind=EntryKind.CLIENT_DEPOSIT,
        postings=move(
            debit="rail:stripe:platform:USD", credit=AVAILABLE, amount_units=100, currency="USD"
        ),
        booking=Booking(effective_at=NOON, recorded_at=NOON),
    )


@pytest.fixture
async def troubled(tmp_path: Path) -> AsyncIterator[Troubled]:
    server = Mongod(folder=tmp_path, parameters=("enableTestCommands=1",))
    await server.start()
    found = Troubled(server.uri)
    try:
        await found.database.ensure((*COLLECTIONS, *LEDGER_COLLECTIONS, *RAIL_COLLECTIONS))
        yield found
    finally:
        found.admin.close()
        found.database.close()
        await server.stop()


async def test_a_commit_without_an_answer_is_asked_for_again_and_its_body_is_not(
    troubled: Troubled,
) -> None:
    """G3, §7.5: an unknown commit repeats the commit, a transient error the body; posted once.

    At last the primary steps down under many callers.
    """
    # Done, and nobody can tell: neither the first time nor when it is asked for again.
    unknown = {"code": WRITE_CONCERN_FAILED, "errmsg": "waiting", "errInfo": {"wtimeout": True}}
    await troubled.fail("commitTransaction", times=2, writeConcernError=unknown)
    assert await troubled.post(1) is Posted.NEW
    assert troubled.bodies == 1
    await troubled.check(1)

    # Not done, and said so: the snapshot is gone, and with it all that the body did.
    transient = {"errorLabels": ["TransientTransactionError"]}
    await troubled.fail("commitTransaction", times=1, errorCode=NO_SUCH_TRANSACTION, **transient)
    assert await troubled.post(2) is Posted.NEW
    assert troubled.bodies == 3
    await troubled.fail("insert", times=1, errorCode=WRITE_CONFLICT, **transient)
    assert await troubled.post(3) is Posted.NEW
    assert troubled.bodies == 5
    await troubled.check(1, 2, 3)

    # A connection that breaks under the commit: whatever it came to, it is posted once.
    await troubled.fail("commitTransaction", times=3, closeConnection=True)
    await troubled.post_until_told(4)
    await troubled.check(1, 2, 3, 4)

    async def step_down() -> None:
        try:
            await troubled.admin.admin.command("replSetStepDown", 1, force=True)
        except PyMongoError:
            return  # it has gone with the connection

    numbers = range(5, 45)
    await asyncio.gather(step_down(), *(troubled.post_until_told(number) for number in numbers))
    await troubled.check(1, 2, 3, 4, *numbers)
