"""How far the chain has been looked through, and what was found wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import Document, MongoDatabase, Session, fetch
from services.payouts.domain.ledger.audits import Fault, Finding
from services.payouts.store.ledger.chain_collections import CHAIN_CHECKS

_PROGRESS = "progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProgress:
    """The block that is looked at next, and when the last block was reached for the last time."""

    next_number: int = 1
    round_ended_at: datetime | None = None


class ChainCheckStore:
    """One document a block that is wrong, and one for the progress."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._checks = database.collection(CHAIN_CHECKS)

    async def progress(self) -> ChainProgress:
        """Shared by all processes: each goes on from there."""
        found = await self._checks.find_one({"_id": _PROGRESS})
        if found is None:
            return ChainProgress()
        return ChainProgress(
            next_number=found["next_number"], round_ended_at=found.get("round_ended_at")
        )

    async def put_progress(self, progress: ChainProgress) -> None:
        """The last to write wins: at worst a block is looked at once more."""
        await self._checks.update_one(
            {"_id": _PROGRESS},
            {
                "$set": {
                    "next_number": progress.next_number,
                    "round_ended_at": progress.round_ended_at,
                }
            },
            upsert=True,
        )

    async def put(self, subject: str, finding: Finding | None) -> None:
        """What the last look at something (a block, a seal, the count) has found."""
        if finding is None:
            await self._checks.delete_one({"_id": subject})
            return
        wrong: Document = {
            "fault": finding.fault.value,
            "block_number": finding.block_number,
            "entry_id": finding.entry_id,
            "expected": finding.expected_units,
            "found": finding.found_units,
        }
        await self._checks.update_one({"_id": subject}, {"$set": {"wrong": wrong}}, upsert=True)

    async def wrong(self, *, limit: int, session: Session | None = None) -> list[Finding]:
        """All that was found and is not known to be right again."""
        found = self._checks.find({"wrong": {"$exists": True}}, session=session).limit(limit)
        return [
            Finding(
                fault=Fault(document["wrong"]["fault"]),
                currency="",
                expected_units=document["wrong"]["expected"],
                found_units=document["wrong"]["found"],
                block_number=document["wrong"]["block_number"],
                entry_id=document["wrong"]["entry_id"],
            )
            for document in await fetch(found)
        ]
