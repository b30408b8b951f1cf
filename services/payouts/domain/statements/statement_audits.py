"""What must be true of every statement, however far its payment is, and of every pay period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.payouts.domain.ledger.accounts import parse
from services.payouts.domain.ledger.accounts import statement as statement_account
from services.payouts.domain.ledger.audits import Fault, Finding
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments.payments import StatementState
from services.payouts.domain.reconciliation.clearing import OpenItem
from services.payouts.domain.statements.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStatement:
    """What is kept beside a statement's lines, which must follow from them, and how far it is."""

    total_minor: int
    body_hash: str
    state: StatementState


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What the ledger says of a statement, in ledger units.

    `closed_units` were moved to its account when it was made, `left_units` are there now, and
    `paid_units` were confirmed as arrived at a bank and have not come back.
    """

    closed_units: int
    left_units: int
    paid_units: int


def statement_fault(
    statement: Statement | None, stored: StoredStatement, booked: Booked, *, name: str
) -> Finding | None:
    """The first thing that is wrong with a statement; `statement` is None if its lines are none.

    Its lines are what was hashed and come to its total; as much was moved to its account; and if
    it is paid, it was paid exactly once: its account is empty and one payment of its total stands
    confirmed. If it is not, none does.
    """
    account = parse(name)

    def finding(fault: Fault, expected: int, found: int) -> Finding:
        return Finding(
            fault=fault,
            account=name,
            currency=account.currency,
            expected_units=expected,
            found_units=found,
        )

    total_units = units_of(stored.total_minor)
    if statement is None or statement.body_hash != stored.body_hash:
        found = 0 if statement is None else units_of(statement.total_minor)
        return finding(Fault.STATEMENT_CHANGED, total_units, found)
    if statement.total_minor != stored.total_minor:
        return finding(Fault.STATEMENT_CHANGED, units_of(statement.total_minor), total_units)
    gross_units = units_of(statement.gross_minor)
    if booked.closed_units != gross_units:
        return finding(Fault.STATEMENT_MISBOOKED, gross_units, booked.closed_units)
    is_paid = stored.state is StatementState.PAID
    wanted = total_units if is_paid else 0
    if booked.paid_units != wanted:
        return finding(Fault.STATEMENT_PAYMENT, wanted, booked.paid_units)
    if is_paid and booked.left_units:
        return finding(Fault.STATEMENT_PAYMENT, 0, booked.left_units)
    return None


def account_of(statement_id: str, currency: str) -> str:
    """The account that findings about a statement name."""
    return statement_account(statement_id=statement_id, currency=currency)


def period_faults(
    period_id: str,
    *,
    came_in: Mapping[str, int],
    went_out: Mapping[str, int],
) -> list[Finding]:
    """What a period took in must be on its statements or carried over, by currency.

    In: what was booked in its time and what the one before left. Out: all statements before what
    is withheld of them, and what it leaves itself.
    """
    return [
        Finding(
            fault=Fault.PERIOD_INCOMPLETE,
            currency=currency,
            expected_units=came_in.get(currency, 0),
            found_units=went_out.get(currency, 0),
            entry_id=period_id,
        )
        for currency in sorted({*came_in, *went_out})
        if came_in.get(currency, 0) != went_out.get(currency, 0)
    ]


def stuck(items: list[OpenItem], *, now: datetime, longest: timedelta) -> list[Finding]:
    """Money that has been on its way for longer than it may; the oldest come first."""
    return [
        Finding(
            fault=Fault.CLEARING_OLD,
            account=item.account,
            currency=item.currency,
            expected_units=0,
            found_units=item.amount_units,
            entry_id=item.group,
        )
        for item in items
        if now - item.opened_at > longest
    ]
