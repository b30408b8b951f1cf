"""What contractors have earned, read from where it stands: balances, accruals, statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import DESCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.ledger.accounts import Purpose
from services.payouts.domain.ledger.entries import EntryKind, reversal_key
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.collections import BALANCES, ENTRIES
from services.payouts.store.ledger.ledger_reads import ANSWERS, EntryPosition
from services.payouts.store.payments.rail_collections import STATEMENTS

_PAYABLE = [Purpose.CONTRACTOR_PAYABLE.value, Purpose.VENDOR_PAYABLE.value]
_BY_CONTRACTOR = "accruals_by_contractor"
_BY_ACCOUNT = "others_by_account"
_BY_PERIOD = "by_period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What a contractor has earned and no statement shows yet, through one vendor or directly."""

    account: str
    contractor_id: str
    vendor_id: str
    """Empty where the engagement was direct."""
    currency: str
    amount_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What of a payable account is on statements that stand alike."""

    payable: Payable
    state: StatementState
    pay_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """What one answer earned."""

    entry_id: str
    assignment_id: str
    project_id: str
    currency: str
    pay_units: int
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

    async def payables(
        self, contractor_ids: Iterable[str], *, session: Session | None = None
    ) -> list[Payable]:
        """Also those that are zero: through whom a contractor has ever earned."""
        found = self._balances.find(
            {"contractor_id": {"$in": list(contractor_ids)}, "purpose": {"$in": _PAYABLE}},
            session=session,
        )
        return [
            Payable(
                account=document["_id"],
                contractor_id=document["contractor_id"],
                vendor_id=document.get("vendor_id", ""),
                currency=document["currency"],
                # Payable accounts are on the credit side.
                amount_units=-document["amount_units"],
            )
            async for document in found
        ]

    async def answers(
        self, contractor_ids: Iterable[str], *, vendor_id: str | None = None
    ) -> dict[tuple[str, str], int]:
        """Accepted answers by contractor and currency; of one vendor's engagement, or of all."""
        match: Document = {
            "contractor_id": {"$in": list(contractor_ids)},
            "pay_units": {"$exists": True},
        }
        if vendor_id is not None:
            match["vendor_id"] = vendor_id or {"$exists": False}
        found = self._entries.aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": {"contractor_id": "$contractor_id", "currency": "$currency"},
                        "answers": {"$sum": ANSWERS},
                    }
                },
            ],
            hint=_BY_CONTRACTOR,
        )
        return {
            (document["_id"]["contractor_id"], document["_id"]["currency"]): document["answers"]
            async for document in found
        }

    async def stated(self, payables: Sequence[Payable], *, session: Session) -> list[Stated]:
        """What has gone from the payable accounts to statements, by how these stand.

        Read from the entries that closed the statements, which are found by account: a vendor's
        statement has a line for each of its contractors, and here few of them are wanted.
        """
        if not payables:
            return []
        by_account = {payable.account: payable for payable in payables}
        names = list(by_account)
        found = self._entries.aggregate(
            [
                {"$match": {"accounts": {"$in": names}, "kind": EntryKind.STATEMENT_CLOSE.value}},
                {
                    "$project": {
                        "statement_id": 1,
                        "period_id": 1,
                        "postings": {
                            "$filter": {
                                "input": "$postings",
                                "cond": {"$in": ["$$this.account", names]},
                            }
                        },
                    }
                },
            ],
            hint=_BY_ACCOUNT,
            session=session,
        )
        entries = [document async for document in found]
        states = await self._states(entries, session=session)
        sums: dict[tuple[str, StatementState], int] = defaultdict(int)
        for entry in entries:
            for posting in entry["postings"]:
                key = (posting["account"], states[entry["statement_id"]])
                sums[key] += posting["amount_units"]
        return [
            Stated(payable=by_account[account], state=state, pay_units=pay_units)
            for (account, state), pay_units in sums.items()
        ]

    async def _states(
        self, entries: Sequence[Document], *, session: Session
    ) -> dict[str, StatementState]:
        # Answered by the index alone: the documents have all their lines.
        found = self._statements.find(
            {
                "period_id": {"$in": list({entry["period_id"] for entry in entries})},
                "state": {"$in": [state.value for state in StatementState]},
                "_id": {"$in": list({entry["statement_id"] for entry in entries})},
            },
            {"_id": 1, "state": 1},
            session=session,
        ).hint(_BY_PERIOD)
        return {d["_id"]: StatementState(d["state"]) for d in await fetch(found)}

    async def accruals(
        self, contractor_id: str, *, before: EntryPosition | None, limit: int
    ) -> list[Accrued]:
        """A contractor's accruals, the newest first."""
        query: Document = {
            "contractor_id": contractor_id,
            "pay_units": {"$exists": True},
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
                pay_units=document["pay_units"],
                recorded_at=document["recorded_at"],
                was_reversed=document["_id"] in reversed_ids,
            )
            for document in documents
        ]

    async def benefits(
        self, contractor_ids: Iterable[str], *, session: Session | None = None
    ) -> dict[tuple[str, str], int]:
        """What is in people's benefits accounts, by contractor and currency."""
        found = self._balances.find(
            {
                "contractor_id": {"$in": list(contractor_ids)},
                "purpose": Purpose.CONTRACTOR_BENEFITS.value,
            },
            session=session,
        )
        return {
            (document["contractor_id"], document["currency"]): -document["amount_units"]
            async for document in found
        }

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
