"""What is remembered of projects' money, and which projects there are to look at."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session
from services.payouts.domain.answers.parties import ENDED_STATES
from services.payouts.domain.funding.funds_watch import FundsWatch, Sample
from services.payouts.store.collections import PROJECT_BOOKS
from services.payouts.store.notices.notice_collections import FUNDS_WATCHES


class FundsWatchStore:
    """Reads and writes."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._watches = database.collection(FUNDS_WATCHES)
        self._books = database.collection(PROJECT_BOOKS)

    async def projects_after(self, project_id: str, *, limit: int) -> list[str]:
        """Projects that money was held for and that have not ended, in the order of their ids."""
        found = self._books.find(
            {
                "_id": {"$gt": project_id},
                "version": {"$gt": 0},
                "state": {"$nin": sorted(ENDED_STATES)},
            },
            {"_id": 1},
        )
        return [document["_id"] async for document in found.sort("_id", ASCENDING).limit(limit)]

    async def get(self, project_id: str, *, session: Session) -> FundsWatch:
        """An empty one where nothing is remembered."""
        found = await self._watches.find_one({"_id": project_id}, session=session)
        if found is None:
            return FundsWatch(project_id=project_id)
        return FundsWatch(
            project_id=project_id,
            older=_sample(found["older"]),
            newer=_sample(found["newer"]),
            low_version=found["low_version"],
            exhausted_version=found["exhausted_version"],
        )

    async def put(self, watch: FundsWatch, *, session: Session) -> None:
        """As it is now."""
        await self._watches.replace_one(
            {"_id": watch.project_id},
            {
                "older": _packed(watch.older),
                "newer": _packed(watch.newer),
                "low_version": watch.low_version,
                "exhausted_version": watch.exhausted_version,
            },
            upsert=True,
            session=session,
        )


def _packed(sample: Sample | None) -> Document | None:
    return None if sample is None else {"at": sample.at, "spent_units": sample.spent_units}


def _sample(document: Document | None) -> Sample | None:
    return None if document is None else Sample(**document)
