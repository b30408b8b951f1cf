"""The floor holds: earned and topped up come to the floor of the time, to the unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.answers.efforts import Effort, held_milliseconds
from services.payouts.domain.fairness.fair_pay import (
    AppliedFloor,
    FairPayPolicy,
    FloorBook,
    PayBelowFloor,
    TimeUnknown,
    Verdict,
    check_price,
    judge,
    needed_units,
    percentile,
)
from services.payouts.domain.fairness.floor_choice import FloorScope
from services.payouts.domain.fairness.floor_top_ups import Worked, lacks, top_up
from services.payouts.domain.fairness.floors import FloorUnknown
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from tests.unit.payouts.fairness.test_floor_tables import NOW, TODAY, floor

POLICY = FairPayPolicy(floor_max_age_days=365, rate_max_age_days=7)
HOUR = 3_600_000


def applied(hourly_units: int) -> AppliedFloor:
    return AppliedFloor(
        country="ZZ",
        currency="USD",
        hourly_units=hourly_units,
        floor=floor(),
        scope=FloorScope.COUNTRY,
    )


def worked(project: int, earned_units: int, milliseconds: int) -> Worked:
    return Worked(
        contractor_id="ctr_1",
        project_id=f"prj_{project}",
        client_id="org_c",
        vendor_id="org_v",
        currency="USD",
        answers=1,
        earned_units=earned_units,
        active_milliseconds=milliseconds,
    )


@given(
    lines=st.lists(
        st.tuples(st.integers(-(10**7), 10**9), st.integers(-(10**6), 10**8)),
        min_size=1,
        max_size=6,
    ),
    hourly=st.integers(1, 10**9),
    held=st.none() | st.integers(0, 10**8),
)
def test_after_the_top_up_the_floor_holds_and_without_a_shortfall_there_is_none(
    lines: list[tuple[int, int]], hourly: int, held: int | None
) -> None:
    """§6, §7.1 floor holds: exact in units, rounded up for the contractor, never above."""
    work = [worked(number, *line) for number, line in enumerate(lines)]
    tested = top_up(work, applied(hourly), period_id="pp_1", held=held)
    added = sum(part.amount_units for part in tested.parts)
    assert added == tested.shortfall_units
    assert all(part.amount_units > 0 for part in tested.parts)
    total = max(0, tested.earned_units) + added
    assert total * HOUR >= hourly * tested.counted_milliseconds or not added
    assert total >= tested.needed_units
    if added:
        # One unit less would be too little.
        assert (total - 1) * HOUR < hourly * tested.counted_milliseconds
        assert lacks(work, applied(hourly))
    elif held is None:
        assert not lacks(work, applied(hourly))
    if held is not None:
        assert tested.counted_milliseconds <= held


def test_the_project_that_pays_too_little_makes_it_up() -> None:
    fair, poor, poorest = worked(1, 500, HOUR), worked(2, 100, HOUR), worked(3, 0, HOUR)
    tested = top_up([fair, poor, poorest], applied(300), period_id="pp_1", held=None)
    # 300 an hour for 3 hours is 900; 600 was earned; they lack 200 and 300.
    assert [(part.worked.project_id, part.amount_units) for part in tested.parts] == [
        ("prj_2", 120),
        ("prj_3", 180),
    ]


def test_nobody_works_twice_at_once() -> None:
    """Active time is bounded by the time for which tasks were held, side by side counted once."""

    def effort(start: int, end: int, active: int = 60) -> Effort:
        return Effort(
            active_milliseconds=active * 1000,
            claimed_at=NOW + timedelta(seconds=start),
            submitted_at=NOW + timedelta(seconds=end),
        )

    assert held_milliseconds([effort(0, 60), effort(0, 60), effort(30, 90), effort(200, 210)]) == (
        100_000
    )
    assert held_milliseconds([effort(50, 60), effort(0, 100)]) == 100_000
    assert held_milliseconds([effort(0, 60), Effort(active_milliseconds=5)]) is None
    assert held_milliseconds([]) == 0
    assert effort(0, 10).plausible_milliseconds == 10_000
    assert effort(0, 100).plausible_milliseconds == 60_000
    both = [worked(1, 0, 60_000), worked(2, 0, 60_000)]
    tested = top_up(both, applied(HOUR), period_id="pp_1", held=60_000)
    assert tested.was_bounded
    assert [part.amount_units for part in tested.parts] == [30_000, 30_000]


def test_a_price_is_judged_country_by_country() -> None:
    book = FloorBook(floors=[floor()], rates=[], policy=POLICY)
    units = LEDGER_UNITS_PER_MINOR

    def judged(pay_minor: int, seconds: int, *countries: str) -> list[Verdict]:
        lines = judge(
            book,
            pay_units=pay_minor * units,
            currency="USD",
            milliseconds=seconds * 1000,
            countries=countries,
            at=TODAY,
        )
        return [line.verdict for line in lines]

    # The floor is 2.60 an hour: 26 cents for six minutes.
    assert judged(26, 360, "ZZ") == [Verdict.PASSES]
    assert judged(26, 361, "ZZ") == [Verdict.BELOW_FLOOR]
    assert judged(26, 0, "ZZ") == [Verdict.TIME_UNKNOWN]
    assert judged(26, 360, "ZZ", "XX") == [Verdict.FLOOR_UNKNOWN, Verdict.PASSES]


@pytest.mark.parametrize(
    ("seconds", "country", "error"),
    [(361, "ZZ", PayBelowFloor), (0, "ZZ", TimeUnknown), (360, "XX", FloorUnknown)],
)
def test_a_price_that_no_floor_admits_is_refused(
    seconds: int, country: str, error: type[Exception]
) -> None:
    book = FloorBook(floors=[floor()], rates=[], policy=POLICY)
    lines = judge(
        book,
        pay_units=26 * LEDGER_UNITS_PER_MINOR,
        currency="USD",
        milliseconds=seconds * 1000,
        countries=[country],
        at=datetime(2026, 11, 20, tzinfo=UTC).date(),
    )
    with pytest.raises(error) as refused:
        check_price(lines, currency="USD", milliseconds=seconds * 1000)
    if error is PayBelowFloor:
        metadata = refused.value.metadata  # type: ignore[attr-defined]
        assert metadata["country"] == "ZZ"
        assert metadata["floor_hourly_units"] == str(260 * LEDGER_UNITS_PER_MINOR)
        assert metadata["seconds"] == "361"


def test_an_operators_fallback_counts_only_in_its_currency() -> None:
    policy = FairPayPolicy(
        floor_max_age_days=365, rate_max_age_days=7, fallback_hourly_minor={"USD": 100}
    )
    book = FloorBook(floors=[], rates=[], policy=policy)
    found = book.applied("XX", currency="USD", at=TODAY)
    assert (found.floor, found.hourly_units) == (None, 100 * LEDGER_UNITS_PER_MINOR)
    with pytest.raises(FloorUnknown):
        book.applied("XX", currency="EUR", at=TODAY)


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 100))
def test_a_percentile_has_its_share_at_or_below_it(values: list[int], share: int) -> None:
    values.sort()
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= share * len(values)
    assert sum(value < found for value in values) * 100 < share * len(values)
    assert needed_units(3600, found) == -(-found * 3600 // HOUR)
