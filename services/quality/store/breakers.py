"""Breakers, and the counts that they judge by."""

from __future__ import annotations

from datetime import datetime

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.quality.domain.breaker import Breaker, BreakerState, Counts
from services.quality.domain.types import Kind
from services.quality.store.collections import PROJECTS, TALLIES
from services.quality.store.fairness_collections import BREAKERS

_PROJECTS_MAX = 500


class BreakerStore:
    """Reads and writes breakers."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._breakers = database.collection(BREAKERS)
        self._projects = database.collection(PROJECTS)
        self._tallies = database.collection(TALLIES)

    async def insert(self, breaker: Breaker, *, session: Session) -> None:
        """One that trips; of two for one project at once, one fails."""
        await self._breakers.insert_one(_document(breaker), session=session)

    async def replace(self, breaker: Breaker, *, session: Session) -> None:
        """A later state; read it in the same transaction before."""
        await self._breakers.replace_one(
            {"_id": breaker.breaker_id}, _document(breaker), session=session
        )

    async def get(self, breaker_id: str, *, session: Session | None = None) -> Breaker | None:
        """One, or None."""
        found = await self._breakers.find_one({"_id": breaker_id}, session=session)
        return _breaker(found) if found is not None else None

    async def latest(self, project_id: str, *, session: Session) -> Breaker | None:
        """The newest of a project, or None."""
        cursor = self._breakers.find({"project_id": project_id}, session=session)
        found = await fetch(cursor.sort("tripped_at", DESCENDING).limit(1))
        return _breaker(found[0]) if found else None

    async def touch(self, breaker: Breaker, *, session: Session) -> None:
        """Writes it as it is: who closes it meanwhile fails, and looks again."""
        await self._breakers.update_one(
            {"_id": breaker.breaker_id}, {"$inc": {"holds": 1}}, session=session
        )

    async def page(
        self, *, state: BreakerState | None, after: tuple[datetime, str] | None, limit: int
    ) -> list[Breaker]:
        """Newest first."""
        query: Document = {} if state is None else {"state": state.value}
        if after is not None:
            moment, last = after
            query["$or"] = [
                {"tripped_at": {"$lt": moment}},
                {"tripped_at": moment, "_id": {"$lt": last}},
            ]
        cursor = self._breakers.find(query).sort([("tripped_at", DESCENDING), ("_id", DESCENDING)])
        return [_breaker(document) for document in await fetch(cursor.limit(limit))]

    async def draining(self, *, limit: int) -> list[str]:
        """Closed ones whose rulings still wait."""
        cursor = self._breakers.find({"draining": True}, {"_id": 1}).sort("closed_at", ASCENDING)
        return [document["_id"] for document in await fetch(cursor.limit(limit))]

    async def count_tripped(self) -> int:
        """How many wait for an operator."""
        return await self._breakers.count_documents({"state": BreakerState.TRIPPED.value})

    async def counts(self, project_id: str, *, session: Session | None = None) -> Counts:
        """Of one project, as they are now."""
        cursor = self._tallies.find({"project_id": project_id}, session=session)
        return _summed(await fetch(cursor)).get(project_id, Counts(decided=0, rejected=0))

    async def counts_of_kind(self, kind: Kind, *, without: str) -> list[Counts]:
        """Of the newest other projects of a kind, at most 500."""
        cursor = self._projects.find({"kind": kind.value, "_id": {"$ne": without}}, {"_id": 1})
        documents = await fetch(cursor.sort("_id", DESCENDING).limit(_PROJECTS_MAX))
        ids = [document["_id"] for document in documents]
        tallies = await fetch(self._tallies.find({"project_id": {"$in": ids}}))
        return list(_summed(tallies).values())


def _summed(tallies: list[Document]) -> dict[str, Counts]:
    """By project; what is held counts as neither."""
    sums: dict[str, Counts] = {}
    for document in tallies:
        known = sums.get(document["project_id"], Counts(decided=0, rejected=0))
        rejected = document.get("rejected", 0)
        sums[document["project_id"]] = Counts(
            decided=known.decided + rejected + document.get("accepted", 0),
            rejected=known.rejected + rejected,
        )
    return sums


def _document(breaker: Breaker) -> Document:
    document: Document = {
        "_id": breaker.breaker_id,
        "project_id": breaker.project_id,
        "tripped_at": breaker.tripped_at,
        "rejected_share": breaker.rejected_share,
        "limit_share": breaker.limit_share,
        "state": breaker.state.value,
        "answers_held": breaker.answers_held,
        "counts": {"decided": breaker.counts.decided, "rejected": breaker.counts.rejected},
        "closed_at": breaker.closed_at,
        "closed_by": breaker.closed_by,
        "note": breaker.note,
    }
    if breaker.draining:
        document["draining"] = True
    return document


def _breaker(document: Document) -> Breaker:
    return Breaker(
        breaker_id=document["_id"],
        project_id=document["project_id"],
        tripped_at=document["tripped_at"],
        rejected_share=document["rejected_share"],
        limit_share=document["limit_share"],
        state=BreakerState(document["state"]),
        draining=document.get("draining", False),
        answers_held=document["answers_held"],
        counts=Counts(
            decided=document["counts"]["decided"], rejected=document["counts"]["rejected"]
        ),
        closed_at=document["closed_at"],
        closed_by=document["closed_by"],
        note=document["note"],
    )
