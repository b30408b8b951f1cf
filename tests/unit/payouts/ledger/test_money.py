from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.errors import CurrencyMismatch, CurrencyUnsupported, InvalidAmount
from services.payouts.domain.ledger.money import (
    MAX_AMOUNT,
    Money,
    Rounding,
    bps_share,
    check_positive,
    divide,
    minor_exponent,
    split,
)


@pytest.mark.parametrize(
    ("numerator", "half_up", "half_even", "down", "up"),
    [
        (0, 0, 0, 0, 0),
        (4, 0, 0, 0, 1),
        (5, 1, 0, 0, 1),
        (6, 1, 1, 0, 1),
        (10, 1, 1, 1, 1),
        (15, 2, 2, 1, 2),
        (25, 3, 2, 2, 3),
        (26, 3, 3, 2, 3),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_divide_by_ten(
    numerator: int, half_up: int, half_even: int, down: int, up: int, sign: int
) -> None:
    expected = {
        Rounding.HALF_UP: half_up,
        Rounding.HALF_EVEN: half_even,
        Rounding.DOWN: down,
        Rounding.UP: up,
    }
    for rounding, magnitude in expected.items():
        assert divide(sign * numerator, 10, rounding=rounding) == sign * magnitude


@given(
    numerator=st.integers(min_value=-(10**18), max_value=10**18),
    denominator=st.integers(min_value=1, max_value=10**9),
)
def test_rounding_is_never_off_by_a_whole_unit(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    for rounding in Rounding:
        error = abs(divide(numerator, denominator, rounding=rounding) - exact)
        assert error < 1
        if rounding in {Rounding.HALF_UP, Rounding.HALF_EVEN}:
            assert error <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("amount_minor", "bps", "expected"),
    [
        (100, 0, 0),
        (100, 10_000, 100),
        (7, 1_500, 1),
        (3, 1_500, 0),
        (5, 1_000, 1),
        (333, 1_250, 42),
    ],
)
def test_share(amount_minor: int, bps: int, expected: int) -> None:
    assert bps_share(amount_minor, bps) == expected


@pytest.mark.parametrize("bps", [-1, 1.5, True, "10"])
def test_share_refuses_what_is_no_basis_points(bps: Any) -> None:
    with pytest.raises(InvalidAmount):
        bps_share(100, bps)


@pytest.mark.parametrize(
    ("amount_minor", "weights", "expected"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (101, (1, 1, 1), (34, 34, 33)),
        (1, (1, 1), (1, 0)),
        (10, (0, 5), (0, 10)),
        (100, (70, 20, 10), (70, 20, 10)),
        # The largest remainder gets the missing unit, wherever it stands.
        (10, (1, 2), (3, 7)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (0, (3, 4), (0, 0)),
    ],
)
def test_split(amount_minor: int, weights: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert split(amount_minor, weights) == expected


@given(
    amount_minor=st.integers(min_value=-(10**15), max_value=10**15),
    weights=st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20).filter(
        any
    ),
)
def test_parts_add_up_and_are_fair(amount_minor: int, weights: list[int]) -> None:
    parts = split(amount_minor, weights)
    assert sum(parts) == amount_minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount_minor * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1), (1.5,), (True,)])
def test_split_refuses_strange_weights(weights: Any) -> None:
    with pytest.raises(InvalidAmount):
        split(100, weights)


@pytest.mark.parametrize("amount", [1.0, True, "1", None, MAX_AMOUNT + 1])
def test_amounts_are_whole_numbers_of_64_bits(amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        Money(amount_minor=amount, currency="USD")


class _Long(int):
    """As the database's driver reads what does not fit 32 bits."""


def test_long_amounts_of_the_database_are_whole_numbers() -> None:
    amount = _Long(3_000_000_000)
    assert check_positive(amount) == amount
    assert sum(split(amount, (1, 2))) == amount
    assert (Money(amount_minor=amount, currency="USD") + Money(amount_minor=1, currency="USD")) == (
        Money(amount_minor=3_000_000_001, currency="USD")
    )


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_what_moves_is_positive(amount_minor: int) -> None:
    with pytest.raises(InvalidAmount):
        check_positive(amount_minor)


def test_arithmetic_stays_in_one_currency() -> None:
    three = Money(amount_minor=3, currency="USD")
    five = Money(amount_minor=5, currency="USD")
    assert (three + five).amount_minor == 8
    assert (three - five).amount_minor == -2
    assert (-three).amount_minor == -3
    with pytest.raises(CurrencyMismatch) as caught:
        three + Money(amount_minor=3, currency="EUR")
    assert caught.value.metadata == {"currency": "USD", "other_currency": "EUR"}


def test_splitting_money_keeps_its_currency() -> None:
    parts = Money(amount_minor=5, currency="JPY").split((1, 1))
    assert [(part.amount_minor, part.currency) for part in parts] == [(3, "JPY"), (2, "JPY")]


@pytest.mark.parametrize(
    ("currency", "exponent"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("UGX", 0), ("MGA", 2)]
)
def test_exponents_are_iso_4217s(currency: str, exponent: int) -> None:
    assert minor_exponent(currency) == exponent


@pytest.mark.parametrize(
    ("currency", "rule"),
    [("XYZ", "iso4217"), ("usd", "iso4217"), ("", "iso4217"), ("XAU", "iso4217_minor_unit")],
)
def test_unknown_currencies_are_refused(currency: str, rule: str) -> None:
    with pytest.raises(CurrencyUnsupported) as caught:
        Money(amount_minor=1, currency=currency)
    assert caught.value.metadata == {"currency": currency, "rule": rule}
