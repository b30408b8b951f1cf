"""Refunds: one document each, made with the hold of its money."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
)
from services.payouts.domain.funding.refunds import Refund, RefundState

REFUNDS = "refunds"

REFUND_COLLECTIONS = (
    CollectionSpec(
        name=REFUNDS,
        indexes=(
            # Whose time has come.
            IndexModel(
                [("expires_at", ASCENDING)],
                name="held",
                partialFilterExpression={"state": RefundState.HELD.value},
            ),
            # A client's list.
            IndexModel([("client_id", ASCENDING), ("_id", DESCENDING)], name="by_client"),
        ),
    ),
)


class RefundStore:
    """Reads and writes refunds."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._refunds = database.collection(REFUNDS)

    async def get(self, refund_id: str, *, session: Session | None = None) -> Refund | None:
        """None where there is none."""
        found = await self._refunds.find_one({"_id": refund_id}, session=session)
        return None if found is None else _refund(found)

    async def insert(self, refund: Refund, *, session: Session) -> None:
        """A new one."""
        await self._refunds.insert_one(_document(refund), session=session)

    async def replace(self, refund: Refund, *, session: Session) -> None:
        """The resolution of one that this transaction has read."""
        await self._refunds.replace_one(
            {"_id": refund.refund_id}, _document(refund), session=session
        )

    async def overdue(self, *, now: datetime, limit: int) -> list[str]:
        """The ids of those that nobody has resolved in time, the longest overdue first."""
        query = {"state": RefundState.HELD.value, "expires_at": {"$lte": now}}
        found = self._refunds.find(query, {"_id": 1}).sort("expires_at", ASCENDING).limit(limit)
        return [document["_id"] async for document in found]

    async def newest(self, *, client_id: str, before: str, limit: int) -> list[Refund]:
        """Newest first: of one client, or of all where it is empty."""
        query: Document = {"client_id": client_id} if client_id else {}
        if before:
            query["_id"] = {"$lt": before}
        found = self._refunds.find(query).sort("_id", DESCENDING).limit(limit)
        return [_refund(document) for document in await found.to_list(limit)]


def _document(refund: Refund) -> Document:
    document = asdict(refund)
    document["_id"] = document.pop("refund_id")
    document["state"] = refund.state.value
    return document


def _refund(document: Document) -> Refund:
    known = {name: value for name, value in document.items() if name in Refund.__slots__}
    return Refund(**known | {"refund_id": document["_id"], "state": RefundState(document["state"])})
