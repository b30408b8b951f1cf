"""Clients' money is turned into another currency, and the platform's open position closed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.errors import CurrencyMismatch
from services.payouts.domain.fairness.rates import conversion
from services.payouts.domain.ledger.accounts import BANK
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Exchange
from services.payouts.domain.ledger.exchanges import (
    ConversionNotFound,
    fx_conversion,
    fx_settlement,
    given_rate,
)
from services.payouts.domain.ledger.money import Money, minor_exponent
from services.payouts.store.fairness.floor_tables import RateStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.usecases.funding.owed import cover_owed


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRate:
    """As an operator says it; an empty `rate` means the newest that was imported."""

    rate: str = ""
    source: str = ""
    rated_at: datetime | None = None


class Exchanges:
    """Books both inside the caller's transaction, and lists them."""

    def __init__(
        self,
        *,
        ledger: LedgerStore,
        reads: LedgerReads,
        rates: RateStore,
        new_id: NewId,
        rate_max_age_days: int,
    ) -> None:
        self._ledger = ledger
        self._reads = reads
        self._rates = rates
        self._new_id = new_id
        self._rate_max_age_days = rate_max_age_days

    async def convert(
        self, work: UnitOfWork, *, client_id: str, amount: Money, target: str, given: GivenRate
    ) -> Entry:
        """Takes the amount, gives what it comes to.

        Errors: InsufficientFunds, RateUnknown, RateStale, RateInvalid, CurrencyMismatch,
        CurrencyUnsupported, InvalidAmount, InvalidAccount.
        """
        minor_exponent(target)
        exchange = await self._exchange(work, amount.currency, target, given)
        entry = fx_conversion(
            conversion_id=self._new_id("fxc"),
            client_id=client_id,
            amount=amount,
            target=target,
            exchange=exchange,
            booking=Booking(effective_at=work.now, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        # It may owe in the other currency.
        await cover_owed(
            work, self._ledger, client_id=client_id, currency=target, cause=entry.entry_id
        )
        return entry

    async def settle(
        self,
        work: UnitOfWork,
        conversion_id: str,
        *,
        paid: Money,
        received: Money,
        given: GivenRate,
    ) -> Entry:
        """What changing the money at the bank has come to.

        Errors: ConversionNotFound, CurrencyMismatch, InvalidAmount, RateInvalid, EntryConflict (it
        was settled otherwise).
        """
        key = f"fx_conversion:{conversion_id}"
        found = (await self._ledger.get_many([key], session=work.session)).get(key)
        if found is None or found.kind is not EntryKind.FX_CONVERSION:
            raise ConversionNotFound("no such conversion", conversion_id=conversion_id)
        rated_at = given.rated_at or work.now
        entry = fx_settlement(
            conversion=found,
            paid=paid,
            received=received,
            rail=BANK,
            exchange=given_rate(
                source=paid.currency,
                target=received.currency,
                rate=given.rate,
                told_by=given.source,
                rated_at=rated_at,
                now=work.now,
            ),
            booking=Booking(effective_at=rated_at, recorded_at=work.now),
        )
        await self._ledger.post_all([entry], session=work.session, now=work.now)
        return entry

    async def newest(self, *, before: str, limit: int) -> list[tuple[Entry, Entry | None]]:
        """Conversions, newest first, each with what settled it."""
        with store_errors():
            found = await self._reads.conversions(before=before, limit=limit)
            keys = {one.entry_id: f"fx_settlement:{one.subject.rail_id}" for one in found}
            settled = await self._ledger.get_many(keys.values())
        return [(one, settled.get(keys[one.entry_id])) for one in found]

    async def _exchange(
        self, work: UnitOfWork, source: str, target: str, given: GivenRate
    ) -> Exchange:
        if given.rate:
            return given_rate(
                source=source,
                target=target,
                rate=given.rate,
                told_by=given.source,
                rated_at=given.rated_at or work.now,
                now=work.now,
            )
        if source == target:
            raise CurrencyMismatch(
                "a currency is not converted into itself", field="currency", currency=target
            )
        known = await self._rates.of_pairs([(source, target)], session=work.session)
        rate = conversion(
            known,
            source=source,
            target=target,
            at=work.now.date(),
            max_age_days=self._rate_max_age_days,
        ).rate
        assert rate is not None  # noqa: S101  (of two currencies there is one)
        return Exchange(
            base=rate.base,
            quote=rate.quote,
            rate=rate.rate,
            source=rate.source,
            rated_at=datetime.combine(rate.rate_date, time(), tzinfo=UTC),
        )
