"""Appeals as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.quality.domain.appeals import (
    Appeal,
    AppealState,
    DecidedBy,
    Rejection,
)
from services.quality.store.fairness_collections import APPEALS


class AppealStore:
    """Reads and writes appeals."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._appeals = database.collection(APPEALS)

    async def insert(self, appeal: Appeal, *, session: Session) -> None:
        """A new one."""
        await self._appeals.insert_one(_document(appeal), session=session)

    async def replace(self, appeal: Appeal, *, session: Session) -> None:
        """A later state; read it in the same transaction before."""
        await self._appeals.replace_one(
            {"_id": appeal.appeal_id}, _document(appeal), session=session
        )

    async def get_many(
        self, appeal_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, Appeal]:
        """Those that are there."""
        cursor = self._appeals.find({"_id": {"$in": list(appeal_ids)}}, session=session)
        return {document["_id"]: _appeal(document) for document in await fetch(cursor)}

    async def page(
        self,
        where: Mapping[str, str],
        *,
        state: AppealState | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Appeal]:
        """Newest first; `where` names whose."""
        query: Document = dict(where)
        if state is not None:
            query["state"] = state.value
        if after is not None:
            moment, last = after
            query["$or"] = [
                {"filed_at": {"$lt": moment}},
                {"filed_at": moment, "_id": {"$lt": last}},
            ]
        cursor = self._appeals.find(query).sort([("filed_at", DESCENDING), ("_id", DESCENDING)])
        return [_appeal(document) for document in await fetch(cursor.limit(limit))]

    async def overdue(self, *, now: datetime, limit: int) -> list[str]:
        """Open ones whose time is over, the longest first."""
        cursor = self._appeals.find(
            {"state": AppealState.OPEN.value, "decide_by": {"$lte": now}}, {"_id": 1}
        ).sort("decide_by", ASCENDING)
        return [document["_id"] for document in await fetch(cursor.limit(limit))]


def _document(appeal: Appeal) -> Document:
    rejection = appeal.rejection
    return {
        "_id": appeal.appeal_id,
        "assignment_id": appeal.assignment_id,
        "task_id": appeal.task_id,
        "project_id": appeal.project_id,
        "client_id": appeal.client_id,
        "contractor_id": appeal.contractor_id,
        "organisation_id": appeal.organisation_id,
        "value": appeal.value,
        "rejection": {
            "reason": rejection.reason,
            "clause": rejection.clause,
            "ruled_by": rejection.ruled_by,
            "evidence": dict(rejection.evidence),
        },
        "statement": appeal.statement,
        "filed_at": appeal.filed_at,
        "decide_by": appeal.decide_by,
        "state": appeal.state.value,
        "waits_for_operator": appeal.waits_for_operator,
        "opinion_value": appeal.opinion_value,
        "decided_by": appeal.decided_by.value if appeal.decided_by is not None else "",
        "decider_id": appeal.decider_id,
        "note": appeal.note,
        "decided_at": appeal.decided_at,
    }


def _appeal(document: Document) -> Appeal:
    rejection = document["rejection"]
    return Appeal(
        appeal_id=document["_id"],
        assignment_id=document["assignment_id"],
        task_id=document["task_id"],
        project_id=document["project_id"],
        client_id=document["client_id"],
        contractor_id=document["contractor_id"],
        organisation_id=document["organisation_id"],
        value=document["value"],
        rejection=Rejection(
            reason=rejection["reason"],
            clause=rejection["clause"],
            ruled_by=rejection["ruled_by"],
            evidence=rejection["evidence"],
        ),
        statement=document["statement"],
        filed_at=document["filed_at"],
        state=AppealState(document["state"]),
        waits_for_operator=document["waits_for_operator"],
        opinion_value=document["opinion_value"],
        decided_by=DecidedBy(document["decided_by"]) if document["decided_by"] else None,
        decider_id=document["decider_id"],
        note=document["note"],
        decided_at=document["decided_at"],
    )
