"""Shares of amounts that no float holds."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from hypothesis import example, given
from hypothesis import strategies as st

from services.payouts.domain.ledger.money import BPS_IN_WHOLE, MAX_AMOUNT, bps_share


@given(amount=st.integers(0, MAX_AMOUNT), bps=st.integers(0, BPS_IN_WHOLE))
@example(amount=MAX_AMOUNT, bps=BPS_IN_WHOLE)
@example(amount=2**53 + 1, bps=BPS_IN_WHOLE)
def test_shares_of_the_largest_amounts_are_exact(amount: int, bps: int) -> None:
    """G8: integers all the way, halves up."""
    wanted = floor(Fraction(amount * bps, BPS_IN_WHOLE) + Fraction(1, 2))
    assert bps_share(amount, bps) == wanted
    assert bps_share(-amount, bps) == -wanted
