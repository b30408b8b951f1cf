"""Exchange rates as an operator has loaded them: exact, dated, with a source, and never too old.

Nothing here looks a rate up anywhere or makes one up. A rate is kept as the decimal text that it
was given as, and is calculated with as a fraction, so that it means the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import Rounding, divide, minor_exponent
from services.payouts.domain.tables import RowInvalid

_RATE: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


class RateUnknown(DomainError):
    """No rate is known from one currency to the other."""

    kind, reason = Kind.PRECONDITION, "FX_RATE_UNKNOWN"


class RateStale(DomainError):
    """The newest rate that is known is too old to be used."""

    kind, reason = Kind.PRECONDITION, "FX_RATE_STALE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """What one unit of `base` (a dollar, not a cent) was worth in `quote` on a day."""

    base: str
    quote: str
    rate: str
    """Exact decimal text, above zero."""
    rate_date: date
    source: str
    source_url: str
    recorded_by: str
    recorded_at: datetime
    version: int = 1
    """Of the rates of one pair and day the highest holds: a correction is a row of its own."""

    def __post_init__(self) -> None:
        for field, currency in (("base", self.base), ("quote", self.quote)):
            try:
                minor_exponent(currency)
            except DomainError as err:
                raise RowInvalid(field, "iso4217", str(err)) from err
        if self.base == self.quote:
            raise RowInvalid("quote", "other_currency", "a currency is always worth itself")
        if _RATE.fullmatch(self.rate) is None or not Fraction(self.rate):
            raise RowInvalid(
                "rate", "decimal", f"{self.rate!r} is no decimal number above zero, as in 129.35"
            )

    @property
    def rate_id(self) -> str:
        """Its natural key."""
        return f"{self.base}:{self.quote}:{self.rate_date.isoformat()}:{self.version}"

    @property
    def fraction(self) -> Fraction:
        """Units of `quote` for one unit of `base`."""
        return Fraction(self.rate)

    def says_same(self, other: ExchangeRate) -> bool:
        """Whether it tells nothing new."""
        return self.fraction == other.fraction and self.source == other.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """How amounts of one currency are turned into another, and by which loaded rate."""

    source_currency: str
    target_currency: str
    fraction: Fraction
    """Units of the target for one of the source."""
    rate: ExchangeRate | None
    """None between equal currencies."""

    def is_stale(self, at: date, *, max_age_days: int) -> bool:
        """Whether its rate should have been renewed by then."""
        return self.rate is not None and (at - self.rate.rate_date).days > max_age_days

    def convert(self, amount: int, *, rounding: Rounding) -> int:
        """Turn minor units, or parts of them, into the same of the other currency."""
        scale = Fraction(10) ** (
            minor_exponent(self.target_currency) - minor_exponent(self.source_currency)
        )
        exact = amount * self.fraction * scale
        return divide(exact.numerator, exact.denominator, rounding=rounding)


def conversion(
    rates: Iterable[ExchangeRate],
    *,
    source: str,
    target: str,
    at: date,
    max_age_days: int | None,
) -> Conversion:
    """Choose the newest rate of the pair up to a day; the other way round it is turned over.

    `max_age_days` None: however old, for what is owed already and has to be settled.

    Errors:
        RateUnknown: none of the pair is known. RateStale: it is older than `max_age_days`.
    """
    if source == target:
        return Conversion(
            source_currency=source, target_currency=target, fraction=Fraction(1), rate=None
        )
    pair = {source, target}
    known = [rate for rate in rates if {rate.base, rate.quote} == pair and rate.rate_date <= at]
    if not known:
        raise RateUnknown(
            f"no rate from {source} to {target} is known; import one",
            source_currency=source,
            target_currency=target,
        )
    # Of one day, the pair as it is asked for comes before the other way round.
    newest = max(known, key=lambda rate: (rate.rate_date, rate.base == source, rate.version))
    if max_age_days is not None and (at - newest.rate_date).days > max_age_days:
        raise RateStale(
            f"the rate from {source} to {target} is of {newest.rate_date.isoformat()}:"
            f" more than {max_age_days} days old",
            source_currency=source,
            target_currency=target,
            rate_date=newest.rate_date.isoformat(),
            max_age_days=max_age_days,
        )
    fraction = newest.fraction if newest.base == source else 1 / newest.fraction
    return Conversion(
        source_currency=source, target_currency=target, fraction=fraction, rate=newest
    )


def check_rate_fresh(rate: ExchangeRate, *, today: date, max_age_days: int) -> None:
    """Errors: RowInvalid, of a rate that could not be used today."""
    if rate.rate_date > today:
        raise RowInvalid("date", "not_in_future", f"{rate.rate_date.isoformat()} is still to come")
    if (today - rate.rate_date).days > max_age_days:
        raise RowInvalid(
            "date", "fresh", f"{rate.rate_date.isoformat()} is more than {max_age_days} days ago"
        )
