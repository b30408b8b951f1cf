"""What contractors have done and may still do: reads for offers and for a vendor's pool.

They read the indexes that claims and answers need anyway: nothing here costs an answer anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.broker.domain.assignments import ANSWERED
from services.broker.store.collections import ANSWERS, ASSIGNMENTS, CONTRACTORS, RESULTS
from services.chassis.mongo import ASCENDING, MongoDatabase, fetch


@dataclass(slots=True, kw_only=True)
class Activity:
    """What one contractor has done in all."""

    contractor_id: str
    by_state: dict[str, int] = field(default_factory=dict)
    active_seconds: float = 0.0
    last_submitted_at: datetime | None = None


class ActivityReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._assignments = database.collection(ASSIGNMENTS)
        self._answers = database.collection(ANSWERS)
        self._contractors = database.collection(CONTRACTORS)
        self._results = database.collection(RESULTS)

    async def times_seconds(self, project_id: str, *, tasks: int) -> list[float]:
        """Active seconds of the answers of some resolved tasks."""
        found = self._results.find({"project_id": project_id}, {"_id": 1}).sort("_id", ASCENDING)
        task_ids = [document["_id"] for document in await fetch(found.limit(tasks))]
        states = [state.value for state in ANSWERED]
        query = {"task_id": {"$in": task_ids}, "state": {"$in": states}}
        ids = [d["_id"] for d in await fetch(self._assignments.find(query, {"_id": 1}))]
        answers = self._answers.find({"_id": {"$in": ids}}, {"active_seconds": 1})
        return [float(document["active_seconds"]) for document in await fetch(answers)]

    async def contractors_of(self, organisation_id: str, *, after: str, limit: int) -> list[str]:
        """The ids of an organisation's contractors, in their order."""
        query = {"organisation_id": organisation_id, "_id": {"$gt": after}}
        found = self._contractors.find(query, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [document["_id"] for document in await fetch(found)]

    async def of_contractors(
        self, contractor_ids: Sequence[str], *, organisation_id: str
    ) -> list[Activity]:
        """What each has done for the organisation, in the order of the ids that were given."""
        found = {key: Activity(contractor_id=key) for key in contractor_ids}
        states: Iterable[str] = [state.value for state in ANSWERED]
        groups = self._assignments.aggregate(
            [
                {
                    "$match": {
                        "contractor_id": {"$in": list(contractor_ids)},
                        "organisation_id": organisation_id,
                        "state": {"$in": list(states)},
                    }
                },
                {
                    "$lookup": {
                        "from": ANSWERS,
                        "localField": "_id",
                        "foreignField": "_id",
                        "as": "answer",
                    }
                },
                {"$unwind": "$answer"},
                {
                    "$group": {
                        "_id": {"contractor_id": "$contractor_id", "state": "$state"},
                        "count": {"$sum": 1},
                        "active_seconds": {"$sum": "$answer.active_seconds"},
                        "last_submitted_at": {"$max": "$answer.submitted_at"},
                    }
                },
            ]
        )
        async for group in groups:
            activity = found[group["_id"]["contractor_id"]]
            activity.by_state[group["_id"]["state"]] = group["count"]
            activity.active_seconds += group["active_seconds"]
            last = activity.last_submitted_at
            if last is None or last < group["last_submitted_at"]:
                activity.last_submitted_at = group["last_submitted_at"]
        return list(found.values())
