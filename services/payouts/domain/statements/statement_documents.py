"""A statement as one frozen document: what is told is fixed when it is made, byte for byte.

The document is canonical JSON: keys in order, no space, UTF-8. Its SHA-256 names it. It has the
statement's own hash in it, so that neither can be another's. How far the payment is, is no part of
it: that goes on changing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from services.payouts.domain.ledger.corrections import NO_CORRECTIONS, Correction, ToldCorrections
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, minor_exponent
from services.payouts.domain.papers.billing import Particulars
from services.payouts.domain.statements.statement_lines import LineKind, StatementLine
from services.payouts.domain.statements.statements import CarryReason, Statement
from services.payouts.domain.statements.withholding import Withheld

_FORM: Final = 2
# Each is told by itself as far as these; the rest are counted. A document stays below 4 MB.
REJECTED_MAX: Final = 2_000
# An answer's rejection can be appealed for so long; see protos/crewline/quality/v1, FileAppeal.
APPEAL_TIME: Final = timedelta(days=7)

_UNPRICED: Final = frozenset({LineKind.BENEFITS_WITHDRAWAL, LineKind.ADJUSTMENT})

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAnswer:
    """Work that is not paid, and what was said about it."""

    assignment_id: str
    contractor_id: str
    project_id: str
    reason: str
    decided_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeFacts:
    """Who the payee is, as far as it is known; empty where it is not.

    `name` is an organisation's, or what a person has certified on a tax form: it is part of the
    document, for a tax authority reads it there. What a person is merely called is not.
    """

    name: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a statement's document tells beside the statement itself."""

    period_starts_at: datetime
    period_ends_at: datetime
    made_at: datetime
    minimum_minor: int
    issuer: Particulars
    payee: PayeeFacts = PayeeFacts()
    name_seals: Mapping[str, str]
    """By contractor, of those whose names are known; see domain.papers.person_names."""
    project_names: Mapping[str, str]
    carried_reason: CarryReason | None = None
    """Why what is of earlier periods was not stated then."""
    calendar_id: str = ""
    pay_on: date | None = None
    next_ends_at: datetime | None = None
    """When what is left by rounding comes up again."""
    rejected: Sequence[RejectedAnswer] = ()
    rejected_count: int = 0
    top_ups: Sequence[Content] = ()
    """The evidence of floor top-ups, as it was kept with them."""
    corrections: ToldCorrections = NO_CORRECTIONS
    """What the lines of adjustments come from, with the reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDocument:
    """The frozen bytes and their hash."""

    statement_id: str
    body: bytes
    document_hash: str

    def content(self) -> dict[str, Any]:
        """What is in it."""
        found: dict[str, Any] = json.loads(self.body)
        return found


def freeze(statement: Statement, told: Circumstances) -> StatementDocument:
    """Write a statement's document."""
    body = canonical(_content(statement, told))
    return StatementDocument(
        statement_id=statement.statement_id,
        body=body,
        document_hash=hashlib.sha256(body).hexdigest(),
    )


def canonical(content: Content) -> bytes:
    """The one way to write some content."""
    return json.dumps(
        content, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    ).encode()


def is_whole(document: StatementDocument) -> bool:
    """Tell whether the bytes are those that were hashed."""
    return hashlib.sha256(document.body).hexdigest() == document.document_hash


def part_for(document: StatementDocument, contractor_id: str) -> dict[str, Any] | None:
    """Return what one contractor of a vendor may see of it; None where nothing is theirs.

    Withheld tax, totals and the vendor's own particulars are the vendor's.
    """
    whole = document.content()
    lines = [line for line in whole["lines"] if line["contractor_id"] == contractor_id]
    if not lines:
        return None
    rejected = [one for one in whole["rejected"] if one["contractor_id"] == contractor_id]
    own_units = sum(line["pay_units"] for line in lines)
    return {
        "form": whole["form"],
        "part_of": {
            "statement_id": whole["statement_id"],
            "document_hash": document.document_hash,
            "payee": {"kind": whole["payee"]["kind"], "payee_id": whole["payee"]["payee_id"]},
        },
        "statement_id": whole["statement_id"],
        "made_at": whole["made_at"],
        "currency": whole["currency"],
        "minor_digits": whole["minor_digits"],
        "units_per_minor": whole["units_per_minor"],
        "payee": {"kind": "contractor", "payee_id": contractor_id, "name": "", "country": ""},
        "name_seals": {
            person: seal
            for person, seal in whole.get("name_seals", {}).items()
            if person == contractor_id
        },
        "period": whole["period"],
        "lines": lines,
        "answers": {
            "accepted": sum(line["answers"] for line in lines),
            "rejected": len(rejected),
        },
        "rejected": rejected,
        "top_ups": [one for one in whole["top_ups"] if one.get("contractor_id") == contractor_id],
        **_own_corrections(whole, contractor_id),
        "prices": _prices(lines),
        "total_units": own_units,
    }


def _own_corrections(whole: Content, contractor_id: str) -> dict[str, Any]:
    own = [
        {**one, "commission_units": 0}
        for one in whole.get("adjustments", ())
        if one["contractor_id"] == contractor_id
    ]
    return {"adjustments": own} if own else {}


def _content(statement: Statement, told: Circumstances) -> dict[str, Any]:
    payee = statement.payee
    lines = [_line(line, told) for line in statement.lines]
    corrections = [_correction(one) for one in told.corrections.named]
    left_out = told.corrections.left_out
    earlier_units = sum(
        line.amount_units for line in statement.lines if line.period_id != statement.period_id
    )
    return {
        "form": _FORM,
        "statement_id": statement.statement_id,
        "statement_hash": statement.body_hash,
        "made_at": _moment(told.made_at),
        "currency": statement.currency,
        "minor_digits": minor_exponent(statement.currency),
        "units_per_minor": LEDGER_UNITS_PER_MINOR,
        "payee": {
            "kind": payee.kind.value,
            "payee_id": payee.payee_id,
            "name": told.payee.name,
            "country": told.payee.country,
        },
        "issuer": told.issuer.as_dict(),
        "name_seals": dict(told.name_seals),
        "period": {
            "period_id": statement.period_id,
            "starts_at": _moment(told.period_starts_at),
            "ends_at": _moment(told.period_ends_at),
        },
        "calendar": {
            "calendar_id": told.calendar_id,
            "pay_on": told.pay_on.isoformat() if told.pay_on is not None else "",
        },
        "minimum_minor": told.minimum_minor,
        "lines": lines,
        "prices": _prices(lines),
        "answers": {
            "accepted": statement.answers,
            "rejected": max(told.rejected_count, len(told.rejected)),
        },
        "rejected": [_rejected(one, told) for one in told.rejected[:REJECTED_MAX]],
        "top_ups": list(told.top_ups),
        # Statements without any have no word of them.
        **({"adjustments": corrections} if corrections else {}),
        **({"adjustments_left_out": left_out} if left_out else {}),
        "carried_in": {
            "amount_units": earlier_units,
            "reason": told.carried_reason.name if told.carried_reason and earlier_units else "",
        },
        "carried_on": {
            "amount_units": statement.rest_units,
            "reason": CarryReason.ROUNDING.name if statement.rest_units else "",
            "next_at": _moment(told.next_ends_at) if statement.rest_units else "",
        },
        "withheld": [_withheld(one) for one in statement.withheld],
        "lines_units": statement.lines_units,
        "withheld_minor": statement.withheld_minor,
        "total_minor": statement.total_minor,
    }


def _line(line: StatementLine, told: Circumstances) -> dict[str, Any]:
    return {
        "period_id": line.period_id,
        "contractor_id": line.contractor_id,
        "project_id": line.project_id,
        "project_name": told.project_names.get(line.project_id, ""),
        "kind": line.kind.value,
        "answers": line.answers,
        "pay_units": line.pay_units,
        "commission_units": line.commission_units,
        "fee_units": line.fee_units,
        "benefits_units": line.benefits_units,
    }


def _prices(lines: Sequence[Content]) -> dict[str, int]:
    """What clients paid for all of it, by who got it: everybody in the chain may see all four."""
    parts = ("pay_units", "commission_units", "fee_units", "benefits_units")
    # What is withdrawn from benefits was paid by clients before; who bears an adjustment, differs.
    priced = [line for line in lines if line["kind"] not in _UNPRICED]
    sums = {name: sum(line[name] for line in priced) for name in parts}
    return {**sums, "client_units": sum(sums.values())}


def _rejected(one: RejectedAnswer, told: Circumstances) -> dict[str, str]:
    return {
        "assignment_id": one.assignment_id,
        "contractor_id": one.contractor_id,
        "project_id": one.project_id,
        "project_name": told.project_names.get(one.project_id, ""),
        "reason": one.reason,
        "decided_at": _moment(one.decided_at),
        "appeal_until": _moment(one.decided_at + APPEAL_TIME),
    }


def _correction(one: Correction) -> dict[str, Any]:
    # Who agreed on it is the operators' alone.
    return {
        "entry_id": one.entry_id,
        "contractor_id": one.contractor_id,
        "period_id": one.period_id,
        "pay_units": one.pay_units,
        "commission_units": one.commission_units,
        "reason": one.reason,
        "effective_at": _moment(one.effective_at),
        "recorded_at": _moment(one.recorded_at),
        "reverses": one.reverses_id,
    }


def _withheld(one: Withheld) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "authority": one.authority,
        "rate_bps": one.rate_bps,
        "base_units": one.base_units,
        "amount_minor": one.amount_minor,
        "source": one.source,
    }


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
