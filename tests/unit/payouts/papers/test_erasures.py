"""When an erasure is looked at again, and which balances it waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.payouts.domain.papers.erasures import Erasure, can_be_paid

ASKED_AT = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waited_seconds", "next_seconds"),
    [(0, 2), (3, 2), (60, 30), (1_200, 600), (30 * 86_400, 600)],
)
def test_it_is_looked_at_soon_and_then_every_ten_minutes(
    waited_seconds: int, next_seconds: int
) -> None:
    erasure = Erasure(contractor_id="ctr_1", version=3, asked_at=ASKED_AT)
    now = ASKED_AT + timedelta(seconds=waited_seconds)
    assert erasure.look_again_at(now=now) == now + timedelta(seconds=next_seconds)


@pytest.mark.parametrize(
    ("amount_units", "currency", "can"),
    [
        (0, "USD", False),
        (9_999, "USD", False),
        (-9_999, "USD", False),
        (10_000, "USD", True),
        # Owed by the person: somebody has to decide what becomes of it.
        (-10_000, "USD", True),
        (9_999, "JPY", False),
        (10_000, "JPY", True),
        # Three decimals, of which rails move two: ten fils at least.
        (99_999, "KWD", False),
        (100_000, "KWD", True),
    ],
)
def test_what_no_rail_moves_is_not_waited_for(amount_units: int, currency: str, can: bool) -> None:
    assert can_be_paid(amount_units, currency) is can
