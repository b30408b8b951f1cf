"""What one contractor earned and what became of it, read from the entries themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.chassis.mongo import MongoDatabase, Session
from services.payouts.domain.answers.contractor_money import Earning, Part
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.reconciliation.mirrors import ItemSide, MirrorItem
from services.payouts.store.answers.earnings import Payable
from services.payouts.store.collections import ENTRIES
from services.payouts.store.payments.rail_collections import STATEMENTS
from services.payouts.store.reconciliation.mirror_collections import MIRROR_ITEMS
from services.payouts.store.reconciliation.mirror_items import item_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Why a payee has no statement of a period, or not for all."""

    reason: str
    minimum_minor: int


class ContractorMoneyReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._items = database.collection(MIRROR_ITEMS)
        self._statements = database.collection(STATEMENTS)

    async def earnings(
        self, contractor_id: str, *, session: Session
    ) -> dict[tuple[str, str], list[Earning]]:
        """What was booked as pay, by vendor (empty: directly) and currency, of each kind."""
        sums: dict[tuple[str, str], list[Earning]] = {}
        for field, index in (
            ("pay_units", "accruals_by_contractor"),
            ("corrected_pay_units", "corrections_by_contractor"),
        ):
            found = await self._earned(contractor_id, field, index=index, session=session)
            for key, earning in found:
                sums.setdefault(key, []).append(earning)
        return sums

    async def _earned(
        self, contractor_id: str, field: str, *, index: str, session: Session
    ) -> list[tuple[tuple[str, str], Earning]]:
        found = self._entries.aggregate(
            [
                {"$match": {"contractor_id": contractor_id, field: {"$exists": True}}},
                {
                    "$group": {
                        "_id": {
                            "vendor_id": {"$ifNull": ["$vendor_id", ""]},
                            "currency": "$currency",
                            "kind": "$kind",
                        },
                        "units": {"$sum": f"${field}"},
                    }
                },
                {"$sort": {"_id.kind": 1}},
            ],
            hint=index,
            session=session,
        )
        return [
            (
                (document["_id"]["vendor_id"], document["_id"]["currency"]),
                Earning(kind=document["_id"]["kind"], units=document["units"]),
            )
            async for document in found
        ]

    async def parts(self, payables: Sequence[Payable], *, session: Session) -> list[Part]:
        """What has gone from the payable accounts to each statement."""
        by_account = {payable.account: payable for payable in payables}
        names = list(by_account)
        found = self._entries.aggregate(
            [
                {"$match": {"accounts": {"$in": names}, "kind": EntryKind.STATEMENT_CLOSE.value}},
                {"$unwind": "$postings"},
                {"$match": {"postings.account": {"$in": names}}},
                {
                    "$group": {
                        "_id": {"statement_id": "$statement_id", "account": "$postings.account"},
                        "units": {"$sum": "$postings.amount_units"},
                    }
                },
            ],
            hint="others_by_account",
            session=session,
        )
        return [
            Part(
                statement_id=document["_id"]["statement_id"],
                currency=by_account[document["_id"]["account"]].currency,
                vendor_id=by_account[document["_id"]["account"]].vendor_id,
                units=document["units"],
            )
            async for document in found
        ]

    async def carried(self, name: str) -> Carried | None:
        """What the payee carried over under a statement's name or beside it; None where nothing."""
        found = await self._statements.find_one(
            {"_id": {"$in": [name, f"{name}.rest"]}, "state": "CARRIED"},
            {"reason": 1, "minimum_minor": 1},
        )
        if found is None:
            return None
        return Carried(reason=found["reason"], minimum_minor=found["minimum_minor"])

    async def movements(self, groups: Iterable[str]) -> dict[str, list[MirrorItem]]:
        """The rail's movements of each transfer or payout, in the order of time."""
        found = self._items.find(
            {"group": {"$in": sorted(set(groups))}, "side": ItemSide.RAIL.value}
        )
        by_group: dict[str, list[MirrorItem]] = {}
        async for document in found:
            by_group.setdefault(document["group"], []).append(item_of(document))
        for items in by_group.values():
            items.sort(key=lambda item: (item.at, item.item_id))
        return by_group
