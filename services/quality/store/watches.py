"""Who watches for rules, how far they are, and which projects' rules are new.

One process at a time watches: it holds a lease that another takes over when it runs out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.chassis.mongo import DuplicateKeyError, MongoDatabase, ReturnDocument, Session
from services.quality.store.collections import WATCHES
from services.quality.store.conduct import Touch

_RULES = "rules"
_PROJECT = "project:"
BEGINNING: Touch = (datetime(1970, 1, 1, tzinfo=UTC), "")


class WatchStore:
    """Keeps the lease and the place."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._watches = database.collection(WATCHES)

    async def lease(self, owner: str, *, now: datetime, seconds: float) -> Touch | None:
        """Taken or renewed: how far the watch is. None where another holds it."""
        try:
            found = await self._watches.find_one_and_update(
                {"_id": _RULES, "$or": [{"until": {"$lte": now}}, {"owner": owner}]},
                {"$set": {"owner": owner, "until": now + timedelta(seconds=seconds)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return None
        return (found["touched_at"], found["key"]) if "key" in found else BEGINNING

    async def reach(self, owner: str, place: Touch) -> None:
        """All up to here was looked at; nothing where the lease was lost meanwhile."""
        touched_at, key = place
        await self._watches.update_one(
            {"_id": _RULES, "owner": owner}, {"$set": {"touched_at": touched_at, "key": key}}
        )

    async def ask(self, project_id: str, *, now: datetime, session: Session) -> None:
        """Everybody in the project shall be looked at: a rule of it is new."""
        await self._watches.update_one(
            {"_id": f"{_PROJECT}{project_id}"},
            {"$set": {"asked_at": now}},
            upsert=True,
            session=session,
        )

    async def asked(self, *, limit: int) -> list[tuple[str, datetime]]:
        """Projects to look at, and when that was asked for."""
        found = self._watches.find({"_id": {"$gte": _PROJECT, "$lt": f"{_PROJECT[:-1]};"}})
        return [
            (document["_id"].removeprefix(_PROJECT), document["asked_at"])
            async for document in found.limit(limit)
        ]

    async def looked(self, project_id: str, asked_at: datetime) -> None:
        """Done, unless it was asked for again meanwhile."""
        await self._watches.delete_one({"_id": f"{_PROJECT}{project_id}", "asked_at": asked_at})
