"""Frozen documents of statements: written once, compressed, and never touched again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import MongoDatabase, Session, UpdateOne
from services.payouts.domain.statements.statement_documents import StatementDocument
from services.payouts.store.statements.document_collections import STATEMENT_DOCUMENTS, TOLD

# A vendor's lines are alike: a tenth is left of them.
_LEVEL = 6


class StatementDocumentStore:
    """Reads and writes documents."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._documents = database.collection(STATEMENT_DOCUMENTS)
        self._told = database.collection(TOLD)

    async def insert(self, documents: Sequence[StatementDocument], *, session: Session) -> None:
        """New ones, beside their statements."""
        if documents:
            await self._documents.insert_many(
                [
                    {
                        "_id": one.statement_id,
                        "hash": one.document_hash,
                        "body": zlib.compress(one.body, _LEVEL),
                    }
                    for one in documents
                ],
                session=session,
            )

    async def get(self, statement_id: str) -> StatementDocument | None:
        """None where the statement is not there."""
        found = await self._documents.find_one({"_id": statement_id})
        if found is None:
            return None
        return StatementDocument(
            statement_id=statement_id,
            body=zlib.decompress(bytes(found["body"])),
            document_hash=found["hash"],
        )

    async def told_until(self, keys: Iterable[str], *, session: Session) -> dict[str, datetime]:
        """Until when what happened to a payee is on statements of before."""
        found = self._told.find({"_id": {"$in": list(keys)}}, session=session)
        return {document["_id"]: document["until"] async for document in found}

    async def tell_until(self, moments: Mapping[str, datetime], *, session: Session) -> None:
        """What happened before these is told."""
        if moments:
            await self._told.bulk_write(
                [
                    UpdateOne({"_id": key}, {"$max": {"until": until}}, upsert=True)
                    for key, until in sorted(moments.items())
                ],
                session=session,
            )
