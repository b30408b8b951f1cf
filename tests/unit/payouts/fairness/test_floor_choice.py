"""Whose floor applies: the region's before the country's, and the highest where nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.domain.fairness.fair_pay import (
    AppliedFloor,
    FairPayPolicy,
    FloorBook,
    FloorStale,
    PayBelowFloor,
    Verdict,
    check_price,
    judge,
)
from services.payouts.domain.fairness.floor_choice import (
    FloorScope,
    floors_of_country,
    floors_of_person,
)
from services.payouts.domain.fairness.floor_rows import rate_of
from services.payouts.domain.fairness.floor_tests import evidence_of
from services.payouts.domain.fairness.floors import Floor
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from tests.unit.payouts.fairness.test_floor_tables import NOW, TODAY, floor, rate_row

YEAR = 365
POLICY = FairPayPolicy(floor_max_age_days=YEAR, rate_max_age_days=7)
HOUR = 3_600_000
PLACES = ("", "1", "2", "3")


def book(*floors: Floor, policy: FairPayPolicy = POLICY) -> FloorBook:
    return FloorBook(floors=floors, rates=[], policy=policy)


def of_person(floors: FloorBook, region: str, *, at: date = TODAY) -> AppliedFloor:
    return floors.applied("ZZ", region=region, currency="USD", at=at, stale_counts=True)


rows = st.lists(
    st.builds(
        lambda place, cents, days, version: replace(
            floor(
                region=place,
                amount=f"{cents / 100:.2f}",
                valid_from=(TODAY - timedelta(days=days)).isoformat(),
            ),
            version=version,
        ),
        place=st.sampled_from(PLACES),
        cents=st.integers(1, 5_000),
        days=st.integers(0, 200),
        version=st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: one.floor_id,
)


@given(floors=rows, region=st.sampled_from(["", "ZZ-1", "ZZ-2", "ZZ-9"]))
def test_a_regions_row_wins_and_without_one_nobody_gets_less_than_the_countrys(
    floors: list[Floor], region: str
) -> None:
    """§6: the floor of the place; where it has none of its own the country's, or the highest."""
    found = of_person(book(*floors), region)
    assert found.floor is not None
    own = [one for one in floors if one.place == region]
    countrys = [one for one in floors if not one.region]
    if own:
        assert (found.place, found.scope) == (region, FloorScope.REGION)
    elif countrys:
        assert (found.place, found.scope) == ("ZZ", FloorScope.COUNTRY)
    else:
        assert found.scope is FloorScope.HIGHEST_REGION
    # Of its place it is the newest row, in the newest of that day's versions.
    same = [one for one in floors if one.place == found.place]
    newest = max(same, key=lambda one: (one.valid_from, one.version))
    assert found.floor == newest
    evidence = evidence_of(found)
    assert (evidence.place, evidence.scope) == (found.place, found.scope.value)
    if not own:
        # Somebody of a region without a row gets what somebody of an unknown one gets, to the unit.
        assert found == of_person(book(*floors), "")


@given(floors=rows)
def test_a_price_for_a_country_reaches_the_floor_of_everybody_in_it(floors: list[Floor]) -> None:
    """§6: a project is open to a country, and whoever takes its work may live anywhere in it."""
    known = book(*floors)
    offered = known.applied_to_all("ZZ", currency="USD", at=TODAY)
    people = [of_person(known, region) for region in ("", "ZZ-1", "ZZ-2", "ZZ-3", "ZZ-9")]
    assert offered.hourly_units == max(one.hourly_units for one in people)
    assert offered.hourly_units >= of_person(known, "").hourly_units


@given(floors=rows, named=st.sets(st.sampled_from(["ZZ-1", "ZZ-2", "ZZ-9", "XX-1"])))
def test_a_price_for_some_regions_reaches_the_floor_of_everybody_in_them_and_no_more(
    floors: list[Floor], named: set[str]
) -> None:
    known = book(*floors)
    offered = known.applied_to_all("ZZ", regions=named, currency="USD", at=TODAY)
    here = [region for region in named if region.startswith("ZZ-")]
    if here:
        people = [of_person(known, region).hourly_units for region in here]
        assert offered.hourly_units == max(people)
    else:
        assert offered == known.applied_to_all("ZZ", currency="USD", at=TODAY)


def test_the_newest_day_and_version_of_a_place_hold() -> None:
    country = floor()
    later = floor(valid_from="2026-06-01", amount="2.80")
    corrected = replace(later, amount="2.90", version=2)
    region = floor(region="30", amount="2.10")
    floors = [region, corrected, country, later]

    def chosen(at: date, region: str = "") -> list[Floor]:
        found = floors_of_person(floors, country="ZZ", region=region, at=at, max_age_days=YEAR)
        return [one.floor for one in found]

    assert chosen(date(2026, 5, 31)) == [country]
    assert chosen(date(2026, 6, 1)) == [corrected]
    # The region's is its own, lower or higher.
    assert chosen(date(2026, 6, 1), "ZZ-30") == [region]
    assert chosen(date(2026, 6, 1), "ZZ-47") == [corrected]
    assert chosen(date(2025, 12, 31)) == []
    assert floors_of_country(floors, country="XX", at=TODAY, max_age_days=YEAR) == []


def test_of_regions_alone_the_highest_counts_for_whoever_is_in_none_of_them_and_is_named() -> None:
    floors = book(floor(region="1"), floor(region="2", amount="3.00"))
    for region in ("", "ZZ-9"):
        found = of_person(floors, region)
        assert (found.place, found.scope) == ("ZZ-2", FloorScope.HIGHEST_REGION)
    # One that was the highest, and is so no more, is not.
    lowered = floor(region="2", amount="2.00", valid_from="2026-06-01")
    assert of_person(book(*floors.floors, lowered), "").place == "ZZ-1"


def test_the_highest_is_told_in_the_currency_that_is_paid_in() -> None:
    """3 dollars are more than 300 shillings."""
    floors = [floor(region="1", currency="KES", amount="300"), floor(region="2", amount="3.00")]
    rates = [rate_of(rate_row(), recorded_by="per_op", recorded_at=NOW)]
    found = of_person(FloorBook(floors=floors, rates=rates, policy=POLICY), "")
    assert (found.place, found.hourly_units) == ("ZZ-2", 300 * LEDGER_UNITS_PER_MINOR)


def test_a_floor_whose_time_is_over_applies_on_but_is_stale() -> None:
    ended = floor(region="1", valid_to="2026-06-30", amount="9.00")
    floors = book(ended, floor())
    found = of_person(floors, "ZZ-1")
    assert (found.floor, found.is_stale) == (ended, True)
    assert not of_person(floors, "").is_stale
    # What is only planned waits until the region's is renewed, and is told which one that is.
    with pytest.raises(FloorStale, match="ZZ-1"):
        floors.applied_to_all("ZZ", currency="USD", at=TODAY)
    old = replace(POLICY, floor_max_age_days=100)
    assert of_person(book(floor(), policy=old), "").is_stale


def test_a_price_above_the_countrys_floor_and_below_a_regions_is_refused_by_its_name() -> None:
    floors = book(floor(), floor(region="1", amount="5.00"))
    pay_units = 300 * LEDGER_UNITS_PER_MINOR
    [line] = judge(
        floors, pay_units=pay_units, currency="USD", milliseconds=HOUR, countries=["ZZ"], at=TODAY
    )
    assert (line.verdict, line.country, line.place) == (Verdict.BELOW_FLOOR, "ZZ", "ZZ-1")
    assert line.applied is not None
    assert line.applied.scope is FloorScope.HIGHEST_REGION
    with pytest.raises(PayBelowFloor, match="floor of ZZ-1") as refused:
        check_price([line], currency="USD", milliseconds=HOUR)
    assert refused.value.metadata["place"] == "ZZ-1"
