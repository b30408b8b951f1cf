"""The latest decision about every answer, and per project the counts of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from services.chassis.mongo import (
    DESCENDING,
    Document,
    MongoDatabase,
    ReturnDocument,
    Session,
    UpdateOne,
    fetch,
)
from services.payouts.domain.answers.costs import Cost
from services.payouts.domain.answers.decisions import (
    ProjectBook,
    ProjectState,
    Standing,
    Step,
    Verdict,
)
from services.payouts.domain.ledger.money import BPS_IN_WHOLE
from services.payouts.domain.statements.statement_documents import RejectedAnswer
from services.payouts.store.collections import DECISIONS, PROJECT_BOOKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time, its end left out."""

    after: datetime
    until: datetime


_COST = tuple(part.name for part in fields(Cost))


class DecisionStore:
    """One document an answer; an insert, except where a decision is overturned."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._decisions = database.collection(DECISIONS)

    async def standings(
        self, assignment_ids: Iterable[str], *, session: Session
    ) -> dict[str, Standing]:
        """How the answers stand that were decided before."""
        wanted = list(assignment_ids)
        found = self._decisions.find({"_id": {"$in": wanted}}, session=session)
        return {
            document["_id"]: Standing(
                revision=document["revision"],
                verdict=Verdict(document["verdict"]),
                accrued_revision=document["accrued_revision"],
                accrued_bps=document.get(
                    "accrued_bps", BPS_IN_WHOLE if document["accrued_revision"] else 0
                ),
                borne_bps=document.get("borne_bps", 0),
                borne_revision=document.get("borne_revision", 0),
            )
            for document in await fetch(found)
        }

    async def put(self, steps: Sequence[Step], *, rejected_at: datetime, session: Session) -> None:
        """How they stand now; the steps were judged by what this transaction read.

        `rejected_at` is a time that no closed period holds, as accruals are recorded at.
        """
        fresh = [
            {
                "_id": step.decision.assignment_id,
                "project_id": step.decision.project_id,
                **_standing(step.after),
                **_rejected(step, rejected_at),
            }
            for step in steps
            if step.before is None
        ]
        if fresh:
            await self._decisions.insert_many(fresh, session=session)
        changed = [
            UpdateOne({"_id": step.decision.assignment_id}, _change(step, rejected_at))
            for step in steps
            if step.before is not None
        ]
        if changed:
            await self._decisions.bulk_write(changed, session=session)

    async def rejected_counts(
        self, spans: Mapping[str, Span], *, session: Session
    ) -> dict[str, int]:
        """How much work of each payee was rejected in a time, and still is."""
        if not spans:
            return {}
        found = self._decisions.aggregate(
            [
                {"$match": {"$or": [_in_span(payee_id, span) for payee_id, span in spans.items()]}},
                {"$group": {"_id": "$rejected.payee_id", "count": {"$sum": 1}}},
            ],
            session=session,
        )
        return {document["_id"]: document["count"] async for document in found}

    async def rejected(
        self, payee_id: str, span: Span, *, limit: int, session: Session
    ) -> list[RejectedAnswer]:
        """The latest of them, in the order of their times."""
        found = (
            self._decisions.find(_in_span(payee_id, span), session=session)
            .sort([("rejected.recorded_at", DESCENDING), ("_id", DESCENDING)])
            .limit(limit)
        )
        return [_rejected_answer(document) for document in reversed(await fetch(found))]


class ProjectBookStore:
    """One document a project. Whatever changes or judges it also writes it.

    So of two transactions that overlap one runs again and sees what the other did: the last
    decision and the news that nothing more will come cannot miss each other.
    """

    def __init__(self, *, database: MongoDatabase) -> None:
        self._books = database.collection(PROJECT_BOOKS)

    async def get(self, project_id: str, *, session: Session | None = None) -> ProjectBook:
        """An empty one where nothing is known."""
        found = await self._books.find_one({"_id": project_id}, session=session)
        return _book(found or {"_id": project_id})

    async def count(
        self, project_id: str, counts: Mapping[Verdict, int], cost: Cost, *, session: Session
    ) -> ProjectBook:
        """Adds decisions and what they cost; returns the book as it then is."""
        deltas = {verdict.value: count for verdict, count in counts.items()}
        deltas |= asdict(cost)
        return await self._change(project_id, {"$inc": deltas}, session=session)

    async def add_hold(
        self, project_id: str, amount_units: int, *, session: Session
    ) -> ProjectBook:
        """Adds a hold; returns the book as it then is."""
        return await self._change(
            project_id, {"$inc": {"held_units": amount_units, "version": 1}}, session=session
        )

    async def add_top_up(
        self, project_id: str, amount_units: int, *, session: Session
    ) -> ProjectBook:
        """Adds what was paid to reach a floor; returns the book as it then is."""
        return await self._change(
            project_id, {"$inc": {"top_up_units": amount_units}}, session=session
        )

    async def add_release(self, project_id: str, *, session: Session) -> ProjectBook:
        """Counts a release; returns the book as it then is."""
        return await self._change(project_id, {"$inc": {"releases": 1}}, session=session)

    async def set_state(self, news: ProjectState, *, session: Session) -> ProjectBook | None:
        """The book as it then is, or None where the same or later news came before."""
        found = await self._books.find_one({"_id": news.project_id}, session=session)
        if found is not None and found.get("state_version", 0) >= news.version:
            return None
        return await self._change(
            news.project_id,
            {
                "$set": {
                    "state": news.state,
                    "state_version": news.version,
                    "settled": news.settled,
                    "answers_submitted": news.answers_submitted,
                }
            },
            session=session,
        )

    async def _change(self, project_id: str, change: Document, *, session: Session) -> ProjectBook:
        after: Document = await self._books.find_one_and_update(
            {"_id": project_id},
            change,
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _book(after)


def _standing(standing: Standing) -> Document:
    return {
        "revision": standing.revision,
        "verdict": standing.verdict.value,
        "accrued_revision": standing.accrued_revision,
        "accrued_bps": standing.accrued_bps,
        "borne_bps": standing.borne_bps,
        "borne_revision": standing.borne_revision,
    }


def _rejected(step: Step, rejected_at: datetime) -> Document:
    # Nothing of what is accepted: there is one document an answer.
    decision = step.decision
    if step.after.verdict is not Verdict.REJECTED:
        return {}
    return {
        "rejected": {
            "payee_id": decision.vendor_id or decision.contractor_id,
            "contractor_id": decision.contractor_id,
            "reason": decision.reason,
            "decided_at": decision.decided_at,
            "recorded_at": rejected_at,
        }
    }


def _change(step: Step, rejected_at: datetime) -> Document:
    rejected = _rejected(step, rejected_at)
    change: Document = {"$set": {**_standing(step.after), **rejected}}
    return change if rejected else {**change, "$unset": {"rejected": ""}}


def _in_span(payee_id: str, span: Span) -> Document:
    return {
        "rejected.payee_id": payee_id,
        "rejected.recorded_at": {"$gte": span.after, "$lt": span.until},
    }


def _rejected_answer(document: Document) -> RejectedAnswer:
    rejected = document["rejected"]
    return RejectedAnswer(
        assignment_id=document["_id"],
        contractor_id=rejected["contractor_id"],
        project_id=document["project_id"],
        reason=rejected["reason"],
        decided_at=rejected["decided_at"],
        recorded_at=rejected["recorded_at"],
    )


def _book(document: Document) -> ProjectBook:
    return ProjectBook(
        project_id=document["_id"],
        cost=Cost(**{name: document.get(name, 0) for name in _COST}),
        **{
            name: document[name]
            for name in (
                "held_units",
                "top_up_units",
                "version",
                "releases",
                "accepted",
                "rejected",
                "in_review",
                "state",
                "settled",
                "answers_submitted",
            )
            if name in document
        },
    )
