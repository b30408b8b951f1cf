"""The ledger's money at the rail beside what the rail says there is; nothing is explained away."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.accounts import Purpose
from services.payouts.domain.money import whole_minor
from services.payouts.store.instructions import InstructionStore
from services.payouts.store.ledger_reads import LedgerReads, PurposeSum
from services.payouts.usecases.rail_port import PaymentRail

_PURPOSES = (
    Purpose.RAIL_PLATFORM,
    Purpose.RAIL_IN_FLIGHT,
    Purpose.RAIL_CONNECTED,
    Purpose.RAIL_PAYOUT_IN_FLIGHT,
    Purpose.RAIL_PAID_OUT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationLine:
    """One currency."""

    currency: str
    ledger_platform_minor: int
    provider_platform_minor: int
    ledger_in_flight_minor: int
    ledger_connected_minor: int
    ledger_paid_out_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationReport:
    """All currencies that either side knows."""

    lines: tuple[ReconciliationLine, ...]
    instructions_unsettled: int


class Reconciliation:
    """Compares."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        reads: LedgerReads,
        instructions: InstructionStore,
        rail: PaymentRail,
        platform_currency: str,
    ) -> None:
        self._transactions = transactions
        self._reads = reads
        self._instructions = instructions
        self._rail = rail
        self._platform_currency = platform_currency

    async def report(self) -> ReconciliationReport:
        """Errors: StoreUnavailable, ProviderUnavailable."""

        async def body(work: UnitOfWork) -> list[PurposeSum]:
            return await self._reads.sums(session=work.session, purposes=_PURPOSES)

        provider = {
            balance.currency: balance.available_minor + balance.pending_minor
            for balance in await self._rail.platform_balances()
        }
        sums = await self._transactions.run(body)
        with store_errors():
            unsettled = await self._instructions.count_under_way()
        # The rail's accounts hold whole minor units: nothing else is posted to them.
        ledger = {(line.purpose, line.currency): whole_minor(line.amount_units) for line in sums}
        currencies = {currency for _, currency in ledger} | {self._platform_currency}
        currencies |= {currency for currency, amount_minor in provider.items() if amount_minor}
        return ReconciliationReport(
            lines=tuple(
                _line(currency, ledger, provider.get(currency, 0))
                for currency in sorted(currencies)
            ),
            instructions_unsettled=unsettled,
        )


def _line(
    currency: str, ledger: dict[tuple[Purpose, str], int], provider_minor: int
) -> ReconciliationLine:
    def debit(purpose: Purpose) -> int:
        return ledger.get((purpose, currency), 0)

    return ReconciliationLine(
        currency=currency,
        ledger_platform_minor=debit(Purpose.RAIL_PLATFORM),
        provider_platform_minor=provider_minor,
        # Transfers in flight are a debt (credit side), payouts in flight are money (debit side).
        ledger_in_flight_minor=debit(Purpose.RAIL_PAYOUT_IN_FLIGHT) - debit(Purpose.RAIL_IN_FLIGHT),
        ledger_connected_minor=debit(Purpose.RAIL_CONNECTED),
        ledger_paid_out_minor=debit(Purpose.RAIL_PAID_OUT),
    )
