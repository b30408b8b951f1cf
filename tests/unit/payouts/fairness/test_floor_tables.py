"""Floors and exchange rates as they are loaded: exact, dated, sourced, and never invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.regions import RegionCodes
from services.payouts.domain.fairness.floor_rows import FloorRow, RateRow, floor_of, rate_of
from services.payouts.domain.fairness.floors import Floor, check_floor_fresh
from services.payouts.domain.fairness.rates import (
    RateStale,
    RateUnknown,
    check_rate_fresh,
    conversion,
)
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, Rounding
from services.payouts.domain.tables import RowInvalid

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
YEAR = 365


def floor_row(**changes: object) -> FloorRow:
    """Of a country that there is not."""
    row = FloorRow(
        line=2,
        country="ZZ",
        region="",
        currency="USD",
        amount="2.60",
        per="hour",
        hours_a_month="",
        basis="one adult, invented",
        source="nobody",
        source_url="https://example.com/floors",
        source_date="2026-01-31",
        valid_from="2026-01-01",
        valid_to="",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def floor(**changes: object) -> Floor:
    return floor_of(
        floor_row(**changes), region_codes=RegionCodes(), recorded_by="per_op", recorded_at=NOW
    )


def rate_row(**changes: object) -> RateRow:
    row = RateRow(
        line=2,
        base="USD",
        quote="KES",
        rate="129.35",
        rate_date="2026-11-19",
        source="invented",
        source_url="https://example.com/rates",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"country": "QQQ"}, "country", "iso3166"),
        ({"country": "QA1"}, "country", "iso3166"),
        ({"region": "nairobi"}, "region", "iso3166_2"),
        ({"country": "KE", "region": "48"}, "region", "iso3166_2"),
        ({"currency": "KSH"}, "currency", "iso4217"),
        ({"amount": "2,60"}, "amount", "decimal"),
        ({"amount": "0.00"}, "amount", "decimal"),
        ({"amount": "999999999999"}, "amount", "max"),
        ({"per": "week"}, "per", "in"),
        ({"per": "month"}, "hours_a_month", "hours"),
        ({"per": "month", "hours_a_month": "745"}, "hours_a_month", "hours"),
        ({"hours_a_month": "173.33"}, "hours_a_month", "only_of_month"),
        ({"basis": " "}, "basis", "required"),
        ({"source": "x" * 301}, "source", "max_len"),
        ({"source_url": "ftp://example.com"}, "source_url", "url"),
        ({"source_date": "31.01.2026"}, "source_date", "date"),
        ({"valid_from": "2026-02-30"}, "valid_from", "date"),
        ({"valid_to": "2025-12-31"}, "valid_to", "after_valid_from"),
    ],
)
def test_a_wrong_cell_is_told_by_field_and_rule(
    changes: dict[str, object], field: str, rule: str
) -> None:
    if rule == "max":
        changes = {**changes, "currency": "KWD", "per": "month", "hours_a_month": "1"}
    with pytest.raises(RowInvalid) as refused:
        floor(**changes)
    assert (refused.value.field, refused.value.rule) == (field, rule)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"source_date": "2026-11-21"}, "source_date", "not_in_future"),
        ({"source_date": "2025-11-19"}, "source_date", "fresh"),
        ({"valid_to": "2026-11-19"}, "valid_to", "not_over"),
    ],
)
def test_a_stale_floor_is_refused(changes: dict[str, object], field: str, rule: str) -> None:
    check_floor_fresh(floor(source_date="2025-11-20"), today=TODAY, max_age_days=YEAR)
    with pytest.raises(RowInvalid) as refused:
        check_floor_fresh(floor(**changes), today=TODAY, max_age_days=YEAR)
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_an_hour_of_a_monthly_amount_is_rounded_up_for_the_contractor() -> None:
    """§6: the hours that a month was divided by are kept; the division is exact until then."""
    monthly = floor(amount="450.00", per="month", hours_a_month="173.33")
    exact = Fraction(450_00 * LEDGER_UNITS_PER_MINOR * 100, 173_33)
    assert monthly.hourly_units - 1 < exact <= monthly.hourly_units
    assert floor().hourly_units == 260 * LEDGER_UNITS_PER_MINOR


def test_a_table_may_write_a_region_with_its_country() -> None:
    assert floor(region="ZZ-30") == floor(region="30")
    assert floor(region="ZZ-30").place == "ZZ-30"
    with pytest.raises(RowInvalid) as refused:
        floor(region="KE-30")
    assert (refused.value.field, refused.value.rule) == ("region", "iso3166_2")


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"base": "USX"}, "base", "iso4217"),
        ({"quote": "XYZ"}, "quote", "iso4217"),
        ({"quote": "USD"}, "quote", "other_currency"),
        ({"rate": "1e2"}, "rate", "decimal"),
        ({"rate": "0.000"}, "rate", "decimal"),
        ({"rate_date": "yesterday"}, "date", "date"),
        ({"source": ""}, "source", "required"),
        ({"source_url": "example.com"}, "source_url", "url"),
    ],
)
def test_a_wrong_rate_is_told_by_field_and_rule(
    changes: dict[str, object], field: str, rule: str
) -> None:
    with pytest.raises(RowInvalid) as refused:
        rate_of(rate_row(**changes), recorded_by="per_op", recorded_at=NOW)
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_a_rate_is_used_either_way_round_and_not_when_it_is_old() -> None:
    rate = rate_of(rate_row(), recorded_by="per_op", recorded_at=NOW)
    there = conversion([rate], source="USD", target="KES", at=TODAY, max_age_days=7)
    back = conversion([rate], source="KES", target="USD", at=TODAY, max_age_days=7)
    assert there.convert(100, rounding=Rounding.UP) == 129_35
    assert back.convert(129_35, rounding=Rounding.UP) == 100
    assert there.rate == back.rate == rate
    with pytest.raises(RateUnknown):
        conversion([rate], source="USD", target="EUR", at=TODAY, max_age_days=7)
    with pytest.raises(RateUnknown):
        conversion([rate], source="USD", target="KES", at=date(2026, 11, 18), max_age_days=7)
    with pytest.raises(RateStale):
        conversion([rate], source="USD", target="KES", at=date(2026, 11, 27), max_age_days=7)
    with pytest.raises(RowInvalid):
        check_rate_fresh(rate, today=date(2026, 11, 27), max_age_days=7)
    with pytest.raises(RowInvalid):
        check_rate_fresh(rate, today=date(2026, 11, 18), max_age_days=7)


@given(
    amount=st.integers(1, 10**12),
    rate=st.decimals("0.000001", "999999", places=6).map(str),
    pair=st.sampled_from([("USD", "KES"), ("USD", "JPY"), ("KWD", "UGX"), ("JPY", "BHD")]),
)
def test_there_and_back_never_makes_money(amount: int, rate: str, pair: tuple[str, str]) -> None:
    """§7.8: rounded down both ways, a round trip gains nothing; rounded up, it loses nothing."""
    base, quote = pair
    row = rate_row(base=base, quote=quote, rate=rate)
    rates = [rate_of(row, recorded_by="per_op", recorded_at=NOW)]
    there = conversion(rates, source=base, target=quote, at=TODAY, max_age_days=7)
    back = conversion(rates, source=quote, target=base, at=TODAY, max_age_days=7)
    again = back.convert(there.convert(amount, rounding=Rounding.DOWN), rounding=Rounding.DOWN)
    assert again <= amount
    up = back.convert(there.convert(amount, rounding=Rounding.UP), rounding=Rounding.UP)
    assert up >= amount
