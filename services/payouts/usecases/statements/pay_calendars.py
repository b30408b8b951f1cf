"""Pay calendars: operators define them, periods close by them, payees see what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.statements.pay_calendars import (
    CalendarSet,
    PayCalendar,
    PayCalendarInvalid,
)
from services.payouts.domain.statements.statements import CarryOver
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.statements.pay_calendars import PayCalendarStore
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.payees import payee_of


class WorkingDays(Protocol):
    """What knows holidays: `business_days.BusinessDays`."""

    def knows(self, country: str) -> bool:
        """Whether its holidays are known."""

    def is_working_day(self, country: str, day: date) -> bool:
        """Neither its weekend nor a public holiday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDates:
    """When the span that runs now ends, and the day on which its statements are paid."""

    end: datetime
    pay_day: date | None
    """None where the country of its holidays does not work for a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaySchedule:
    """What comes next for a payee; without a calendar operators say when."""

    calendar: PayCalendar | None
    next_end: datetime | None
    next_pay_day: date | None
    carried_period_id: str
    carried: Sequence[CarryOver]


class PayCalendars:
    """Changes and reads calendars."""

    def __init__(
        self,
        *,
        calendars: PayCalendarStore,
        periods: PeriodStore,
        statements: StatementStore,
        projections: ProjectionStore,
        working_days: WorkingDays,
        clock: Clock,
    ) -> None:
        self._calendars = calendars
        self._periods = periods
        self._statements = statements
        self._projections = projections
        self._working_days = working_days
        self._clock = clock

    async def put(self, work: UnitOfWork, calendar: PayCalendar) -> None:
        """Errors: PayCalendarInvalid."""
        if not self._working_days.knows(calendar.holidays_country):
            raise PayCalendarInvalid(
                f"the public holidays of {calendar.holidays_country} are not known here",
                field="holidays_country",
                rule="holidays_country.known",
            )
        before = await self._calendars.newest(session=work.session)
        after = before.with_calendar(calendar)
        await self._calendars.insert(after, at=work.now, session=work.session)

    async def retire(self, work: UnitOfWork, calendar_id: str) -> None:
        """Errors: PayCalendarNotFound."""
        before = await self._calendars.newest(session=work.session)
        after = before.without(calendar_id)
        await self._calendars.insert(after, at=work.now, session=work.session)

    async def list(self) -> CalendarSet:
        """Those that hold now."""
        with store_errors():
            return await self._calendars.newest()

    def next_of(self, calendar: PayCalendar) -> NextDates:
        """What comes next by a calendar."""
        end = calendar.boundary_after(self._clock())
        try:
            pay_day = calendar.pay_day(end, is_working_day=self._working_days.is_working_day)
        except PayCalendarInvalid:
            return NextDates(end=end, pay_day=None)
        return NextDates(end=end, pay_day=pay_day)

    async def schedule(self, principal: Principal) -> PaySchedule:
        """What comes next for the caller. Errors: PayeeNotFound, PaidByVendor."""
        payee, country = await payee_of(principal, self._projections)
        with store_errors():
            calendars = await self._calendars.newest()
            last = await self._periods.last_closed()
            carried = [] if last is None else await self._statements.carried_of(last, payee)
        calendar = calendars.of_payee(payee, country=country)
        end = None if calendar is None else calendar.boundary_after(self._clock())
        pay_day = None
        if calendar is not None and end is not None:
            pay_day = calendar.pay_day(end, is_working_day=self._working_days.is_working_day)
        return PaySchedule(
            calendar=calendar,
            next_end=end,
            next_pay_day=pay_day,
            carried_period_id=last or "",
            carried=carried,
        )
