"""Statements beside what the ledger says of them, and what the audit of each has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, UpdateOne
from services.payouts.domain.ledger.audits import Fault, Finding
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.payments import StatementState
from services.payouts.domain.statements.statement_audits import Booked
from services.payouts.store.collections import ENTRIES
from services.payouts.store.payments.rail_collections import STATEMENTS
from services.payouts.store.reconciliation.mirror_collections import STATEMENT_AUDITS

_STATES = [state.value for state in StatementState]
_CARRIED = "CARRIED"
# Keys of the entries that confirm a payment, and of those that take one back.
_PAID_KEYS = ("payout_paid", "payout_return", "outbound_paid", "outbound_return")
_PAID_OUT = r"^rail:[^:]+:paid_out:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A statement as it was at some time of its payment."""

    statement_id: str
    version: int


class StatementAuditStore:
    """Reads statements and entries; keeps what was looked at, and what was wrong."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._statements = database.collection(STATEMENTS)
        self._entries = database.collection(ENTRIES)
        self._audits = database.collection(STATEMENT_AUDITS)

    async def page(self, *, after: str, limit: int) -> list[Version]:
        """Statements in the order of their ids."""
        found = self._statements.find(
            {"_id": {"$gt": after}, "state": {"$in": _STATES}}, {"version": 1}
        )
        ordered = found.sort("_id", ASCENDING).limit(limit)
        return [Version(statement_id=d["_id"], version=d["version"]) async for d in ordered]

    async def looked_at(self, versions: Sequence[Version], *, since: datetime) -> set[Version]:
        """Those that were audited as they are, not too long ago, and found right."""
        found = self._audits.find(
            {
                "_id": {"$in": [one.statement_id for one in versions]},
                "at": {"$gt": since},
                "wrong": {"$exists": False},
            }
        )
        return {Version(statement_id=d["_id"], version=d["version"]) async for d in found}

    async def booked(self, statement_id: str, account: str, *, session: Session) -> Booked:
        """What the ledger says of a statement."""
        moved = self._entries.aggregate(
            [
                {"$match": {"accounts": account}},
                {"$unwind": "$postings"},
                {"$match": {"postings.account": account}},
                {"$group": {"_id": "$kind", "units": {"$sum": "$postings.amount_units"}}},
            ],
            hint="others_by_account",
            session=session,
        )
        by_kind = {document["_id"]: document["units"] async for document in moved}
        return Booked(
            # The account is on the credit side.
            closed_units=-by_kind.get(EntryKind.STATEMENT_CLOSE.value, 0),
            left_units=-sum(by_kind.values()),
            paid_units=await self._paid(statement_id, session=session),
        )

    async def _paid(self, statement_id: str, *, session: Session) -> int:
        # A colon ends the instruction's id in a key, and a semicolon comes after it.
        keys = [
            {"_id": {"$gte": f"{key}:pay.{statement_id}:", "$lt": f"{key}:pay.{statement_id};"}}
            for key in _PAID_KEYS
        ]
        found = self._entries.aggregate(
            [
                {"$match": {"$or": keys}},
                {"$unwind": "$postings"},
                {"$match": {"postings.account": {"$regex": _PAID_OUT}}},
                {"$group": {"_id": None, "units": {"$sum": "$postings.amount_units"}}},
            ],
            session=session,
        )
        return sum([int(document["units"]) async for document in found])

    async def put(
        self, key: str, finding: Finding | None, *, version: int, at: datetime, session: Session
    ) -> None:
        """What an audit has come to."""
        update: Document = {"$set": {"version": version, "at": at}}
        if finding is None:
            update["$unset"] = {"wrong": ""}
        else:
            update["$set"]["wrong"] = {
                "fault": finding.fault.value,
                "account": finding.account,
                "currency": finding.currency,
                "expected_units": finding.expected_units,
                "found_units": finding.found_units,
                "entry_id": finding.entry_id,
            }
        await self._audits.bulk_write(
            [UpdateOne({"_id": key}, update, upsert=True)], session=session
        )

    async def wrong(self, *, limit: int, session: Session | None = None) -> list[Finding]:
        """What the last audits found wrong."""
        found = self._audits.find({"wrong": {"$exists": True}}, session=session).limit(limit)
        return [
            Finding(**{**document["wrong"], "fault": Fault(document["wrong"]["fault"])})
            async for document in found
        ]

    async def period_went_out(self, period_id: str) -> dict[str, int]:
        """By currency: a period's statements before what is withheld, and what it carried over."""
        sums: dict[str, int] = {}
        stated = self._statements.aggregate(
            [
                {"$match": {"period_id": period_id, "state": {"$in": _STATES}}},
                {
                    "$group": {
                        "_id": "$currency",
                        "minor": {"$sum": "$total_minor"},
                        "withheld": {"$sum": {"$sum": "$withheld.amount_minor"}},
                    }
                },
            ]
        )
        async for document in stated:
            sums[document["_id"]] = units_of(document["minor"] + document["withheld"])
        for currency, units in (await self.period_carried(period_id)).items():
            sums[currency] = sums.get(currency, 0) + units
        return sums

    async def period_carried(self, period_id: str) -> dict[str, int]:
        """By currency: what a period left for the next."""
        found = self._statements.aggregate(
            [
                {"$match": {"period_id": period_id, "state": _CARRIED}},
                {"$group": {"_id": "$currency", "units": {"$sum": "$total_units"}}},
            ]
        )
        return {document["_id"]: document["units"] async for document in found}
