"""Statements, and what is carried over instead, as they are stored, and back again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from services.chassis.errors import DomainError
from services.chassis.mongo import Document
from services.payouts.domain.payments.payments import Standing, StatementState
from services.payouts.domain.statements.statement_lines import (
    LineKind,
    Payee,
    PayeeKind,
    StatementLine,
)
from services.payouts.domain.statements.statements import (
    CarryOver,
    CarryReason,
    Statement,
    statement_id_of,
)
from services.payouts.domain.statements.withholding import Withheld

CARRIED = "CARRIED"
"""The state of what is carried over instead of being stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """A statement as lists show it: without its lines, with its payment's standing."""

    statement_id: str
    period_id: str
    payee: Payee
    currency: str
    total_minor: int
    rest_units: int
    """Carried over by rounding: less than a minor unit, or than rails move of the currency."""
    body_hash: str
    standing: Standing
    closed_at: datetime
    version: int
    document_hash: str = ""
    withheld: tuple[Withheld, ...] = ()
    pay_at: datetime | None = None
    """When it is paid, or its payment looked at again, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeStatement:
    """A new one, with what is known of it beside its lines."""

    statement: Statement
    document_hash: str
    pay_at: datetime | None


def carried_id(period_id: str, carry: CarryOver) -> str:
    """The name that the payee's statement of this period would have had, or one beside it."""
    instead = statement_id_of(period_id=period_id, payee=carry.payee, currency=carry.currency)
    return f"{instead}.rest" if carry.reason is CarryReason.ROUNDING else instead


def statement_document(made: MadeStatement, closed_at: datetime) -> Document:
    """A new one."""
    statement = made.statement
    return {
        "_id": statement.statement_id,
        "period_id": statement.period_id,
        "payee_kind": statement.payee.kind.value,
        "payee_id": statement.payee.payee_id,
        "currency": statement.currency,
        "total_minor": statement.total_minor,
        "rest_units": statement.rest_units,
        "hash": statement.body_hash,
        "withheld": [asdict(one) for one in statement.withheld],
        "held_back_minor": statement.held_back_minor,
        "lines": [_packed(line) for line in statement.lines],
        "closed_at": closed_at,
        "document_hash": made.document_hash,
        "pay_at": made.pay_at,
        **standing_document(Standing(state=StatementState.CLOSED)),
        "version": 1,
    }


def standing_document(standing: Standing) -> Document:
    """How far its payment is."""
    return {
        "state": standing.state.value,
        "reason": standing.reason,
        "transfer_id": standing.transfer_id,
        "payout_id": standing.payout_id,
    }


def _packed(line: StatementLine) -> list[object]:
    # A vendor's statement has a line a contractor and project: names would be most of it.
    return [
        line.period_id,
        line.contractor_id,
        line.project_id,
        line.answers,
        line.pay_units,
        line.commission_units,
        line.kind.value,
        line.fee_units,
        line.benefits_units,
    ]


def line_of(packed: list[object]) -> StatementLine:
    """A line as it was packed. Errors: ValueError, TypeError of what is none."""
    period_id, contractor_id, project_id, answers, pay_units, commission_units, kind, *told = packed
    fee_units, benefits_units = told or (0, 0)
    return StatementLine(
        period_id=str(period_id),
        contractor_id=str(contractor_id),
        project_id=str(project_id),
        answers=int(str(answers)),
        pay_units=int(str(pay_units)),
        commission_units=int(str(commission_units)),
        kind=LineKind(str(kind)),
        fee_units=int(str(fee_units)),
        benefits_units=int(str(benefits_units)),
    )


def statement_of(document: Document) -> Statement:
    """As it was frozen. Errors: whatever lines that are none come to."""
    return Statement(
        statement_id=document["_id"],
        period_id=document["period_id"],
        payee=_payee(document),
        currency=document["currency"],
        lines=tuple(line_of(packed) for packed in document["lines"]),
        withheld=tuple(Withheld(**one) for one in document.get("withheld", ())),
        held_back_minor=document.get("held_back_minor", 0),
    )


def statement_if_readable(document: Document) -> Statement | None:
    """One that somebody has altered keeps no other payee from the money."""
    try:
        return statement_of(document)
    except (DomainError, ValueError, TypeError, KeyError):
        return None


def _payee(document: Document) -> Payee:
    return Payee(kind=PayeeKind(document["payee_kind"]), payee_id=document["payee_id"])


def record_of(document: Document) -> StatementRecord:
    """As lists show it; its lines need not be there."""
    return StatementRecord(
        statement_id=document["_id"],
        period_id=document["period_id"],
        payee=_payee(document),
        currency=document["currency"],
        total_minor=document["total_minor"],
        rest_units=document["rest_units"],
        body_hash=document["hash"],
        standing=Standing(
            state=StatementState(document["state"]),
            reason=document["reason"],
            transfer_id=document["transfer_id"],
            payout_id=document["payout_id"],
        ),
        closed_at=document["closed_at"],
        version=document["version"],
        document_hash=document.get("document_hash", ""),
        withheld=tuple(Withheld(**one) for one in document.get("withheld", ())),
        pay_at=document.get("pay_at"),
    )


def carried_document(period_id: str, carry: CarryOver) -> Document:
    """What comes up again, as it is stored."""
    return {
        "_id": carried_id(period_id, carry),
        "period_id": period_id,
        "state": CARRIED,
        "carried_payee": [carry.payee.kind.value, carry.payee.payee_id],
        "currency": carry.currency,
        "reason": carry.reason.value,
        "minimum_minor": carry.minimum_minor,
        "total_units": carry.total_units,
        "lines": [_packed(line) for line in carry.lines],
    }


def carry_over_of(document: Document) -> CarryOver:
    """What comes up again."""
    kind, payee_id = document["carried_payee"]
    return CarryOver(
        payee=Payee(kind=PayeeKind(kind), payee_id=payee_id),
        currency=document["currency"],
        reason=CarryReason(document["reason"]),
        minimum_minor=document["minimum_minor"],
        lines=tuple(line_of(packed) for packed in document["lines"]),
    )
