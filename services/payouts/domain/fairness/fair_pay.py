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
from services.payouts.domain.fairness.floor_choice import (
    FloorFound,
    FloorScope,
    floors_of_offer,
    floors_of_person,
)
from services.payouts.domain.fairness.floors import SECONDS_AN_HOUR, Floor, FloorUnknown
from services.payouts.domain.fairness.rates import (
    Conversion,
    ExchangeRate,
    RateStale,
    RateUnknown,
    conversion,
)
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, Rounding, divide

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
    scope: FloorScope
    is_stale: bool = False
    """Of a floor or a rate that should have been renewed by now."""
    conversion: Conversion | None = None

    @property
    def rate(self) -> ExchangeRate | None:
        """By which the floor's currency was converted; None where it is the same."""
        return self.conversion.rate if self.conversion is not None else None

    @property
    def place(self) -> str:
        """Whose floor it is: the country's, or a region's of it by its ISO 3166-2 code."""
        return self.floor.place if self.floor is not None else self.country


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorBook:
    """The floors and rates that were read for a question, and the policy to answer it by."""

    floors: Sequence[Floor]
    rates: Sequence[ExchangeRate]
    policy: FairPayPolicy

    def applied(
        self,
        country: str,
        *,
        region: str = "",
        currency: str,
        at: date,
        stale_counts: bool = False,
    ) -> AppliedFloor:
        """Find the floor of a person: the region's, or the country's, or the highest there is.

        `region` is an ISO 3166-2 code, or empty where it is not known. `stale_counts`: time that
        was worked is paid by the last floor and rate there were; what is only planned waits until
        they are renewed.

        Errors: FloorUnknown, FloorStale, RateUnknown, RateStale.
        """
        found = floors_of_person(
            self.floors,
            country=country,
            region=region,
            at=at,
            max_age_days=self.policy.floor_max_age_days,
        )
        return self._highest(country, found, currency=currency, at=at, stale_counts=stale_counts)

    def applied_to_all(
        self, country: str, *, regions: Iterable[str] = (), currency: str, at: date
    ) -> AppliedFloor:
        """Find the floor of a price: the highest of the country's own and its regions'.

        Where the price is for some of the country's regions alone it is the highest of theirs.

        Errors: FloorUnknown, FloorStale, RateUnknown, RateStale.
        """
        found = floors_of_offer(
            self.floors,
            country=country,
            regions=regions,
            at=at,
            max_age_days=self.policy.floor_max_age_days,
        )
        return self._highest(country, found, currency=currency, at=at, stale_counts=False)

    def _highest(
        self,
        country: str,
        found: Sequence[FloorFound],
        *,
        currency: str,
        at: date,
        stale_counts: bool,
    ) -> AppliedFloor:
        if not found:
            return self._fallback(country, currency)
        counted = [
            self._converted(country, one, currency=currency, at=at, stale_counts=stale_counts)
            for one in found
        ]
        # Of equal ones the first: the country's own.
        highest = max(range(len(found)), key=lambda place: counted[place].hourly_units)
        floor = found[highest].floor
        if found[highest].is_stale and not stale_counts:
            raise FloorStale(
                f"the floor of {floor.place} has to be renewed",
                country=country,
                place=floor.place,
                floor=floor.floor_id,
            )
        return counted[highest]

    def _converted(
        self, country: str, found: FloorFound, *, currency: str, at: date, stale_counts: bool
    ) -> AppliedFloor:
        floor = found.floor
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
            scope=found.scope,
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
            scope=FloorScope.FALLBACK,
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
    place: str
    """Whose floor it was judged by, or could not be: the country's, or a region's of it."""
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
    regions: Sequence[str] = (),
    at: date,
) -> list[PriceLine]:
    """Judge a price in every country, in their order. `milliseconds` 0: the time is not known.

    `regions`, by ISO 3166-2: of a country of which any is named the price is for these alone.
    """
    return [
        _judged(
            book,
            country,
            pay_units=pay_units,
            currency=currency,
            milliseconds=milliseconds,
            regions=regions,
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
    regions: Sequence[str],
    at: date,
) -> PriceLine:
    effective_units = hourly_units(pay_units, milliseconds)
    try:
        applied = book.applied_to_all(country, regions=regions, currency=currency, at=at)
    except DomainError as err:
        if err.reason not in _VERDICTS:
            raise
        return PriceLine(
            country=country,
            place=str(err.metadata.get("place", country)),
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
        place=applied.place,
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
            places = ", ".join(line.place for line in lines if line.verdict is verdict)
            raise refusal[0](
                f"{refusal[1]} {places}",
                countries=", ".join(countries),
                places=places,
                currency=currency,
            )
    below = [line for line in lines if line.verdict is Verdict.BELOW_FLOOR]
    if below:
        worst = max(below, key=lambda line: line.least_pay_units)
        floor_units = worst.applied.hourly_units if worst.applied is not None else 0
        raise PayBelowFloor(
            f"at {milliseconds / 1000:g} s an answer the pay comes to less an hour than the floor"
            f" of {worst.place}",
            field="expected_seconds",
            country=worst.country,
            place=worst.place,
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
