"""Whether pay reaches the floor of a place: what an hour comes to, and what it has to come to.

Specification: pay per active hour against the local living wage (Prolific tests a study when it is
published and while it runs; Partnership on AI asks for the place's living wage and counts the time
for instructions). Everything is in whole units of the ledger; a floor is rounded up, what is paid
is rounded down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.floors import SECONDS_AN_HOUR, Floor, FloorUnknown, floor_at
from services.payouts.domain.money import LEDGER_UNITS_PER_MINOR, Rounding, divide
from services.payouts.domain.rates import (
    Conversion,
    ExchangeRate,
    RateStale,
    RateUnknown,
    conversion,
)

MILLISECONDS_AN_HOUR: Final = SECONDS_AN_HOUR * 1000


class FloorStale(DomainError):
    """A floor is known, but its time is over or its source is old."""

    kind, reason = Kind.PRECONDITION, "FLOOR_STALE"


class PayBelowFloor(DomainError):
    """The pay comes to less an hour than the floor of a place where contractors are."""

    kind, reason = Kind.PRECONDITION, "PAY_BELOW_FLOOR"


class TimeUnknown(DomainError):
    """Nobody has said or measured how long an answer takes."""

    kind, reason = Kind.PRECONDITION, "EXPECTED_SECONDS_MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class FairPayPolicy:
    """What the operator has decided about floors."""

    floor_max_age_days: int
    rate_max_age_days: int
    fallback_hourly_minor: Mapping[str, int] = field(default_factory=dict)
    """By currency: what counts where no floor is known. Empty: such work is refused."""
    needs_estimate: bool = True
    """Whether a project names the time that an answer takes before it is funded."""
    measured_answers_min: int = 20
    """From so many measured answers on their time counts, and no estimate any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFloor:
    """What an hour has to come to in a place, in the currency that is paid in."""

    country: str
    currency: str
    hourly_units: int
    floor: Floor | None
    """None: the operator's fallback."""
    is_stale: bool = False
    """Of a floor or a rate that should have been renewed by now."""
    conversion: Conversion | None = None

    @property
    def rate(self) -> ExchangeRate | None:
        """By which the floor's currency was converted; None where it is the same."""
        return self.conversion.rate if self.conversion is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorBook:
    """The floors and rates that were read for a question, and the policy to answer it by."""

    floors: Sequence[Floor]
    rates: Sequence[ExchangeRate]
    policy: FairPayPolicy

    def applied(
        self, country: str, *, currency: str, at: date, stale_counts: bool = False
    ) -> AppliedFloor:
        """Find the floor of a place.

        `stale_counts`: time that was worked is paid by the last floor and rate there were; what
        is only planned waits until they are renewed.

        Errors: FloorUnknown, FloorStale, RateUnknown, RateStale.
        """
        found = floor_at(
            self.floors,
            country=country,
            at=at,
            max_age_days=self.policy.floor_max_age_days,
        )
        if found is None:
            return self._fallback(country, currency)
        floor = found.floor
        if found.is_stale and not stale_counts:
            raise FloorStale(
                f"the floor of {country} has to be renewed", country=country, floor=floor.floor_id
            )
        turned = conversion(
            self.rates,
            source=floor.currency,
            target=currency,
            at=at,
            max_age_days=None if stale_counts else self.policy.rate_max_age_days,
        )
        return AppliedFloor(
            country=country,
            currency=currency,
            hourly_units=turned.convert(floor.hourly_units, rounding=Rounding.UP),
            floor=floor,
            is_stale=found.is_stale
            or turned.is_stale(at, max_age_days=self.policy.rate_max_age_days),
            conversion=turned,
        )

    def _fallback(self, country: str, currency: str) -> AppliedFloor:
        hourly_minor = self.policy.fallback_hourly_minor.get(currency)
        if hourly_minor is None:
            raise FloorUnknown(f"no floor is known for {country}", country=country)
        return AppliedFloor(
            country=country,
            currency=currency,
            hourly_units=hourly_minor * LEDGER_UNITS_PER_MINOR,
            floor=None,
        )


def needed_units(hourly_units: int, milliseconds: int) -> int:
    """Return what that time has to come to, rounded up for whoever worked it."""
    return divide(hourly_units * milliseconds, MILLISECONDS_AN_HOUR, rounding=Rounding.UP)


def hourly_units(paid_units: int, milliseconds: int) -> int:
    """Return what an hour comes to, rounded down; 0 for no time."""
    if milliseconds <= 0:
        return 0
    return divide(paid_units * MILLISECONDS_AN_HOUR, milliseconds, rounding=Rounding.DOWN)


class Verdict(StrEnum):
    """What a price comes to in one country."""

    PASSES = "passes"
    BELOW_FLOOR = "below_floor"
    FLOOR_UNKNOWN = "floor_unknown"
    FLOOR_STALE = "floor_stale"
    RATE_UNKNOWN = "rate_unknown"
    RATE_STALE = "rate_stale"
    TIME_UNKNOWN = "time_unknown"


_VERDICTS: Final = {
    "FLOOR_UNKNOWN": Verdict.FLOOR_UNKNOWN,
    "FLOOR_STALE": Verdict.FLOOR_STALE,
    "FX_RATE_UNKNOWN": Verdict.RATE_UNKNOWN,
    "FX_RATE_STALE": Verdict.RATE_STALE,
}


_REFUSALS: Final[Mapping[Verdict, tuple[type[DomainError], str]]] = {
    Verdict.FLOOR_UNKNOWN: (FloorUnknown, "no floor is known for"),
    Verdict.FLOOR_STALE: (FloorStale, "the floor has to be renewed for"),
    Verdict.RATE_UNKNOWN: (RateUnknown, "no exchange rate is known for the floor of"),
    Verdict.RATE_STALE: (RateStale, "the exchange rate is too old for the floor of"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """A price in one country: what an hour of it comes to beside what it has to come to."""

    country: str
    verdict: Verdict
    applied: AppliedFloor | None
    effective_units: int
    """An hour of it; 0 where nobody knows how long an answer takes."""
    least_pay_units: int
    """The least pay for one answer that passes; 0 where it cannot be told."""


def judge(
    book: FloorBook,
    *,
    pay_units: int,
    currency: str,
    milliseconds: int,
    countries: Iterable[str],
    at: date,
) -> list[PriceLine]:
    """Judge a price in every country, in their order. `milliseconds` 0: the time is not known."""
    return [
        _judged(
            book,
            country,
            pay_units=pay_units,
            currency=currency,
            milliseconds=milliseconds,
            at=at,
        )
        for country in sorted(set(countries))
    ]


def _judged(
    book: FloorBook,
    country: str,
    *,
    pay_units: int,
    currency: str,
    milliseconds: int,
    at: date,
) -> PriceLine:
    effective_units = hourly_units(pay_units, milliseconds)
    try:
        applied = book.applied(country, currency=currency, at=at)
    except DomainError as err:
        if err.reason not in _VERDICTS:
            raise
        return PriceLine(
            country=country,
            verdict=_VERDICTS[err.reason],
            applied=None,
            effective_units=effective_units,
            least_pay_units=0,
        )
    least_units = needed_units(applied.hourly_units, milliseconds)
    if not milliseconds:
        verdict = Verdict.TIME_UNKNOWN
    else:
        verdict = Verdict.PASSES if pay_units >= least_units else Verdict.BELOW_FLOOR
    return PriceLine(
        country=country,
        verdict=verdict,
        applied=applied,
        effective_units=effective_units,
        least_pay_units=least_units,
    )


def check_price(lines: Sequence[PriceLine], *, currency: str, milliseconds: int) -> None:
    """Pass if every country's floor is reached.

    Errors: FloorUnknown, FloorStale, RateUnknown or RateStale (naming the countries),
    PayBelowFloor (naming the one that lacks the most), TimeUnknown.
    """
    for verdict, refusal in _REFUSALS.items():
        countries = [line.country for line in lines if line.verdict is verdict]
        if countries:
            named = ", ".join(countries)
            raise refusal[0](f"{refusal[1]} {named}", countries=named, currency=currency)
    below = [line for line in lines if line.verdict is Verdict.BELOW_FLOOR]
    if below:
        worst = max(below, key=lambda line: line.least_pay_units)
        floor_units = worst.applied.hourly_units if worst.applied is not None else 0
        raise PayBelowFloor(
            f"at {milliseconds / 1000:g} s an answer the pay comes to less an hour than the floor"
            f" of {worst.country}",
            field="expected_seconds",
            country=worst.country,
            countries=", ".join(line.country for line in below),
            currency=currency,
            floor_hourly_units=floor_units,
            effective_hourly_units=worst.effective_units,
            least_pay_units=worst.least_pay_units,
            seconds=f"{milliseconds / 1000:g}",
        )
    if any(line.verdict is Verdict.TIME_UNKNOWN for line in lines):
        raise TimeUnknown(
            "say how long an answer takes: the project names no expected_seconds",
            field="expected_seconds",
        )


def percentile(values: Sequence[int], share: int) -> int:
    """Return the nearest-rank percentile of sorted values, `share` in hundredths; 0 for none."""
    if not values:
        return 0
    rank = divide(len(values) * share, 100, rounding=Rounding.UP)
    return values[max(rank, 1) - 1]
