"""Money on its way, by how long it has been: a clearing account is empty when nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

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


def age_of(opened_at: datetime, *, now: datetime) -> str:
    """Return the name of the bucket that something opened then is in."""
    age = now - opened_at
    return next((name for name, limit in AGES if age < limit), OLDER)
