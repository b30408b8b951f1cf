"""How far each list is read: one document a list, found when it is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.mongo import Document, MongoDatabase, UpdateOne
from services.payouts.store.due import take_due
from services.payouts.store.reconciliation.mirror_collections import MIRROR_CURSORS

LEDGER_LIST = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A round reads a list from `since` on to its end; the next begins a little before `newest`.

    `after` is how far the round has come, empty before its first page. `since` is None in the very
    first round, which reads everything. `rounds` counts those that have ended, `read_at` is when
    the last of them began.
    """

    list_id: str
    since: datetime | None = None
    after: str = ""
    after_at: datetime | None = None
    newest: datetime | None = None
    began_at: datetime | None = None
    read_at: datetime | None = None
    rounds: int = 0

    def next_round(self, *, overlap_from: datetime | None, now: datetime) -> Cursor:
        """The round is over."""
        return replace(
            self,
            since=overlap_from,
            after="",
            after_at=None,
            read_at=self.began_at or now,
            began_at=None,
            rounds=self.rounds + 1,
        )


_FIELDS = ("since", "after", "after_at", "newest", "began_at", "read_at", "rounds")


class CursorStore:
    """Reads and writes cursors."""

    def __init__(self, *, database: MongoDatabase, collection: str = MIRROR_CURSORS) -> None:
        self._cursors = database.collection(collection)

    async def want(self, lists: Iterable[str], *, at: datetime) -> None:
        """Reads those lists on at that time, or earlier if they are due earlier."""
        updates = [
            UpdateOne({"_id": name}, {"$min": {"due_at": at}}, upsert=True)
            for name in sorted(set(lists))
        ]
        if updates:
            await self._cursors.bulk_write(updates, ordered=False)

    async def take(
        self, *, now: datetime, hold_until: datetime, holder: str, limit: int
    ) -> list[Cursor]:
        """Lists to read on now."""
        taken = await take_due(
            self._cursors, now=now, hold_until=hold_until, holder=holder, limit=limit
        )
        return [_cursor(document) for document in taken]

    async def put(self, cursor: Cursor, *, due_at: datetime) -> None:
        """How far it is now."""
        fields: Document = {name: getattr(cursor, name) for name in _FIELDS}
        await self._cursors.update_one(
            {"_id": cursor.list_id}, {"$set": {**fields, "due_at": due_at}}
        )

    async def get(self, list_id: str) -> Cursor | None:
        """None where nobody has wanted it yet."""
        found = await self._cursors.find_one({"_id": list_id})
        return None if found is None else _cursor(found)


def _cursor(document: Document) -> Cursor:
    known = {name: document[name] for name in _FIELDS if name in document}
    return Cursor(list_id=document["_id"], **known)
