"""Corrections of pay by hand, as the lines of statements that tell them need them."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.mongo import ASCENDING, Document, MongoDatabase, Session, fetch
from services.payouts.domain.ledger.corrections import NO_CORRECTIONS, Correction, ToldCorrections
from services.payouts.domain.statements.statement_lines import (
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
)
from services.payouts.store.collections import ENTRIES
from services.payouts.store.statements.periods import PeriodStore

# Of one payee and period: each is some 300 bytes of a document that may have 16 MB. People make
# them one by one, but a wrong rate is put right for everybody of a vendor's.
_TOLD_MAX = 5_000


class CorrectionReads:
    """Reads that never change anything."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._entries = database.collection(ENTRIES)
        self._periods = PeriodStore(database=database)

    async def of_lines(
        self,
        lines: Sequence[StatementLine],
        *,
        payee: Payee,
        currency: str,
        session: Session | None = None,
    ) -> ToldCorrections:
        """Those that a statement's lines tell."""
        told = [line for line in lines if line.kind is LineKind.ADJUSTMENT]
        named: list[Correction] = []
        left_out = 0
        for period_id in sorted({line.period_id for line in told}):
            contractors = {line.contractor_id for line in told if line.period_id == period_id}
            found = await self._of_period(
                period_id,
                contractors,
                payee=payee,
                currency=currency,
                room=_TOLD_MAX - len(named),
                session=session,
            )
            named += found.named
            left_out += found.left_out
        return ToldCorrections(named=named, left_out=left_out)

    async def _of_period(
        self,
        period_id: str,
        contractors: set[str],
        *,
        payee: Payee,
        currency: str,
        room: int,
        session: Session | None,
    ) -> ToldCorrections:
        record = await self._periods.get(period_id, session=session)
        if record is None:
            return NO_CORRECTIONS
        # Where only a commission was corrected, no contractor is named at all.
        named: list[str | None] = [name or None for name in sorted(contractors)]
        is_vendor = payee.kind is PayeeKind.VENDOR
        query = {
            "corrected_pay_units": {"$exists": True},
            "recorded_at": {"$gte": record.recorded_from, "$lt": record.period.ends_at},
            "contractor_id": {"$in": named},
            "vendor_id": payee.payee_id if is_vendor else {"$exists": False},
            "currency": currency,
        }
        # One more than there is room for tells whether to count.
        found = await fetch(
            self._entries.find(query, session=session)
            .sort([("recorded_at", ASCENDING), ("_id", ASCENDING)])
            .limit(room + 1)
        )
        count = len(found)
        if count > room:
            count = await self._entries.count_documents(query, session=session)
        told = [_correction(document, period_id) for document in found[:room]]
        return ToldCorrections(named=told, left_out=count - len(told))


def _correction(document: Document, period_id: str) -> Correction:
    return Correction(
        entry_id=document["_id"],
        contractor_id=document.get("contractor_id", ""),
        period_id=period_id,
        pay_units=document["corrected_pay_units"],
        commission_units=document["corrected_commission_units"],
        reason=document["reason"],
        effective_at=document["effective_at"],
        recorded_at=document["recorded_at"],
        reverses_id=document.get("reverses_id", ""),
    )
