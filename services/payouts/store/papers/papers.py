"""Papers: only ever added, numbered without gaps; and how far each client is invoiced."""

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
    ReturnDocument,
    Session,
    fetch,
)
from services.payouts.domain.papers.papers import Paper, PaperKind, numbered

PAPERS = "papers"
PAPER_NUMBERS = "paper_numbers"
INVOICED = "invoiced"

PAPER_COLLECTIONS = (
    CollectionSpec(
        name=PAPERS,
        indexes=(
            # A client's list, the newest first.
            IndexModel(
                [("client_id", ASCENDING), ("kind", ASCENDING), ("_id", DESCENDING)],
                name="by_client",
            ),
            # No number twice, and one receipt of one arrival.
            IndexModel([("number", ASCENDING)], name="by_number", unique=True),
            IndexModel(
                [("source_id", ASCENDING)],
                name="receipt_of",
                unique=True,
                partialFilterExpression={"kind": PaperKind.RECEIPT.value},
            ),
        ),
    ),
    CollectionSpec(name=PAPER_NUMBERS),
    CollectionSpec(name=INVOICED),
)


class PaperStore:
    """Reads and adds."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._papers = database.collection(PAPERS)
        self._numbers = database.collection(PAPER_NUMBERS)
        self._invoiced = database.collection(INVOICED)

    async def next_number(self, kind: PaperKind, *, session: Session) -> str:
        """The next one of its kind: it is used if, and only if, the transaction commits."""
        found = await self._numbers.find_one_and_update(
            {"_id": kind.value},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return numbered(kind, int(found["last"]))

    async def insert(self, paper: Paper, *, session: Session) -> None:
        """A new one."""
        document = asdict(paper)
        document["_id"] = document.pop("paper_id")
        await self._papers.insert_one(document, session=session)

    async def get(self, paper_id: str, *, session: Session | None = None) -> Paper | None:
        """None where there is none."""
        found = await self._papers.find_one({"_id": paper_id}, session=session)
        return None if found is None else _paper(found)

    async def page(
        self, *, client_id: str, kinds: tuple[PaperKind, ...], before: str, limit: int
    ) -> list[Paper]:
        """The newest first."""
        query: Document = {
            "client_id": client_id,
            "kind": {"$in": [kind.value for kind in kinds]},
        }
        if before:
            query["_id"] = {"$lt": before}
        found = self._papers.find(query).sort("_id", DESCENDING).limit(limit)
        return [_paper(document) for document in await fetch(found)]

    async def invoiced_until(
        self, client_id: str, currency: str, *, session: Session | None = None
    ) -> datetime | None:
        """Up to when the client's costs are on invoices, or were nothing."""
        found = await self._invoiced.find_one({"_id": f"{client_id}:{currency}"}, session=session)
        until: datetime | None = None if found is None else found["until"]
        return until

    async def invoice_until(
        self, client_id: str, currency: str, until: datetime, *, session: Session
    ) -> None:
        """Moves it on; of two that do so side by side one runs again and sees the other."""
        await self._invoiced.update_one(
            {"_id": f"{client_id}:{currency}"},
            {"$set": {"until": until}},
            upsert=True,
            session=session,
        )

    async def add_credit(self, invoice_id: str, amount_minor: int, *, session: Session) -> int:
        """What all credit notes of the invoice come to, this one included."""
        found = await self._invoiced.find_one_and_update(
            {"_id": f"credits:{invoice_id}"},
            {"$inc": {"credited_minor": amount_minor}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(found["credited_minor"])


def _paper(document: Document) -> Paper:
    known = {name: value for name, value in document.items() if name in Paper.__slots__}
    known |= {"paper_id": document["_id"], "kind": PaperKind(document["kind"])}
    return Paper(**known)
