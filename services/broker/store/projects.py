"""Projects, their counters and their tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Literal

from services.broker.domain.projects import (
    Eligibility,
    Project,
    ProjectState,
    QualityPolicy,
    StateChange,
    WorkKind,
)
from services.broker.store.collections import COUNTERS, PROJECTS, RELEASE_REASONS, TALLIES
from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    ReturnDocument,
    Session,
)
from services.chassis.natural_keys import derived_id

Mark = Literal["has_named_tasks", "has_limits", "has_opinions"]

_LIVE_MAX = 1000
TALLY_NAMES = ("submitted", "accepted", "rejected", "in_review", "resolved", "released")


class ProjectStore:
    """Reads and writes projects."""

    def __init__(self, *, database: MongoDatabase, writer_id: str) -> None:
        self._projects = database.collection(PROJECTS)
        self._counters = database.collection(COUNTERS)
        self._reasons = database.collection(RELEASE_REASONS)
        self._tallies = database.collection(TALLIES)
        # Each process counts in documents of its own: replicas never fight over one.
        self._writer_id = writer_id

    async def insert(self, project: Project, *, session: Session) -> None:
        """A new project and its counters."""
        await self._projects.insert_one(_document(project), session=session)
        await self._counters.insert_one(
            {"_id": project.project_id, "seq": 0, "place": 0, "reserved_units": 0},
            session=session,
        )

    async def get(self, project_id: str, *, session: Session | None = None) -> Project | None:
        """One project, or None."""
        found = await self._projects.find_one({"_id": project_id}, session=session)
        return _project(found) if found else None

    async def get_many(self, project_ids: Iterable[str]) -> dict[str, Project]:
        """Those that are there."""
        found = self._projects.find({"_id": {"$in": list(project_ids)}})
        return {document["_id"]: _project(document) async for document in found}

    async def list_for(self, *, client_id: str, after: str, limit: int) -> list[Project]:
        """By id; all clients' where client_id is empty."""
        query: Document = {"_id": {"$gt": after}}
        if client_id:
            query["client_id"] = client_id
        found = self._projects.find(query).sort("_id", ASCENDING).limit(limit)
        return [_project(document) async for document in found]

    async def live(self) -> list[Project]:
        """Projects whose work is handed out, the oldest first."""
        found = self._projects.find({"state": ProjectState.LIVE.value})
        return [_project(d) async for d in found.sort("_id", ASCENDING).limit(_LIVE_MAX)]

    async def ended_unsettled(self, *, limit: int) -> list[Project]:
        """Ended projects of which something may still be submitted."""
        states = [ProjectState.COMPLETED.value, ProjectState.CANCELLED.value]
        found = self._projects.find({"state": {"$in": states}, "settled": False}).limit(limit)
        return [_project(document) async for document in found]

    async def replace(self, project: Project, *, session: Session) -> None:
        """The project as it is now; read it in the same transaction before."""
        await self._projects.replace_one(
            {"_id": project.project_id}, _document(project), session=session
        )

    async def mark(self, project_id: str, mark: Mark, *, session: Session) -> None:
        """Claims look for more than the queue from now on."""
        await self._projects.update_one(
            {"_id": project_id, mark: {"$ne": True}}, {"$set": {mark: True}}, session=session
        )

    async def counters(self, project_id: str, *, session: Session | None = None) -> Document:
        """Seq (tasks posted), place (end of the queue), reserved_units; found_units of it."""
        found = await self._counters.find_one({"_id": project_id}, session=session)
        return found or {"seq": 0, "place": 0, "reserved_units": 0}

    async def advance(
        self, project_id: str, *, seq: int, place: int, reserved_units: int, session: Session
    ) -> Document:
        """Adds to the counters; returns them as they were before."""
        before: Document = await self._counters.find_one_and_update(
            {"_id": project_id},
            {"$inc": {"seq": seq, "place": place, "reserved_units": reserved_units}},
            return_document=ReturnDocument.BEFORE,
            session=session,
        )
        return before

    async def reserve_for_found(
        self, project_id: str, amount_units: int, *, session: Session
    ) -> None:
        """Money for further answers to control tasks that were found after posting."""
        await self._counters.update_one(
            {"_id": project_id},
            {"$inc": {"reserved_units": amount_units, "found_units": amount_units}},
            session=session,
        )

    async def count(
        self, project_id: str, deltas: Mapping[str, int], *, writer: str, session: Session
    ) -> None:
        """Adds to the project's tallies; `writer` names the part of the process that counts."""
        if any(deltas.values()):
            await self._tallies.update_one(
                {"_id": f"{project_id}:{self._writer_id}:{writer}"},
                {"$inc": dict(deltas), "$setOnInsert": {"project_id": project_id}},
                upsert=True,
                session=session,
            )

    async def count_release(
        self, project_id: str, reason: str, times: int, *, session: Session
    ) -> None:
        """Adds to how often a reason was given for giving a task back."""
        await self._reasons.update_one(
            {"_id": derived_id("rsn", project_id, reason)},
            {
                "$inc": {"count": times},
                "$setOnInsert": {"project_id": project_id, "reason": reason},
            },
            upsert=True,
            session=session,
        )

    async def release_reasons(self, project_id: str, *, limit: int) -> list[tuple[str, int]]:
        """The most frequent ones, with how often."""
        found = self._reasons.find({"project_id": project_id}).sort("count", DESCENDING)
        return [(d["reason"], d["count"]) for d in await found.limit(limit).to_list(limit)]

    async def tallies(self, project_id: str, *, session: Session | None = None) -> dict[str, int]:
        """The sums over all writers."""
        sums = dict.fromkeys(TALLY_NAMES, 0)
        async for document in self._tallies.find({"project_id": project_id}, session=session):
            for name in TALLY_NAMES:
                sums[name] += document.get(name, 0)
        return sums


def _document(project: Project) -> Document:
    document = asdict(project)
    document.pop("label_set")
    document["_id"] = document.pop("project_id")
    document["state"] = project.state.value
    document["kind"] = project.kind.value
    document["labels"] = list(project.labels)
    document["history"] = [asdict(change) for change in project.history]
    for name in ("countries", "languages", "skills", "vendor_ids", "regions"):
        document["eligibility"][name] = sorted(document["eligibility"][name])
    return document


def _project(document: Document) -> Project:
    fields = dict(document)
    eligibility = fields.pop("eligibility")
    project_id = fields.pop("_id")
    return Project(
        **{
            **fields,
            "project_id": project_id,
            "kind": WorkKind(fields["kind"]),
            "state": ProjectState(fields["state"]),
            "labels": tuple(fields["labels"]),
            "label_set": frozenset(fields["labels"]),
            "history": tuple(StateChange(**change) for change in fields["history"]),
            "quality_policy": QualityPolicy(**fields["quality_policy"]),
            "eligibility": Eligibility(
                countries=frozenset(eligibility["countries"]),
                languages=frozenset(eligibility["languages"]),
                skills=frozenset(eligibility["skills"]),
                vendor_ids=frozenset(eligibility["vendor_ids"]),
                exclude_direct=eligibility["exclude_direct"],
                # Projects of before there were regions name none.
                regions=frozenset(eligibility.get("regions", ())),
            ),
        }
    )
