"""Answers and where their tasks stand."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    Document,
    MongoDatabase,
    ReplaceOne,
    Session,
    fetch,
)
from services.quality.domain.packing import pack_credits, unpack_credits
from services.quality.domain.records import StoredAnswer, StoredStanding
from services.quality.domain.truths import GoldSource, Truth
from services.quality.domain.types import Answer
from services.quality.store.collections import ANSWERS, STANDINGS


class AnswerStore:
    """Reads and writes answers and standings."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._answers = database.collection(ANSWERS)
        self._standings = database.collection(STANDINGS)

    async def of_tasks(
        self, task_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, list[StoredAnswer]]:
        """All answers of the tasks, in the order of their recording."""
        found: dict[str, list[StoredAnswer]] = {}
        cursor = self._answers.find({"task_id": {"$in": list(task_ids)}}, session=session)
        for document in await fetch(cursor):
            found.setdefault(document["task_id"], []).append(stored_answer_from(document))
        for answers in found.values():
            answers.sort(key=lambda kept: (kept.seq, kept.place))
        return found

    async def get_many(self, assignment_ids: Sequence[str]) -> dict[str, StoredAnswer]:
        """Those that are there."""
        cursor = self._answers.find({"_id": {"$in": list(assignment_ids)}})
        return {document["_id"]: stored_answer_from(document) async for document in cursor}

    async def latest(
        self, project_id: str, *, before: int | None, limit: int
    ) -> list[StoredAnswer]:
        """The last of a project that were recorded, newest first; `before` that number."""
        query: Document = {"project_id": project_id}
        if before is not None:
            query["seq"] = {"$lt": before}
        cursor = self._answers.find(query).sort("seq", DESCENDING).limit(limit)
        return [stored_answer_from(document) async for document in cursor]

    async def insert(
        self, answers: Sequence[StoredAnswer], *, now: datetime, session: Session
    ) -> None:
        """New answers, recorded now."""
        await self._answers.insert_many(
            [_answer(stored, now) for stored in answers], session=session
        )

    async def standings(
        self, task_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, StoredStanding]:
        """Those of the tasks that have been scored."""
        cursor = self._standings.find({"_id": {"$in": list(task_ids)}}, session=session)
        return {document["_id"]: standing_from(document) for document in await fetch(cursor)}

    async def standing_page(
        self, project_id: str, *, after: str, limit: int
    ) -> list[StoredStanding]:
        """By task_id."""
        cursor = self._standings.find({"project_id": project_id, "_id": {"$gt": after}})
        found = await cursor.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [standing_from(document) for document in found]

    async def put_standings(
        self,
        standings: Sequence[StoredStanding],
        *,
        known: Container[str],
        session: Session,
    ) -> None:
        """As they are now; `known` are those that are there already."""
        fresh = []
        changed = []
        for standing in standings:
            document = _document(standing)
            if standing.task_id in known:
                changed.append(ReplaceOne({"_id": document["_id"]}, document))
            else:
                fresh.append(document)
        if fresh:
            await self._standings.insert_many(fresh, session=session)
        if changed:
            await self._standings.bulk_write(changed, ordered=False, session=session)


def _document(standing: StoredStanding) -> Document:
    document: Document = {
        "_id": standing.task_id,
        "project_id": standing.project_id,
        "label": standing.label,
        "confidence": standing.confidence,
        "overlap": standing.overlap,
        "credits": pack_credits(standing.credits),
        "answer_ids": list(standing.answer_ids),
        "shares": list(standing.shares),
    }
    optional = {
        "raw_confidence": standing.raw_confidence,
        "unsaid": standing.unsaid,
        "overlap_max": standing.overlap_max,
        "gold": standing.gold,
        "gold_source": standing.gold_source.value if standing.gold_source is not None else "",
        "gold_answers": standing.gold_answers,
        "gold_right": standing.gold_right,
        "disputed": standing.disputed,
        "resolved_at": standing.resolved_at,
    }
    document.update({name: value for name, value in optional.items() if value})
    if standing.truth is not None:
        document["truth"] = _truth_document(standing.truth)
    if standing.gold_source is not None or (
        standing.truth is not None and standing.truth.label is not None
    ):
        document["known"] = True
    return document


def standing_from(document: Document) -> StoredStanding:
    source = document.get("gold_source", GoldSource.CLIENT.value if "gold" in document else "")
    return StoredStanding(
        task_id=document["_id"],
        project_id=document["project_id"],
        label=document["label"],
        confidence=document["confidence"],
        overlap=document["overlap"],
        gold=document.get("gold", ""),
        credits=unpack_credits(document["credits"]),
        answer_ids=tuple(document["answer_ids"]),
        resolved_at=document.get("resolved_at"),
        disputed=document.get("disputed", False),
        raw_confidence=document.get("raw_confidence", 0.0),
        shares=tuple(document.get("shares", ())),
        unsaid=document.get("unsaid", 0.0),
        overlap_max=document.get("overlap_max", 0),
        gold_source=GoldSource(source) if source else None,
        truth=_truth(document["truth"]) if "truth" in document else None,
        gold_answers=document.get("gold_answers", 0),
        gold_right=document.get("gold_right", 0),
    )


def _truth_document(truth: Truth) -> Document:
    return {
        "label": truth.label,
        "source": truth.source.value,
        "is_control": truth.is_control,
        "version": truth.version,
        "suspect": truth.suspect,
        "changed_at": truth.changed_at,
    }


def _truth(document: Document) -> Truth:
    return Truth(
        label=document["label"],
        source=GoldSource(document["source"]),
        is_control=document["is_control"],
        version=document["version"],
        suspect=document["suspect"],
        changed_at=document["changed_at"],
    )


def _answer(stored: StoredAnswer, now: datetime) -> Document:
    document: Document = {
        "_id": stored.answer.assignment_id,
        "task_id": stored.answer.task_id,
        "place": stored.place,
        "project_id": stored.project_id,
        "seq": stored.seq,
        "contractor_id": stored.answer.contractor_id,
        "organisation_id": stored.answer.vendor_id,
        "engagement": stored.engagement,
        "label": stored.answer.label,
        "active_seconds": stored.answer.active_seconds,
        "submitted_at": stored.answer.submitted_at,
        "recorded_at": now,
    }
    if stored.answer.claimed_at is not None:
        document["claimed_at"] = stored.answer.claimed_at
    if stored.answer.items:
        document["items"] = list(stored.answer.items)
    if stored.aside:
        document["aside"] = True
    return document


def stored_answer_from(document: Document) -> StoredAnswer:
    return StoredAnswer(
        answer=Answer(
            assignment_id=document["_id"],
            task_id=document["task_id"],
            contractor_id=document["contractor_id"],
            label=document["label"],
            vendor_id=document["organisation_id"],
            active_seconds=document["active_seconds"],
            submitted_at=document["submitted_at"],
            items=tuple(document.get("items", ())),
            claimed_at=document.get("claimed_at"),
        ),
        engagement=document["engagement"],
        place=document["place"],
        # What was recorded before answers had numbers comes before all that has one.
        project_id=document.get("project_id", ""),
        seq=document.get("seq", 0),
        aside=document.get("aside", False),
    )
