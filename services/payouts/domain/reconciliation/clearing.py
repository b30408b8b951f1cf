"""Money on its way, by how long it has been: a clearing account is empty when nothing is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.chassis.errors import DomainError, Kind

AGES: Final = (
    ("1h", timedelta(hours=1)),
    ("1d", timedelta(days=1)),
    ("3d", timedelta(days=3)),
    ("7d", timedelta(days=7)),
)
"""Younger than that; what is older than all of them is `OLDER`."""
OLDER: Final = "older"
AGE_NAMES: Final = (*(name for name, _ in AGES), OLDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What one instruction (or whatever `group` names) has put into a clearing account.

    `amount_units`: debits less credits. `opened_at` is when the first of it was recorded.
    """

    account: str
    currency: str
    group: str
    statement_id: str
    amount_units: int
    opened_at: datetime


ACKNOWLEDGED_DAYS_MAX: Final = 14
"""For longer nobody can say that money is on its way: somebody has to look once more."""


class ClearingItemNotFound(DomainError):
    """Nothing of the kind is on its way."""

    kind, reason = Kind.NOT_FOUND, "CLEARING_ITEM_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """An operator knows why one item is still open: until then it stops nothing.

    It is of the amount that was there: where that changes, somebody has to look again.
    """

    acknowledgement_id: str
    account: str
    group: str
    amount_units: int
    currency: str
    reason: str
    acknowledged_by: str
    acknowledged_at: datetime
    until: datetime

    def covers(self, item: OpenItem, *, now: datetime) -> bool:
        """Whether the item stops nothing now."""
        return now < self.until and (self.account, self.group, self.amount_units) == (
            item.account,
            item.group,
            item.amount_units,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An open item, and the acknowledgement that covers it now."""

    item: OpenItem
    acknowledgement: Acknowledgement | None


def told(
    items: Iterable[OpenItem], acknowledgements: Iterable[Acknowledgement], *, now: datetime
) -> list[Told]:
    """Put items beside what covers them: of several acknowledgements the one that lasts longest."""
    by_item: dict[tuple[str, str], list[Acknowledgement]] = {}
    for one in sorted(acknowledgements, key=lambda one: one.until, reverse=True):
        by_item.setdefault((one.account, one.group), []).append(one)
    return [
        Told(
            item=item,
            acknowledgement=next(
                (
                    one
                    for one in by_item.get((item.account, item.group), ())
                    if one.covers(item, now=now)
                ),
                None,
            ),
        )
        for item in items
    ]


def age_of(opened_at: datetime, *, now: datetime) -> str:
    """Return the name of the bucket that something opened then is in."""
    age = now - opened_at
    return next((name for name, limit in AGES if age < limit), OLDER)
