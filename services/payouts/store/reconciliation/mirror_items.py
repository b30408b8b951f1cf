"""Items in groups: each once, and settled with its group when both sides come to the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.chassis.mongo import (
    ASCENDING,
    BulkWriteError,
    Collection,
    Document,
    MongoDatabase,
    Session,
    UpdateOne,
    duplicate_positions,
)
from services.payouts.domain.reconciliation.mirrors import ItemSide, MirrorItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Groups of what was given, and the accounts that something new was found of."""

    groups: frozenset[str]
    accounts: frozenset[str]


class ItemStore:
    """Adds items, and settles groups."""

    def __init__(self, *, database: MongoDatabase, items: str, aliases: str) -> None:
        """Names of the collections that they are in."""
        self._items = database.collection(items)
        self._aliases = database.collection(aliases)

    async def alias(self, aliases: dict[str, str]) -> None:
        """Other names of groups; items that went by one of them join the group, not settled yet."""
        if not aliases:
            return
        await self._aliases.bulk_write(
            [
                UpdateOne({"_id": name}, {"$setOnInsert": {"group": group}}, upsert=True)
                for name, group in sorted(aliases.items())
            ],
            ordered=False,
        )
        for name, group in sorted(aliases.items()):
            await self._items.update_many(
                {"group": name}, {"$set": {"group": group, "settled": False}}
            )

    async def add(self, items: Sequence[MirrorItem]) -> Added:
        """Adds those that are new.

        The groups of all are to be settled then: whoever added one may have died before it was.
        """
        named = await self._named({item.group for item in items})
        documents = [_document(item, named.get(item.group, item.group)) for item in items]
        known = await insert_new(self._items, documents)
        return Added(
            groups=frozenset(document["group"] for document in documents),
            accounts=frozenset(
                item.account for place, item in enumerate(items) if place not in known
            ),
        )

    async def settle(self, groups: Iterable[str], *, session: Session) -> None:
        """A group is settled, account by account, exactly if both sides have the same sum.

        Every item of the groups is written, changed or not: of two that settle one group at once,
        one runs again and sees what the other has seen.
        """
        found = self._items.aggregate(
            [
                {"$match": {"group": {"$in": sorted(groups)}}},
                {
                    "$group": {
                        "_id": {"group": "$group", "account": "$account", "currency": "$currency"},
                        "rail_units": sum_if(is_of(ItemSide.RAIL)),
                        "ledger_units": sum_if(is_of(ItemSide.LEDGER)),
                        "items": {"$push": "$_id"},
                    }
                },
            ],
            session=session,
        )
        updates = [
            UpdateOne(
                {"_id": item_id},
                {
                    "$set": {"settled": document["rail_units"] == document["ledger_units"]},
                    "$inc": {"looks": 1},
                },
            )
            async for document in found
            for item_id in document["items"]
        ]
        if updates:
            await self._items.bulk_write(updates, session=session)

    async def has_unsettled(self, account: str) -> bool:
        """Whether anything of an account waits for its other side."""
        query = {"settled": False, "account": account}
        return await self._items.find_one(query, {"_id": 1}) is not None

    async def unsettled_groups(self, *, limit: int) -> list[str]:
        """Of the items that have been unmatched longest."""
        found = self._items.find({"settled": False}, {"group": 1}).sort("at", ASCENDING)
        return [document["group"] async for document in found.limit(limit)]

    async def _named(self, groups: Iterable[str]) -> dict[str, str]:
        found = self._aliases.find({"_id": {"$in": sorted(groups)}})
        return {document["_id"]: document["group"] async for document in found}


def is_of(side: ItemSide) -> Document:
    """For aggregations: whether the item is of that side."""
    return {"$eq": ["$side", side.value]}


def sum_if(*conditions: object) -> Document:
    """For aggregations: the amounts of the items that all of this is true of."""
    return {"$sum": {"$cond": [{"$and": list(conditions)}, "$amount_units", 0]}}


async def insert_new(collection: Collection, documents: list[Document]) -> set[int]:
    """Adds documents; returns the places of those that were there already."""
    if not documents:
        return set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as err:
        return duplicate_positions(err)
    return set()


def _document(item: MirrorItem, group: str) -> Document:
    return {
        "_id": item.item_id,
        "side": item.side.value,
        "account": item.account,
        "currency": item.currency,
        "amount_units": item.amount_units,
        "at": item.at,
        "day": item.day.isoformat(),
        "type": item.type,
        "source": item.source,
        "group": group,
        "settled": False,
    }


def item_of(document: Document) -> MirrorItem:
    """The item that was stored."""
    return MirrorItem(
        item_id=document["_id"],
        side=ItemSide(document["side"]),
        account=document["account"],
        currency=document["currency"],
        amount_units=document["amount_units"],
        at=document["at"],
        type=document["type"],
        source=document["source"],
        group=document["group"],
    )
