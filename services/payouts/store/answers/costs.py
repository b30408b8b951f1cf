"""What clients' projects cost in a span of time, added up from the ledger's entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import ASCENDING, Document, MongoDatabase
from services.payouts.domain.ledger.accounts import Purpose, project_held, project_reserve
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.papers.papers import ProjectCosts
from services.payouts.store.collections import BALANCES, ENTRIES
from services.payouts.store.ledger.ledger_reads import ANSWERS

_BORNE = (EntryKind.ACCRUAL_ABSORPTION, EntryKind.LOSS_REPAID, EntryKind.RESERVE_SHORTFALL)
# By the names that the chart of accounts gives them.
_PARTS = (
    ("^contractor:.*:payable:", "pay"),
    ("^vendor:.*:commission:", "commission"),
    ("^platform:fees:", "fee"),
    ("^contractor:.*:benefits:", "benefits"),
)
_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAccount:
    """A client's funds in one currency, and since when it has them."""

    client_id: str
    currency: str
    opened_at: datetime


class CostReads:
    """Reads. A span that is over is always read the same: entries are only added."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._balances = database.collection(BALANCES)

    async def accounts(self, *, after: str, limit: int) -> list[tuple[str, ClientAccount]]:
        """Every client's, in the order of their names, each with where it stands in it."""
        found = self._balances.find(
            {"purpose": Purpose.CLIENT_AVAILABLE.value, "_id": {"$gt": after}}
        )
        documents = await found.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [(document["_id"], _account(document)) for document in documents]

    async def account(self, client_id: str, currency: str) -> ClientAccount | None:
        """None where the client never had money of it."""
        found = await self._balances.find_one(
            {
                "client_id": client_id,
                "purpose": Purpose.CLIENT_AVAILABLE.value,
                "currency": currency,
            }
        )
        return None if found is None else _account(found)

    async def of_client(
        self, client_id: str, currency: str, *, starts_at: datetime, ends_at: datetime
    ) -> list[ProjectCosts]:
        """One a project that anything was booked for; what was recorded before `ends_at`."""
        found = self._balances.find(
            {
                "client_id": client_id,
                "purpose": Purpose.PROJECT_HELD.value,
                "currency": currency,
            },
            {"project_id": 1},
        )
        projects = sorted({document["project_id"] async for document in found})
        span = {"$gte": starts_at, "$lt": ends_at}
        costs = [await self._of_project(client_id, one, currency, span) for one in projects]
        return [one for one in costs if not one.is_nothing]

    async def _of_project(
        self, client_id: str, project_id: str, currency: str, span: Document
    ) -> ProjectCosts:
        # The index of what is told by project, and not by account.
        told = {
            "project_id": project_id,
            "pay_units": {"$exists": True},
            "recorded_at": span,
            "currency": currency,
        }
        branches = [
            {
                "case": {"$regexMatch": {"input": "$postings.account", "regex": pattern}},
                "then": part,
            }
            for pattern, part in _PARTS
        ]
        group: Document = {
            "_id": {"kind": "$kind", "part": {"$switch": {"branches": branches, "default": ""}}},
            "units": {"$sum": "$postings.amount_units"},
        }
        moved = self._entries.aggregate(
            [{"$match": told}, {"$unwind": "$postings"}, {"$group": group}],
            maxTimeMS=_SECONDS_MAX * 1000,
        )
        sums: dict[str, int] = {}
        async for document in moved:
            is_top_up = document["_id"]["kind"] == EntryKind.FLOOR_TOP_UP.value
            part = document["_id"]["part"]
            if part:
                name = "top_up" if is_top_up else part
                sums[name] = sums.get(name, 0) - document["units"]
        counted = self._entries.aggregate(
            [{"$match": told}, {"$group": {"_id": None, "answers": {"$sum": ANSWERS}}}],
            maxTimeMS=_SECONDS_MAX * 1000,
        )
        answers = sum([document["answers"] async for document in counted])
        return ProjectCosts(
            project_id=project_id,
            answers=answers,
            pay_units=sums.get("pay", 0),
            commission_units=sums.get("commission", 0),
            fee_units=sums.get("fee", 0),
            benefits_units=sums.get("benefits", 0),
            top_up_units=sums.get("top_up", 0),
            absorbed_units=await self._borne(client_id, project_id, currency, span),
        )

    async def _borne(self, client_id: str, project_id: str, currency: str, span: Document) -> int:
        """What the platform paid into the project's money, less what it had back."""
        named = {"client_id": client_id, "project_id": project_id, "currency": currency}
        accounts = [project_held(**named), project_reserve(**named)]
        found = self._entries.aggregate(
            [
                {
                    "$match": {
                        "accounts": {"$in": accounts},
                        "recorded_at": span,
                        "kind": {"$in": [kind.value for kind in _BORNE]},
                    }
                },
                {"$unwind": "$postings"},
                {"$match": {"postings.account": {"$in": accounts}}},
                {"$group": {"_id": None, "units": {"$sum": "$postings.amount_units"}}},
            ],
            maxTimeMS=_SECONDS_MAX * 1000,
        )
        return sum([int(document["units"]) async for document in found])


def _account(document: Document) -> ClientAccount:
    return ClientAccount(
        client_id=document["client_id"],
        currency=document["currency"],
        opened_at=document["opened_at"],
    )
