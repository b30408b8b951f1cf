"""Orders to a bank, the batches they left in, and what the bank told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    DuplicateKeyError,
    MongoDatabase,
    Session,
)
from services.payouts.domain.payments.payout_batches import (
    BankOrder,
    BankOutcome,
    Batch,
    BatchLine,
    ToldOutcome,
)
from services.payouts.store.payments.payout_rail_collections import (
    BANK_ORDERS,
    BANK_OUTCOMES,
    PAYOUT_BATCHES,
)

_ORDER_FIELDS = tuple(field.name for field in fields(BankOrder) if field.name != "reference")


class PayoutBatchStore:
    """Reads and writes orders, batches and outcomes."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._orders = database.collection(BANK_ORDERS)
        self._outcomes = database.collection(BANK_OUTCOMES)
        self._batches = database.collection(PAYOUT_BATCHES)

    async def order(self, order: BankOrder) -> BankOrder:
        """The order under its reference; a repeat returns the one that is there."""
        document = {name: getattr(order, name) for name in _ORDER_FIELDS}
        try:
            await self._orders.insert_one(
                {"_id": order.reference, **document, "is_waiting": not order.batch_id}
            )
        except DuplicateKeyError:
            known = await self.get(order.reference)
            return known or order
        return order

    async def get(self, reference: str, *, session: Session | None = None) -> BankOrder | None:
        """None where there is no such order."""
        return (await self.get_many([reference], session=session)).get(reference)

    async def get_many(
        self, references: Iterable[str], *, session: Session | None = None
    ) -> dict[str, BankOrder]:
        """Those that are there."""
        found = self._orders.find({"_id": {"$in": list(references)}}, session=session)
        return {document["_id"]: _order(document) async for document in found}

    async def cancel(self, reference: str) -> bool:
        """True if it had not been exported, and will not be."""
        changed = await self._orders.update_one(
            {"_id": reference, "is_waiting": True},
            {"$set": {"canceled": True, "is_waiting": False}},
        )
        return changed.modified_count > 0

    async def waiting(self, currency: str, *, limit: int, session: Session) -> list[BankOrder]:
        """What no batch has taken yet, the oldest first."""
        found = self._orders.find({"is_waiting": True, "currency": currency}, session=session)
        oldest = found.sort([("created_at", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [_order(document) async for document in oldest]

    async def waiting_count(self) -> dict[str, int]:
        """How many orders wait, by currency."""
        found = self._orders.aggregate(
            [
                {"$match": {"is_waiting": True}},
                {"$group": {"_id": "$currency", "count": {"$sum": 1}}},
            ]
        )
        return {document["_id"]: document["count"] async for document in found}

    async def freeze(self, batch: Batch, *, session: Session) -> None:
        """Keeps a batch; its orders are in no other."""
        await self._batches.insert_one(
            {
                "_id": batch.batch_id,
                "currency": batch.currency,
                "lines": [asdict(line) for line in batch.lines],
                "created_by": batch.created_by,
                "created_at": batch.created_at,
                "sha256": batch.sha256,
            },
            session=session,
        )
        await self._orders.update_many(
            {"_id": {"$in": [line.reference for line in batch.lines]}, "is_waiting": True},
            {"$set": {"batch_id": batch.batch_id, "is_waiting": False}},
            session=session,
        )

    async def batch(self, batch_id: str) -> Batch | None:
        """None where there is no such batch."""
        found = await self._batches.find_one({"_id": batch_id})
        return None if found is None else _batch(found)

    async def batches(self, *, before: str, limit: int) -> list[Batch]:
        """The newest first; ids grow."""
        query = {"_id": {"$lt": before}} if before else {}
        found = self._batches.find(query).sort("_id", DESCENDING).limit(limit)
        return [_batch(document) async for document in found]

    async def outcomes(
        self, references: Iterable[str], *, session: Session | None = None
    ) -> dict[str, list[ToldOutcome]]:
        """What is known of each."""
        told: dict[str, list[ToldOutcome]] = {}
        query = {"reference": {"$in": list(references)}}
        async for document in self._outcomes.find(query, session=session):
            told.setdefault(document["reference"], []).append(_told(document))
        return told

    async def tell(
        self, told: Sequence[ToldOutcome], *, by: str, at: datetime, session: Session
    ) -> None:
        """Adds outcomes; of two transactions that tell of one order, one has to look again."""
        if not told:
            return
        await self._outcomes.insert_many(
            [
                {**asdict(one), "outcome": one.outcome.value, "told_by": by, "told_at": at}
                for one in told
            ],
            session=session,
        )
        await self._orders.update_many(
            {"_id": {"$in": sorted({one.reference for one in told})}},
            {"$set": {"told_at": at}},
            session=session,
        )


def _order(document: Document) -> BankOrder:
    return BankOrder(reference=document["_id"], **{name: document[name] for name in _ORDER_FIELDS})


def _batch(document: Document) -> Batch:
    return Batch(
        batch_id=document["_id"],
        currency=document["currency"],
        lines=tuple(BatchLine(**line) for line in document["lines"]),
        created_by=document["created_by"],
        created_at=document["created_at"],
        sha256=document["sha256"],
    )


def _told(document: Document) -> ToldOutcome:
    return ToldOutcome(
        reference=document["reference"],
        outcome=BankOutcome(document["outcome"]),
        value_date=document["value_date"],
        bank_reference=document["bank_reference"],
        code=document["code"],
    )
