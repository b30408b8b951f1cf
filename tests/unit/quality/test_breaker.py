"""When rejections are too many at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.breaker import DECIDED_MIN, SHARE_FLOOR, Counts, limit_share, trips


@pytest.mark.parametrize(
    ("decided", "rejected", "expected"),
    [
        (1, 1, False),
        (2, 2, False),
        # A project of three answers that are all rejected is watched, too.
        (3, 3, True),
        (DECIDED_MIN - 1, 2, False),
        (DECIDED_MIN - 1, 3, True),
        (DECIDED_MIN, 2, False),
        (DECIDED_MIN, 3, True),
        (100, 10, False),
        (100, 11, True),
    ],
)
def test_more_than_a_tenth_of_at_least_twenty_trips(
    decided: int, rejected: int, expected: bool
) -> None:
    assert trips(Counts(decided=decided, rejected=rejected), limit=SHARE_FLOOR) is expected


def test_after_an_operator_has_looked_few_answers_ask_nothing_anew() -> None:
    few, enough = Counts(decided=10, rejected=3), Counts(decided=DECIDED_MIN, rejected=3)
    assert trips(few, limit=SHARE_FLOOR)
    assert not trips(few, limit=SHARE_FLOOR, anew=True)
    assert trips(enough, limit=SHARE_FLOOR, anew=True)


@given(outcomes=st.lists(st.booleans(), max_size=60))
def test_no_order_lets_more_rejections_through_than_the_limit_allows(outcomes: list[bool]) -> None:
    """It is looked at with every rejection, as when rulings are made one at a time."""
    decided = passed = 0
    for is_rejection in outcomes:
        after = Counts(decided=decided + 1, rejected=passed + is_rejection)
        if is_rejection and trips(after, limit=SHARE_FLOOR):
            break
        decided, passed = after.decided, after.rejected
    assert passed <= SHARE_FLOOR * max(decided, DECIDED_MIN)


def test_other_projects_raise_the_limit_and_never_lower_it() -> None:
    usual = [Counts(decided=100, rejected=share) for share in (10, 20, 30, 20, 10)]
    assert limit_share(usual) == pytest.approx(0.18 + 3 * 0.0836660)
    assert limit_share(usual[:4]) == SHARE_FLOOR
    assert limit_share([Counts(decided=100, rejected=0)] * 5) == SHARE_FLOOR
    assert limit_share([Counts(decided=DECIDED_MIN - 1, rejected=19)] * 5) == SHARE_FLOOR
