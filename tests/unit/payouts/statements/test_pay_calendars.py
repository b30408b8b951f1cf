"""Pay calendars: spans without a gap, pay days that are working days, one calendar a payee."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payouts.business_days import BusinessDays
from services.payouts.domain.statements.pay_calendars import (
    Cadence,
    CalendarSet,
    PayCalendar,
    PayCalendarInvalid,
    PayCalendarNotFound,
)
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind

PERSON = Payee(kind=PayeeKind.CONTRACTOR, payee_id="ctr_1")
DAYS = BusinessDays()


def calendar(calendar_id: str = "cal", **changes: Any) -> PayCalendar:
    values: dict[str, Any] = {
        "calendar_id": calendar_id,
        "cadence": Cadence.MONTHLY,
        "anchor": date(2026, 1, 1),
        "zone": "Africa/Nairobi",
        "pay_after_business_days": 2,
        "holidays_country": "KE",
        **changes,
    }
    return PayCalendar(**values)


@pytest.mark.parametrize(
    ("cadence", "anchor", "after", "boundaries"),
    [
        (Cadence.WEEKLY, date(2026, 11, 2), date(2026, 11, 20), [(11, 23), (11, 30), (12, 7)]),
        (Cadence.BIWEEKLY, date(2030, 1, 7), date(2026, 11, 20), [(11, 30), (12, 14), (12, 28)]),
        (Cadence.SEMI_MONTHLY, date(2026, 1, 9), date(2026, 11, 20), [(12, 1), (12, 16), (1, 1)]),
        (Cadence.MONTHLY, date(2026, 1, 25), date(2026, 11, 20), [(11, 25), (12, 25), (1, 25)]),
    ],
)
def test_spans_of_each_cadence(
    cadence: Cadence, anchor: date, after: date, boundaries: list[tuple[int, int]]
) -> None:
    one = calendar(cadence=cadence, anchor=anchor, zone="UTC")
    moment = datetime(after.year, after.month, after.day, 12, tzinfo=UTC)
    found = []
    for _ in boundaries:
        moment = one.boundary_after(moment)
        found.append((moment.month, moment.day))
        assert (moment.hour, moment.minute) == (0, 0)
    assert found == boundaries


def test_a_boundary_is_midnight_where_the_payee_is() -> None:
    one = calendar()
    # 21:00 in UTC is midnight in Nairobi.
    end = datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert one.boundary_after(end - timedelta(seconds=1)) == end
    assert one.boundary_after(end) == datetime(2026, 12, 31, 21, tzinfo=UTC)
    assert one.boundary_within(after=end - timedelta(days=1), until=end) == end
    assert one.boundary_within(after=end, until=end + timedelta(days=1)) is None
    missed = one.boundary_within(after=end - timedelta(days=1), until=end + timedelta(days=90))
    assert missed == datetime(2027, 2, 28, 21, tzinfo=UTC)


def test_pay_day_goes_around_holidays_and_the_countrys_own_weekend() -> None:
    """Kenya: after Wednesday, December 23: Thursday, then past the 25th, 26th and the weekend."""
    weekly = calendar(cadence=Cadence.WEEKLY, anchor=date(2026, 12, 24))
    end = weekly.starts_at(date(2026, 12, 24))
    assert weekly.pay_day(end, is_working_day=DAYS.is_working_day) == date(2026, 12, 28)
    # In Saudi Arabia Friday and Saturday are free: Thursday, then Sunday.
    saudi = calendar(
        cadence=Cadence.WEEKLY, anchor=date(2026, 11, 26), holidays_country="SA", zone="Asia/Riyadh"
    )
    end = saudi.starts_at(date(2026, 11, 26))
    assert saudi.pay_day(end, is_working_day=DAYS.is_working_day) == date(2026, 11, 29)


@given(
    cadence=st.sampled_from(Cadence),
    anchor=st.dates(date(2020, 1, 1), date(2030, 12, 28)).filter(lambda day: day.day <= 28),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]),
)
def test_every_moment_is_in_exactly_one_span(
    cadence: Cadence, anchor: date, moment: datetime, zone: str
) -> None:
    one = calendar(cadence=cadence, anchor=anchor, zone=zone)
    end = one.boundary_after(moment)
    assert moment < end <= moment + timedelta(days=32)
    following = one.boundary_after(end)
    assert end < following
    # From the last instant before it, the same one is found.
    assert one.boundary_after(end - timedelta(microseconds=1)) == end
    assert one.boundary_within(after=moment, until=following) == following


def test_a_payees_own_calendar_comes_before_the_countrys_and_that_before_the_rest() -> None:
    calendars = (
        CalendarSet()
        .with_calendar(calendar("rest"))
        .with_calendar(calendar("kenya", countries=frozenset({"KE"})))
        .with_calendar(calendar("own", payee_ids=frozenset({"ctr_1"})))
    )
    assert calendars.version == 3

    def chosen(payee_id: str, country: str) -> str:
        payee = Payee(kind=PayeeKind.CONTRACTOR, payee_id=payee_id)
        found = calendars.of_payee(payee, country=country)
        return found.calendar_id if found is not None else ""

    assert [chosen("ctr_1", "KE"), chosen("ctr_2", "KE"), chosen("ctr_2", "FR")] == [
        "own", "kenya", "rest",
    ]  # fmt: skip
    assert CalendarSet().of_payee(PERSON, country="KE") is None
    with pytest.raises(PayCalendarNotFound):
        calendars.without("nobodys")


@pytest.mark.parametrize(
    "changes",
    [{}, {"countries": frozenset({"KE", "UG"})}, {"payee_ids": frozenset({"ctr_1"})}],
    ids=["for the rest", "a country", "a payee"],
)
def test_two_calendars_for_the_same_payees_are_refused(changes: dict[str, Any]) -> None:
    calendars = CalendarSet().with_calendar(calendar("first", **changes))
    with pytest.raises(PayCalendarInvalid):
        calendars.with_calendar(calendar("second", **changes))
    assert calendars.with_calendar(calendar("first", **changes)).version == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"pay_after_business_days": 0},
        {"pay_after_business_days": 31},
        {"anchor": date(2026, 1, 31)},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(PayCalendarInvalid):
        calendar(**changes)


def test_countries_whose_holidays_nobody_knows_are_told() -> None:
    assert DAYS.knows("KE")
    assert not DAYS.knows("XX")
