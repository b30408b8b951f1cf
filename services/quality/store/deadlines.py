"""How far each project's answers have been looked at for their deadline: beside its pool."""

from __future__ import annotations

from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.quality.domain.records import StoredAnswer
from services.quality.store.answers import stored_answer_from
from services.quality.store.collections import ANSWERS, POOLS


class DeadlineStore:
    """Reads what is due, and moves the mark."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._pools = database.collection(POOLS)
        self._answers = database.collection(ANSWERS)

    async def projects_due(self, now: datetime, *, limit: int) -> list[str]:
        """Those with answers whose time may be over, the longest overdue first."""
        found = self._pools.find({"due_at": {"$lte": now}}, {"_id": 1})
        rows = await found.sort("due_at", ASCENDING).limit(limit).to_list(limit)
        return [row["_id"] for row in rows]

    async def mark(self, project_id: str, *, session: Session) -> int:
        """The number of the last answer that was looked at; 0 where none was."""
        found = await self._pools.find_one({"_id": project_id}, {"decided_seq": 1}, session=session)
        return int(found.get("decided_seq", 0)) if found is not None else 0

    async def after(
        self, project_id: str, mark: int, *, limit: int, session: Session
    ) -> list[StoredAnswer]:
        """The project's next answers, in the order of their recording."""
        cursor = self._answers.find(
            {"project_id": project_id, "seq": {"$gt": mark}}, session=session
        )
        rows = await cursor.sort("seq", ASCENDING).limit(limit).to_list(limit)
        return [stored_answer_from(row) for row in rows]

    async def set_mark(
        self, project_id: str, mark: int, *, due_at: datetime | None, session: Session
    ) -> None:
        """All answers up to this one are decided; look again then, or when there is another."""
        update: Document = {"$set": {"decided_seq": mark}}
        if due_at is not None:
            update["$set"]["due_at"] = due_at
        else:
            update["$unset"] = {"due_at": 1}
        await self._pools.update_one({"_id": project_id}, update, session=session)
