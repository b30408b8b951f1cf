"""Deposits: one document each, made before the rail is called."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.funding.checkouts import Checkout
from services.payouts.domain.funding.deposits import Deposit, DepositState, Method
from services.payouts.domain.payments.instructions import Doubt
from services.payouts.domain.payments.rail_objects import Settlement
from services.payouts.store.due import take_due
from services.payouts.store.payments.rail_collections import DEPOSITS


class DepositStore:
    """Reads and writes deposits."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._deposits = database.collection(DEPOSITS)

    async def insert(self, deposit: Deposit, *, due_at: datetime | None, session: Session) -> None:
        """A new one."""
        await self._deposits.insert_one(_document(deposit, due_at), session=session)

    async def get(self, deposit_id: str, *, session: Session | None = None) -> Deposit | None:
        """None where there is none."""
        found = await self._deposits.find_one({"_id": deposit_id}, session=session)
        return None if found is None else _deposit(found)

    async def by_rail_id(self, rail_id: str) -> Deposit | None:
        """The one that a rail's object belongs to."""
        found = await self._deposits.find_one({"rail_id": rail_id})
        return None if found is None else _deposit(found)

    async def topups_since(self, moment: datetime, *, after: str, limit: int) -> list[Deposit]:
        """Top-ups that have succeeded and were asked for since then, in the order of their ids."""
        found = (
            self._deposits.find(
                {
                    "method": Method.TOP_UP.value,
                    "state": DepositState.SUCCEEDED.value,
                    "created_at": {"$gte": moment},
                    "_id": {"$gt": after},
                }
            )
            .sort("_id", ASCENDING)
            .limit(limit)
        )
        return [_deposit(document) for document in await fetch(found)]

    async def page(self, client_id: str, *, before: str, limit: int) -> list[Deposit]:
        """A client's, the newest first."""
        query: Document = {"client_id": client_id}
        if before:
            query["_id"] = {"$lt": before}
        found = self._deposits.find(query).sort("_id", DESCENDING).limit(limit)
        return [_deposit(document) for document in await fetch(found)]

    async def replace(self, deposit: Deposit, *, due_at: datetime | None, session: Session) -> None:
        """The next version of one that this transaction has read."""
        await self._deposits.replace_one(
            {"_id": deposit.deposit_id}, _document(deposit, due_at), session=session
        )

    async def postpone(self, deposit: Deposit, *, until: datetime) -> None:
        """Looks at it later, unless it has changed meanwhile."""
        await self._deposits.update_one(
            {"_id": deposit.deposit_id, "version": deposit.version}, {"$set": {"due_at": until}}
        )

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[Deposit]:
        """Deposits that something is to be done about now."""
        taken = await take_due(
            self._deposits, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [_deposit(document) for document in taken]


def _document(deposit: Deposit, due_at: datetime | None) -> Document:
    document = asdict(deposit)
    document["_id"] = document.pop("deposit_id")
    if due_at is not None:
        document["due_at"] = due_at
    return document


def _deposit(document: Document) -> Deposit:
    known = {name: value for name, value in document.items() if name in Deposit.__slots__}
    settlement = document["settlement"]
    # Not there in those that were made before there were pages.
    checkout = document.get("checkout")
    known |= {
        "deposit_id": document["_id"],
        "state": DepositState(document["state"]),
        "doubt": Doubt(document["doubt"]),
        "method": Method(document["method"]),
        "checkout": Checkout(**checkout) if checkout else None,
        "settlement": Settlement(**settlement) if settlement else None,
    }
    return Deposit(**known)
