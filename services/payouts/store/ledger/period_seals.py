"""Seals of closed pay periods: added once, and never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.ledger.period_seals import BalanceLine, PeriodSeal
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.ledger.chain_collections import PERIOD_SEALS
from services.payouts.store.payments.rail_collections import STATEMENTS

_PAGE = 5000
_STATES = [state.value for state in StatementState]


class PeriodSealStore:
    """Reads and adds seals, and reads what statements are sealed by."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._seals = database.collection(PERIOD_SEALS)
        self._statements = database.collection(STATEMENTS)

    async def get(self, period_id: str, *, session: Session | None = None) -> PeriodSeal | None:
        """None of a period that is not closed, or was before periods were sealed."""
        found = await self._seals.find_one({"_id": period_id}, session=session)
        return None if found is None else _seal(found)

    async def insert(self, seal: PeriodSeal, *, session: Session) -> None:
        """A new one."""
        await self._seals.insert_one(_document(seal), session=session)

    async def blocks(self, *, limit: int) -> list[tuple[str, int, str]]:
        """(period_id, block_number, block_hash), the newest first."""
        fields = {"block_number": 1, "block_hash": 1}
        found = self._seals.find({}, fields).sort("_id", DESCENDING).limit(limit)
        return [
            (document["_id"], document["block_number"], document["block_hash"])
            for document in await fetch(found)
        ]

    async def statement_hashes(self, period_id: str) -> AsyncIterator[list[tuple[str, str]]]:
        """(statement_id, body_hash) of a period's, in the order of their ids, by pages."""
        after = ""
        while True:
            found = self._statements.find(
                {"period_id": period_id, "state": {"$in": _STATES}, "_id": {"$gt": after}},
                {"hash": 1},
            )
            page = await fetch(found.sort("_id", ASCENDING).limit(_PAGE))
            if page:
                yield [(document["_id"], document["hash"]) for document in page]
            if len(page) < _PAGE:
                return
            after = page[-1]["_id"]

    async def last_closed_at(self, period_id: str) -> datetime | None:
        """When the last of a period's statements was made; None if there is none."""
        found = self._statements.aggregate(
            [
                {"$match": {"period_id": period_id, "state": {"$in": _STATES}}},
                {"$group": {"_id": None, "last": {"$max": "$closed_at"}}},
            ]
        )
        times: list[datetime] = [document["last"] async for document in found]
        return times[0] if times else None


def _document(seal: PeriodSeal) -> Document:
    return {
        "_id": seal.period_id,
        "sealed_at": seal.sealed_at,
        "as_of": seal.as_of,
        "block_number": seal.block_number,
        "block_hash": seal.block_hash,
        "statements": seal.statements,
        "statements_root": seal.statements_root,
        "balances": [
            {
                "purpose": line.purpose,
                "currency": line.currency,
                "amount_units": line.amount_units,
                "accounts": line.accounts,
            }
            for line in seal.balances
        ],
    }


def _seal(document: Document) -> PeriodSeal:
    return PeriodSeal(
        period_id=document["_id"],
        sealed_at=document["sealed_at"],
        as_of=document["as_of"],
        block_number=document["block_number"],
        block_hash=document["block_hash"],
        statements=document["statements"],
        statements_root=document["statements_root"],
        balances=tuple(BalanceLine(**line) for line in document["balances"]),
    )
