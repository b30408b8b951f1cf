"""What looks wrong, by its natural key: a finding that comes again is the same one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.chassis.mongo import DESCENDING, Document, MongoDatabase, Session, UpdateOne, fetch
from services.quality.domain.signals import Signal, SignalName
from services.quality.store.collections import SIGNALS


class SignalStore:
    """Reads and writes signals."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._signals = database.collection(SIGNALS)

    async def put(self, signals: Sequence[Signal], *, session: Session) -> None:
        """As they are now; when they were first found stays."""
        updates = [
            UpdateOne(
                {"_id": signal.signal_id},
                {
                    "$set": {
                        "project_id": signal.project_id,
                        "name": signal.name.value,
                        "contractor_ids": list(signal.contractor_ids),
                        "task_id": signal.task_id,
                        "evidence": dict(signal.evidence),
                    },
                    "$setOnInsert": {"found_at": signal.found_at},
                },
                upsert=True,
            )
            for signal in signals
        ]
        if updates:
            await self._signals.bulk_write(updates, ordered=False, session=session)

    async def page(
        self, project_id: str, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Signal]:
        """Newest first."""
        query: Document = {"project_id": project_id}
        if before is not None:
            moment, last = before
            query["$or"] = [
                {"found_at": {"$lt": moment}},
                {"found_at": moment, "_id": {"$lt": last}},
            ]
        found = self._signals.find(query).sort([("found_at", DESCENDING), ("_id", DESCENDING)])
        return [_signal(document) async for document in found.limit(limit)]

    async def named(
        self,
        project_id: str,
        name: SignalName,
        contractor_ids: Iterable[str],
        *,
        session: Session | None = None,
    ) -> set[str]:
        """Which of these contractors have such a signal."""
        wanted = set(contractor_ids)
        query = {
            "project_id": project_id,
            "contractor_ids": {"$in": list(wanted)},
            "name": name.value,
        }
        cursor = self._signals.find(query, {"contractor_ids": 1}, session=session)
        found = await fetch(cursor)
        return wanted & {who for document in found for who in document["contractor_ids"]}


def _signal(document: Document) -> Signal:
    return Signal(
        signal_id=document["_id"],
        project_id=document["project_id"],
        name=SignalName(document["name"]),
        contractor_ids=tuple(document["contractor_ids"]),
        task_id=document["task_id"],
        evidence=document["evidence"],
        found_at=document["found_at"],
    )
