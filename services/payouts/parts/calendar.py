"""What happens by the calendar, put together: periods end, pay days come, payees see both."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.assembly import Assembly
from services.chassis.clock import Clock
from services.chassis.unit_of_work import Transactions
from services.payouts.parts.rail import Rail
from services.payouts.parts.statement import StatementParts
from services.payouts.settings.calendar import CalendarSettings
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.usecases.payments.pay_runs import PayRuns
from services.payouts.usecases.statements.pay_calendars import PayCalendars
from services.payouts.usecases.statements.period_clock import PeriodClock
from services.payouts.usecases.statements.statement_papers import StatementPapers


class CalendarParts:
    """By name: what the service starts, CalendarServicer calls, and tests look into."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        clock: Clock,
        settings: CalendarSettings,
        statements: StatementParts,
        rail: Rail,
        projections: ProjectionStore,
    ) -> None:
        self.calendars = PayCalendars(
            calendars=statements.calendars,
            periods=rail.period_store,
            statements=rail.statement_store,
            projections=projections,
            working_days=statements.working_days,
            clock=clock,
        )
        self.papers = StatementPapers(
            statements=rail.statement_store,
            documents=statements.documents,
            names=statements.names,
            typeset=statements.typesetter.pdf,
        )
        self.period_clock = PeriodClock(
            transactions=transactions,
            calendars=statements.calendars,
            records=rail.period_store,
            periods=rail.periods,
            clock=clock,
            tick_seconds=settings.calendar_tick_seconds,
        )
        self.pay_runs = PayRuns(
            orders=rail.orders,
            periods=rail.period_store,
            statements=rail.statement_store,
            clock=clock,
            platform_balances=rail.rails.connect.platform_balances,
            wake_payer=rail.payer.wake,
            retry_after=timedelta(seconds=settings.pay_retry_seconds),
            tick_seconds=settings.calendar_tick_seconds,
        )

    def add_to(self, base: Assembly) -> None:
        """Adds the background loops."""
        base.background("period_clock", run=self.period_clock.run, stop=self.period_clock.stop)
        base.background("pay_runs", run=self.pay_runs.run, stop=self.pay_runs.stop)
