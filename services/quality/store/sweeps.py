"""Sweeps of projects: one document each, and which projects were touched since their last."""

from __future__ import annotations

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, ReturnDocument, Session
from services.quality.domain.sweeps import Sweep, SweepResult
from services.quality.store.collections import POOLS, STANDINGS, SWEEPS

STEPS = "steps"
"""Of a pool: how often one of the project's tasks was moved."""


class SweepStore:
    """Reads and writes sweeps."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._sweeps = database.collection(SWEEPS)
        self._pools = database.collection(POOLS)
        self._standings = database.collection(STANDINGS)

    async def get(self, project_id: str, *, session: Session | None = None) -> Sweep:
        """One that was never swept has nothing."""
        found = await self._sweeps.find_one({"_id": project_id}, session=session)
        return _sweep(found) if found is not None else Sweep(project_id=project_id)

    async def put(self, sweep: Sweep, *, session: Session) -> None:
        """As it is now."""
        document = _document(sweep)
        await self._sweeps.replace_one(
            {"_id": sweep.project_id}, document, upsert=True, session=session
        )

    async def hold(self, project_id: str, *, session: Session) -> int:
        """The project's steps; until the commit, whoever else scores its tasks looks again.

        A page takes longer than a batch of answers: taken last, the pool would always be lost.
        """
        found = await self._pools.find_one_and_update(
            {"_id": project_id},
            {"$inc": {"pages_swept": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(found.get(STEPS, 0))

    async def steps(self, project_id: str, *, session: Session) -> int:
        """Those of this transaction too."""
        found = await self._pools.find_one({"_id": project_id}, {STEPS: 1}, session=session)
        return int(found.get(STEPS, 0)) if found is not None else 0

    async def tasks_after(
        self, project_id: str, after: str, *, limit: int, session: Session
    ) -> list[str]:
        """The project's scored tasks, by id."""
        cursor = self._standings.find(
            {"project_id": project_id, "_id": {"$gt": after}}, {"_id": 1}, session=session
        )
        rows = await cursor.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [row["_id"] for row in rows]

    async def projects_after(self, after: str, *, limit: int) -> list[tuple[str, int]]:
        """Projects that have answers, by id, with their steps."""
        cursor = self._pools.find({"_id": {"$gt": after}}, {STEPS: 1})
        rows = await cursor.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [(row["_id"], int(row.get(STEPS, 0))) for row in rows]


def _document(sweep: Sweep) -> Document:
    document: Document = {
        "owner": sweep.owner,
        "after": sweep.after,
        "tasks_scored": sweep.result.tasks_scored,
        "labels_changed": sweep.result.labels_changed,
        "running_steps": sweep.running_steps,
        "seen_steps": sweep.seen_steps,
        # Pairs, for a caller may be called anything.
        "answered": [
            [owner, result.tasks_scored, result.labels_changed]
            for owner, result in sweep.answered.items()
        ],
        "night": sweep.night,
        "is_followed_up": sweep.is_followed_up,
    }
    if sweep.lease_until is not None:
        document["lease_until"] = sweep.lease_until
    return document


def _sweep(document: Document) -> Sweep:
    return Sweep(
        project_id=document["_id"],
        owner=document["owner"],
        lease_until=document.get("lease_until"),
        after=document["after"],
        result=SweepResult(
            tasks_scored=document["tasks_scored"], labels_changed=document["labels_changed"]
        ),
        running_steps=document["running_steps"],
        seen_steps=document["seen_steps"],
        answered={
            owner: SweepResult(tasks_scored=tasks, labels_changed=labels)
            for owner, tasks, labels in document["answered"]
        },
        night=document["night"],
        is_followed_up=document.get("is_followed_up", True),
    )
