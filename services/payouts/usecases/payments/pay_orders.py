"""An operator's order to pay a period: one instruction a statement, whatever is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.instruction_steps import commit, reattempt
from services.payouts.domain.payments.instructions import Instruction, RailPolicy, instruction_for
from services.payouts.domain.payments.payments import (
    StatementState,
    is_waiting_for_cause,
    sent_at,
    waits_for_bank,
    waits_for_platform,
)
from services.payouts.domain.payments.rail import Op
from services.payouts.domain.payments.rail_errors import PayPeriodNotFound, PeriodStateWrong
from services.payouts.domain.statements.statement_lines import Payee
from services.payouts.domain.statements.statements import PeriodState, Statement
from services.payouts.store.statements.periods import PeriodStore
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.journal import (
    Change,
    Changed,
    Decide,
    InstructionJournal,
    Ruling,
)
from services.payouts.usecases.payments.payout_rails import PayoutRails, Route
from services.payouts.usecases.statements.tax_identities import TaxIdentities

log = logger(__name__)

_PAGE = 100
_EACH_CALL = 1_000
# What failed before comes first: what fails now is not tried twice.
_ORDER = (StatementState.FAILED, StatementState.CLOSED)
# Errors that are not of one statement: the same order is given again.
_EVERYBODYS = (Kind.UNAVAILABLE, Kind.CONFLICT, Kind.EXHAUSTED)
_ALTERED = "STATEMENT_ALTERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is left as it is although it could be tried again, where nobody has asked for it.

    A bank that has refused a payout is not asked again before `bank_patience` is over: it tells
    days later, and again the same. A payee who names another bank has it paid at once, anyway.
    What the platform's balance at Connect lacked is not tried before the balance covers it;
    `funds_minor` is what it holds by currency, None where that is not known.
    """

    bank_patience: timedelta = timedelta()
    funds_minor: Mapping[str, int | None] | None = None

    def goes_on(self, instruction: Instruction, *, now: datetime) -> bool:
        """Tell whether it still has to wait."""
        if waits_for_bank(instruction):
            return now < sent_at(instruction) + self.bank_patience
        if self.funds_minor is None or not waits_for_platform(instruction):
            return False
        held_minor = self.funds_minor.get(instruction.currency, 0)
        return held_minor is not None and held_minor < instruction.amount_minor


NOT_WAITING = Waiting()


class PayPositionInvalid(DomainError):
    """It is not where an order to pay this period has come to."""

    kind, reason = Kind.INVALID, "PAY_POSITION_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What one call has committed, and how many statements are for the next to look at."""

    instructions: int
    remaining: int
    resume_after: str
    """Where that goes on; empty where nothing remains."""


class PayOrders:
    """Commits instructions; who drives them is not its business."""

    def __init__(
        self,
        *,
        journal: InstructionJournal,
        periods: PeriodStore,
        statements: StatementStore,
        routes: PayoutRails,
        policy_of: Callable[[str], RailPolicy],
        taxes: TaxIdentities,
        clock: Clock,
        each_call: int = _EACH_CALL,
    ) -> None:
        """`each_call`: so many statements are looked at in one call."""
        self._each_call = each_call
        self._taxes = taxes
        self._clock = clock
        self._journal = journal
        self._periods = periods
        self._statements = statements
        self._routes = routes
        self._policy_of = policy_of

    async def pay(self, period_id: str, *, after: str = "") -> Ordered:
        """Commits an instruction, or a new attempt, for what may be paid of so many statements.

        Goes on after what the call before has looked at: whoever asks goes on until none is left.

        Errors:
            PayPeriodNotFound, PeriodStateWrong, PayPositionInvalid, StoreUnavailable and its like
            (repeat it).
        """
        with store_errors():
            record = await self._periods.get(period_id)
        if record is None:
            raise PayPeriodNotFound("no such pay period", pay_period_id=period_id)
        if record.period.state is not PeriodState.CLOSED:
            raise PeriodStateWrong(
                f"the pay period is {record.period.state}, not closed",
                pay_period_id=period_id,
                state=record.period.state,
            )
        first, begin = _position(period_id, after)
        committed, room = 0, self._each_call
        for place in range(first, len(_ORDER)):
            state = _ORDER[place]
            while room > 0:
                size = min(_PAGE, room)
                with store_errors():
                    page = await self._statements.unpaid(period_id, state, after=begin, limit=size)
                committed += await self.pay_some(page, waiting=NOT_WAITING)
                room -= len(page)
                if len(page) < size:
                    break
                begin = page[-1][1].statement_id
            else:
                remaining = await self._remaining(period_id, place, begin)
                resume = f"{state.value}:{begin}" if remaining else ""
                return Ordered(instructions=committed, remaining=remaining, resume_after=resume)
            begin = ""
        return Ordered(instructions=committed, remaining=0, resume_after="")

    async def _remaining(self, period_id: str, place: int, after: str) -> int:
        """Statements that are not looked at yet: of this state, and of those that come then."""
        with store_errors():
            counts = [
                await self._statements.count_unpaid(period_id, state, after=begin)
                for state, begin in zip(_ORDER[place:], (after, *[""] * len(_ORDER)), strict=False)
            ]
        return sum(counts)

    async def pay_some(
        self, page: list[tuple[Statement | None, StatementRecord]], *, waiting: Waiting
    ) -> int:
        """The same for some statements of closed periods."""
        payees = [record.payee for _, record in page]
        with store_errors():
            routes = await self._routes.routes(payees)
        held_back = await self._taxes.refusals(payees, at=self._clock())
        return await self._pay_page(page, routes, held_back, waiting)

    async def _pay_page(
        self,
        page: list[tuple[Statement | None, StatementRecord]],
        routes: dict[str, Route],
        held_back: dict[Payee, str],
        waiting: Waiting,
    ) -> int:
        changes = [
            Change(
                # Its id follows from the statement's: there can only be one.
                instruction_id=f"pay.{record.statement_id}",
                statement_id=record.statement_id,
                decide=_hold_back(held_back[record.payee])
                if record.payee in held_back
                else self._order(
                    statement,
                    record,
                    routes[record.payee.payee_id].for_currency(record.currency),
                    waiting,
                ),
            )
            for statement, record in page
        ]
        done = await asyncio.gather(
            *(self._journal.change(change) for change in changes), return_exceptions=True
        )
        for change, outcome in zip(changes, done, strict=True):
            if isinstance(outcome, DomainError) and outcome.kind not in _EVERYBODYS:
                # One that cannot be ordered keeps no other payee from the money.
                log.error(
                    "payment.not_ordered",
                    statement=change.statement_id,
                    reason=outcome.reason,
                    error=outcome.message,
                )
            elif isinstance(outcome, BaseException):
                raise outcome
        return sum(1 for outcome in done if isinstance(outcome, Changed) and outcome.steps)

    def _order(
        self, statement: Statement | None, record: StatementRecord, route: Route, waiting: Waiting
    ) -> Decide:
        def decide(current: Instruction | None, now: datetime) -> Ruling:
            if statement is None or statement.body_hash != record.body_hash:
                log.error("statement.altered", statement=record.statement_id)
                return Ruling(reason=_ALTERED)
            if current is None:
                if route.reason:
                    return Ruling(reason=route.reason)
                ordered = instruction_for(
                    statement, destination=route.destination, created_at=now, rail=route.rail
                )
                return Ruling(steps=(commit(ordered),))
            if current.freeze or not is_waiting_for_cause(current):
                return Ruling()
            if waiting.goes_on(current, now=now):
                return Ruling()
            return self._again(current, route)

        return decide

    def _again(self, current: Instruction, route: Route) -> Ruling:
        policy = self._policy_of(current.rail)
        if current.leg.op is Op.PAYOUT:
            # What lies with the payee at the rail leaves from there, whatever was chosen since.
            if route.rail == current.rail and not route.reaches_bank:
                return Ruling()
            return Ruling(steps=(reattempt(current, policy=policy),))
        if route.reason:
            return Ruling(reason=route.reason)
        again = reattempt(current, policy=policy, destination=route.destination, rail=route.rail)
        return Ruling(steps=(again,))


def _position(period_id: str, after: str) -> tuple[int, str]:
    """Errors: PayPositionInvalid."""
    if not after:
        return 0, ""
    name, _, statement_id = after.partition(":")
    places = [place for place, state in enumerate(_ORDER) if state.value == name]
    if not places or not statement_id.startswith(f"{period_id}."):
        raise PayPositionInvalid(
            "go on with what the last answer said, for the same period", field="resume_after"
        )
    return places[0], statement_id


def _hold_back(reason: str) -> Decide:
    """What was never ordered waits; what is under way goes on."""

    def decide(current: Instruction | None, _now: datetime) -> Ruling:
        return Ruling(reason=reason) if current is None else Ruling()

    return decide
