"""Blocks of the hash chain, and the entries that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.chassis.errors import DomainError
from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
    fetch,
)
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.chain import (
    Block,
    BlockUnreadable,
    Link,
    Position,
    debits_of,
)
from services.payouts.store.collections import BOOKS, ENTRIES
from services.payouts.store.ledger.chain_collections import CHAIN_BLOCKS
from services.payouts.store.ledger.entry_documents import entry_of
from services.payouts.store.ledger.ledger_reads import JOURNAL_PARTS, count_of

_ORDER = [("recorded_at", ASCENDING), ("_id", ASCENDING)]
_LINKED = {"hash": 1, "recorded_at": 1, "effective_at": 1, "period_id": 1, "postings": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An entry as its contents now tell; no `link` where they are no entry.

    `was_changed` if they are not what was hashed when it was recorded.
    """

    entry_id: str
    link: Link | None
    was_changed: bool


class ChainStore:
    """Reads and adds blocks; there is no way to change one."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._blocks = database.collection(CHAIN_BLOCKS)
        self._entries = database.collection(ENTRIES)
        self._books = database.collection(BOOKS)

    async def head(self, *, session: Session | None = None) -> Block | None:
        """The newest block."""
        found = await self._blocks.find({}, session=session).sort("_id", DESCENDING).to_list(1)
        return _block(found[0]) if found else None

    async def complete_head(self, *, session: Session | None = None) -> Block | None:
        """The newest block that ends at a time."""
        # At most the blocks that were made since somebody began to catch up are passed over.
        query = {"until_id": ""}
        found = await self._blocks.find(query, session=session).sort("_id", DESCENDING).to_list(1)
        return _block(found[0]) if found else None

    async def get(self, number: int, *, session: Session | None = None) -> Block | None:
        """None where there is none."""
        found = await self._blocks.find_one({"_id": number}, session=session)
        return None if found is None else _block(found)

    async def stored_hash(self, number: int) -> str:
        """As it was written when the block was made; empty where there is none."""
        found = await self._blocks.find_one({"_id": number}, {"hash": 1})
        return str(found["hash"]) if found is not None else ""

    async def page(self, *, after: int, limit: int) -> list[Block]:
        """In their order."""
        found = self._blocks.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return [_block(document) for document in await fetch(found)]

    async def insert(self, block: Block, *, session: Session) -> None:
        """The next one. Whoever else makes a block of that number is run again."""
        await self._blocks.insert_one(_document(block), session=session)

    async def links(
        self, *, after: Position | None, until: Position, limit: int, session: Session
    ) -> list[Link]:
        """Entries after a place up to another, as they were hashed when they were recorded."""
        documents = await self._between(
            after=after, until=until, limit=limit, session=session, fields=_LINKED
        )
        return [_link(document, document["hash"]) for document in documents]

    async def witnesses(
        self, *, after: Position | None, until: Position, limit: int
    ) -> Iterator[Witness]:
        """The same, hashed again from all that is stored of them, one as it is asked for."""
        documents = await self._between(
            after=after, until=until, limit=limit, session=None, fields=None
        )
        return map(_witness, documents)

    async def counted(self, *, session: Session) -> int:
        """How many entries the books say there are."""
        return sum([count_of(book) async for book in self._books.find({}, session=session)])

    async def count_after(self, position: Position | None, *, session: Session) -> int:
        """How many entries come after a place."""
        total = 0
        for index, query in JOURNAL_PARTS.items():
            total += await self._entries.count_documents(
                {**query, **_range(position, None)}, hint=index, session=session
            )
        return total

    async def _between(
        self,
        *,
        after: Position | None,
        until: Position,
        limit: int,
        session: Session | None,
        fields: Document | None,
    ) -> list[Document]:
        documents: list[Document] = []
        for index, query in JOURNAL_PARTS.items():
            found = self._entries.find(
                {**query, **_range(after, until)}, fields, session=session
            ).hint(index)
            documents += await fetch(found.sort(_ORDER).limit(limit))
        documents.sort(key=lambda document: (document["recorded_at"], document["_id"]))
        return documents[:limit]


def _range(after: Position | None, until: Position | None) -> Document:
    recorded: Document = {}
    edges: list[Document] = []
    if after is not None:
        recorded["$gte"] = after.recorded_at
        edges.append(
            {"$or": [{"recorded_at": {"$gt": after.recorded_at}}, {"_id": {"$gt": after.entry_id}}]}
        )
    if until is not None:
        recorded["$lte"] = until.recorded_at
        edges.append(
            {
                "$or": [
                    {"recorded_at": {"$lt": until.recorded_at}},
                    {"_id": {"$lte": until.entry_id}},
                ]
            }
        )
    return {"recorded_at": recorded, "$and": edges} if edges else {}


def _link(document: Document, body_hash: str) -> Link:
    return Link(
        entry_id=document["_id"],
        body_hash=body_hash,
        recorded_at=document["recorded_at"],
        effective_at=document["effective_at"],
        period_id=document.get("period_id", ""),
        debits_units=debits_of(
            (parse(posting["account"]).currency, posting["amount_units"])
            for posting in document["postings"]
        ),
    )


def _witness(document: Document) -> Witness:
    entry_id = str(document["_id"])
    try:
        entry = entry_of(document)
        link = _link(document, entry.body_hash)
    except (DomainError, LookupError, TypeError, ValueError, AttributeError):
        # Whatever was done to it, it is no entry any more.
        return Witness(entry_id=entry_id, link=None, was_changed=True)
    return Witness(
        entry_id=entry_id, link=link, was_changed=entry.body_hash != document.get("hash")
    )


def _document(block: Block) -> Document:
    return {
        "_id": block.number,
        "previous_hash": block.previous_hash,
        "until_at": block.until.recorded_at,
        "until_id": block.until.entry_id,
        "first_id": block.first_id,
        "last_id": block.last_id,
        "entries": block.entries,
        "entries_total": block.entries_total,
        "entries_hash": block.entries_hash,
        # As text: sums may be more than 64 bits hold.
        "debits_units": {name: str(amount) for name, amount in block.debits_units.items()},
        "hash": block.block_hash,
    }


def _block(document: Document) -> Block:
    try:
        return Block(
            number=document["_id"],
            previous_hash=document["previous_hash"],
            until=Position(recorded_at=document["until_at"], entry_id=document["until_id"]),
            first_id=document["first_id"],
            last_id=document["last_id"],
            entries=document["entries"],
            entries_total=document["entries_total"],
            entries_hash=document["entries_hash"],
            debits_units={name: int(amount) for name, amount in document["debits_units"].items()},
        )
    except (LookupError, TypeError, ValueError, AttributeError) as err:
        raise BlockUnreadable(
            f"block {document['_id']} cannot be read", block=str(document["_id"])
        ) from err
