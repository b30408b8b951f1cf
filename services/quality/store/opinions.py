"""Second opinions, who could give them, and how those who judge have done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, UpdateOne, fetch
from services.quality.domain.keys import UNIT
from services.quality.domain.opinions import (
    ANSWERS_MIN,
    Candidate,
    Opinion,
    OpinionState,
    Purpose,
    ReviewerRecord,
)
from services.quality.store.collections import SKILLS
from services.quality.store.fairness_collections import OPINIONS, REVIEWERS

_CANDIDATES_MAX = 1_000
_OWED_MAX = 10_000


class OpinionStore:
    """Reads and writes second opinions."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._opinions = database.collection(OPINIONS)
        self._skills = database.collection(SKILLS)

    async def insert(self, opinions: Sequence[Opinion], *, session: Session) -> None:
        """New ones."""
        await self._opinions.insert_many([_document(one) for one in opinions], session=session)

    async def replace(self, opinion: Opinion, *, session: Session) -> None:
        """A later state; read it in the same transaction before."""
        await self._opinions.replace_one(
            {"_id": opinion.opinion_id}, _document(opinion), session=session
        )

    async def get_many(self, opinion_ids: Iterable[str], *, session: Session) -> dict[str, Opinion]:
        """Those that are there."""
        cursor = self._opinions.find({"_id": {"$in": list(opinion_ids)}}, session=session)
        return {document["_id"]: _opinion(document) for document in await fetch(cursor)}

    async def about(self, subjects: Sequence[str], *, session: Session) -> dict[str, list[Opinion]]:
        """All that were asked, by what they are about, in the order of asking."""
        cursor = self._opinions.find({"about": {"$in": list(subjects)}}, session=session)
        found: dict[str, list[Opinion]] = defaultdict(list)
        for document in await fetch(cursor.sort("attempt", ASCENDING)):
            found[document["about"]].append(_opinion(document))
        return found

    async def overdue(self, *, now: datetime, limit: int) -> list[str]:
        """Those that did not come in time, the longest first."""
        cursor = self._opinions.find(
            {"state": OpinionState.ASKED.value, "expires_at": {"$lte": now}}, {"_id": 1}
        ).sort("expires_at", ASCENDING)
        return [document["_id"] for document in await fetch(cursor.limit(limit))]

    async def candidates(self, project_id: str, *, session: Session) -> list[Candidate]:
        """Contractors of the project of whom enough is known, with what they owe already."""
        found = self._skills.find(
            {
                "_id": {"$gte": f"{project_id}:", "$lt": f"{project_id};"},
                "totals.total": {"$gte": ANSWERS_MIN * UNIT},
            },
            {"contractor_id": 1, "organisation_id": 1, "totals": 1},
            session=session,
        )
        skilled = await fetch(found.limit(_CANDIDATES_MAX))
        owed = await self._owed(project_id, session=session)
        return [
            Candidate(
                contractor_id=document["contractor_id"],
                organisation_id=document["organisation_id"],
                gold_right=document["totals"].get("gold_right", 0),
                gold_total=document["totals"].get("gold_total", 0),
                right=document["totals"].get("right", 0) / UNIT,
                total=document["totals"]["total"] / UNIT,
                open_opinions=owed[document["contractor_id"]],
            )
            for document in skilled
        ]

    async def _owed(self, project_id: str, *, session: Session) -> Counter[str]:
        cursor = self._opinions.find(
            {"state": OpinionState.ASKED.value, "project_id": project_id},
            {"contractor_id": 1},
            session=session,
        )
        return Counter(
            document["contractor_id"] for document in await fetch(cursor.limit(_OWED_MAX))
        )


class ReviewerStore:
    """How those who judge others' answers have done; changed by adding only."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._reviewers = database.collection(REVIEWERS)

    async def add(self, changes: Mapping[str, Mapping[str, int]], *, session: Session) -> None:
        """Adds to records, in the names of `ReviewerRecord`."""
        updates = [
            UpdateOne({"_id": reviewer_id}, {"$inc": dict(counts)}, upsert=True)
            for reviewer_id, counts in changes.items()
            if counts
        ]
        if updates:
            await self._reviewers.bulk_write(updates, ordered=False, session=session)

    async def get_many(
        self, reviewer_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, ReviewerRecord]:
        """Those of whom anything is known."""
        cursor = self._reviewers.find({"_id": {"$in": list(reviewer_ids)}}, session=session)
        names = ("decisions", "rejections", "upheld", "overturned", "opinions", "agreed")
        return {
            document["_id"]: ReviewerRecord(
                reviewer_id=document["_id"], **{name: document.get(name, 0) for name in names}
            )
            for document in await fetch(cursor)
        }


def _document(opinion: Opinion) -> Document:
    return {
        "_id": opinion.opinion_id,
        "purpose": opinion.purpose.value,
        "about": opinion.about,
        "task_id": opinion.task_id,
        "project_id": opinion.project_id,
        "contractor_id": opinion.contractor_id,
        "attempt": opinion.attempt,
        "asked_at": opinion.asked_at,
        "expires_at": opinion.expires_at,
        "state": opinion.state.value,
        "assignment_id": opinion.assignment_id,
        "value": opinion.value,
    }


def _opinion(document: Document) -> Opinion:
    return Opinion(
        opinion_id=document["_id"],
        purpose=Purpose(document["purpose"]),
        about=document["about"],
        task_id=document["task_id"],
        project_id=document["project_id"],
        contractor_id=document["contractor_id"],
        attempt=document["attempt"],
        asked_at=document["asked_at"],
        state=OpinionState(document["state"]),
        assignment_id=document["assignment_id"],
        value=document["value"],
    )
