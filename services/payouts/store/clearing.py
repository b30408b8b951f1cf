"""What is open in the clearing accounts, added up by what it is of."""

from __future__ import annotations

from services.chassis.mongo import Document, MongoDatabase, Session
from services.payouts.domain.clearing import OpenItem
from services.payouts.store.mirror_collections import CLEARING_ITEMS


class ClearingStore:
    """Reads."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._items = database.collection(CLEARING_ITEMS)

    async def open_items(
        self, *, limit: int, skip: int = 0, account: str = "", session: Session | None = None
    ) -> list[OpenItem]:
        """The oldest first; of one account, or of all where it is empty."""
        match: Document = {"settled": False}
        if account:
            match["account"] = account
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
