"""The books of the ledger: one a kind of entry, one for all accruals; and how far each is sealed.

Every transaction that posts writes to its entries' books, and so does who seals a time in them: of
two that overlap, one is run again by the database and sees the other. So once a seal has committed,
whatever was recorded before it can be read, and nothing ever will be again: deploy/adr/0020.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.chassis.mongo import MongoDatabase, Session, UpdateOne, fetch
from services.payouts.domain.ledger.entries import Entry, EntryKind
from services.payouts.domain.statements.statement_lines import LINE_KINDS
from services.payouts.store.collections import BOOKS

# The book of what statements tell of.
ACCRUAL_BOOK = "accruals"


def book_of(kind: EntryKind) -> str:
    """Where entries of a kind are counted."""
    return ACCRUAL_BOOK if kind in LINE_KINDS else kind.value


class BookStore:
    """Seals times in all books, and tells from when on entries may be recorded."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._books = database.collection(BOOKS)

    async def seal(self, before: datetime, *, session: Session) -> None:
        """Lets no entry at all be recorded before that time any more.

        Keep the transaction short: what is posted beside it runs again. `before` must not lie in
        the future, for entries would then be recorded there.
        """
        # Counted, so that it is a write even where the time was sealed before.
        change = {"$max": {"sealed_until": before}, "$inc": {"seals": 1}}
        # Those of kinds that only a later version of this service knows, too.
        await self._books.update_many({}, change, session=session)
        names = sorted({book_of(kind) for kind in EntryKind})
        found = self._books.find({"_id": {"$in": names}}, {"_id": 1}, session=session)
        missing = set(names) - {document["_id"] for document in await fetch(found)}
        if missing:
            await self._books.bulk_write(
                [UpdateOne({"_id": name}, change, upsert=True) for name in sorted(missing)],
                session=session,
            )

    async def sealed_until(self, *, session: Session) -> datetime | None:
        """Before that nothing will be recorded in any book; None while that is so of none."""
        names = {book_of(kind) for kind in EntryKind}
        found = await fetch(self._books.find({}, {"sealed_until": 1}, session=session))
        if not names <= {document["_id"] for document in found}:
            return None
        times = [document.get("sealed_until") for document in found]
        return None if None in times else min(time for time in times if time is not None)

    async def recorded(self, entries: Iterable[Entry], *, session: Session) -> list[Entry]:
        """The entries as they are to be recorded: none before what its book is sealed to."""
        given = list(entries)
        names = sorted({book_of(entry.kind) for entry in given})
        found = self._books.find({"_id": {"$in": names}}, {"sealed_until": 1}, session=session)
        sealed = {
            document["_id"]: document["sealed_until"]
            for document in await fetch(found)
            if "sealed_until" in document
        }
        return [_not_before(entry, sealed.get(book_of(entry.kind))) for entry in given]


def _not_before(entry: Entry, sealed_until: datetime | None) -> Entry:
    if sealed_until is None or entry.booking.recorded_at >= sealed_until:
        return entry
    # No part of what the entry does: its hash stays.
    return replace(entry, booking=replace(entry.booking, recorded_at=sealed_until))
