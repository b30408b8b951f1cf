"""The ledger's money at the rail beside what the rail says there is; nothing is explained away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.accounts import STRIPE, Purpose
from services.payouts.domain.ledger.money import whole_minor
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.reconciliation.rail_sums import RailSums

Balances = Callable[[], Awaitable[dict[str, int | None]]]
"""What the platform has at a rail, by currency, in minor units; None where nobody can tell.

Errors: ProviderUnavailable.
"""

_PURPOSES = (
    Purpose.RAIL_PLATFORM,
    Purpose.RAIL_IN_FLIGHT,
    Purpose.RAIL_CONNECTED,
    Purpose.RAIL_PAYOUT_IN_FLIGHT,
    Purpose.RAIL_PAID_OUT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationLine:
    """One rail and currency; `has_provider` is whether the other side has said what it has.

    It has not where it cannot be asked; where it was, and nobody can read it, `provider_unknown`.
    """

    rail: str
    currency: str
    has_provider: bool
    provider_unknown: bool
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
        sums: RailSums,
        instructions: InstructionStore,
        providers: Mapping[str, Balances],
        platform_currency: str,
    ) -> None:
        self._transactions = transactions
        self._sums = sums
        self._instructions = instructions
        self._providers = dict(providers)
        self._platform_currency = platform_currency

    async def report(self) -> ReconciliationReport:
        """Errors: StoreUnavailable, ProviderUnavailable."""

        async def body(work: UnitOfWork) -> dict[tuple[str, Purpose, str], int]:
            return await self._sums.of(_PURPOSES, session=work.session)

        provider = {
            (rail, currency): amount_minor
            for rail, ask in self._providers.items()
            for currency, amount_minor in (await ask()).items()
        }
        sums = await self._transactions.run(body)
        with store_errors():
            unsettled = await self._instructions.count_under_way()
        # The rail's accounts hold whole minor units: nothing else is posted to them.
        ledger = {key: whole_minor(amount_units) for key, amount_units in sums.items()}
        shown = {(rail, currency) for rail, _, currency in ledger}
        shown |= {(STRIPE, self._platform_currency)}
        shown |= {key for key, amount_minor in provider.items() if amount_minor != 0}
        return ReconciliationReport(
            lines=tuple(
                _line(
                    rail,
                    currency,
                    ledger,
                    provider.get((rail, currency), 0) if rail in self._providers else None,
                    was_asked=rail in self._providers,
                )
                # Connect first; of some others nobody but people can tell the other side.
                for rail, currency in sorted(shown, key=lambda one: (one[0] != STRIPE, one))
            ),
            instructions_unsettled=unsettled,
        )


def _line(
    rail: str,
    currency: str,
    ledger: dict[tuple[str, Purpose, str], int],
    provider_minor: int | None,
    *,
    was_asked: bool,
) -> ReconciliationLine:
    def debit(purpose: Purpose) -> int:
        return ledger.get((rail, purpose, currency), 0)

    return ReconciliationLine(
        rail=rail,
        currency=currency,
        has_provider=provider_minor is not None,
        provider_unknown=provider_minor is None and was_asked,
        ledger_platform_minor=debit(Purpose.RAIL_PLATFORM),
        provider_platform_minor=provider_minor or 0,
        # Transfers in flight are a debt (credit side), payouts in flight are money (debit side).
        ledger_in_flight_minor=debit(Purpose.RAIL_PAYOUT_IN_FLIGHT) - debit(Purpose.RAIL_IN_FLIGHT),
        ledger_connected_minor=debit(Purpose.RAIL_CONNECTED),
        ledger_paid_out_minor=debit(Purpose.RAIL_PAID_OUT),
    )
