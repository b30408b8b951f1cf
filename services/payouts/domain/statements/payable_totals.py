"""What of a statement can be paid: after taxes, a multiple of what every rail moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from services.payouts.domain.payments.rail_units import payable_step_minor
from services.payouts.domain.statements.statements import CarryOver, CarryReason, Statement
from services.payouts.domain.statements.withholding import Withheld

Withhold = Callable[[Mapping[str, int]], tuple[Withheld, ...]]
"""From what each kind of line comes to, in ledger units."""

COMMISSION: Final = "commission"

# Taxes of half take ten tries, of nine tenths fifty, of 99 % five hundred.
_TRIES_MAX: Final = 1_000


def after_taxes(statement: Statement, withhold: Withhold) -> Statement | None:
    """Withhold, and hold back the least with which the rest can be paid; None: nothing can.

    What is held back is taxed when it is paid. A minor unit more held back takes at most one from
    what is paid, and all of it everything: so that each amount below comes up on the way down,
    and as many are held back as are too much, again and again, until none is. Each try leaves the
    tax's share of what was too much; what no number of tries brings down is carried on, too.
    """
    step_minor = payable_step_minor(statement.currency)
    now = replace(statement, held_back_minor=0) if statement.held_back_minor else statement
    for _ in range(_TRIES_MAX):
        withheld = withhold(units_by_kind(now))
        total_minor = now.gross_minor - sum(one.amount_minor for one in withheld)
        if total_minor < step_minor:
            return None
        too_much_minor = total_minor % step_minor
        if not too_much_minor:
            return replace(now, withheld=withheld) if withheld else now
        now = replace(now, held_back_minor=now.held_back_minor + too_much_minor)
    return None


def units_by_kind(statement: Statement) -> dict[str, int]:
    """What is stated of each kind of line, without what is carried on."""
    units: dict[str, int] = {}
    for sign, lines in ((1, statement.lines), (-1, statement.rest)):
        for line in lines:
            kind = line.kind.value
            units[kind] = units.get(kind, 0) + sign * line.pay_units
            units[COMMISSION] = units.get(COMMISSION, 0) + sign * line.commission_units
    return units


def carried_whole(statement: Statement) -> CarryOver:
    """What comes up again, as taxes leave less of it than any rail moves."""
    return CarryOver(
        payee=statement.payee,
        currency=statement.currency,
        reason=CarryReason.BELOW_MINIMUM,
        minimum_minor=payable_step_minor(statement.currency),
        lines=statement.lines,
    )
