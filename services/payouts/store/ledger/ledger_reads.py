"""What can be read from the ledger: pages of entries, sums, and totals for statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session
from services.payouts.domain.ledger.accounts import Account, Purpose
from services.payouts.domain.ledger.entries import Entry, EntryKind
from services.payouts.domain.statements.statement_lines import (
    LINE_KINDS,
    AccrualAggregate,
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
)
from services.payouts.store.collections import BALANCES, BOOKS, ENTRIES
from services.payouts.store.ledger.entry_documents import entry_of

_RECORDED = [("recorded_at", ASCENDING), ("_id", ASCENDING)]
# The indexes that together hold every entry, each with what chooses its own.
JOURNAL_PARTS: dict[str, Document] = {
    "accruals": {"pay_units": {"$exists": True}},
    "others": {"accounts": {"$exists": True}},
}
# An answer more, one less, or none.
ANSWERS: Document = {
    "$switch": {
        "branches": [
            {"case": {"$eq": ["$kind", EntryKind.ACCRUAL.value]}, "then": 1},
            {"case": {"$eq": ["$kind", EntryKind.ACCRUAL_REVERSAL.value]}, "then": -1},
        ],
        "default": 0,
    }
}
_LINE: Document = {
    "$switch": {
        "branches": [
            {"case": {"$eq": ["$kind", entry.value]}, "then": line.value}
            for entry, line in LINE_KINDS.items()
        ]
    }
}
# How the keys of what is booked for one answer begin.
_OF_ANSWERS = (
    "accrual:",
    "reversal:accrual:",
    "loss_repaid:",
    "reversal:loss_repaid:",
    "benefits_borne:",
    "benefits_recovered:",
)
# The accruals of an account are among those of the id in its name.
_REFERENCE = {
    Purpose.PROJECT_HELD: ("accruals_by_project", "project"),
    Purpose.PROJECT_RESERVE: ("accruals_by_project", "project"),
    Purpose.CONTRACTOR_BENEFITS: ("accruals_by_contractor", "contractor"),
    Purpose.CONTRACTOR_PAYABLE: ("accruals_by_contractor", "contractor"),
    Purpose.VENDOR_PAYABLE: ("accruals_by_contractor", "contractor"),
    Purpose.VENDOR_COMMISSION: ("accruals_by_vendor", "vendor"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPosition:
    """A place in the order of recording: after this entry."""

    recorded_at: datetime
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeSum:
    """All balances of one purpose and currency; debits less credits."""

    purpose: Purpose
    currency: str
    amount_units: int
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What was recorded after a moment: debits less credits by account, entries by kind."""

    moved_units: dict[str, int]
    entries: dict[EntryKind, int]


class LedgerReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._balances = database.collection(BALANCES)
        self._books = database.collection(BOOKS)

    async def has_account(self, account: str) -> bool:
        """Whether any entry has touched it."""
        return await self._balances.find_one({"_id": account}, {"_id": 1}) is not None

    async def page(
        self, account: Account, *, after: EntryPosition | None, limit: int
    ) -> list[Entry]:
        """Entries that touch the account, in the order they were recorded."""
        start = _after(after)
        others = self._entries.find({"accounts": account.name, **start}).sort(_RECORDED)
        documents = await others.limit(limit).to_list(limit)
        accruals = accruals_of(account)
        if accruals is not None:
            index, query = accruals
            found = self._entries.find({**query, **start}).hint(index).sort(_RECORDED)
            documents += await found.limit(limit).to_list(limit)
            documents.sort(key=lambda document: (document["recorded_at"], document["_id"]))
        return [entry_of(document) for document in documents[:limit]]

    async def journal(self, *, after: EntryPosition | None, limit: int) -> list[Entry]:
        """All entries, in the order they were recorded."""
        documents: list[Document] = []
        for index, query in JOURNAL_PARTS.items():
            found = self._entries.find({**query, **_after(after)}).hint(index).sort(_RECORDED)
            documents += await found.limit(limit).to_list(limit)
        documents.sort(key=lambda document: (document["recorded_at"], document["_id"]))
        return [entry_of(document) for document in documents[:limit]]

    async def conversions(self, *, before: str, limit: int) -> list[Entry]:
        """Conversions of clients' money, newest first: their ids are in the order of their time."""
        # By the key alone. A colon ends the kind in it, and a semicolon comes after a colon.
        key = "fx_conversion"
        end = f"{key}:{before}" if before else f"{key};"
        found = self._entries.find({"_id": {"$gte": f"{key}:", "$lt": end}})
        documents = await found.sort("_id", DESCENDING).limit(limit).to_list(limit)
        return [entry_of(document) for document in documents]

    async def of_answer(self, assignment_id: str) -> list[Entry]:
        """What was booked for an answer and what undid it, in the order they were recorded."""
        # A colon ends the id in a key, and a semicolon comes after it.
        keys = [
            {"_id": {"$gte": f"{start}{assignment_id}:", "$lt": f"{start}{assignment_id};"}}
            for start in _OF_ANSWERS
        ]
        found = await self._entries.find({"$or": keys}).to_list(None)
        found.sort(key=lambda document: (document["recorded_at"], document["_id"]))
        return [entry_of(document) for document in found]

    async def recorded_since(self, moment: datetime, *, session: Session) -> Since:
        """What was recorded after a moment: by account, and entries by kind."""
        moved: dict[str, int] = {}
        kinds: dict[EntryKind, int] = {}
        for index, query in JOURNAL_PARTS.items():
            match = {"$match": {**query, "recorded_at": {"$gt": moment}}}
            found = self._entries.aggregate(
                [
                    match,
                    {"$unwind": "$postings"},
                    {
                        "$group": {
                            "_id": "$postings.account",
                            "amount_units": {"$sum": "$postings.amount_units"},
                        }
                    },
                ],
                hint=index,
                session=session,
                allowDiskUse=True,
            )
            async for document in found:
                name = document["_id"]
                moved[name] = moved.get(name, 0) + document["amount_units"]
            counted = self._entries.aggregate(
                [match, {"$group": {"_id": "$kind", "entries": {"$sum": 1}}}],
                hint=index,
                session=session,
            )
            async for document in counted:
                kind = EntryKind(document["_id"])
                kinds[kind] = kinds.get(kind, 0) + document["entries"]
        return Since(moved_units=moved, entries=kinds)

    async def opened_since(
        self, moment: datetime, *, session: Session
    ) -> dict[tuple[Purpose, str], int]:
        """How many accounts of each purpose and currency were opened after a moment."""
        found = self._balances.aggregate(
            [
                {"$match": {"opened_at": {"$gt": moment}}},
                {
                    "$group": {
                        "_id": {"purpose": "$purpose", "currency": "$currency"},
                        "accounts": {"$sum": 1},
                    }
                },
            ],
            session=session,
        )
        return {
            (Purpose(document["_id"]["purpose"]), document["_id"]["currency"]): document["accounts"]
            async for document in found
        }

    async def sums(self, *, session: Session, purposes: Iterable[Purpose] = ()) -> list[PurposeSum]:
        """Balances by purpose and currency, all or some; in a transaction, so of one moment."""
        chosen = [purpose.value for purpose in purposes]
        stages: list[Document] = [{"$match": {"purpose": {"$in": chosen}}}] if chosen else []
        stages += [
            {
                "$group": {
                    "_id": {"purpose": "$purpose", "currency": "$currency"},
                    "amount_units": {"$sum": "$amount_units"},
                    "accounts": {"$sum": 1},
                }
            },
            {"$sort": {"_id.currency": 1, "_id.purpose": 1}},
        ]
        found = self._balances.aggregate(stages, session=session)
        return [
            PurposeSum(
                purpose=Purpose(document["_id"]["purpose"]),
                currency=document["_id"]["currency"],
                amount_units=document["amount_units"],
                accounts=document["accounts"],
            )
            async for document in found
        ]

    async def counts(self, *, session: Session) -> dict[EntryKind, int]:
        """How many entries of each kind there are."""
        counts: dict[EntryKind, int] = {}
        async for book in self._books.find({}, session=session):
            for kind in EntryKind:
                if kind.value in book:
                    counts[kind] = counts.get(kind, 0) + book[kind.value]
        return counts

    async def accrual_aggregates(
        self, *, period_id: str, recorded_from: datetime, recorded_before: datetime
    ) -> list[AccrualAggregate]:
        """What was accrued in a time, as the lines of the period's statements.

        The time must be sealed (`LedgerStore.seal_accruals`), else more may come. Top-ups are made
        once it is: they count into the period that they name, whenever they were recorded.
        """
        return [
            *await self._aggregates(
                {
                    "pay_units": {"$exists": True},
                    "recorded_at": {"$gte": recorded_from, "$lt": recorded_before},
                    "kind": {"$ne": EntryKind.FLOOR_TOP_UP.value},
                },
                period_id=period_id,
                index="accruals",
            ),
            *await self._aggregates(
                {"kind": EntryKind.FLOOR_TOP_UP.value, "period_id": period_id},
                period_id=period_id,
                index="top_ups",
            ),
            *await self._aggregates(
                {
                    "corrected_pay_units": {"$exists": True},
                    "recorded_at": {"$gte": recorded_from, "$lt": recorded_before},
                },
                period_id=period_id,
                index="corrections",
                field="corrected_",
            ),
        ]

    async def _aggregates(
        self, match: Document, *, period_id: str, index: str, field: str = ""
    ) -> list[AccrualAggregate]:
        found = self._entries.aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": {
                            "vendor_id": {"$ifNull": ["$vendor_id", ""]},
                            "contractor_id": {"$ifNull": ["$contractor_id", ""]},
                            "project_id": {"$ifNull": ["$project_id", ""]},
                            "currency": "$currency",
                            "line": _LINE,
                        },
                        "answers": {"$sum": ANSWERS},
                        "pay_units": {"$sum": f"${field}pay_units"},
                        "commission_units": {"$sum": f"${field}commission_units"},
                        "fee_units": {"$sum": "$fee_units"},
                        "benefits_units": {"$sum": "$benefits_units"},
                    }
                },
            ],
            allowDiskUse=True,
            hint=index,
        )
        return [_aggregate(document, period_id=period_id) async for document in found]


def count_of(book: Document) -> int:
    """How many entries a book counts, of all kinds."""
    return sum(book.get(kind.value, 0) for kind in EntryKind)


def _after(position: EntryPosition | None) -> Document:
    if position is None:
        return {}
    return {
        "recorded_at": {"$gte": position.recorded_at},
        "$or": [
            {"recorded_at": {"$gt": position.recorded_at}},
            {"_id": {"$gt": position.entry_id}},
        ],
    }


def accruals_of(account: Account) -> tuple[str, dict[str, Any]] | None:
    """The index and the query of the account's accruals; None where it has none."""
    purpose = account.kind.purpose
    query: dict[str, Any] = {"pay_units": {"$exists": True}, "postings.account": account.name}
    if purpose is Purpose.PLATFORM_FEES:
        return "accruals", query
    if purpose not in _REFERENCE:
        return None
    index, part = _REFERENCE[purpose]
    return index, {**query, f"{part}_id": account.part(part)}


def _aggregate(document: Document, *, period_id: str) -> AccrualAggregate:
    key = document["_id"]
    if key["vendor_id"]:
        payee = Payee(kind=PayeeKind.VENDOR, payee_id=key["vendor_id"])
    else:
        payee = Payee(kind=PayeeKind.CONTRACTOR, payee_id=key["contractor_id"])
    return AccrualAggregate(
        payee=payee,
        currency=key["currency"],
        line=StatementLine(
            period_id=period_id,
            contractor_id=key["contractor_id"],
            project_id=key["project_id"],
            answers=document["answers"],
            pay_units=document["pay_units"],
            commission_units=document["commission_units"],
            kind=LineKind(key["line"]),
            fee_units=document["fee_units"],
            benefits_units=document["benefits_units"],
        ),
    )
