"""Rows of floor and rate tables, from the texts of a file: every cell is checked by a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.regions import RegionCodes, RegionInvalid
from services.payouts.domain.fairness.floors import Floor, Per
from services.payouts.domain.fairness.rates import ExchangeRate
from services.payouts.domain.tables import RowInvalid, day_of, text_of, url_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRow:
    """One line of a table of floors, as it was given."""

    line: int
    country: str
    region: str
    currency: str
    amount: str
    per: str
    hours_a_month: str
    basis: str
    source: str
    source_url: str
    source_date: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One line of a table of exchange rates, as it was given."""

    line: int
    base: str
    quote: str
    rate: str
    rate_date: str
    source: str
    source_url: str


def floor_of(
    row: FloorRow, *, region_codes: RegionCodes, recorded_by: str, recorded_at: datetime
) -> Floor:
    """A row that comes in. Errors: RowInvalid, naming one field that is wrong."""
    try:
        per = Per(row.per.strip() or Per.HOUR)
    except ValueError:
        raise RowInvalid("per", "in", f"{row.per!r} is neither hour nor month") from None
    country = row.country.strip()
    floor = Floor(
        country=country,
        # Tables write a region with its country or without it: US-CA, and CA of US.
        region=row.region.strip().removeprefix(f"{country}-"),
        currency=row.currency.strip(),
        amount=row.amount.strip(),
        per=per,
        hours_a_month=row.hours_a_month.strip(),
        basis=text_of(row.basis, field="basis"),
        source=text_of(row.source, field="source"),
        source_url=url_of(row.source_url, field="source_url"),
        source_date=day_of(row.source_date.strip(), field="source_date"),
        valid_from=day_of(row.valid_from.strip(), field="valid_from"),
        valid_to=day_of(row.valid_to.strip(), field="valid_to") if row.valid_to.strip() else None,
        recorded_by=recorded_by,
        recorded_at=recorded_at,
    )
    if floor.region:
        try:
            region_codes.check(floor.place, field="region")
        except RegionInvalid as err:
            nearest = err.metadata.get("nearest", "")
            raise RowInvalid("region", "iso3166_2", err.message, nearest=nearest) from err
    return floor


def rate_of(row: RateRow, *, recorded_by: str, recorded_at: datetime) -> ExchangeRate:
    """Errors: RowInvalid, naming the first field that is wrong."""
    return ExchangeRate(
        base=row.base.strip(),
        quote=row.quote.strip(),
        rate=row.rate.strip(),
        rate_date=day_of(row.rate_date.strip(), field="date"),
        source=text_of(row.source, field="source"),
        source_url=url_of(row.source_url, field="source_url"),
        recorded_by=recorded_by,
        recorded_at=recorded_at,
    )
