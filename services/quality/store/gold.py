"""Tasks whose truth is known: they are kept with their standings, and listed by an index there."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, MongoDatabase
from services.quality.domain.records import StoredStanding
from services.quality.store.answers import standing_from
from services.quality.store.collections import STANDINGS


class GoldStore:
    """Reads known tasks."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._standings = database.collection(STANDINGS)

    async def page(self, project_id: str, *, after: str, limit: int) -> list[StoredStanding]:
        """By task_id."""
        query = {"project_id": project_id, "known": True, "_id": {"$gt": after}}
        found = self._standings.find(query).sort("_id", ASCENDING).limit(limit)
        return [standing_from(document) for document in await found.to_list(limit)]
