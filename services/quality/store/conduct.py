"""How contractors work, by project: counted by adding only, so that writers commute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, UpdateOne
from services.quality.domain.conduct import Conduct, counted
from services.quality.domain.records import StoredAnswer
from services.quality.domain.types import Kind
from services.quality.store.collections import CONDUCT

Touch = tuple[datetime, str]
"""When something was counted, and the key of whom: a place in the order of touches."""


class ConductStore:
    """Adds counts, and reads them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._conduct = database.collection(CONDUCT)

    async def note_answers(
        self,
        project_id: str,
        kind: Kind,
        answers: Sequence[StoredAnswer],
        *,
        now: datetime,
        session: Session,
    ) -> None:
        """Counts new answers, and how long they took."""
        seconds: dict[str, list[float]] = defaultdict(list)
        organisations: dict[str, str] = {}
        for stored in answers:
            seconds[stored.answer.contractor_id].append(stored.answer.active_seconds)
            organisations[stored.answer.contractor_id] = stored.answer.vendor_id
        updates = [
            UpdateOne(
                {"_id": _key(project_id, contractor_id)},
                {
                    "$inc": {f"counters.{name}": n for name, n in counted(taken).items()},
                    "$max": {"touched_at": now},
                    "$setOnInsert": {
                        "project_id": project_id,
                        "contractor_id": contractor_id,
                        "organisation_id": organisations[contractor_id],
                        "kind": kind.value,
                    },
                },
                upsert=True,
            )
            for contractor_id, taken in seconds.items()
        ]
        if updates:
            await self._conduct.bulk_write(updates, ordered=False, session=session)

    async def note_rulings(
        self,
        changes: Mapping[tuple[str, str], Mapping[str, int]],
        *,
        now: datetime,
        session: Session,
    ) -> None:
        """Adds to the counts of rulings by state, of (project, contractor)s who have answered."""
        updates = [
            UpdateOne(
                {"_id": _key(project_id, contractor_id)},
                {
                    "$inc": {f"counters.{name}": n for name, n in counts.items()},
                    "$max": {"touched_at": now},
                },
            )
            for (project_id, contractor_id), counts in changes.items()
            if counts
        ]
        if updates:
            await self._conduct.bulk_write(updates, ordered=False, session=session)

    async def get_many(self, project_id: str, contractor_ids: Iterable[str]) -> dict[str, Conduct]:
        """By contractor; only those who have answered."""
        ids = [_key(project_id, contractor_id) for contractor_id in contractor_ids]
        found = self._conduct.find({"_id": {"$in": ids}})
        return {document["contractor_id"]: _conduct(document) async for document in found}

    async def of_contractor(self, contractor_id: str, project_ids: Iterable[str]) -> list[Conduct]:
        """In these projects."""
        ids = [_key(project_id, contractor_id) for project_id in project_ids]
        return [_conduct(document) async for document in self._conduct.find({"_id": {"$in": ids}})]

    async def of_project(self, project_id: str, *, limit: int) -> list[Conduct]:
        """Who has answered anything."""
        found = self._conduct.find({"_id": {"$gte": f"{project_id}:", "$lt": f"{project_id};"}})
        return [_conduct(document) async for document in found.limit(limit)]

    async def touched(
        self, *, after: Touch, before: datetime, limit: int
    ) -> list[tuple[Touch, Conduct]]:
        """Whose counts have changed, in the order of the changes."""
        moment, last = after
        query: Document = {
            "touched_at": {"$lt": before},
            "$or": [
                {"touched_at": {"$gt": moment}},
                {"touched_at": moment, "_id": {"$gt": last}},
            ],
        }
        order = [("touched_at", ASCENDING), ("_id", ASCENDING)]
        found = self._conduct.find(query).sort(order).limit(limit)
        return [
            ((document["touched_at"], document["_id"]), _conduct(document))
            async for document in found
        ]


def _key(project_id: str, contractor_id: str) -> str:
    return f"{project_id}:{contractor_id}"


def _conduct(document: Document) -> Conduct:
    return Conduct(
        contractor_id=document["contractor_id"],
        project_id=document["project_id"],
        organisation_id=document["organisation_id"],
        counters=document["counters"],
    )
