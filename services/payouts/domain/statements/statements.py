"""Pay periods, and how the accruals of one become frozen statements, one per payee and currency."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.payouts.domain.errors import (
    InvalidPeriod,
    InvalidStatement,
    PeriodStateInvalid,
)
from services.payouts.domain.ledger.money import Money, minor_below, units_of
from services.payouts.domain.payments.rail_units import payable_step_minor
from services.payouts.domain.statements.statement_lines import (
    AccrualAggregate,
    Payee,
    StatementLine,
    add_up,
    rest_of,
)
from services.payouts.domain.statements.withholding import Withheld

_HASH_FORM: Final = "3"


class PeriodState(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriod:
    """A span of work that is paid together; entries are booked into it only while it is open."""

    period_id: str
    starts_at: datetime
    ends_at: datetime
    state: PeriodState = PeriodState.OPEN

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise InvalidPeriod(f"{self.period_id}: a time without a zone", period=self.period_id)
        if self.starts_at >= self.ends_at:
            raise InvalidPeriod(f"{self.period_id} ends before it starts", period=self.period_id)

    def start_closing(self) -> PayPeriod:
        """Let nothing more in. An operator may do this before the period's end."""
        return self._step(before=PeriodState.OPEN, after=PeriodState.CLOSING)

    def finish_closing(self) -> PayPeriod:
        """All statements are written and their entries posted."""
        return self._step(before=PeriodState.CLOSING, after=PeriodState.CLOSED)

    def _step(self, *, before: PeriodState, after: PeriodState) -> PayPeriod:
        if self.state is not before:
            raise PeriodStateInvalid(
                f"{self.period_id} is {self.state}, not {before}",
                period=self.period_id,
                state=self.state,
                needed_state=before,
            )
        return replace(self, state=after)


def booking_period(periods: Iterable[PayPeriod], *, effective_at: datetime) -> PayPeriod:
    """Choose the period that something counts into: its own while open, else the next open one."""
    candidates = sorted(
        (period for period in periods if period.state is PeriodState.OPEN),
        key=lambda period: period.starts_at,
    )
    for period in candidates:
        if effective_at < period.ends_at:
            return period
    raise PeriodStateInvalid(
        f"no pay period is open for {effective_at.isoformat()}",
        effective_at=effective_at.isoformat(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A payee's frozen account of one pay period. A later correction is a line of a later one.

    Here the ledger's units are rounded, once, and down: what is less than a minor unit, or than
    what rails move of the currency, `rest`, stays in the accounts that it was earned in and comes
    up again on the payee's next statement.
    """

    statement_id: str
    period_id: str
    payee: Payee
    currency: str
    lines: tuple[StatementLine, ...]
    withheld: tuple[Withheld, ...] = ()
    held_back_minor: int = 0
    """Whole minor units that are part of the rest: rails move only multiples of some of them."""
    rest: tuple[StatementLine, ...] = field(init=False)
    body_hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rest", rest_of(self.lines, self.rest_units))
        keys = [line.key for line in self.lines]
        if keys != sorted(set(keys)):
            raise InvalidStatement(
                f"{self.statement_id}: lines are not in order, or one occurs twice",
                statement_id=self.statement_id,
            )
        if self.total_minor <= 0:
            raise InvalidStatement(
                f"{self.statement_id} has nothing to pay: {self.total_minor}",
                statement_id=self.statement_id,
                total_minor=self.total_minor,
            )
        object.__setattr__(self, "body_hash", _statement_hash(self))

    @property
    def answers(self) -> int:
        return sum(line.answers for line in self.lines)

    @property
    def pay_units(self) -> int:
        return sum(line.pay_units for line in self.lines)

    @property
    def commission_units(self) -> int:
        return sum(line.commission_units for line in self.lines)

    @property
    def lines_units(self) -> int:
        """What the lines come to, before rounding."""
        return sum(line.amount_units for line in self.lines)

    @property
    def gross_minor(self) -> int:
        """What leaves the payable accounts: what is paid, and what is withheld."""
        return minor_below(self.lines_units) - self.held_back_minor

    @property
    def withheld_minor(self) -> int:
        """What goes to tax authorities."""
        return sum(one.amount_minor for one in self.withheld)

    @property
    def total_minor(self) -> int:
        """What is paid."""
        return self.gross_minor - self.withheld_minor

    @property
    def rest_units(self) -> int:
        """What is carried over by rounding."""
        return self.lines_units - units_of(self.gross_minor)

    @property
    def total(self) -> Money:
        return Money(amount_minor=self.total_minor, currency=self.currency)


def part_of(lines: Iterable[StatementLine], contractor_id: str) -> tuple[StatementLine, ...]:
    """What one contractor may see of a vendor's statement: the own lines, without commission."""
    return tuple(
        replace(line, commission_units=0) for line in lines if line.contractor_id == contractor_id
    )


class CarryReason(StrEnum):
    """Why something of a payee's is on no statement of this period although it is due."""

    NOT_DUE = "not_due"
    """The payee's calendar has not come to the end of a span."""
    BELOW_MINIMUM = "below_minimum"
    NOTHING_PAYABLE = "nothing_payable"
    ROUNDING = "rounding"
    """Less than banks and rails move, beside a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOver:
    """What stays in a payee's payable accounts and comes up again when the next period closes."""

    payee: Payee
    currency: str
    reason: CarryReason
    minimum_minor: int
    lines: tuple[StatementLine, ...]

    @property
    def total_units(self) -> int:
        return sum(line.amount_units for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The outcome of closing a pay period."""

    statements: tuple[Statement, ...]
    carried: tuple[CarryOver, ...]


def statement_id_of(*, period_id: str, payee: Payee, currency: str) -> str:
    """Name the one statement of a payee, period and currency: closing twice makes no second."""
    return f"{period_id}.{payee.kind}.{payee.payee_id}.{currency}"


def close_period(
    *,
    period_id: str,
    aggregates: Iterable[AccrualAggregate],
    carried: Iterable[CarryOver] = (),
    minimum_minor: Mapping[str, int],
    is_due: Callable[[Payee], bool] = lambda _payee: True,
    is_leaving: Callable[[Payee], bool] = lambda _payee: False,
) -> Closing:
    """Make the statements of a period from its totals and from what earlier periods carried over.

    Whoever is not due is stated later, all of it together. `minimum_minor` is the least total worth
    a payment per currency; a currency without one has the least that every rail moves, and so has
    whoever is leaving: nothing more comes that would make up the minimum.
    """
    fresh, again = tuple(aggregates), tuple(carried)
    _check_origins(period_id, fresh, again)
    statements: list[Statement] = []
    carried_on: list[CarryOver] = []
    for (payee, currency), lines in _lines_by_payee(fresh, again).items():
        step_minor = payable_step_minor(currency)
        worth_minor = 1 if is_leaving(payee) else minimum_minor.get(currency, 1)
        least_minor = max(step_minor, worth_minor)
        if not is_due(payee):
            carried_on.append(
                CarryOver(
                    payee=payee,
                    currency=currency,
                    reason=CarryReason.NOT_DUE,
                    minimum_minor=least_minor,
                    lines=lines,
                )
            )
            continue
        lines_units = sum(line.amount_units for line in lines)
        if lines_units < units_of(least_minor):
            carried_on.append(_carry_over(payee, currency, lines, minimum_minor=least_minor))
            continue
        statement_id = statement_id_of(period_id=period_id, payee=payee, currency=currency)
        statements.append(
            Statement(
                statement_id=statement_id,
                period_id=period_id,
                payee=payee,
                currency=currency,
                lines=lines,
                held_back_minor=minor_below(lines_units) % step_minor,
            )
        )
    return Closing(statements=tuple(statements), carried=tuple(carried_on))


def _carry_over(
    payee: Payee, currency: str, lines: tuple[StatementLine, ...], *, minimum_minor: int
) -> CarryOver:
    positive = sum(line.amount_units for line in lines) > 0
    return CarryOver(
        payee=payee,
        currency=currency,
        reason=CarryReason.BELOW_MINIMUM if positive else CarryReason.NOTHING_PAYABLE,
        minimum_minor=minimum_minor,
        lines=lines,
    )


def _check_origins(
    period_id: str, aggregates: Iterable[AccrualAggregate], carried: Iterable[CarryOver]
) -> None:
    # A total that came by both ways would be paid twice.
    strange = {item.line.period_id for item in aggregates} - {period_id}
    repeated = {line.period_id for carry in carried for line in carry.lines} & {period_id}
    if strange or repeated:
        raise InvalidStatement(
            f"{period_id} closes over its own totals and what earlier periods carried over,"
            f" not {sorted(strange | repeated)}",
            period=period_id,
        )


def _lines_by_payee(
    aggregates: Iterable[AccrualAggregate], carried: Iterable[CarryOver]
) -> dict[tuple[Payee, str], tuple[StatementLine, ...]]:
    again = (
        AccrualAggregate(payee=carry.payee, currency=carry.currency, line=line)
        for carry in carried
        for line in carry.lines
    )
    grouped: dict[tuple[Payee, str], list[StatementLine]] = {}
    for aggregate in add_up((*aggregates, *again)):
        line = aggregate.line
        if line.answers or line.pay_units or line.commission_units:
            grouped.setdefault((aggregate.payee, aggregate.currency), []).append(line)
    return {
        group: tuple(sorted(grouped[group], key=lambda line: line.key)) for group in sorted(grouped)
    }


def rest_carried(statement: Statement) -> CarryOver | None:
    """Return what a statement's rounding leaves for the next; nothing where the lines are whole."""
    if not statement.rest:
        return None
    return CarryOver(
        payee=statement.payee,
        currency=statement.currency,
        reason=CarryReason.ROUNDING,
        minimum_minor=1,
        lines=statement.rest,
    )


def _statement_hash(statement: Statement) -> str:
    lines, rest = (
        [
            [*line.key, line.answers, line.pay_units, line.commission_units, line.fee_units,
             line.benefits_units]
            for line in part
        ]
        for part in (statement.lines, statement.rest)
    )  # fmt: skip
    withheld = [
        [one.rule, one.authority, one.rate_bps, one.base_units, one.amount_minor, one.source]
        for one in statement.withheld
    ]
    payee = statement.payee
    body = [_HASH_FORM, statement.statement_id, payee.kind, payee.payee_id, statement.currency]
    return hashlib.sha256(
        json.dumps([*body, lines, rest, withheld], separators=(",", ":")).encode()
    ).hexdigest()
