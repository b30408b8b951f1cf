"""Projects as quality knows them, and the counts of what happened in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from services.chassis.mongo import Document, MongoDatabase, Session
from services.quality.domain.decisions import Disputed, QualityPolicy
from services.quality.domain.records import DEFAULT_POLICY, ProjectRecord
from services.quality.domain.types import FieldSpec, Kind
from services.quality.store.collections import PROJECTS, TALLIES

TALLY_NAMES = (
    "scored",
    "accepted",
    "rejected",
    "in_review",
    "resolved",
    "gold",
    "saved",
    # Of those in review: rejections held by a breaker, and rejections under appeal.
    "held",
    "appeals_open",
)


class ProjectStore:
    """Reads and writes project records and tallies."""

    def __init__(self, *, database: MongoDatabase, writer_id: str) -> None:
        self._projects = database.collection(PROJECTS)
        self._tallies = database.collection(TALLIES)
        # Each process counts in documents of its own: replicas never fight over one.
        self._writer_id = writer_id

    async def put_new(self, records: Sequence[ProjectRecord], *, session: Session) -> None:
        """Those that are not there yet; a project's record never changes."""
        by_id = {record.project_id: record for record in records}
        found = self._projects.find({"_id": {"$in": list(by_id)}}, {"_id": 1}, session=session)
        known = {document["_id"] async for document in found}
        fresh = [_document(record) for record in by_id.values() if record.project_id not in known]
        if fresh:
            await self._projects.insert_many(fresh, session=session)

    async def get(self, project_id: str) -> ProjectRecord | None:
        """One record, or None."""
        found = await self._projects.find_one({"_id": project_id})
        if found is None:
            return None
        return _record(found)

    async def count(
        self, project_id: str, deltas: Mapping[str, int], *, writer: str, session: Session
    ) -> None:
        """Adds to the project's tallies; `writer` names the part of the process that counts."""
        changes = {name: delta for name, delta in deltas.items() if delta}
        if changes:
            await self._tallies.update_one(
                {"_id": f"{project_id}:{self._writer_id}:{writer}"},
                {"$inc": changes, "$setOnInsert": {"project_id": project_id}},
                upsert=True,
                session=session,
            )

    async def tallies(self, project_id: str) -> dict[str, int]:
        """The sums over all writers."""
        sums = dict.fromkeys(TALLY_NAMES, 0)
        document: Document
        async for document in self._tallies.find({"project_id": project_id}):
            for name in TALLY_NAMES:
                sums[name] += document.get(name, 0)
        return sums


def _document(record: ProjectRecord) -> Document:
    policy = asdict(record.policy)
    policy["disputed"] = record.policy.disputed.value
    policy["clauses"] = [[reason, clause] for reason, clause in record.policy.clauses.items()]
    return {
        "_id": record.project_id,
        "client_id": record.client_id,
        "kind": record.kind.value,
        "pseudonym_salt": record.pseudonym_salt,
        "labels": list(record.labels),
        "fields": [
            {
                "name": field.name,
                "kind": field.kind.value,
                "labels": list(field.labels),
                "multiple": field.multiple,
            }
            for field in record.fields
        ],
        "tolerance": record.tolerance,
        "overlap": record.overlap,
        "overlap_max": record.overlap_max,
        "policy": policy,
    }


def _record(found: Document) -> ProjectRecord:
    policy = found.get("policy")
    return ProjectRecord(
        project_id=found["_id"],
        client_id=found["client_id"],
        kind=Kind(found["kind"]),
        pseudonym_salt=found["pseudonym_salt"],
        labels=tuple(found.get("labels", ())),
        fields=tuple(
            FieldSpec(
                name=field["name"],
                kind=Kind(field["kind"]),
                labels=tuple(field["labels"]),
                multiple=field["multiple"],
            )
            for field in found.get("fields", ())
        ),
        tolerance=found.get("tolerance", 0.0),
        overlap=found.get("overlap", 1),
        overlap_max=found.get("overlap_max", 0),
        policy=(_policy(policy) if policy is not None else DEFAULT_POLICY),
    )


def _policy(document: Document) -> QualityPolicy:
    found = {**document, "disputed": Disputed(document["disputed"])}
    found["clauses"] = dict(document["clauses"])
    return QualityPolicy(**found)
