"""What was worked in a pay period: pay and time of the answers whose time was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.chassis.mongo import DESCENDING, Document, MongoDatabase, fetch
from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.fairness.floor_top_ups import Worked
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.store.collections import ENTRIES
from services.payouts.store.ledger.entry_documents import effort_of
from services.payouts.store.ledger.ledger_reads import ANSWERS

_MEASURED: Document = {"pay_units": {"$exists": True}, "active_milliseconds": {"$exists": True}}
_SIGNED_TIME: Document = {
    "$cond": [
        {"$eq": ["$kind", EntryKind.ACCRUAL.value]},
        "$active_milliseconds",
        {"$multiply": ["$active_milliseconds", -1]},
    ]
}


class WorkedReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)

    async def in_time(self, *, recorded_from: datetime, recorded_before: datetime) -> list[Worked]:
        """One a contractor, project and currency; what was taken back is taken off."""
        found = self._entries.aggregate(
            [
                {
                    "$match": {
                        **_MEASURED,
                        "recorded_at": {"$gte": recorded_from, "$lt": recorded_before},
                    }
                },
                {
                    "$group": {
                        "_id": {
                            "contractor_id": "$contractor_id",
                            "currency": "$currency",
                            "project_id": "$project_id",
                        },
                        "client_id": {"$first": "$client_id"},
                        # Of somebody who changed sides in between, whoever engaged them last.
                        "vendor_id": {"$last": {"$ifNull": ["$vendor_id", ""]}},
                        "vendor_ids": {"$addToSet": {"$ifNull": ["$vendor_id", ""]}},
                        "answers": {"$sum": ANSWERS},
                        "earned_units": {"$sum": "$pay_units"},
                        "active_milliseconds": {"$sum": _SIGNED_TIME},
                    }
                },
                {"$sort": {"_id": 1}},
            ],
            allowDiskUse=True,
            hint="accruals",
        )
        return [_worked(document) async for document in found]

    async def efforts(
        self,
        contractor_id: str,
        currency: str,
        *,
        recorded_from: datetime,
        recorded_before: datetime,
    ) -> list[Effort]:
        """Of a contractor's answers that were accepted in a time."""
        found = self._entries.find(
            {
                **_MEASURED,
                "contractor_id": contractor_id,
                "recorded_at": {"$gte": recorded_from, "$lt": recorded_before},
                "kind": EntryKind.ACCRUAL.value,
                "currency": currency,
            },
            {"active_milliseconds": 1, "claimed_at": 1, "submitted_at": 1},
        ).hint("accruals_by_contractor")
        return _efforts(await fetch(found))

    async def of_project(self, project_id: str, *, limit: int) -> list[Effort]:
        """Of a project's accepted answers, the newest."""
        found = (
            self._entries.find(
                {**_MEASURED, "project_id": project_id, "kind": EntryKind.ACCRUAL.value},
                {"active_milliseconds": 1, "claimed_at": 1, "submitted_at": 1},
            )
            .hint("accruals_by_project")
            .sort([("recorded_at", DESCENDING), ("_id", DESCENDING)])
            .limit(limit)
        )
        return _efforts(await fetch(found))

    async def last_booked(self, project_id: str) -> datetime | None:
        """When the last answer of a project was booked, or taken back; None before the first."""
        found = (
            self._entries.find(
                {
                    "pay_units": {"$exists": True},
                    "project_id": project_id,
                    "kind": {"$ne": EntryKind.FLOOR_TOP_UP.value},
                },
                {"recorded_at": 1},
            )
            .hint("accruals_by_project")
            .sort([("recorded_at", DESCENDING), ("_id", DESCENDING)])
            .limit(1)
        )
        documents = await found.to_list(1)
        return documents[0]["recorded_at"] if documents else None


def _efforts(documents: Sequence[Document]) -> list[Effort]:
    return [effort for document in documents if (effort := effort_of(document)) is not None]


def _worked(document: Document) -> Worked:
    key = document["_id"]
    return Worked(
        contractor_id=key["contractor_id"],
        project_id=key["project_id"],
        client_id=document["client_id"],
        vendor_id=document["vendor_id"],
        currency=key["currency"],
        answers=document["answers"],
        earned_units=document["earned_units"],
        active_milliseconds=document["active_milliseconds"],
        earlier_vendor_ids=tuple(sorted({*document["vendor_ids"]} - {document["vendor_id"]})),
    )
