"""Receipts, invoices and credit notes: what they say, frozen as JSON under a number and a hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR, Rounding, bps_share, divide
from services.payouts.domain.papers.billing import BilledClient, ClientTax, Particulars

# Part of the frozen content: a change of its shape gets a new number.
_FORM: Final = 2


class PaperNotFound(DomainError):
    """No such paper, or another client's."""

    kind, reason = Kind.NOT_FOUND, "PAPER_NOT_FOUND"


class NothingToInvoice(DomainError):
    """The client's projects cost nothing in the span that is not invoiced yet."""

    kind, reason = Kind.PRECONDITION, "NOTHING_TO_INVOICE"


class InvoiceSpanInvalid(DomainError):
    """The span is not over yet, or was invoiced."""

    kind, reason = Kind.INVALID, "INVOICE_SPAN_INVALID"


class CreditTooLarge(DomainError):
    """All credit notes of an invoice together would be more than the invoice."""

    kind, reason = Kind.PRECONDITION, "CREDIT_TOO_LARGE"


class PaperAltered(DomainError):
    """The stored content is not what was frozen: its hash differs."""

    kind, reason = Kind.PRECONDITION, "PAPER_ALTERED"


class PaperKind(StrEnum):
    RECEIPT = "receipt"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


_PREFIXES: Final = {
    PaperKind.RECEIPT: "R",
    PaperKind.INVOICE: "INV",
    PaperKind.CREDIT_NOTE: "CN",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """What is added to an invoice; a rate of 0 is none. The note says why, where that is asked."""

    name: str
    rate_bps: int
    note: str = ""

    def of_client(self, own: ClientTax | None) -> Tax:
        """What holds for a client: what was set for it, else this."""
        if own is None:
            return self
        rate_bps = self.rate_bps if own.rate_bps is None else own.rate_bps
        return replace(self, rate_bps=rate_bps, note=own.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCosts:
    """What one project cost in a span, in ledger units, by who got it.

    `project_name` is empty where nobody told of the project.
    `absorbed_units` is what the platform bore of it: less than nothing, or nothing.
    """

    project_id: str
    project_name: str = ""
    answers: int
    pay_units: int
    commission_units: int
    fee_units: int
    benefits_units: int
    top_up_units: int
    absorbed_units: int

    @property
    def total_units(self) -> int:
        return (
            self.pay_units
            + self.commission_units
            + self.fee_units
            + self.benefits_units
            + self.top_up_units
            + self.absorbed_units
        )

    @property
    def is_nothing(self) -> bool:
        """Nothing was booked; a total of nothing may still be told."""
        return not any((
            self.answers, self.pay_units, self.commission_units, self.fee_units,
            self.benefits_units, self.top_up_units, self.absorbed_units,
        ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A frozen paper: `content` is canonical JSON, and `sha256` of its bytes."""

    paper_id: str
    kind: PaperKind
    number: str
    client_id: str
    currency: str
    total_minor: int
    created_at: datetime
    content: str
    sha256: str
    # What it is of: a payment or transfer; for credit notes, the invoice.
    source_id: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def check(self) -> None:
        """Pass if the content is what was frozen. Errors: PaperAltered."""
        if hashlib.sha256(self.content.encode()).hexdigest() != self.sha256:
            raise PaperAltered("the paper is not what was frozen", paper_id=self.paper_id)


def numbered(kind: PaperKind, place: int) -> str:
    """Return the number of the paper that is `place`-th of its kind."""
    return f"{_PREFIXES[kind]}-{place:06d}"


def frozen(content: Mapping[str, Any]) -> tuple[str, str]:
    """Return the content as it is kept, and its SHA-256 in hexadecimal digits."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text, hashlib.sha256(text.encode()).hexdigest()


def receipt_content(
    *,
    number: str,
    issuer: Particulars,
    client: BilledClient,
    currency: str,
    amount_minor: int,
    how: str,
    source_id: str,
    rail_id: str,
    received_at: datetime,
    issued_at: datetime,
) -> dict[str, Any]:
    """What was received, from whom, how and when."""
    return {
        "form": _FORM,
        "kind": PaperKind.RECEIPT.value,
        "number": number,
        "issued_at": _instant(issued_at),
        "issuer": issuer.as_dict(),
        "client": client.as_dict(),
        "currency": currency,
        "amount_minor": amount_minor,
        "how": how,
        "source_id": source_id,
        "provider_id": rail_id,
        "received_at": _instant(received_at),
    }


def invoice_content(
    *,
    number: str,
    issuer: Particulars,
    client: BilledClient,
    currency: str,
    costs: Sequence[ProjectCosts],
    tax: Tax,
    notes: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    issued_at: datetime,
) -> dict[str, Any]:
    """What a client's projects really cost in a span, and what of it is paid.

    Every line is exact, in ledger units; their sum is rounded once, half up. It was taken from
    what the client had funded, so only the tax is left to pay.
    """
    total_units = sum(one.total_units for one in costs)
    net_minor = divide(total_units, LEDGER_UNITS_PER_MINOR, rounding=Rounding.HALF_UP)
    tax_minor = bps_share(net_minor, tax.rate_bps)
    return {
        "form": _FORM,
        "kind": PaperKind.INVOICE.value,
        "number": number,
        "issued_at": _instant(issued_at),
        "issuer": issuer.as_dict(),
        "client": client.as_dict(),
        "currency": currency,
        "from": _instant(starts_at),
        "until": _instant(ends_at),
        "units_per_minor": LEDGER_UNITS_PER_MINOR,
        "lines": [_line(one) for one in sorted(costs, key=lambda one: one.project_id)],
        "total_units": total_units,
        "net_minor": net_minor,
        "tax": {
            "name": tax.name,
            "rate_bps": tax.rate_bps,
            "amount_minor": tax_minor,
            "note": tax.note,
        },
        "gross_minor": net_minor + tax_minor,
        "paid_minor": net_minor,
        "due_minor": tax_minor,
        "notes": list(notes),
    }


def credit_note_content(
    *,
    number: str,
    invoice: Mapping[str, Any],
    amount_minor: int,
    reason: str,
    issued_at: datetime,
) -> dict[str, Any]:
    """What of an invoice is taken back; who is named is who the invoice named."""
    return {
        "form": _FORM,
        "kind": PaperKind.CREDIT_NOTE.value,
        "number": number,
        "issued_at": _instant(issued_at),
        "issuer": invoice["issuer"],
        "client": invoice["client"],
        "currency": invoice["currency"],
        "corrects": invoice["number"],
        "amount_minor": -amount_minor,
        "reason": reason,
    }


def month_start(moment: datetime) -> datetime:
    """Return when the calendar month of a moment began, in UTC."""
    at = moment.astimezone(UTC)
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(start: datetime) -> datetime:
    """Return when the month after the one that begins then begins."""
    return month_start(start + timedelta(days=32))


def _line(costs: ProjectCosts) -> dict[str, Any]:
    return {
        "project_id": costs.project_id,
        "project_name": costs.project_name,
        "answers": costs.answers,
        "contractor_pay_units": costs.pay_units,
        "vendor_commission_units": costs.commission_units,
        "platform_fee_units": costs.fee_units,
        "benefits_units": costs.benefits_units,
        "floor_top_ups_units": costs.top_up_units,
        "borne_by_platform_units": costs.absorbed_units,
        "total_units": costs.total_units,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
