"""The ledger's own alarm: does it balance, and how much money is on its way."""

from __future__ import annotations

import asyncio
import contextlib

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.accounts import CHART, Account
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.metrics import ledger as metrics
from services.payouts.store.ledger.ledger_reads import LedgerReads, PurposeSum
from services.payouts.usecases.ledger.ledger import totals

log = logger(__name__)

_CLEARING = {kind.purpose: kind for kind in CHART if kind.clearing}


class LedgerWatch:
    """Adds all balances up, every so often, and shows the sums as gauges."""

    def __init__(
        self, *, transactions: Transactions, reads: LedgerReads, pause_seconds: float
    ) -> None:
        self._transactions = transactions
        self._reads = reads
        self._pause_seconds = pause_seconds
        self._stopping = asyncio.Event()

    async def look(self) -> dict[str, int]:
        """The totals by currency: zero each, or the ledger is broken."""

        async def body(work: UnitOfWork) -> list[PurposeSum]:
            return await self._reads.sums(session=work.session)

        sums = await self._transactions.run(body)
        for line in sums:
            kind = _CLEARING.get(line.purpose)
            if kind is not None:
                account = Account(name="", kind=kind, currency=line.currency, parts=())
                metrics.CLEARING_MINOR.labels(line.purpose.value, line.currency).set(
                    account.balance_units(line.amount_units) / LEDGER_UNITS_PER_MINOR
                )
        found = totals(sums)
        for currency, amount_units in found.items():
            imbalance = amount_units / LEDGER_UNITS_PER_MINOR
            metrics.LEDGER_IMBALANCE_MINOR.labels(currency).set(imbalance)
            if amount_units:
                log.error("ledger.imbalance", currency=currency, amount_units=amount_units)
        return found

    async def run(self) -> None:
        """Until stop()."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except DomainError as err:
                log.warning("ledger.look_failed", reason=err.reason, error=err.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pause_seconds)

    async def stop(self) -> None:
        """Ends run()."""
        self._stopping.set()
