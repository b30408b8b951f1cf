"""Control tasks come and go after posting: what is known of a task, and whether it measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.broker.domain.controls import control_draw
from services.broker.domain.known_truths import KnownTruth
from services.broker.domain.tasks import TaskState
from services.broker.store.collections import TASKS
from services.chassis.mongo import Document, MongoDatabase, Session, UpdateOne, fetch


class ControlTaskStore:
    """Writes to tasks what makes them control tasks, and what withdraws them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._tasks = database.collection(TASKS)

    async def note(self, truths: Sequence[KnownTruth], *, session: Session) -> list[str]:
        """Keeps what is newer than what is known; returns the tasks that it is new of.

        One that no longer serves is withdrawn at once, one that serves again is back.
        """
        wanted = {truth.task_id: truth for truth in truths}
        versions = {
            document["_id"]: document.get("truth_version", 0)
            for document in await fetch(
                self._tasks.find(
                    {"_id": {"$in": list(wanted)}}, {"truth_version": 1}, session=session
                )
            )
        }
        fresh = [one for one in truths if versions.get(one.task_id, one.version) < one.version]
        if fresh:
            await self._tasks.bulk_write(
                [UpdateOne({"_id": one.task_id}, _noted(one)) for one in fresh],
                ordered=False,
                session=session,
            )
        return [one.task_id for one in fresh]

    async def promotable(self, task_ids: Sequence[str], *, session: Session) -> list[str]:
        """Of these, tasks of the pool with a result, that may measure others and do not yet."""
        query: Document = {
            "_id": {"$in": list(task_ids)},
            "serves": True,
            "state": TaskState.RESOLVED.value,
            "control_draw": {"$exists": False},
            "assignee_ids": {"$exists": False},
        }
        found = await fetch(self._tasks.find(query, {"_id": 1}, session=session))
        return sorted(document["_id"] for document in found)

    async def promote(self, answers: Mapping[str, int], *, session: Session) -> None:
        """Each gets so many answers more, and its place among the control tasks."""
        await self._tasks.bulk_write(
            [
                UpdateOne(
                    {"_id": task_id},
                    [
                        {
                            "$set": {
                                "control_draw": control_draw(task_id),
                                "answers_max": {
                                    "$add": [
                                        {"$ifNull": ["$answers_max", "$overlap"]},
                                        more,
                                    ]
                                },
                            }
                        }
                    ],
                )
                for task_id, more in answers.items()
            ],
            ordered=False,
            session=session,
        )


def _noted(truth: KnownTruth) -> Document:
    if truth.is_control:
        return {
            "$set": {"truth_version": truth.version, "serves": True},
            "$unset": {"withdrawn": ""},
        }
    return {
        "$set": {"truth_version": truth.version, "withdrawn": True},
        "$unset": {"serves": ""},
    }
