"""Journal entries as documents, and back; nothing of an entry is lost on the way."""

from __future__ import annotations

from dataclasses import asdict, fields

from services.chassis.mongo import Document
from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.ledger.accounts import Purpose, parse
from services.payouts.domain.ledger.entries import (
    Approval,
    Booking,
    Entry,
    EntryKind,
    Exchange,
    Posting,
    Subject,
)
from services.payouts.domain.statements.statement_lines import LINE_KINDS, PAY_CORRECTIONS

# What statements tell. They carry `pay_units` and `commission_units`, as the payee sees them.
ACCRUAL_KINDS = frozenset(LINE_KINDS) - PAY_CORRECTIONS

_SUBJECT_NAMES = tuple(item.name for item in fields(Subject))
_PAYABLE = frozenset({Purpose.CONTRACTOR_PAYABLE, Purpose.VENDOR_PAYABLE})


def entry_document(entry: Entry) -> Document:
    """What is stored of an entry."""
    document: Document = {
        "_id": entry.entry_id,
        "kind": entry.kind.value,
        "postings": [
            {"account": posting.account, "amount_units": posting.amount_units}
            for posting in entry.postings
        ],
        "hash": entry.body_hash,
        "effective_at": entry.booking.effective_at,
        "recorded_at": entry.booking.recorded_at,
        **entry.subject.as_dict(),
    }
    for name, value in (
        ("period_id", entry.booking.period_id),
        ("reverses_id", entry.reverses_id),
        ("reason", entry.reason),
    ):
        if value:
            document[name] = value
    if entry.effort is not None:
        document |= _effort_document(entry.effort)
    if entry.exchange is not None:
        document["exchange"] = asdict(entry.exchange)
    if entry.approval is not None:
        document["approval"] = asdict(entry.approval)
    if entry.kind in ACCRUAL_KINDS:
        _add_sums(document, entry)
    else:
        document["accounts"] = sorted({posting.account for posting in entry.postings})
    if entry.kind in PAY_CORRECTIONS:
        _add_corrected(document, entry)
    return document


def entry_of(document: Document) -> Entry:
    """The entry that was stored."""
    return Entry(
        entry_id=document["_id"],
        kind=EntryKind(document["kind"]),
        postings=tuple(
            Posting(
                account=posting["account"],
                amount_units=posting["amount_units"],
                currency=parse(posting["account"]).currency,
            )
            for posting in document["postings"]
        ),
        booking=Booking(
            effective_at=document["effective_at"],
            recorded_at=document["recorded_at"],
            period_id=document.get("period_id", ""),
        ),
        subject=Subject(
            **{name: document[name] for name in _SUBJECT_NAMES if name in document},
        ),
        reverses_id=document.get("reverses_id", ""),
        reason=document.get("reason", ""),
        exchange=Exchange(**document["exchange"]) if "exchange" in document else None,
        effort=effort_of(document),
        approval=Approval(**document["approval"]) if "approval" in document else None,
    )


def effort_of(document: Document) -> Effort | None:
    """None where nobody measured the time."""
    if "active_milliseconds" not in document:
        return None
    return Effort(
        active_milliseconds=document["active_milliseconds"],
        claimed_at=document.get("claimed_at"),
        submitted_at=document.get("submitted_at"),
    )


def _effort_document(effort: Effort) -> Document:
    document: Document = {"active_milliseconds": effort.active_milliseconds}
    for name, moment in (
        ("claimed_at", effort.claimed_at),
        ("submitted_at", effort.submitted_at),
    ):
        if moment is not None:
            document[name] = moment
    return document


def _add_corrected(document: Document, entry: Entry) -> None:
    # Under names of their own: these are found by the names of their accounts, not as accruals.
    pay_units = commission_units = 0
    for posting in entry.postings:
        purpose = parse(posting.account).kind.purpose
        if purpose in _PAYABLE:
            pay_units -= posting.amount_units
        elif purpose is Purpose.VENDOR_COMMISSION:
            commission_units -= posting.amount_units
    document["currency"] = entry.postings[0].currency
    document["corrected_pay_units"] = pay_units
    document["corrected_commission_units"] = commission_units


def _add_sums(document: Document, entry: Entry) -> None:
    pay_units = commission_units = fee_units = benefits_units = 0
    for posting in entry.postings:
        purpose = parse(posting.account).kind.purpose
        if purpose in _PAYABLE:
            pay_units -= posting.amount_units
        elif purpose is Purpose.VENDOR_COMMISSION:
            commission_units -= posting.amount_units
        elif purpose is Purpose.PLATFORM_FEES:
            fee_units -= posting.amount_units
        elif purpose is Purpose.CONTRACTOR_BENEFITS:
            benefits_units -= posting.amount_units
    document["currency"] = entry.postings[0].currency
    document["pay_units"] = pay_units
    document["commission_units"] = commission_units
    if fee_units:
        document["fee_units"] = fee_units
    # A withdrawal is no part of any price.
    if benefits_units and entry.kind is not EntryKind.BENEFITS_WITHDRAWAL:
        document["benefits_units"] = benefits_units
