"""Accounts added up again from their entries, from where the last audit of each has come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.ledger.accounts import CHART, Account, Side
from services.payouts.domain.ledger.audits import Fault, Finding
from services.payouts.store.collections import AUDITS, BALANCES, ENTRIES
from services.payouts.store.ledger.ledger_reads import accruals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The account's entries that were recorded until then come to so much; None: none are added."""

    until: datetime | None = None
    amount_units: int = 0


class AuditStore:
    """Reads entries and balances; keeps checkpoints and what was found wrong."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._audits = database.collection(AUDITS)
        self._balances = database.collection(BALANCES)
        self._entries = database.collection(ENTRIES)

    async def accounts_after(self, name: str, *, limit: int) -> list[str]:
        """By name."""
        found = self._balances.find({"_id": {"$gt": name}}, {"_id": 1}).sort("_id", ASCENDING)
        return [document["_id"] async for document in found.limit(limit)]

    async def checkpoint(self, account: str, *, session: Session) -> Checkpoint:
        """Of the last audit."""
        found = await self._audits.find_one({"_id": account}, session=session)
        if found is None or "until" not in found:
            return Checkpoint()
        return Checkpoint(until=found["until"], amount_units=found["amount_units"])

    async def put(
        self, account: str, checkpoint: Checkpoint, finding: Finding | None, *, session: Session
    ) -> None:
        """What this audit has come to."""
        update: Document = {
            "$set": {"until": checkpoint.until, "amount_units": checkpoint.amount_units}
        }
        if finding is None:
            update["$unset"] = {"wrong": ""}
        else:
            update["$set"]["wrong"] = {
                "currency": finding.currency,
                "expected_units": finding.expected_units,
                "found_units": finding.found_units,
            }
        await self._audits.update_one({"_id": account}, update, upsert=True, session=session)

    async def wrong(self, *, limit: int, session: Session | None = None) -> list[Finding]:
        """What the last audits found misstated."""
        found = self._audits.find({"wrong": {"$exists": True}}, session=session).limit(limit)
        return [
            Finding(
                fault=Fault.MISSTATED,
                currency=document["wrong"]["currency"],
                expected_units=document["wrong"]["expected_units"],
                found_units=document["wrong"]["found_units"],
                account=document["_id"],
            )
            for document in await fetch(found)
        ]

    async def below_zero(self, *, limit: int, session: Session) -> dict[str, int]:
        """Balances of guarded accounts that are, by name."""
        wrong_side = [
            {
                "purpose": kind.purpose.value,
                "amount_units": {"$gt": 0} if kind.side is Side.CREDIT else {"$lt": 0},
            }
            for kind in CHART
            if kind.guarded
        ]
        found = self._balances.find({"$or": wrong_side}, {"amount_units": 1}, session=session)
        return {
            document["_id"]: document["amount_units"]
            for document in await fetch(found.limit(limit))
        }

    async def sum_of(
        self, account: Account, *, after: datetime | None, until: datetime, session: Session
    ) -> int:
        """The postings of entries that were recorded in a time: after the first, to the second."""
        recorded: Document = {"$lte": until}
        if after is not None:
            recorded["$gt"] = after
        return await self._sum(account, {"recorded_at": recorded}, session=session)

    async def sum_since(self, account: Account, moment: datetime, *, session: Session) -> int:
        """The postings of entries that were recorded after a moment."""
        return await self._sum(account, {"recorded_at": {"$gt": moment}}, session=session)

    async def balance(self, account: Account, *, session: Session) -> int:
        """As it is kept."""
        found = await self._balances.find_one({"_id": account.name}, session=session)
        return int(found["amount_units"]) if found is not None else 0

    async def _sum(self, account: Account, recorded: Document, *, session: Session) -> int:
        parts: list[tuple[str, Document]] = [("others_by_account", {"accounts": account.name})]
        accruals = accruals_of(account)
        if accruals is not None:
            parts.append(accruals)
        total = 0
        for index, query in parts:
            found = self._entries.aggregate(
                [
                    {"$match": {**query, **recorded}},
                    {"$unwind": "$postings"},
                    {"$match": {"postings.account": account.name}},
                    {"$group": {"_id": None, "amount_units": {"$sum": "$postings.amount_units"}}},
                ],
                hint=index,
                session=session,
            )
            async for document in found:
                total += int(document["amount_units"])
        return total
