"""Second opinions that contractors were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.broker.domain.opinions import AskedOpinion
from services.broker.store.collections import OPINIONS
from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, fetch


class OpinionStore:
    """Reads and writes what was asked for."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._opinions = database.collection(OPINIONS)

    async def known(self, opinion_ids: Iterable[str], *, session: Session) -> set[str]:
        """Those that are there."""
        found = self._opinions.find(
            {"_id": {"$in": list(opinion_ids)}}, {"_id": 1}, session=session
        )
        return {document["_id"] for document in await fetch(found)}

    async def insert(self, opinions: Sequence[AskedOpinion], *, session: Session) -> None:
        """New ones."""
        await self._opinions.insert_many([_document(one) for one in opinions], session=session)

    async def give(self, opinion_ids: Sequence[str], *, session: Session) -> None:
        """They came: nobody waits for them any more. What is told of them again is known."""
        await self._opinions.update_many(
            {"_id": {"$in": list(opinion_ids)}}, {"$set": {"given": True}}, session=session
        )

    async def waiting(
        self, project_id: str, contractor_id: str, *, now: datetime, limit: int
    ) -> list[AskedOpinion]:
        """What the contractor has not given yet and has time for, the most urgent first."""
        query = {
            "contractor_id": contractor_id,
            "project_id": project_id,
            "expires_at": {"$gt": now},
            "given": {"$exists": False},
        }
        found = self._opinions.find(query).sort("expires_at", ASCENDING).limit(limit)
        return [_opinion(document) for document in await fetch(found)]


def _document(opinion: AskedOpinion) -> Document:
    return {
        "_id": opinion.opinion_id,
        "project_id": opinion.project_id,
        "task_id": opinion.task_id,
        "contractor_id": opinion.contractor_id,
        "expires_at": opinion.expires_at,
    }


def _opinion(document: Document) -> AskedOpinion:
    return AskedOpinion(
        opinion_id=document["_id"],
        project_id=document["project_id"],
        task_id=document["task_id"],
        contractor_id=document["contractor_id"],
        expires_at=document["expires_at"],
    )
