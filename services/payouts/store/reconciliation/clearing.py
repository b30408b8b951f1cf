"""What is open in the clearing accounts, added up by what it is of."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.payouts.domain.reconciliation.clearing import Acknowledgement, OpenItem
from services.payouts.store.reconciliation.mirror_collections import (
    CLEARING_ACKNOWLEDGEMENTS,
    CLEARING_ITEMS,
)


class ClearingStore:
    """Reads."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._items = database.collection(CLEARING_ITEMS)
        self._acknowledgements = database.collection(CLEARING_ACKNOWLEDGEMENTS)

    async def acknowledge(self, wanted: Acknowledgement, *, session: Session) -> None:
        """A new one; none is ever changed or taken away."""
        document = asdict(wanted)
        document["_id"] = document.pop("acknowledgement_id")
        await self._acknowledgements.insert_one(document, session=session)

    async def acknowledgements(
        self, *, now: datetime, limit: int, session: Session | None = None
    ) -> list[Acknowledgement]:
        """Those that still count."""
        found = (
            self._acknowledgements.find({"until": {"$gt": now}}, session=session)
            .sort("until", ASCENDING)
            .limit(limit)
        )
        return [
            Acknowledgement(acknowledgement_id=document.pop("_id"), **document)
            async for document in found
        ]

    async def open_items(
        self,
        *,
        limit: int,
        skip: int = 0,
        account: str = "",
        group: str = "",
        session: Session | None = None,
    ) -> list[OpenItem]:
        """The oldest first; of one account or group, or of all where they are empty."""
        match: Document = {"settled": False}
        match |= {name: value for name, value in (("account", account), ("group", group)) if value}
        found = self._items.aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": {"account": "$account", "group": "$group"},
                        "currency": {"$first": "$currency"},
                        "statement_id": {"$max": "$source"},
                        "amount_units": {"$sum": "$amount_units"},
                        "opened_at": {"$min": "$at"},
                    }
                },
                {"$sort": {"opened_at": 1, "_id": 1}},
                {"$skip": skip},
                {"$limit": limit},
            ],
            session=session,
        )
        return [
            OpenItem(
                account=document["_id"]["account"],
                currency=document["currency"],
                group=document["_id"]["group"],
                statement_id=document["statement_id"],
                amount_units=document["amount_units"],
                opened_at=document["opened_at"],
            )
            async for document in found
        ]
