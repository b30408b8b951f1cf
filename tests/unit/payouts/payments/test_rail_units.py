from __future__ import annotations

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import CurrencyUnsupported, RailUnitsInvalid
from services.payouts.domain.ledger.money import Money
from services.payouts.domain.payments.rail_units import (
    THREE_DECIMAL,
    TIMES_HUNDRED,
    ZERO_DECIMAL,
    from_rail_units,
    rail_rule,
    to_rail_units,
)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "units"),
    [
        (1_234, "USD", 1_234),
        (1, "EUR", 1),
        # No decimals anywhere.
        (500, "JPY", 500),
        (7, "XOF", 7),
        # Two decimals in ISO 4217, none at Stripe: whole ariary only.
        (1_200, "MGA", 12),
        # None in ISO 4217, sent times 100.
        (5, "UGX", 500),
        (5, "ISK", 500),
        # Three decimals, the last one 0.
        (1_230, "KWD", 1_230),
        # In a transfer these are ordinary.
        (1_234, "HUF", 1_234),
        (1_234, "TWD", 1_234),
        (-1_234, "USD", -1_234),
        (0, "USD", 0),
    ],
)
def test_both_ways(amount_minor: int, currency: str, units: int) -> None:
    """C14: yen are not charged a hundredfold, and Ugandan shillings are."""
    money = Money(amount_minor=amount_minor, currency=currency)
    assert to_rail_units(money) == units
    assert from_rail_units(units, currency=currency) == money


@pytest.mark.parametrize(
    ("amount_minor", "currency", "payout", "rule"),
    [
        (1_201, "MGA", False, "zero_decimal"),
        (1_234, "KWD", False, "three_decimal"),
        (1_234, "HUF", True, "whole_hundred_payouts"),
        (1_250, "TWD", True, "whole_hundred_payouts"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    amount_minor: int, currency: str, payout: bool, rule: str
) -> None:
    with pytest.raises(RailUnitsInvalid) as caught:
        to_rail_units(Money(amount_minor=amount_minor, currency=currency), payout=payout)
    assert caught.value.metadata["currency"] == currency
    assert caught.value.metadata["rule"] == rule
    assert currency in caught.value.message
    assert rule in caught.value.message


def test_payouts_in_whole_hundreds() -> None:
    assert to_rail_units(Money(amount_minor=1_200, currency="HUF"), payout=True) == 1_200


def test_the_rails_own_fractions_are_refused() -> None:
    with pytest.raises(RailUnitsInvalid) as caught:
        from_rail_units(550, currency="UGX")
    assert caught.value.metadata["rule"] == "times_hundred"


@pytest.mark.parametrize("currency", ["CLF", "IQD", "UYI"])
def test_currencies_without_a_rule_are_refused(currency: str) -> None:
    with pytest.raises(CurrencyUnsupported) as caught:
        rail_rule(currency)
    assert caught.value.metadata == {"currency": currency, "rule": "stripe_currencies"}


def test_the_table_names_real_currencies_once() -> None:
    codes = {currency.code for currency in iso4217.Currency}
    assert codes >= ZERO_DECIMAL | TIMES_HUNDRED | THREE_DECIMAL
    assert not ZERO_DECIMAL & TIMES_HUNDRED
    assert not (ZERO_DECIMAL | TIMES_HUNDRED) & THREE_DECIMAL


_RULED = sorted({"USD", "EUR", "INR", "HUF"} | ZERO_DECIMAL | TIMES_HUNDRED | THREE_DECIMAL)


@given(
    amount_minor=st.integers(min_value=-(10**12), max_value=10**12),
    currency=st.sampled_from(_RULED),
)
def test_no_amount_changes_on_the_way_there_and_back(amount_minor: int, currency: str) -> None:
    money = Money(amount_minor=amount_minor, currency=currency)
    try:
        units = to_rail_units(money)
    except RailUnitsInvalid:
        assert rail_rule(currency).name in {"zero_decimal", "three_decimal"}
        return
    assert units % rail_rule(currency).step == 0
    assert from_rail_units(units, currency=currency) == money
