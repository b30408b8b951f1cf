"""Pay periods: ended in one short transaction, turned into statements by whoever gets to it.

Why no accrual is lost or on two statements: deploy/adr/0007-pay-periods.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError, StoreUnavailable
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import DocumentTooLarge, PyMongoError, store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.errors import InsufficientFunds
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.period_seals import PeriodSeal
from services.payouts.domain.payments.payments import StatementState
from services.payouts.domain.payments.rail_errors import (
    PayPeriodNotFound,
    PeriodEndInvalid,
    StatementsUnmade,
)
from services.payouts.domain.payments.rail_flows import statement_close
from services.payouts.domain.statements.statements import (
    CarryOver,
    CarryReason,
    PeriodState,
    Statement,
    close_period,
    rest_carried,
)
from services.payouts.domain.statements.tax_flows import tax_withholding
from services.payouts.metrics import rail as metrics
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import LedgerReads
from services.payouts.store.papers.erasures import ErasureStore
from services.payouts.store.statements.pay_calendars import PayCalendarStore
from services.payouts.store.statements.periods import PeriodRecord, PeriodStore, open_period
from services.payouts.store.statements.statement_records import carried_id
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.journal import Announce
from services.payouts.usecases.statements.period_sealing import PeriodSealing
from services.payouts.usecases.statements.statement_making import Plan, StatementMaking, due_by

log = logger(__name__)

# Statements and lines of one transaction.
_STATEMENTS_MAX = 50
_LINES_MAX = 1000
_CARRIED_MAX = 200
# So many that cannot be made are no matter of one payee's: the rest waits for the next turn.
_UNMADE_MAX = 20


CheckBooks = Callable[[UnitOfWork], Awaitable[None]]
"""Raises BooksWrong where the books contradict themselves."""

SetAside = Callable[[UnitOfWork], Awaitable[list[str]]]
"""What would have stopped it, but that an operator has acknowledged."""

SettleFloors = Callable[[PeriodRecord], Awaitable[None]]
"""Adds what a sealed period's pay lacks to the floor; again it adds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """A period and how far its payments are."""

    record: PeriodRecord
    counts: dict[StatementState, int]
    seal: PeriodSeal | None = None


class Periods:
    """Ends periods, and makes their statements."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        ledger: LedgerStore,
        reads: LedgerReads,
        periods: PeriodStore,
        statements: StatementStore,
        calendars: PayCalendarStore,
        erasures: ErasureStore,
        making: StatementMaking,
        minimums_minor: Mapping[str, int],
        clock: Clock,
        tick_seconds: float,
        announce: Announce,
        check_books: CheckBooks,
        set_aside: SetAside,
        settle_floors: SettleFloors,
        sealing: PeriodSealing,
    ) -> None:
        self._transactions = transactions
        self._ledger = ledger
        self._reads = reads
        self._periods = periods
        self._statements = statements
        self._calendars = calendars
        self._erasures = erasures
        self._making_of = making
        self._minimums_minor = dict(minimums_minor)
        self._clock = clock
        self._announce = announce
        self._check_books = check_books
        self._set_aside = set_aside
        self._settle_floors = settle_floors
        self._sealing = sealing
        self._loop = Loop(name="periods", turn=self.turn, pause_seconds=tick_seconds)

    async def start(self) -> None:
        """There is always an open period."""

        async def body(work: UnitOfWork) -> None:
            if await self._periods.current(session=work.session) is None:
                first = open_period(1, starts_at=work.now)
                await self._periods.insert(first, session=work.session)

        await self._transactions.run(body)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    def wake(self) -> None:
        """A period was ended."""
        self._loop.wake()

    async def end(
        self,
        work: UnitOfWork,
        *,
        ends_at: datetime | None,
        minimum_minor: int,
        is_automatic: bool = False,
    ) -> PeriodRecord:
        """Ends the open period and opens the next; its statements follow.

        Where a calendar ends it, only payees who have one can be due.

        Errors: PeriodEndInvalid, BooksWrong.
        """
        end = ends_at or work.now
        if end > work.now:
            raise PeriodEndInvalid(
                "a pay period cannot end in the future", field="end_time", now=work.now.isoformat()
            )
        # First of all: from here on accruals beside us are recorded at or after the end.
        await self._ledger.seal_accruals(end, session=work.session)
        await self._check_books(work)
        current = await self._periods.current(session=work.session)
        if current is None:
            raise PeriodEndInvalid("no pay period is open", field="end_time")
        if end <= current.period.starts_at:
            raise PeriodEndInvalid(
                "the open pay period has begun at or after that time",
                field="end_time",
                start_time=current.period.starts_at.isoformat(),
            )
        calendars = await self._calendars.newest(session=work.session)
        ended = replace(
            current,
            period=replace(current.period, ends_at=end).start_closing(),
            minimum_minor=minimum_minor,
            minimums_minor=self._minimums_minor,
            is_automatic=is_automatic,
            calendars_version=calendars.version,
            set_aside=tuple(await self._set_aside(work)),
        )
        await self._periods.replace(ended, session=work.session)
        await self._periods.insert(
            open_period(current.number + 1, starts_at=end), session=work.session
        )
        return ended

    async def get(self, period_id: str) -> PeriodView:
        """Errors: PayPeriodNotFound."""
        with store_errors():
            record = await self._periods.get(period_id)
            counts = await self._statements.count(period_id)
        if record is None:
            raise PayPeriodNotFound("no such pay period", pay_period_id=period_id)
        return PeriodView(record=record, counts=counts, seal=await self._sealing.get(period_id))

    async def list(self, *, before: str, limit: int) -> list[PeriodView]:
        """Newest first."""
        with store_errors():
            records = await self._periods.newest(before=before, limit=limit)
            return [
                PeriodView(record=record, counts=await self._statements.count(record.period_id))
                for record in records
            ]

    async def turn(self) -> bool:
        """Makes the statements of the oldest period that was ended; false if there is none."""
        with store_errors():
            record = await self._periods.oldest_closing()
        now = self._clock()
        waited = now - record.period.ends_at if record is not None else timedelta()
        metrics.PERIOD_CLOSING_SECONDS.set(max(waited.total_seconds(), 0))
        if record is None:
            return False
        return await self._close(record)

    async def _close(self, record: PeriodRecord) -> bool:
        """Whether it is closed; else it cannot be sealed yet, which soon comes right by itself."""
        # Before anything is planned: what is topped up is paid on the same statements.
        await self._settle_floors(record)
        plan = await self._plan(record)
        closing = plan.closing
        with store_errors():
            known = await self._statements.known(
                [statement.statement_id for statement in closing.statements]
            )
        fresh = [one for one in closing.statements if one.statement_id not in known]
        unmade: list[Statement] = []
        for batch in _batches(fresh):
            unmade += await self._make_what_can_be(record, plan, batch)
            if len(unmade) >= _UNMADE_MAX:
                break
        for start in range(0, len(closing.carried), _CARRIED_MAX):
            part = closing.carried[start : start + _CARRIED_MAX]
            await self._transactions.run(self._carrying(record, part))
        if unmade:
            raise StatementsUnmade(
                "the period cannot be closed before they are made",
                pay_period_id=record.period_id,
                unmade=len(unmade),
                first=unmade[0].statement_id,
            )
        seal = await self._sealing.prepare(record.period_id)
        if seal is None:
            return False
        await self._transactions.run(self._finishing(record, seal))
        log.info(
            "period.closed",
            period=record.period_id,
            statements=len(closing.statements),
            carried=len(closing.carried),
        )
        return True

    async def _plan(self, record: PeriodRecord) -> Plan:
        """The same whenever it is asked: what it reads is sealed, and no earlier period is open.

        But for who is leaving; what was carried over before is not stated as well.
        """
        with store_errors():
            aggregates = await self._reads.accrual_aggregates(
                period_id=record.period_id,
                recorded_from=record.recorded_from,
                recorded_before=record.period.ends_at,
            )
            carried = await self._statements.carried(record.previous_id)
            leaving = await self._erasures.waiting()
        currencies = {one.currency for one in aggregates} | {one.currency for one in carried}
        calendars = await self._making_of.calendars_of(
            record, {one.payee for one in aggregates} | {one.payee for one in carried}
        )
        closing = close_period(
            period_id=record.period_id,
            aggregates=aggregates,
            carried=carried,
            minimum_minor={currency: record.least_minor(currency) for currency in currencies},
            is_due=due_by(record, calendars),
            is_leaving=lambda payee: payee.payee_id in leaving,
        )
        # What rounding left tells less than why the rest was not stated.
        reasons = sorted(carried, key=lambda one: one.reason is not CarryReason.ROUNDING)
        return Plan(
            closing=closing,
            calendars=calendars,
            carried={(one.payee, one.currency): one.reason for one in reasons},
        )

    async def _make_what_can_be(
        self, record: PeriodRecord, plan: Plan, statements: Sequence[Statement]
    ) -> Sequence[Statement]:
        """Returns those that were not: one that cannot be made keeps no other from being made."""
        try:
            await self._make(record, plan, statements)
        except StoreUnavailable:
            raise
        except (DomainError, PyMongoError, DocumentTooLarge) as err:
            if len(statements) == 1:
                log.exception(
                    "statement.unmade", statement=statements[0].statement_id, cause=repr(err)
                )
                return statements
            return [
                one
                for statement in statements
                for one in await self._make_what_can_be(record, plan, [statement])
            ]
        return []

    async def _make(
        self, record: PeriodRecord, plan: Plan, statements: Sequence[Statement]
    ) -> None:
        try:
            await self._transactions.run(self._making(record, plan, statements))
        except InsufficientFunds as err:
            if len(statements) > 1:
                for statement in statements:
                    await self._make(record, plan, [statement])
                return
            # An accrual was taken back since the end: its reversal counts into the next period.
            # Both come together there.
            statement = statements[0]
            log.warning("statement.carried", statement=statement.statement_id, reason=err.reason)
            carry = CarryOver(
                payee=statement.payee,
                currency=statement.currency,
                reason=CarryReason.NOTHING_PAYABLE,
                minimum_minor=record.minimum_minor,
                lines=statement.lines,
            )
            await self._transactions.run(self._carrying(record, [carry]))

    def _making(
        self, record: PeriodRecord, plan: Plan, statements: Sequence[Statement]
    ) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            known = await self._statements.known(
                [statement.statement_id for statement in statements], session=work.session
            )
            fresh = [one for one in statements if one.statement_id not in known]
            booking = Booking(
                effective_at=record.period.ends_at,
                recorded_at=work.now,
                period_id=record.period_id,
            )
            made_of, unpayable = await self._making_of.complete(work, record, plan, fresh)
            entries = [
                entry
                for one in made_of
                for entry in (
                    *statement_close(one.statement, booking=booking),
                    *tax_withholding(one.statement, booking=booking),
                )
            ]
            await self._ledger.post_all(entries, session=work.session, now=work.now)
            made = await self._statements.insert(made_of, closed_at=work.now, session=work.session)
            rests = [carry for one in made_of if (carry := rest_carried(one.statement)) is not None]
            await self._statements.insert_carried(
                record.period_id, [*unpayable, *rests], session=work.session
            )
            for statement in made:
                self._announce(work, statement)

        return body

    def _carrying(
        self, record: PeriodRecord, carried: Sequence[CarryOver]
    ) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            ids = [carried_id(record.period_id, carry) for carry in carried]
            known = await self._statements.known(ids, session=work.session)
            fresh = [carry for carry in carried if carried_id(record.period_id, carry) not in known]
            await self._statements.insert_carried(record.period_id, fresh, session=work.session)

        return body

    def _finishing(
        self, record: PeriodRecord, seal: PeriodSeal
    ) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            found = await self._periods.get(record.period_id, session=work.session)
            if found is None or found.period.state is not PeriodState.CLOSING:
                return
            await self._sealing.seal(work, seal)
            counts = await self._statements.count(record.period_id, session=work.session)
            done = replace(
                found, period=found.period.finish_closing(), statements=sum(counts.values())
            )
            await self._periods.replace(done, session=work.session)

        return body


def _batches(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    batch: list[Statement] = []
    lines = 0
    for statement in statements:
        full = len(batch) >= _STATEMENTS_MAX or lines + len(statement.lines) > _LINES_MAX
        if batch and full:
            yield batch
            batch, lines = [], 0
        batch.append(statement)
        lines += len(statement.lines)
    if batch:
        yield batch
