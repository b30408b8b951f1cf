"""Lines of statements that are too long for one document: beside them, in parts.

A vendor's statement has a line a contractor and project, and a document at most 16 MB. What a
statement is made of and its hash do not know of parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    Session,
)
from services.payouts.domain.errors import StatementAltered
from services.payouts.domain.statements.statement_lines import StatementLine
from services.payouts.store.statements.document_collections import STATEMENT_PARTS
from services.payouts.store.statements.statement_records import line_of

# A line is some 180 bytes: a part, and what stays in the statement itself, is below 4 MB.
PART_LINES: Final = 20_000


class StatementParts:
    """Takes lines out of documents that are to be stored, and puts them back into those found."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._parts = database.collection(STATEMENT_PARTS)

    async def take_out(self, documents: Sequence[Document], *, session: Session) -> None:
        """What is too long is stored in parts; the document then says how many there are."""
        for document in documents:
            lines = document["lines"]
            if len(lines) <= PART_LINES:
                continue
            starts = range(0, len(lines), PART_LINES)
            for part, start in enumerate(starts):
                # One at a time: together they are more than one message may be.
                await self._parts.insert_one(
                    {
                        "_id": f"{document['_id']}/{part:04}",
                        "statement_id": document["_id"],
                        "payee_id": document.get("payee_id", ""),
                        "period_id": document["period_id"],
                        "part": part,
                        "lines": lines[start : start + PART_LINES],
                    },
                    session=session,
                )
            document["lines"] = []
            document["line_parts"] = len(starts)

    async def put_back(self, document: Document, *, session: Session | None = None) -> Document:
        """The document with all of its lines. Errors: StatementAltered where a part is missing."""
        expected = document.get("line_parts", 0)
        if not expected:
            return document
        found = self._parts.find({"statement_id": document["_id"]}, session=session)
        lines: list[object] = []
        count = 0
        async for part in found.sort("part", ASCENDING).limit(expected):
            lines += part["lines"]
            count += 1
        if count != expected:
            raise StatementAltered(
                "parts of what was frozen are missing",
                statement_id=document["_id"],
                parts=count,
                expected=expected,
            )
        return {**document, "lines": lines}

    async def statements_with(
        self, contractor_id: str, query: Document, *, limit: int
    ) -> list[str]:
        """Ids of the newest statements in parts that a contractor is on."""
        found = self._parts.aggregate(
            [
                {
                    "$match": {
                        **query,
                        "lines": {"$elemMatch": {"$elemMatch": {"$eq": contractor_id}}},
                    }
                },
                {"$group": {"_id": "$statement_id"}},
                {"$sort": {"_id": DESCENDING}},
                {"$limit": limit},
            ]
        )
        return [document["_id"] async for document in found]

    async def lines_of(
        self, contractor_id: str, ids: Iterable[str]
    ) -> dict[str, list[StatementLine]]:
        """A contractor's lines of these statements, by statement."""
        own = {"$eq": [{"$arrayElemAt": ["$$line", 1]}, contractor_id]}
        found = self._parts.aggregate(
            [
                {"$match": {"statement_id": {"$in": list(ids)}}},
                {"$sort": {"statement_id": ASCENDING, "part": ASCENDING}},
                {
                    "$project": {
                        "statement_id": 1,
                        "lines": {"$filter": {"input": "$lines", "as": "line", "cond": own}},
                    }
                },
            ]
        )
        lines: dict[str, list[StatementLine]] = {}
        async for document in found:
            own_lines = lines.setdefault(document["statement_id"], [])
            own_lines += [line_of(packed) for packed in document["lines"]]
        return lines
