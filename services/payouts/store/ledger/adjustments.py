"""Proposals of corrections: one document each, under the request that made them."""

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
    fetch,
)
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.adjustments import Adjustment, AdjustmentState, Wanted
from services.payouts.domain.ledger.entries import Posting
from services.payouts.store.collections import BALANCES

ADJUSTMENTS = "adjustments"

ADJUSTMENT_COLLECTIONS = (
    CollectionSpec(
        name=ADJUSTMENTS,
        indexes=(
            # A request proposes once.
            IndexModel([("wanted.request_id", ASCENDING)], name="once", unique=True),
            # What is open, declined or confirmed, the newest first.
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="by_state"),
        ),
    ),
)


class AdjustmentStore:
    """Reads and writes proposals."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._adjustments = database.collection(ADJUSTMENTS)
        self._balances = database.collection(BALANCES)

    async def get(self, adjustment_id: str, *, session: Session | None = None) -> Adjustment | None:
        """None where there is none."""
        found = await self._adjustments.find_one({"_id": adjustment_id}, session=session)
        return None if found is None else _adjustment(found)

    async def of_request(self, request_id: str, *, session: Session) -> Adjustment | None:
        """What a request has proposed; None where it has not."""
        found = await self._adjustments.find_one({"wanted.request_id": request_id}, session=session)
        return None if found is None else _adjustment(found)

    async def insert(self, adjustment: Adjustment, *, session: Session) -> None:
        """A new one."""
        await self._adjustments.insert_one(_document(adjustment), session=session)

    async def replace(self, adjustment: Adjustment, *, session: Session) -> None:
        """The resolution of one that this transaction has read."""
        await self._adjustments.replace_one(
            {"_id": adjustment.adjustment_id}, _document(adjustment), session=session
        )

    async def page(
        self, *, state: AdjustmentState | None, now: datetime, before: str, limit: int
    ) -> list[Adjustment]:
        """The newest first; of one state, or all."""
        query: Document = {}
        if state in (AdjustmentState.PROPOSED, AdjustmentState.EXPIRED):
            is_open = state is AdjustmentState.PROPOSED
            query["state"] = AdjustmentState.PROPOSED.value
            query["expires_at"] = {"$gt": now} if is_open else {"$lte": now}
        elif state is not None:
            query["state"] = state.value
        if before:
            query["_id"] = {"$lt": before}
        found = self._adjustments.find(query).sort("_id", DESCENDING).limit(limit)
        return [_adjustment(document) for document in await fetch(found)]

    async def has_client(self, client_id: str, *, session: Session) -> bool:
        """Whether the client ever had money here, in any currency."""
        query = {"client_id": client_id, "purpose": Purpose.CLIENT_AVAILABLE.value}
        return await self._balances.find_one(query, {"_id": 1}, session=session) is not None


def _document(adjustment: Adjustment) -> Document:
    document = asdict(adjustment)
    document["_id"] = document.pop("adjustment_id")
    return document


def _adjustment(document: Document) -> Adjustment:
    wanted = document["wanted"]
    known = {name: document[name] for name in Adjustment.__slots__ if name in document}
    known |= {
        "adjustment_id": document["_id"],
        "wanted": Wanted(**{**wanted, "postings": _postings(wanted["postings"])}),
        "postings": _postings(document["postings"]),
        "state": AdjustmentState(document["state"]),
    }
    return Adjustment(**known)


def _postings(documents: list[Document]) -> tuple[Posting, ...]:
    return tuple(
        Posting(
            account=document["account"],
            amount_units=document["amount_units"],
            currency=parse(document["account"]).currency,
        )
        for document in documents
    )
