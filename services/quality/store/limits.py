"""Limits of contractors: with their counters, so that scoring has them without asking again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.chassis.mongo import Document, MongoDatabase, Session, UpdateOne, fetch
from services.quality.domain.limits import Limits
from services.quality.store.collections import SKILLS


class LimitsStore:
    """Reads and writes limits."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._skills = database.collection(SKILLS)

    async def get_many(
        self, keys: Iterable[tuple[str, str]], *, session: Session | None = None
    ) -> dict[tuple[str, str], Limits]:
        """By (project_id, contractor_id); those that were ever set."""
        ids = [f"{project_id}:{contractor_id}" for project_id, contractor_id in keys]
        cursor = self._skills.find({"_id": {"$in": ids}}, {"counters": 0}, session=session)
        return {
            (document["project_id"], document["contractor_id"]): limits_of(document)
            for document in await fetch(cursor)
            if "limits" in document
        }

    async def find(
        self, project_id: str, contractor_id: str, *, session: Session | None = None
    ) -> Limits | None:
        """What holds of somebody who has answered in the project; None of anybody else."""
        found = await self._skills.find_one(
            {"_id": f"{project_id}:{contractor_id}"}, {"counters": 0}, session=session
        )
        return limits_of(found) if found is not None else None

    async def put(self, limits: Sequence[Limits], *, session: Session) -> None:
        """Each as it is now; read them in the same transaction before."""
        updates = [
            UpdateOne(
                {"_id": f"{one.project_id}:{one.contractor_id}"},
                {
                    "$set": {"limits": _document(one)},
                    "$setOnInsert": {
                        "project_id": one.project_id,
                        "contractor_id": one.contractor_id,
                        "organisation_id": one.organisation_id,
                        "counters": {},
                    },
                },
                upsert=True,
            )
            for one in limits
        ]
        if updates:
            await self._skills.bulk_write(updates, ordered=False, session=session)


def limits_of(document: Document) -> Limits:
    """Of a contractor's document in SKILLS."""
    found = document.get("limits", {})
    return Limits(
        project_id=document["project_id"],
        contractor_id=document["contractor_id"],
        organisation_id=document["organisation_id"],
        version=found.get("version", 0),
        gold_share=found.get("gold_share"),
        extra_gold_until=found.get("extra_gold_until"),
        paused_until=found.get("paused_until"),
        review_until=found.get("review_until"),
        restricted_until=found.get("restricted_until"),
        reason=found.get("reason", ""),
        explanation=found.get("explanation", ""),
    )


def _document(limits: Limits) -> Document:
    return {
        "version": limits.version,
        "gold_share": limits.gold_share,
        "extra_gold_until": limits.extra_gold_until,
        "paused_until": limits.paused_until,
        "review_until": limits.review_until,
        "restricted_until": limits.restricted_until,
        "reason": limits.reason,
        "explanation": limits.explanation,
    }
