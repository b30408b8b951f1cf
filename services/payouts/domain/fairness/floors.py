"""Living-wage floors by country and region: versions that are only ever added, each with a source.

There are no numbers here: a floor is what an operator has loaded. Specification: a lookup table
(place, currency, amount, basis, source, validity) in the manner of Partnership on AI's local
living wages template, kept with the hours that a monthly amount was divided by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from iso3166 import countries_by_alpha2

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import (
    LEDGER_UNITS_PER_MINOR,
    MAX_AMOUNT,
    Rounding,
    divide,
    minor_exponent,
)
from services.payouts.domain.tables import RowInvalid

SECONDS_AN_HOUR: Final = 3600
# A month of 31 days has no more.
HOURS_A_MONTH_MAX: Final = 744

# ISO 3166-1 gives these to nobody, for whoever needs a country that there is not.
_UNASSIGNED: Final = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")
_REGION: Final = re.compile(r"[A-Z0-9]{1,3}")
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,8})?")


class FloorUnknown(DomainError):
    """No floor is known, or none that is fresh, for a place where contractors are."""

    kind, reason = Kind.PRECONDITION, "FLOOR_UNKNOWN"


class Per(StrEnum):
    """What an amount is for."""

    HOUR = "hour"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least that an hour of work is worth in a place. Days are whole and inclusive."""

    country: str
    """ISO 3166-1 alpha-2."""
    region: str
    """The part of an ISO 3166-2 code after the hyphen; empty for the whole country. Whether it is
    one of the list's is asked of rows that come in (floor_rows), and not of what is stored."""
    currency: str
    amount: str
    """As the source has it: exact decimal text in the currency's main unit."""
    per: Per
    hours_a_month: str
    """What a monthly amount is divided by, decimal text; empty where it is by the hour."""
    basis: str
    """Whose needs it covers, in the source's words: a typical family, one adult..."""
    source: str
    source_url: str
    source_date: date
    """When the source published it."""
    valid_from: date
    valid_to: date | None
    recorded_by: str
    recorded_at: datetime
    version: int = 1
    """Of the floors of one place from one day on the highest holds: a correction is a new row."""

    def __post_init__(self) -> None:
        if self.country not in countries_by_alpha2 and not _UNASSIGNED.fullmatch(self.country):
            raise RowInvalid("country", "iso3166", f"{self.country!r} is no ISO 3166-1 country")
        if self.region and _REGION.fullmatch(self.region) is None:
            raise RowInvalid(
                "region", "iso3166_2", f"{self.region!r} is no part of an ISO 3166-2 code, as in 30"
            )
        try:
            minor_exponent(self.currency)
        except DomainError as err:
            raise RowInvalid("currency", "iso4217", str(err)) from err
        if _AMOUNT.fullmatch(self.amount) is None or not Fraction(self.amount):
            raise RowInvalid("amount", "decimal", f"{self.amount!r} is no decimal above zero")
        _check_hours(self.per, self.hours_a_month)
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise RowInvalid("valid_to", "after_valid_from", "it ends before it begins")
        if self.hourly_units > MAX_AMOUNT:
            raise RowInvalid("amount", "max", "an hour of it is more than the ledger can count")

    @property
    def place(self) -> str:
        """Country and region, as ISO 3166-2 writes it."""
        return f"{self.country}-{self.region}" if self.region else self.country

    @property
    def floor_id(self) -> str:
        """Its natural key."""
        return f"{self.place}:{self.valid_from.isoformat()}:{self.version}"

    @property
    def hourly_units(self) -> int:
        """What an hour is worth, in the ledger's units of its currency: rounded up."""
        exact = Fraction(self.amount) * 10 ** minor_exponent(self.currency) * LEDGER_UNITS_PER_MINOR
        if self.per is Per.MONTH:
            exact /= Fraction(self.hours_a_month)
        return divide(exact.numerator, exact.denominator, rounding=Rounding.UP)

    def is_valid(self, at: date) -> bool:
        """Whether it is meant for that day."""
        return self.valid_from <= at and (self.valid_to is None or at <= self.valid_to)

    def is_stale(self, at: date, *, max_age_days: int) -> bool:
        """Whether nobody should rely on it any more: its time is over, or its source is old."""
        is_over = self.valid_to is not None and self.valid_to < at
        return is_over or (at - self.source_date).days > max_age_days

    def says_same(self, other: Floor) -> bool:
        """Whether it tells nothing new."""
        return _told(self) == _told(other)


def _told(floor: Floor) -> tuple[object, ...]:
    return (
        floor.currency,
        Fraction(floor.amount),
        floor.per,
        floor.hours_a_month,
        floor.basis,
        floor.source,
        floor.source_url,
        floor.source_date,
        floor.valid_to,
    )


def _check_hours(per: Per, hours: str) -> None:
    if per is Per.HOUR:
        if hours:
            raise RowInvalid(
                "hours_a_month", "only_of_month", "an hourly amount is divided by nothing"
            )
        return
    if _AMOUNT.fullmatch(hours) is None or not 1 <= Fraction(hours) <= HOURS_A_MONTH_MAX:
        raise RowInvalid(
            "hours_a_month",
            "hours",
            f"a monthly amount names its hours, 1 to {HOURS_A_MONTH_MAX}, as in 173.33;"
            f" not {hours!r}",
        )


def check_floor_fresh(floor: Floor, *, today: date, max_age_days: int) -> None:
    """Errors: RowInvalid, of a floor that nobody could rely on today."""
    if floor.source_date > today:
        raise RowInvalid(
            "source_date", "not_in_future", f"{floor.source_date.isoformat()} is still to come"
        )
    if floor.valid_to is not None and floor.valid_to < today:
        raise RowInvalid("valid_to", "not_over", f"it ended on {floor.valid_to.isoformat()}")
    if (today - floor.source_date).days > max_age_days:
        raise RowInvalid(
            "source_date",
            "fresh",
            f"{floor.source_date.isoformat()} is more than {max_age_days} days ago",
        )


def newest_versions(floors: Iterable[Floor]) -> list[Floor]:
    """What holds: of each place and first day the highest version."""
    found: dict[tuple[str, date], Floor] = {}
    for floor in floors:
        key = (floor.place, floor.valid_from)
        if key not in found or found[key].version < floor.version:
            found[key] = floor
    return list(found.values())
