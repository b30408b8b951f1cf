"""What was compared in a project, and the last fit of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.quality.domain.rankings import Compared, Fit, Strength, compared
from services.quality.store.collections import ANSWERS, RANKINGS

PAIRS_MAX = 200_000
"""Different pairs with their outcomes that one fit takes in."""


class RankingStore:
    """Reads comparisons out of answers; keeps fits."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._answers = database.collection(ANSWERS)
        self._rankings = database.collection(RANKINGS)

    async def latest_seq(self, project_id: str) -> int:
        """Of the newest answer; 0 where there is none."""
        found = self._answers.find({"project_id": project_id}, {"seq": 1})
        documents = await fetch(found.sort("seq", DESCENDING).limit(1))
        return int(documents[0]["seq"]) if documents else 0

    async def summed(
        self, project_id: str, *, up_to_seq: int, labels: Sequence[str]
    ) -> list[Compared]:
        """All that was compared, each pair and outcome once with how often it was said."""
        groups = self._answers.aggregate(
            [
                {
                    "$match": {
                        "project_id": project_id,
                        "seq": {"$lte": up_to_seq},
                        "aside": {"$ne": True},
                        "items": {"$exists": True},
                    }
                },
                {"$group": {"_id": {"items": "$items", "label": "$label"}, "times": {"$sum": 1}}},
                {"$sort": {"times": DESCENDING, "_id": ASCENDING}},
                {"$limit": PAIRS_MAX},
            ]
        )
        found = [
            compared(
                group["_id"]["label"], group["_id"]["items"], labels=labels, times=group["times"]
            )
            async for group in groups
        ]
        return [one for one in found if one is not None]

    async def since(
        self, project_id: str, *, after_seq: int, limit: int, labels: Sequence[str]
    ) -> tuple[list[Compared], int]:
        """What was compared after an answer, in order; and how many answers that are."""
        query = {"project_id": project_id, "seq": {"$gt": after_seq}}
        fields = {"label": 1, "items": 1, "aside": 1}
        documents = await fetch(
            self._answers.find(query, fields).sort("seq", ASCENDING).limit(limit)
        )
        found = [
            compared(document["label"], document.get("items", ()), labels=labels)
            for document in documents
            if not document.get("aside")
        ]
        return [one for one in found if one is not None], len(documents)

    async def fit(self, project_id: str) -> Fit | None:
        """The last one."""
        found = await self._rankings.find_one({"_id": project_id})
        return _fit(found) if found is not None else None

    async def put(self, project_id: str, fit: Fit, *, session: Session) -> None:
        """Instead of the one before."""
        document: Document = {
            "seq": fit.seq,
            "fitted_at": fit.fitted_at,
            "strengths": [
                [item, strength.value, strength.variance, strength.comparisons]
                for item, strength in fit.strengths.items()
            ],
        }
        await self._rankings.replace_one(
            {"_id": project_id}, document, upsert=True, session=session
        )


def _fit(document: Document) -> Fit:
    return Fit(
        strengths={
            item: Strength(value=value, variance=variance, comparisons=comparisons)
            for item, value, variance, comparisons in document["strengths"]
        },
        seq=document["seq"],
        fitted_at=document["fitted_at"],
    )
