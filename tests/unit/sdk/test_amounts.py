"""Amounts of money and days, as people write them and as they are counted."""

from __future__ import annotations

import pytest
from iso4217 import Currency

from services.sdk.days import parse_day
from services.sdk.errors import InvalidRequest
from services.sdk.money import digits, parse_money, show_money


def test_every_currency_has_the_digits_that_iso_4217_gives_it() -> None:
    known = {one.code: one.exponent for one in Currency if one.exponent is not None}
    assert {code: digits(code) for code in known} == known


@pytest.mark.parametrize(
    ("text", "minor", "shown"),
    [
        ("12.50 USD", 1250, "12.50 USD"),
        ("0.05USD", 5, "0.05 USD"),
        ("1234567 JPY", 1234567, "1,234,567 JPY"),
        (" 1.234 KWD ", 1234, "1.234 KWD"),
        ("0 EUR", 0, "0.00 EUR"),
    ],
)
def test_there_and_back(text: str, minor: int, shown: str) -> None:
    money = parse_money(text)
    assert money["amount_minor"] == minor
    assert show_money(minor, money["currency"]) == shown


@pytest.mark.parametrize(
    "text", ["", "5", "USD", "-5 USD", "5 usd", "1,000 USD", "1e3 USD", "0.001 USD", "1.5 JPY"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(InvalidRequest, match="AMOUNT_INVALID"):
        parse_money(text)


@pytest.mark.parametrize("text", ["2026-02-28", " 2028-02-29 "])
def test_a_day_is_sent_as_it_was_written(text: str) -> None:
    assert parse_day(text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "28.11.2026", "20260131", "2026-W05-6", "2026-02-30", "2026-1-31", "²026-01-31"]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(InvalidRequest, match="write it as 2026-01-31"):
        parse_day(text)
