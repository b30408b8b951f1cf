"""Assignments and answers. A claim is an insert, and its keys are the guard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.broker.domain.assignments import (
    ANSWERED,
    Answer,
    Assignment,
    AssignmentState,
    Standing,
)
from services.broker.store.collections import ANSWERS, ASSIGNMENTS
from services.chassis.mongo import (
    DESCENDING,
    BulkWriteError,
    Document,
    MongoDatabase,
    Session,
    duplicate_positions,
    fetch,
    store_errors,
)

_RUNNING = "running"


class AssignmentStore:
    """Reads and writes assignments and answers."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._assignments = database.collection(ASSIGNMENTS)
        self._answers = database.collection(ANSWERS)

    async def claim(self, assignments: Sequence[Assignment]) -> set[int]:
        """Inserts all at once; returns the positions of those whose slot or task was taken.

        Errors:
            StoreUnavailable: some may have been inserted; their leases run out by themselves.
        """
        with store_errors():
            try:
                await self._assignments.insert_many(
                    [_document(assignment) for assignment in assignments], ordered=False
                )
            except BulkWriteError as err:
                return duplicate_positions(err)
        return set()

    async def running(self, contractor_ids: Iterable[str]) -> dict[str, list[Assignment]]:
        """Leases that have not been answered, given back or expired, by contractor."""
        query = {"contractor_id": {"$in": list(contractor_ids)}, "state": "CLAIMED"}
        found: dict[str, list[Assignment]] = {}
        with store_errors():
            for document in await fetch(self._assignments.find(query).hint(_RUNNING)):
                found.setdefault(document["contractor_id"], []).append(_assignment(document))
        return found

    async def get_many(
        self, assignment_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, Assignment]:
        """Those that are there."""
        documents = await fetch(
            self._assignments.find({"_id": {"$in": assignment_ids}}, session=session)
        )
        return {document["_id"]: _assignment(document) for document in documents}

    async def has_held(self, contractor_id: str, *, project_id: str) -> bool:
        """Whether the contractor ever had a task of the project."""
        query = {"contractor_id": contractor_id, "project_id": project_id}
        return await self._assignments.find_one(query, {"_id": 1}) is not None

    async def standings(
        self, assignment_ids: Sequence[str], *, session: Session
    ) -> dict[str, Standing]:
        """Where those that are there stand."""
        fields = {"project_id": 1, "state": 1, "decision_revision": 1}
        query = {"_id": {"$in": assignment_ids}}
        return {
            d["_id"]: Standing(
                d["project_id"], AssignmentState(d["state"]), d.get("decision_revision", 0)
            )
            for d in await fetch(self._assignments.find(query, fields, session=session))
        }

    async def of_tasks(self, task_ids: Sequence[str]) -> dict[str, list[Document]]:
        """slot, attempt, contractor_id and state of all there ever were, by task."""
        fields = {"task_id": 1, "slot": 1, "attempt": 1, "state": 1, "contractor_id": 1}
        found: dict[str, list[Document]] = {}
        query = {"task_id": {"$in": list(task_ids)}}
        for document in await fetch(self._assignments.find(query, fields)):
            found.setdefault(document["task_id"], []).append(document)
        return found

    async def move(
        self,
        assignment_ids: Sequence[str],
        state: AssignmentState,
        *,
        session: Session,
        reason: str = "",
    ) -> None:
        """All to one state; read and judge them in the same transaction before."""
        changes: Document = {"state": state.value}
        if reason:
            changes["decision_reason"] = reason
        update: Document | list[Document] = {"$set": changes}
        if state is AssignmentState.EXPIRED:
            # Nobody holds it: the task is free for the same contractor as well.
            update = [{"$set": {**changes, "holder": {"$concat": ["-", "$_id"]}}}]
        await self._assignments.update_many(
            {"_id": {"$in": list(assignment_ids)}}, update, session=session
        )

    async def decide(
        self,
        assignment_ids: Sequence[str],
        state: AssignmentState,
        *,
        revision: int,
        facts: Document,
        session: Session,
    ) -> None:
        """All to one state by one decision; its facts, also empty ones, replace an earlier one's.

        What says nothing is not kept: first decisions, which are nearly all, are short.
        """
        said = {name: value for name, value in facts.items() if value}
        update: Document = {"$set": {"state": state.value, "decision_revision": revision, **said}}
        unsaid = {name: "" for name in facts if name not in said}
        if revision > 1 and unsaid:
            update["$unset"] = unsaid
        await self._assignments.update_many(
            {"_id": {"$in": list(assignment_ids)}}, update, session=session
        )

    async def renew(
        self, assignment_ids: Sequence[str], *, expires_at: datetime, session: Session
    ) -> None:
        """A new end for leases that were judged to run."""
        await self._assignments.update_many(
            {"_id": {"$in": list(assignment_ids)}},
            {"$set": {"lease_expires_at": expires_at}},
            session=session,
        )

    async def expired(self, *, now: datetime, limit: int) -> list[str]:
        """Leases whose end has passed."""
        with store_errors():
            found = self._assignments.find(
                {"state": "CLAIMED", "lease_expires_at": {"$lte": now}}, {"_id": 1}
            )
            return [document["_id"] async for document in found.hint(_RUNNING).limit(limit)]

    async def count_running(self, project_id: str, *, session: Session | None = None) -> int:
        """Leases of one project that run: a scan of all that run anywhere, which are few."""
        return await self._assignments.count_documents(
            {"state": "CLAIMED", "project_id": project_id}, hint=_RUNNING, session=session
        )

    async def insert_answers(self, answers: Sequence[Answer], *, session: Session) -> None:
        """New answers; their assignments moved to SUBMITTED in the same transaction."""
        await self._answers.insert_many([_answer_document(a) for a in answers], session=session)

    async def answers(
        self, assignment_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, Document]:
        """value, submitted_at and, where there is one, result_json, by assignment."""
        fields = {"value": 1, "submitted_at": 1, "result_json": 1}
        query = {"_id": {"$in": list(assignment_ids)}}
        found = self._answers.find(query, fields, session=session)
        return {document["_id"]: document for document in await fetch(found)}

    async def answered(self, task_ids: Sequence[str]) -> list[tuple[Assignment, Document]]:
        """Assignments of the tasks that have their answer, with it."""
        states = [state.value for state in ANSWERED]
        query = {"task_id": {"$in": list(task_ids)}, "state": {"$in": states}}
        assignments = [_assignment(d) for d in await fetch(self._assignments.find(query))]
        ids = [assignment.assignment_id for assignment in assignments]
        answers = {a["_id"]: a for a in await fetch(self._answers.find({"_id": {"$in": ids}}))}
        return [(a, answers[a.assignment_id]) for a in assignments if a.assignment_id in answers]

    async def history(
        self, contractor_id: str, *, state: str, before: datetime | None, skip: int, limit: int
    ) -> list[Assignment]:
        """A contractor's assignments, the newest first."""
        query: Document = {"contractor_id": contractor_id}
        if state:
            query["state"] = state
        if before is not None:
            query["claimed_at"] = {"$lte": before}
        found = self._assignments.find(query).sort("claimed_at", DESCENDING)
        return [_assignment(document) async for document in found.skip(skip).limit(limit)]


def _document(assignment: Assignment) -> Document:
    document = {
        "_id": assignment.assignment_id,
        "task_id": assignment.task_id,
        "project_id": assignment.project_id,
        "contractor_id": assignment.contractor_id,
        "holder": assignment.contractor_id,
        "organisation_id": assignment.organisation_id,
        "engagement": assignment.engagement,
        "slot": assignment.slot,
        "attempt": assignment.attempt,
        "state": assignment.state.value,
        "lease_token": assignment.lease_token,
        "lease_expires_at": assignment.lease_expires_at,
        "claimed_at": assignment.claimed_at,
        "request_id": assignment.request_id,
        "overlap": assignment.overlap,
    }
    if assignment.gold_label:
        document["gold_label"] = assignment.gold_label
    if assignment.overlap_max:
        document["overlap_max"] = assignment.overlap_max
    if assignment.opinion_id:
        document["opinion_id"] = assignment.opinion_id
    if assignment.items:
        document["items"] = list(assignment.items)
    return document


def _answer_document(answer: Answer) -> Document:
    document = {
        "_id": answer.assignment_id,
        "task_id": answer.task_id,
        "contractor_id": answer.contractor_id,
        "value": answer.value,
        "active_seconds": answer.active_seconds,
        "submitted_at": answer.submitted_at,
    }
    if answer.result_json:
        document["result_json"] = answer.result_json
    return document


def _assignment(document: Document) -> Assignment:
    return Assignment(
        assignment_id=document["_id"],
        task_id=document["task_id"],
        project_id=document["project_id"],
        contractor_id=document["contractor_id"],
        organisation_id=document["organisation_id"],
        engagement=document["engagement"],
        slot=document["slot"],
        attempt=document["attempt"],
        state=AssignmentState(document["state"]),
        lease_token=document["lease_token"],
        lease_expires_at=document["lease_expires_at"],
        claimed_at=document["claimed_at"],
        request_id=document["request_id"],
        overlap=document["overlap"],
        gold_label=document.get("gold_label", ""),
        decision_revision=document.get("decision_revision", 0),
        decision_reason=document.get("decision_reason", ""),
        overlap_max=document.get("overlap_max", 0),
        opinion_id=document.get("opinion_id", ""),
        decision_clause=document.get("decision_clause", ""),
        decision_gold_label=document.get("decision_gold_label", ""),
        pay_bps=document.get("pay_bps", 0),
        items=tuple(document.get("items", ())),
    )
