"""Clearing accounts by age, for people and for the gauges."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.payouts.domain.accounts import parse
from services.payouts.domain.clearing import AGE_NAMES, OpenItem, age_of
from services.payouts.domain.money import LEDGER_UNITS_PER_MINOR
from services.payouts.metrics import mirror as metrics
from services.payouts.store.clearing import ClearingStore

# More than that are a case for the list, which is paged; the ages then are of the oldest.
_AGED_MAX = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingAge:
    """What of an account is in one bucket of age; on the account's own side."""

    account: str
    currency: str
    age: str
    amount_units: int
    items: int


class Clearing:
    """Reads, and shows as gauges."""

    def __init__(self, *, clearing: ClearingStore, clock: Clock) -> None:
        self._clearing = clearing
        self._clock = clock
        self._shown: set[tuple[str, str]] = set()

    async def ages(self) -> list[ClearingAge]:
        """What is open, by account and age; what is nothing is left out."""
        now = self._clock()
        with store_errors():
            found = await self._clearing.open_items(limit=_AGED_MAX)
        sums: dict[tuple[str, str, str], list[int]] = {}
        for item in found:
            age = age_of(item.opened_at, now=now)
            total = sums.setdefault((item.account, item.currency, age), [0, 0])
            total[0] += own_side(item)
            total[1] += 1
        return [
            ClearingAge(
                account=account, currency=currency, age=age, amount_units=units, items=items
            )
            for (account, currency, age), (units, items) in sorted(sums.items())
        ]

    async def open_items(self, *, skip: int, limit: int) -> list[OpenItem]:
        """The oldest first."""
        with store_errors():
            return await self._clearing.open_items(skip=skip, limit=limit)

    async def measure(self) -> None:
        """Sets the gauges."""
        found = {(one.account, one.currency, one.age): one for one in await self.ages()}
        self._shown |= {(account, currency) for account, currency, _ in found}
        for account, currency in self._shown:
            purpose = parse(account).kind.purpose.value
            for age in AGE_NAMES:
                one = found.get((account, currency, age))
                metrics.CLEARING_OPEN_MINOR.labels(purpose, currency, age).set(
                    one.amount_units / LEDGER_UNITS_PER_MINOR if one else 0
                )
                metrics.CLEARING_OPEN_ITEMS.labels(purpose, currency, age).set(
                    one.items if one else 0
                )


def own_side(item: OpenItem) -> int:
    """The amount as the account counts it: what is on its way is more than zero."""
    return parse(item.account).balance_units(item.amount_units)
