"""Rulings: what was decided about each answer, on what grounds, in which revision."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, fetch
from services.quality.domain.decisions import Reason
from services.quality.domain.records import Effort, StoredRuling
from services.quality.domain.rulings import Ruling, RulingState, Withheld
from services.quality.store.collections import RULINGS
from services.quality.store.conduct import ConductStore

_COUNTED = (RulingState.ACCEPTED.value, RulingState.REJECTED.value)


class RulingStore:
    """Reads and writes rulings."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._rulings = database.collection(RULINGS)
        self._conduct = ConductStore(database=database)

    async def insert(self, rulings: Sequence[StoredRuling], *, session: Session) -> None:
        """First rulings on answers."""
        await self._rulings.insert_many([_document(r) for r in rulings], session=session)
        await self._count(rulings, before={}, session=session)

    async def replace(self, rulings: Sequence[StoredRuling], *, session: Session) -> None:
        """Later rulings; read them in the same transaction before."""
        ids = [stored.ruling.assignment_id for stored in rulings]
        cursor = self._rulings.find({"_id": {"$in": ids}}, {"state": 1}, session=session)
        before = {document["_id"]: document["state"] for document in await fetch(cursor)}
        for stored in rulings:
            await self._rulings.replace_one(
                {"_id": stored.ruling.assignment_id}, _document(stored), session=session
            )
        await self._count(rulings, before=before, session=session)

    async def _count(
        self, rulings: Sequence[StoredRuling], *, before: Mapping[str, str], session: Session
    ) -> None:
        """What contractors have had accepted and rejected, against the states of before."""
        changes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        states = dict(before)
        moments = []
        for stored in rulings:
            ruling = stored.ruling
            counts = changes[stored.project_id, ruling.contractor_id]
            past = states.get(ruling.assignment_id)
            if past in _COUNTED:
                counts[past] -= 1
            if ruling.state in _COUNTED:
                counts[ruling.state.value] += 1
            states[ruling.assignment_id] = ruling.state.value
            if ruling.ruled_at is not None:
                moments.append(ruling.ruled_at)
        changed = {
            who: {state: n for state, n in counts.items() if n} for who, counts in changes.items()
        }
        if moments:
            await self._conduct.note_rulings(changed, now=max(moments), session=session)

    async def get_many(
        self, assignment_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, StoredRuling]:
        """Those that are there."""
        cursor = self._rulings.find({"_id": {"$in": list(assignment_ids)}}, session=session)
        return {document["_id"]: _ruling(document) async for document in cursor}

    async def states(self, assignment_ids: Sequence[str]) -> dict[str, RulingState]:
        """Of the answers that have a ruling."""
        cursor = self._rulings.find({"_id": {"$in": list(assignment_ids)}}, {"state": 1})
        return {document["_id"]: RulingState(document["state"]) async for document in cursor}

    async def stand(
        self, assignment_ids: Sequence[str], *, session: Session
    ) -> dict[str, tuple[RulingState, str]]:
        """Of the answers that have a ruling: its state, and who ruled."""
        cursor = self._rulings.find(
            {"_id": {"$in": list(assignment_ids)}}, {"state": 1, "ruled_by": 1}, session=session
        )
        return {
            document["_id"]: (RulingState(document["state"]), document["ruled_by"])
            for document in await fetch(cursor)
        }

    async def known(self, assignment_ids: Sequence[str], *, session: Session) -> set[str]:
        """Which of the answers have a ruling."""
        cursor = self._rulings.find(
            {"_id": {"$in": list(assignment_ids)}}, {"_id": 1}, session=session
        )
        return {document["_id"] for document in await fetch(cursor)}

    async def withheld_under(
        self, under: str, *, limit: int, session: Session
    ) -> list[StoredRuling]:
        """Rejections that wait for one appeal or breaker."""
        cursor = self._rulings.find({"withheld.under": under}, session=session)
        return [_ruling(document) for document in await fetch(cursor.limit(limit))]

    async def in_review(
        self, project_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[StoredRuling]:
        """What waits for a person, oldest first."""
        query: Document = {"project_id": project_id, "state": RulingState.IN_REVIEW.value}
        if after is not None:
            moment, last = after
            query["$or"] = [
                {"ruled_at": {"$gt": moment}},
                {"ruled_at": moment, "_id": {"$gt": last}},
            ]
        cursor = self._rulings.find(query).sort([("ruled_at", ASCENDING), ("_id", ASCENDING)])
        return [_ruling(document) async for document in cursor.limit(limit)]


def _document(stored: StoredRuling) -> Document:
    ruling = stored.ruling
    document: Document = {
        "_id": ruling.assignment_id,
        "task_id": stored.task_id,
        "project_id": stored.project_id,
        "contractor_id": ruling.contractor_id,
        "organisation_id": stored.organisation_id,
        "engagement": stored.engagement,
        "state": ruling.state.value,
        "revision": ruling.revision,
        "reason": ruling.reason.value if ruling.reason is not None else "",
        "evidence": dict(ruling.evidence),
        "rule_version": ruling.rule_version,
        "ruled_by": ruling.ruled_by,
        "note": ruling.note,
        "ruled_at": ruling.ruled_at,
        "clause": ruling.clause,
        "pay_bps": ruling.pay_bps,
        "active_seconds": stored.effort.active_seconds,
        "claimed_at": stored.effort.claimed_at,
        "submitted_at": stored.effort.submitted_at,
    }
    grounds = ruling.withheld
    if grounds is not None:
        document["withheld"] = {
            "under": grounds.under,
            "reason": grounds.reason.value if grounds.reason is not None else "",
            "ruled_by": grounds.ruled_by,
            "note": grounds.note,
            "clause": grounds.clause,
        }
    return document


def _ruling(document: Document) -> StoredRuling:
    return StoredRuling(
        ruling=Ruling(
            assignment_id=document["_id"],
            contractor_id=document["contractor_id"],
            state=RulingState(document["state"]),
            revision=document["revision"],
            reason=Reason(document["reason"]) if document["reason"] else None,
            evidence=document["evidence"],
            rule_version=document["rule_version"],
            ruled_by=document["ruled_by"],
            note=document["note"],
            ruled_at=document["ruled_at"],
            clause=document["clause"],
            pay_bps=document["pay_bps"],
            withheld=_withheld(document.get("withheld")),
        ),
        task_id=document["task_id"],
        project_id=document["project_id"],
        organisation_id=document["organisation_id"],
        engagement=document["engagement"],
        effort=Effort(
            active_seconds=document.get("active_seconds", 0.0),
            claimed_at=document.get("claimed_at"),
            submitted_at=document.get("submitted_at"),
        ),
    )


def _withheld(document: Document | None) -> Withheld | None:
    if document is None:
        return None
    return Withheld(
        under=document["under"],
        reason=Reason(document["reason"]) if document["reason"] else None,
        ruled_by=document["ruled_by"],
        note=document["note"],
        clause=document["clause"],
    )
