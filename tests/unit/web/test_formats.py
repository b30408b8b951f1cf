"""Numbers, money and dates as each language writes them, and amounts as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web.formats import (
    AmountMalformed,
    Formats,
    iso,
    minor_digits,
    parse_amount,
    parse_price,
)
from services.gateway.web.translations import ENGLISH, FRENCH

EN, FR = Formats(ENGLISH), Formats(FRENCH)
NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("minor", "currency", "english", "french"),
    [
        (123456, "EUR", "€1,234.56", f"1{NARROW}234,56{WIDE}€"),
        (-5, "USD", "−US$0.05", f"−0,05{WIDE}US$"),
        (1234, "JPY", "¥1,234", f"1{NARROW}234{WIDE}¥"),
        (1234, "BHD", f"BHD{WIDE}1.234", f"1,234{WIDE}BHD"),
        (0, "CHF", f"CHF{WIDE}0.00", f"0,00{WIDE}CHF"),
    ],
)
def test_money(minor: int, currency: str, english: str, french: str) -> None:
    assert EN.money(minor, currency) == english
    assert FR.money(minor, currency) == french


def test_numbers_and_shares() -> None:
    assert EN.number(1234567) == "1,234,567"
    assert FR.number(1234.5, 1) == f"1{NARROW}234,5"
    assert EN.number(-3) == "−3"
    assert EN.number(-0.2) == "0"  # no minus before nothing
    assert EN.percent(0.975, 1) == "97.5%"
    assert FR.percent(1) == f"100{NARROW}%"


def test_dates_and_lengths() -> None:
    moment = datetime(2026, 8, 3, 9, 5, tzinfo=UTC)
    assert EN.time(moment) == "3 August 2026, 09:05 UTC"
    assert FR.date(moment) == "3 août 2026"
    assert iso(moment) == "2026-08-03T09:05:00Z"
    assert EN.seconds(59.6) == f"1{WIDE}min"
    assert EN.seconds(3 * 3600 + 120) == f"3{WIDE}h 2{WIDE}min"
    assert EN.seconds(0.2) == f"0{WIDE}s"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12,5", "EUR", 1250),
        (" 1 234,56 ", "EUR", 123456),
        ("0.05", "USD", 5),
        ("1000", "JPY", 1000),
        ("1.234", "BHD", 1234),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1.005", "1e5", "١", "1.2.3", "1,000.00", "NaN", "9999999999999", "0x10", "five"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountMalformed):
        parse_amount(text, "EUR")


@given(st.integers(min_value=0, max_value=10**13), st.sampled_from(["EUR", "JPY", "BHD"]))
def test_what_a_field_shows_is_read_back_as_it_was(minor: int, currency: str) -> None:
    if minor < 10 ** (12 + minor_digits(currency)):
        digits = minor_digits(currency)
        assert parse_amount(f"{Decimal(minor).scaleb(-digits):.{digits}f}", currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "minor", "fraction", "english"),
    [
        ("0.013", "USD", 1, 3_000, "US$0.013"),
        ("0,000001", "USD", 0, 1, "US$0.000001"),
        ("12.5", "USD", 1_250, 0, "US$12.50"),
        ("0.5", "JPY", 0, 5_000, "¥0.5"),
    ],
)
def test_prices_of_answers_are_finer_than_cents(
    text: str, currency: str, minor: int, fraction: int, english: str
) -> None:
    price = parse_price(text, currency)
    assert (price.amount_minor, price.fraction, price.currency) == (minor, fraction, currency)
    assert EN.amount(price) == english


def test_prices_finer_than_the_ledger_are_refused() -> None:
    with pytest.raises(AmountMalformed):
        parse_price("0.0000001", "USD")
