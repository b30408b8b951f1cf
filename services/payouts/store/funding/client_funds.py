"""What clients have: available, held for projects, in reserve for floors, and owed by them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, fetch
from services.payouts.domain.ledger.accounts import Purpose
from services.payouts.store.collections import BALANCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A balance of a client's: what is available, or held for a project (else that is empty)."""

    project_id: str
    currency: str
    amount_units: int
    reserve_units: int = 0
    """Set aside for floors, beside what is held for answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """An account with what is set aside for a project's floors."""

    account: str
    project_id: str


class ClientFundsReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._balances = database.collection(BALANCES)

    async def funds(self, client_id: str, *, holds_max: int) -> tuple[list[Holding], list[Holding]]:
        """What a client has available, by currency, and what is held, the newest project first."""
        available = self._balances.find(
            {"client_id": client_id, "purpose": Purpose.CLIENT_AVAILABLE.value}
        ).sort("_id", ASCENDING)
        held = self._balances.find(
            {"client_id": client_id, "purpose": Purpose.PROJECT_HELD.value}
        ).sort([("opened_at", DESCENDING), ("_id", DESCENDING)])
        documents = await fetch(held.limit(holds_max))
        reserves = await fetch(
            self._balances.find(
                {
                    "client_id": client_id,
                    "purpose": Purpose.PROJECT_RESERVE.value,
                    "project_id": {"$in": [document["project_id"] for document in documents]},
                }
            )
        )
        reserved = {(one["project_id"], one["currency"]): one["amount_units"] for one in reserves}
        return (
            [_holding(document) async for document in available],
            [
                replace(
                    _holding(document),
                    reserve_units=-reserved.get((document["project_id"], document["currency"]), 0),
                )
                for document in documents
            ],
        )

    async def owed(self, client_id: str) -> list[Holding]:
        """What a client owes, by currency; none where it owes nothing."""
        found = self._balances.find(
            {
                "client_id": client_id,
                "purpose": Purpose.CLIENT_OWED.value,
                "amount_units": {"$ne": 0},
            }
        ).sort("_id", ASCENDING)
        # This account is on the debit side.
        return [
            Holding(
                project_id="",
                currency=document["currency"],
                amount_units=document["amount_units"],
            )
            async for document in found
        ]

    async def reserves(self, *, after: str, limit: int) -> list[Reserve]:
        """Projects that have something set aside for floors, in the order of their accounts."""
        found = self._balances.find(
            {
                "purpose": Purpose.PROJECT_RESERVE.value,
                "_id": {"$gt": after},
                "amount_units": {"$lt": 0},
            },
            {"project_id": 1},
        )
        documents = await found.sort("_id", ASCENDING).limit(limit).to_list(limit)
        return [
            Reserve(account=document["_id"], project_id=document["project_id"])
            for document in documents
        ]


def _holding(document: Document) -> Holding:
    return Holding(
        project_id=document.get("project_id", ""),
        currency=document["currency"],
        # These accounts are on the credit side.
        amount_units=-document["amount_units"],
    )
