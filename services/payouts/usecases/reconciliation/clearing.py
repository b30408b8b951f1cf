"""Clearing accounts by age, for people and for the gauges; and what people know of an item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.domain.reconciliation.clearing import (
    ACKNOWLEDGED_DAYS_MAX,
    AGE_NAMES,
    Acknowledgement,
    ClearingItemNotFound,
    OpenItem,
    Told,
    age_of,
    told,
)
from services.payouts.metrics import mirror as metrics
from services.payouts.store.reconciliation.clearing import ClearingStore

log = logger(__name__)

_ACKNOWLEDGED_MAX = 500
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

    def __init__(self, *, clearing: ClearingStore, clock: Clock, new_id: NewId) -> None:
        self._clearing = clearing
        self._new_id = new_id
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

    async def open_items(self, *, skip: int, limit: int) -> list[Told]:
        """The oldest first, with what operators know of them."""
        now = self._clock()
        with store_errors():
            items = await self._clearing.open_items(skip=skip, limit=limit)
            known = await self._clearing.acknowledgements(now=now, limit=_ACKNOWLEDGED_MAX)
        return told(items, known, now=now)

    async def acknowledge(
        self,
        work: UnitOfWork,
        operator_id: str,
        *,
        account: str,
        group: str,
        reason: str,
        days: int,
    ) -> Told:
        """For so many days the item stops nothing, as long as it stays what it is.

        Errors: ClearingItemNotFound.
        """
        items = await self._clearing.open_items(
            limit=1, account=account, group=group, session=work.session
        )
        if not items:
            raise ClearingItemNotFound(
                "nothing of the kind is on its way", account=account, group=group
            )
        [item] = items
        wanted = Acknowledgement(
            acknowledgement_id=self._new_id("ack"),
            account=item.account,
            group=item.group,
            amount_units=item.amount_units,
            currency=item.currency,
            reason=reason,
            acknowledged_by=operator_id,
            acknowledged_at=work.now,
            until=work.now + timedelta(days=min(days, ACKNOWLEDGED_DAYS_MAX)),
        )
        await self._clearing.acknowledge(wanted, session=work.session)
        work.afterwards(
            lambda: log.warning(
                "clearing.acknowledged",
                account=item.account,
                group=item.group,
                amount_units=item.amount_units,
                operator=operator_id,
                until=wanted.until.isoformat(),
            )
        )
        return Told(item=item, acknowledgement=wanted)

    async def measure(self) -> None:
        """Sets the gauges; those of accounts of several rails are of all of them together."""
        found: dict[tuple[str, str, str], tuple[int, int]] = {}
        for one in await self.ages():
            key = (parse(one.account).kind.purpose.value, one.currency, one.age)
            amount_units, items = found.get(key, (0, 0))
            found[key] = (amount_units + one.amount_units, items + one.items)
        self._shown |= {(purpose, currency) for purpose, currency, _ in found}
        # What was shown before and has arrived now is shown as 0, not as it was.
        for purpose, currency in self._shown:
            for age in AGE_NAMES:
                amount_units, items = found.get((purpose, currency, age), (0, 0))
                metrics.CLEARING_OPEN_MINOR.labels(purpose, currency, age).set(
                    amount_units / LEDGER_UNITS_PER_MINOR
                )
                metrics.CLEARING_OPEN_ITEMS.labels(purpose, currency, age).set(items)


def own_side(item: OpenItem) -> int:
    """The amount as the account counts it: what is on its way is more than zero."""
    return parse(item.account).balance_units(item.amount_units)
