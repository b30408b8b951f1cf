"""What contractors have earned, read from where it stands: balances, accruals, statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import DESCENDING, Document, MongoDatabase
from services.payouts.domain.accounts import Purpose
from services.payouts.domain.entries import EntryKind, reversal_key
from services.payouts.domain.payments import StatementState
from services.payouts.store.collections import BALANCES, ENTRIES
from services.payouts.store.ledger_reads import EntryPosition
from services.payouts.store.rail_collections import STATEMENTS

_PAYABLE = [Purpose.CONTRACTOR_PAYABLE.value, Purpose.VENDOR_PAYABLE.value]
_BY_CONTRACTOR = "accruals_by_contractor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What a contractor has earned and no statement shows yet, through one vendor or directly."""

    contractor_id: str
    vendor_id: str
    """Empty where the engagement was direct."""
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A contractor's part of statements that stand alike."""

    contractor_id: str
    currency: str
    state: StatementState
    pay_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """What one answer earned."""

    entry_id: str
    assignment_id: str
    project_id: str
    currency: str
    pay_minor: int
    recorded_at: datetime
    was_reversed: bool

    @property
    def position(self) -> EntryPosition:
        """Its place among the contractor's accruals."""
        return EntryPosition(recorded_at=self.recorded_at, entry_id=self.entry_id)


class EarningsReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._balances = database.collection(BALANCES)
        self._statements = database.collection(STATEMENTS)

    async def payables(self, contractor_ids: Iterable[str]) -> list[Payable]:
        """Also those that are zero: through whom a contractor has ever earned."""
        found = self._balances.find(
            {"contractor_id": {"$in": list(contractor_ids)}, "purpose": {"$in": _PAYABLE}}
        )
        return [
            Payable(
                contractor_id=document["contractor_id"],
                vendor_id=document.get("vendor_id", ""),
                currency=document["currency"],
                # Payable accounts are on the credit side.
                amount_minor=-document["amount_minor"],
            )
            async for document in found
        ]

    async def answers(
        self, contractor_ids: Iterable[str], *, vendor_id: str | None = None
    ) -> dict[tuple[str, str], int]:
        """Accepted answers by contractor and currency; of one vendor's engagement, or of all."""
        match: Document = {
            "contractor_id": {"$in": list(contractor_ids)},
            "pay_minor": {"$exists": True},
        }
        if vendor_id is not None:
            match["vendor_id"] = vendor_id or {"$exists": False}
        one = {"$cond": [{"$eq": ["$kind", EntryKind.ACCRUAL.value]}, 1, -1]}
        found = self._entries.aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": {"contractor_id": "$contractor_id", "currency": "$currency"},
                        "answers": {"$sum": one},
                    }
                },
            ],
            hint=_BY_CONTRACTOR,
        )
        return {
            (document["_id"]["contractor_id"], document["_id"]["currency"]): document["answers"]
            async for document in found
        }

    async def stated(self, payee_ids: Iterable[str], contractor_ids: Iterable[str]) -> list[Stated]:
        """The contractors' parts of the payees' statements, added up by state."""
        states = [state.value for state in StatementState]
        # A line is [period, contractor, project, answers, pay, commission].
        contractor = {"$arrayElemAt": ["$lines", 1]}
        found = self._statements.aggregate(
            [
                {"$match": {"payee_id": {"$in": list(payee_ids)}, "state": {"$in": states}}},
                {"$project": {"currency": 1, "state": 1, "lines": 1}},
                {"$unwind": "$lines"},
                {"$match": {"$expr": {"$in": [contractor, list(contractor_ids)]}}},
                {
                    "$group": {
                        "_id": {
                            "contractor_id": contractor,
                            "currency": "$currency",
                            "state": "$state",
                        },
                        "pay_minor": {"$sum": {"$arrayElemAt": ["$lines", 4]}},
                    }
                },
            ]
        )
        return [
            Stated(
                contractor_id=document["_id"]["contractor_id"],
                currency=document["_id"]["currency"],
                state=StatementState(document["_id"]["state"]),
                pay_minor=document["pay_minor"],
            )
            async for document in found
        ]

    async def accruals(
        self, contractor_id: str, *, before: EntryPosition | None, limit: int
    ) -> list[Accrued]:
        """A contractor's accruals, the newest first."""
        query: Document = {
            "contractor_id": contractor_id,
            "pay_minor": {"$exists": True},
            "kind": EntryKind.ACCRUAL.value,
        }
        if before is not None:
            query["recorded_at"] = {"$lte": before.recorded_at}
            query["$or"] = [
                {"recorded_at": {"$lt": before.recorded_at}},
                {"_id": {"$lt": before.entry_id}},
            ]
        cursor = self._entries.find(query).hint(_BY_CONTRACTOR)
        documents = await (
            cursor.sort([("recorded_at", DESCENDING), ("_id", DESCENDING)])
            .limit(limit)
            .to_list(limit)
        )
        reversed_ids = await self._reversed([document["_id"] for document in documents])
        return [
            Accrued(
                entry_id=document["_id"],
                assignment_id=document["assignment_id"],
                project_id=document["project_id"],
                currency=document["currency"],
                pay_minor=document["pay_minor"],
                recorded_at=document["recorded_at"],
                was_reversed=document["_id"] in reversed_ids,
            )
            for document in documents
        ]

    async def released_minor(self, held_account: str) -> int:
        """What was given back from a project's hold."""
        found = self._entries.aggregate(
            [
                {"$match": {"accounts": held_account, "kind": EntryKind.HOLD_RELEASE.value}},
                {"$unwind": "$postings"},
                {"$match": {"postings.account": held_account}},
                {"$group": {"_id": None, "amount_minor": {"$sum": "$postings.amount_minor"}}},
            ]
        )
        documents = await found.to_list(1)
        return int(documents[0]["amount_minor"]) if documents else 0

    async def _reversed(self, entry_ids: Sequence[str]) -> set[str]:
        # An absorption has the same key, but takes nothing from the contractor.
        found = self._entries.find(
            {
                "_id": {"$in": [reversal_key(entry_id) for entry_id in entry_ids]},
                "kind": EntryKind.ACCRUAL_REVERSAL.value,
            },
            {"reverses_id": 1},
        )
        return {document["reverses_id"] async for document in found}
