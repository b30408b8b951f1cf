"""What the rail has told as it came, and sums of both sides' items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase
from services.payouts.domain.ledger.entries import Entry
from services.payouts.domain.reconciliation.mirrors import (
    CONNECTED,
    OWN,
    ItemSide,
    MirrorDay,
    MirrorItem,
)
from services.payouts.domain.reconciliation.rail_history import FetchedTransaction
from services.payouts.store.collections import ENTRIES
from services.payouts.store.ledger.entry_documents import entry_of
from services.payouts.store.ledger.ledger_reads import EntryPosition
from services.payouts.store.reconciliation.mirror_collections import MIRROR_ITEMS, RAIL_TRANSACTIONS
from services.payouts.store.reconciliation.mirror_items import insert_new, is_of, item_of

# Accounts of payees are too many to have lines of their own.
_WHOSE: Document = {"$cond": [{"$in": ["$account", list(OWN)]}, "$account", CONNECTED]}


@dataclass(frozen=True, slots=True, kw_only=True)
class OldestItem:
    """The longest unmatched of a currency."""

    currency: str
    at: datetime
    items: int


class MirrorStore:
    """The rail's own words, and sums of the items."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._transactions = database.collection(RAIL_TRANSACTIONS)
        self._items = database.collection(MIRROR_ITEMS)
        self._entries = database.collection(ENTRIES)

    async def keep(
        self, account: str, found: Sequence[FetchedTransaction], *, now: datetime
    ) -> None:
        """The rail's own words, each transaction once."""
        await insert_new(
            self._transactions,
            [
                {
                    "_id": one.transaction_id,
                    "account": account,
                    "payload": one.payload,
                    "readable": one.read is not None,
                    "fetched_at": now,
                }
                for one in found
            ],
        )

    async def entries(self, *, after: EntryPosition, limit: int) -> list[Entry]:
        """Entries that are no accruals, and so may move money at the rail, in their order."""
        found = (
            self._entries.find(
                {
                    "accounts": {"$exists": True},
                    "recorded_at": {"$gte": after.recorded_at},
                    "$or": [
                        {"recorded_at": {"$gt": after.recorded_at}},
                        {"_id": {"$gt": after.entry_id}},
                    ],
                }
            )
            .hint("others")
            .sort([("recorded_at", ASCENDING), ("_id", ASCENDING)])
        )
        return [entry_of(document) for document in await found.limit(limit).to_list(limit)]

    async def days(
        self, *, first: date, last: date, currency: str, young_since: datetime
    ) -> list[MirrorDay]:
        """Sums by day, currency and whose account; days on which nothing moved are none."""
        match: Document = {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        if currency:
            match["currency"] = currency
        # Few groups and one plain sum each: a year has millions of items.
        found = self._items.aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": {
                            "day": "$day",
                            "currency": "$currency",
                            "account": _WHOSE,
                            "side": "$side",
                            "settled": "$settled",
                            "young": {"$gte": ["$at", young_since]},
                        },
                        "units": {"$sum": "$amount_units"},
                        "items": {"$sum": 1},
                    }
                },
            ],
            allowDiskUse=True,
        )
        sums: dict[tuple[str, str, str], dict[str, int]] = {}
        async for document in found:
            key = document["_id"]
            day = sums.setdefault((key["day"], key["currency"], key["account"]), {})
            _add(day, document)
        return [
            MirrorDay(
                day=date.fromisoformat(day),
                currency=currency,
                account=account,
                **found_sums,
            )
            for (day, currency, account), found_sums in sorted(sums.items(), key=_own_first)
        ]

    async def unmatched(
        self, *, before: datetime, currency: str, after: str, limit: int
    ) -> list[MirrorItem]:
        """Items of no settled group that are older than that, in the order of their ids."""
        query: Document = {"settled": False, "at": {"$lt": before}, "_id": {"$gt": after}}
        if currency:
            query["currency"] = currency
        found = self._items.find(query).sort("_id", ASCENDING).limit(limit)
        return [item_of(document) async for document in found]

    async def unexplained(self, *, before: datetime) -> dict[tuple[str, str], int]:
        """By currency and account; all that is not settled."""
        found = self._items.aggregate(
            [
                {"$match": {"settled": False, "at": {"$lt": before}}},
                {
                    "$group": {
                        "_id": {
                            "currency": "$currency",
                            "account": _WHOSE,
                        },
                        "units": {
                            "$sum": {
                                "$cond": [
                                    is_of(ItemSide.RAIL),
                                    "$amount_units",
                                    {"$multiply": ["$amount_units", -1]},
                                ]
                            }
                        },
                    }
                },
            ]
        )
        return {
            (document["_id"]["currency"], document["_id"]["account"]): document["units"]
            async for document in found
        }

    async def oldest(self, *, before: datetime) -> list[OldestItem]:
        """By currency, what has been unmatched longest, and how many items are."""
        found = self._items.aggregate(
            [
                {"$match": {"settled": False, "at": {"$lt": before}}},
                {"$group": {"_id": "$currency", "at": {"$min": "$at"}, "items": {"$sum": 1}}},
            ]
        )
        return [
            OldestItem(currency=document["_id"], at=document["at"], items=document["items"])
            async for document in found
        ]

    async def count_unreadable(self) -> int:
        """Transactions of the rail that nobody could read."""
        return await self._transactions.count_documents({"readable": False})


def _own_first(one: tuple[tuple[str, str, str], object]) -> tuple[str, str, bool, str]:
    day, currency, account = one[0]
    return (day, currency, account != OWN[0], account)


def _add(day: dict[str, int], document: Document) -> None:
    key, units = document["_id"], document["units"]
    side = key["side"]
    names = {f"{side}_units": units}
    if key["settled"]:
        names[f"matched_{side}_units"] = units
    else:
        names[f"unmatched_{side}"] = document["items"]
        if key["young"]:
            names["pending_units"] = units if side == ItemSide.RAIL.value else -units
    for name, value in names.items():
        day[name] = day.get(name, 0) + value
