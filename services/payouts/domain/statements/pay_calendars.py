"""Pay calendars: on which days somebody's pay is stated, and on which working day it is paid.

A calendar cuts time into spans that follow each other without a gap. A span ends at midnight in the
calendar's time zone, before its last day's successor begins; that moment is its boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.statements.statement_lines import Payee

CALENDARS_MAX: Final = 50
NAMED_PAYEES_MAX: Final = 500
BUSINESS_DAYS_MAX: Final = 30
_SPAN_DAYS: Final = {"WEEKLY": 7, "BIWEEKLY": 14}
_MONTH_DAY_MAX: Final = 28
_SECOND_HALF: Final = 16
# No holiday lasts so long, whatever a country's calendar says.
_LOOK_AHEAD_DAYS: Final = 366


class PayCalendarInvalid(DomainError):
    """The calendar, or the set of calendars that it would be part of, makes no sense."""

    kind = Kind.INVALID
    reason = "PAY_CALENDAR_INVALID"


class PayCalendarNotFound(DomainError):
    """No calendar of this name."""

    kind = Kind.NOT_FOUND
    reason = "PAY_CALENDAR_NOT_FOUND"


class Cadence(StrEnum):
    """How long a span is: to the 15th and to the end of a month, or from one day to the same."""

    WEEKLY = "WEEKLY"
    BIWEEKLY = "BIWEEKLY"
    SEMI_MONTHLY = "SEMI_MONTHLY"
    MONTHLY = "MONTHLY"


IsWorkingDay = Callable[[str, date], bool]
"""Whether people work in a country (ISO 3166-1, two letters) on a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCalendar:
    """When the pay of some payees is stated and paid.

    `anchor` is the first day of any one span; of monthly ones only its day of the month counts, of
    semi-monthly ones, which begin on the 1st and the 16th, nothing. `countries` and `payee_ids` say
    for whom it is; with neither it is for all whom no other names.
    """

    calendar_id: str
    cadence: Cadence
    anchor: date
    zone: str
    pay_after_business_days: int
    holidays_country: str
    countries: frozenset[str] = frozenset()
    payee_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise PayCalendarInvalid(
                f"{self.zone!r} is no time zone", field="time_zone", rule="time_zone.known"
            ) from None
        if not 1 <= self.pay_after_business_days <= BUSINESS_DAYS_MAX:
            raise PayCalendarInvalid(
                f"pay day is 1 to {BUSINESS_DAYS_MAX} business days after the end",
                field="pay_after_business_days",
                rule="pay_after_business_days.range",
            )
        if self.cadence is Cadence.MONTHLY and self.anchor.day > _MONTH_DAY_MAX:
            raise PayCalendarInvalid(
                f"a month begins on its day 1 to {_MONTH_DAY_MAX}",
                field="anchor_date",
                rule="anchor_date.month_day",
            )
        if len(self.payee_ids) > NAMED_PAYEES_MAX:
            raise PayCalendarInvalid(
                f"a calendar names at most {NAMED_PAYEES_MAX} payees",
                field="payee_ids",
                rule="payee_ids.max_items",
            )

    @property
    def is_default(self) -> bool:
        return not self.countries and not self.payee_ids

    def boundary_after(self, moment: datetime) -> datetime:
        """Return the first boundary later than a moment, in UTC."""
        # The day before, because midnight there may be a moment of the day before here.
        day = moment.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        while (found := self._moment(self._first_day_after(day))) <= moment:
            day = self._first_day_after(day)
        return found

    def boundary_within(self, *, after: datetime, until: datetime) -> datetime | None:
        """Return the last boundary in (after, until], in UTC; None where there is none."""
        found = None
        following = self.boundary_after(after)
        while following <= until:
            found, following = following, self.boundary_after(following)
        return found

    def pay_day(self, boundary: datetime, *, is_working_day: IsWorkingDay) -> date:
        """Return the day, so many working days after a span's last one, on which it is paid.

        Errors: PayCalendarInvalid where a country never works again.
        """
        day = boundary.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        left = self.pay_after_business_days
        for _ in range(_LOOK_AHEAD_DAYS):
            day += timedelta(days=1)
            left -= is_working_day(self.holidays_country, day)
            if not left:
                return day
        raise PayCalendarInvalid(
            f"no working day in {self.holidays_country} for a year", country=self.holidays_country
        )

    def starts_at(self, day: date) -> datetime:
        """Return when a day begins in the calendar's time zone, in UTC."""
        return self._moment(day)

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.zone)).astimezone(UTC)

    def _first_day_after(self, day: date) -> date:
        """The first day of the span after the one that a day is in."""
        span_days = _SPAN_DAYS.get(self.cadence)
        if span_days is not None:
            return day + timedelta(days=span_days - (day - self.anchor).days % span_days)
        if self.cadence is Cadence.SEMI_MONTHLY:
            if day.day < _SECOND_HALF:
                return day.replace(day=_SECOND_HALF)
            return _next_month(day, first=1)
        first = self.anchor.day
        return day.replace(day=first) if day.day < first else _next_month(day, first=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSet:
    """All calendars as they were at one time; every change makes a new version."""

    version: int = 0
    calendars: tuple[PayCalendar, ...] = ()
    since: datetime | None = None
    """When this version was made; no period is closed for spans that ended before."""

    def with_calendar(self, calendar: PayCalendar) -> CalendarSet:
        """Return the next version, with this one in place of its namesake.

        Errors: PayCalendarInvalid, where two would be for the same payees.
        """
        kept = tuple(one for one in self.calendars if one.calendar_id != calendar.calendar_id)
        for other in kept:
            shared = (calendar.countries & other.countries) | (calendar.payee_ids & other.payee_ids)
            if shared or (calendar.is_default and other.is_default):
                raise PayCalendarInvalid(
                    f"calendar {other.calendar_id} is for the same payees already",
                    field="payee_ids" if calendar.payee_ids & other.payee_ids else "countries",
                    rule="calendar.one_a_payee",
                    pay_calendar_id=other.calendar_id,
                    shared=sorted(shared)[:10],
                )
        if len(kept) >= CALENDARS_MAX:
            raise PayCalendarInvalid(f"there are {CALENDARS_MAX} calendars already",
                                     rule="calendars.max_items")  # fmt: skip
        return self._next((*kept, calendar))

    def without(self, calendar_id: str) -> CalendarSet:
        """Return the next version, without one. Errors: PayCalendarNotFound."""
        kept = tuple(one for one in self.calendars if one.calendar_id != calendar_id)
        if len(kept) == len(self.calendars):
            raise PayCalendarNotFound("no such pay calendar", pay_calendar_id=calendar_id)
        return self._next(kept)

    def of_payee(self, payee: Payee, *, country: str) -> PayCalendar | None:
        """Return the one that names a payee, else the country, else the one for all others."""
        fitting = (
            (one.payee_ids and payee.payee_id in one.payee_ids for one in self.calendars),
            (country in one.countries for one in self.calendars),
            (one.is_default for one in self.calendars),
        )
        for fits in fitting:
            for one, does in zip(self.calendars, fits, strict=True):
                if does:
                    return one
        return None

    def first_boundary(self, *, after: datetime) -> datetime | None:
        """Return the first boundary of any of them; None without calendars."""
        later = after if self.since is None else max(after, self.since)
        return min((one.boundary_after(later) for one in self.calendars), default=None)

    def _next(self, calendars: Iterable[PayCalendar]) -> CalendarSet:
        ordered = tuple(sorted(calendars, key=lambda one: one.calendar_id))
        return CalendarSet(version=self.version + 1, calendars=ordered)


def _next_month(day: date, *, first: int) -> date:
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, first)
