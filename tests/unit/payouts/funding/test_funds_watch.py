"""When a client is told that a project's money runs out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.payouts.domain.funding.funds_watch import (
    Funds,
    FundsPolicy,
    FundsWarning,
    FundsWatch,
    look,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
POLICY = FundsPolicy(low_share=0.2, low_time=timedelta(hours=24), rate_window=timedelta(hours=1))
NEW = FundsWatch(project_id="prj_1")
BOTH = (FundsWarning.LOW, FundsWarning.EXHAUSTED)


def funds(remaining: int, spent: int, *, version: int = 1) -> Funds:
    return Funds(remaining_units=remaining, spent_units=spent, price_units_max=10, version=version)


@pytest.mark.parametrize(
    ("remaining", "spent", "warnings"),
    [
        (1000, 0, ()),
        (200, 800, ()),
        (199, 801, (FundsWarning.LOW,)),
        (10, 990, (FundsWarning.LOW,)),
        (9, 991, BOTH),
        (0, 0, BOTH),
    ],
)
def test_by_the_share_that_is_left(
    remaining: int, spent: int, warnings: tuple[FundsWarning, ...]
) -> None:
    assert look(NEW, funds(remaining, spent), now=NOW, policy=POLICY).warnings == warnings


def test_each_is_told_once_and_again_after_more_was_held() -> None:
    first = look(NEW, funds(100, 900), now=NOW, policy=POLICY)
    assert first.warnings == (FundsWarning.LOW,)
    again = look(first.watch, funds(50, 950), now=NOW, policy=POLICY)
    assert again.warnings == ()
    nothing = look(again.watch, funds(5, 995), now=NOW, policy=POLICY)
    assert nothing.warnings == (FundsWarning.EXHAUSTED,)
    topped_up = look(nothing.watch, funds(1005, 995, version=2), now=NOW, policy=POLICY)
    assert topped_up.warnings == ()
    low = look(topped_up.watch, funds(100, 1900, version=2), now=NOW, policy=POLICY)
    assert low.warnings == (FundsWarning.LOW,)


def test_by_how_long_it_lasts_at_the_rate_of_the_last_hours() -> None:
    watch = look(NEW, funds(100_000, 0), now=NOW, policy=POLICY).watch
    # Half an hour later it has gone at 2,000 an hour: enough for two days.
    at = NOW + timedelta(minutes=30)
    slow = look(watch, funds(99_000, 1_000), now=at, policy=POLICY)
    assert slow.warnings == ()
    assert slow.lasts_seconds == pytest.approx(49.5 * 3600)
    # Then much faster: 20,000 in the second hour, and the rate is of that hour.
    later = look(slow.watch, funds(98_000, 2_000), now=NOW + timedelta(hours=1), policy=POLICY)
    fast = look(later.watch, funds(78_000, 22_000), now=NOW + timedelta(hours=2), policy=POLICY)
    assert fast.lasts_seconds is not None
    assert fast.lasts_seconds < 24 * 3600
    assert fast.warnings == (FundsWarning.LOW,)


def test_what_is_not_spent_lasts() -> None:
    watch = look(NEW, funds(500, 500), now=NOW, policy=POLICY).watch
    later = look(watch, funds(500, 500), now=NOW + timedelta(days=9), policy=POLICY)
    assert (later.lasts_seconds, later.warnings) == (None, ())
    # Money that came back makes no rate either.
    back = look(later.watch, funds(600, 400), now=NOW + timedelta(days=10), policy=POLICY)
    assert (back.lasts_seconds, back.warnings) == (None, ())
