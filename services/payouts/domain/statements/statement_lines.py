"""The lines of statements: whom they are for, what entries add to them, and how they round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.payouts.domain.errors import InvalidEntry
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.entries import Entry, EntryKind


class LineKind(StrEnum):
    """What a line's amount was paid for."""

    WORK = "work"
    FLOOR_TOP_UP = "floor_top_up"
    BENEFITS_WITHDRAWAL = "benefits_withdrawal"
    ADJUSTMENT = "adjustment"


# Corrections of pay by hand: any account may stand on their other side.
PAY_CORRECTIONS: Final = frozenset({EntryKind.PAY_ADJUSTMENT, EntryKind.PAY_REVERSAL})

# Entries that a statement tells, and on lines of which kind.
LINE_KINDS: Final = {
    EntryKind.ACCRUAL: LineKind.WORK,
    EntryKind.ACCRUAL_REVERSAL: LineKind.WORK,
    EntryKind.FLOOR_TOP_UP: LineKind.FLOOR_TOP_UP,
    EntryKind.BENEFITS_WITHDRAWAL: LineKind.BENEFITS_WITHDRAWAL,
    EntryKind.PAY_ADJUSTMENT: LineKind.ADJUSTMENT,
    EntryKind.PAY_REVERSAL: LineKind.ADJUSTMENT,
}


class PayeeKind(StrEnum):
    VENDOR = "vendor"
    CONTRACTOR = "contractor"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Payee:
    """Who gets a statement and its money: a vendor's organisation or a direct contractor."""

    kind: PayeeKind
    payee_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """What one contractor earned in one project; `period_id` is where it was booked.

    `project_id` is empty on what no project pays: withdrawals of benefits, and adjustments.
    `contractor_id` is empty on an adjustment of a vendor's commission alone.
    """

    period_id: str
    contractor_id: str
    project_id: str
    answers: int
    pay_units: int
    commission_units: int
    kind: LineKind = LineKind.WORK
    # What the client paid on top, which goes elsewhere: told, and never part of the amount.
    fee_units: int = 0
    benefits_units: int = 0

    @property
    def amount_units(self) -> int:
        return self.pay_units + self.commission_units

    @property
    def key(self) -> tuple[str, str, str, LineKind]:
        return (self.period_id, self.contractor_id, self.project_id, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccrualAggregate:
    """A running total of accruals: one future line of one payee's statement."""

    payee: Payee
    currency: str
    line: StatementLine

    @property
    def key(self) -> str:
        """Return the natural key under which totals are added up."""
        return ":".join((*self.line.key, self.payee.kind, self.payee.payee_id, self.currency))


def aggregate_of(entry: Entry) -> AccrualAggregate | None:
    """Return what an entry adds to a statement: an answer, one less for a reversal, or nothing."""
    if entry.kind not in LINE_KINDS:
        return None
    if not entry.booking.period_id:
        raise InvalidEntry(f"{entry.entry_id} counts into no pay period", entry_id=entry.entry_id)
    pay_units = commission_units = fee_units = benefits_units = 0
    for posting in entry.postings:
        match parse(posting.account).kind.purpose:
            case Purpose.CONTRACTOR_PAYABLE | Purpose.VENDOR_PAYABLE:
                pay_units -= posting.amount_units
            case Purpose.VENDOR_COMMISSION:
                commission_units -= posting.amount_units
            case _ if entry.kind in PAY_CORRECTIONS:
                # Who bears it is no part of any price.
                pass
            case Purpose.PLATFORM_FEES:
                fee_units -= posting.amount_units
            case Purpose.CONTRACTOR_BENEFITS if entry.kind is not EntryKind.BENEFITS_WITHDRAWAL:
                benefits_units -= posting.amount_units
            case _:
                pass
    subject = entry.subject
    if subject.vendor_id:
        payee = Payee(kind=PayeeKind.VENDOR, payee_id=subject.vendor_id)
    else:
        payee = Payee(kind=PayeeKind.CONTRACTOR, payee_id=subject.contractor_id)
    return AccrualAggregate(
        payee=payee,
        currency=entry.postings[0].currency,
        line=StatementLine(
            period_id=entry.booking.period_id,
            contractor_id=subject.contractor_id,
            project_id=subject.project_id,
            answers={EntryKind.ACCRUAL: 1, EntryKind.ACCRUAL_REVERSAL: -1}.get(entry.kind, 0),
            pay_units=pay_units,
            commission_units=commission_units,
            kind=LINE_KINDS[entry.kind],
            fee_units=fee_units,
            benefits_units=benefits_units,
        ),
    )


def add_up(aggregates: Iterable[AccrualAggregate]) -> tuple[AccrualAggregate, ...]:
    """Merge what has the same key; the result is in the order of the keys."""
    groups: dict[str, list[AccrualAggregate]] = {}
    for aggregate in aggregates:
        groups.setdefault(aggregate.key, []).append(aggregate)
    return tuple(_merged(groups[key]) for key in sorted(groups))


def _merged(group: Sequence[AccrualAggregate]) -> AccrualAggregate:
    first = group[0]
    if len(group) == 1:
        return first
    line = replace(
        first.line,
        answers=sum(each.line.answers for each in group),
        pay_units=sum(each.line.pay_units for each in group),
        commission_units=sum(each.line.commission_units for each in group),
        fee_units=sum(each.line.fee_units for each in group),
        benefits_units=sum(each.line.benefits_units for each in group),
    )
    return replace(first, line=line)


def rest_of(lines: Sequence[StatementLine], rest_units: int) -> tuple[StatementLine, ...]:
    """Choose which lines bear what rounding leaves: their parts of it, in the order of the keys.

    A vendor's own share bears it before contractors' pay does, and the larger before the smaller;
    nobody's more than all of their lines come to: what others take back is nothing to bear from.
    The lines come to `rest_units` or more.
    """
    left_units = rest_units
    found = []
    commission_units = sum(line.commission_units for line in lines)
    for line in sorted(lines, key=lambda line: (-line.commission_units, line.key)):
        taken_units = max(0, min(left_units, line.commission_units, commission_units))
        left_units -= taken_units
        commission_units -= taken_units
        if taken_units:
            found.append(_bearing(line, commission_units=taken_units))
    pay_units: dict[str, int] = {}
    for line in lines:
        pay_units[line.contractor_id] = pay_units.get(line.contractor_id, 0) + line.pay_units
    for line in sorted(lines, key=lambda line: (-line.pay_units, line.key)):
        taken_units = max(0, min(left_units, line.pay_units, pay_units[line.contractor_id]))
        left_units -= taken_units
        pay_units[line.contractor_id] -= taken_units
        if taken_units:
            found.append(_bearing(line, pay_units=taken_units))
    return tuple(sorted(found, key=lambda line: line.key))


def _bearing(
    line: StatementLine, *, pay_units: int = 0, commission_units: int = 0
) -> StatementLine:
    return replace(
        line,
        answers=0,
        pay_units=pay_units,
        commission_units=commission_units,
        fee_units=0,
        benefits_units=0,
    )
