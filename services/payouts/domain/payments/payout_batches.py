"""Payments that a person takes to a bank: orders, the files they leave in, what became of them."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.money import minor_exponent
from services.payouts.domain.payments.bank_details import BankDetails
from services.payouts.domain.payments.rail import Op, RailObject, RailState

LINES_MAX: Final = 1_000
_REFERENCE_BYTES: Final = 10
COLUMNS: Final = (
    "reference", "payee_id", "account_holder", "account_number", "bank_code", "bank_name",
    "bank_country", "amount", "currency",
)  # fmt: skip
# Spreadsheets take what begins like this for a formula, and run it.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class NothingToExport(DomainError):
    """No payment waits for an operator."""

    kind, reason = Kind.PRECONDITION, "NOTHING_TO_EXPORT"


class BatchNotFound(DomainError):
    """No such batch."""

    kind, reason = Kind.NOT_FOUND, "PAYOUT_BATCH_NOT_FOUND"


class BatchAltered(DomainError):
    """What the batch's file would be now is not what was frozen."""

    kind, reason = Kind.PRECONDITION, "PAYOUT_BATCH_ALTERED"


class BankOutcome(StrEnum):
    """What a bank says about one order."""

    PAID = "paid"
    # It never left.
    FAILED = "failed"
    # It had been paid, and came back.
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankOrder:
    """One attempt of an instruction, as something that a person does at a bank.

    `reference` goes with it through the bank, and is what outcomes are told by.
    """

    reference: str
    instruction_id: str
    statement_id: str
    attempt: int
    payee_id: str
    amount_minor: int
    currency: str
    created_at: datetime
    batch_id: str = ""
    canceled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOutcome:
    """One outcome of one order; a second one of the same kind says the same, or is refused."""

    reference: str
    outcome: BankOutcome
    value_date: str
    bank_reference: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One order as it left: with the bank facts of that time, by their version."""

    reference: str
    payee_id: str
    bank_version: int
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A frozen file; `sha256` is over its bytes."""

    batch_id: str
    currency: str
    lines: tuple[BatchLine, ...]
    created_by: str
    created_at: datetime
    sha256: str

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


def reference_of(instruction_id: str, attempt: int) -> str:
    """Return what banks carry: 18 capitals and digits, which every one of them takes."""
    digest = hashlib.sha256(f"{instruction_id}:{attempt}".encode()).digest()[:_REFERENCE_BYTES]
    return f"CW{base64.b32encode(digest).decode()}"


def last_said(told: Sequence[ToldOutcome]) -> ToldOutcome | None:
    """What stands of what a bank has said: that money came back is said after that it was paid."""
    return min(told, key=lambda one: one.outcome is BankOutcome.PAID, default=None)


def state_of(order: BankOrder, told: Sequence[ToldOutcome]) -> tuple[RailState, str]:
    """Return how far an order is, and the bank's code where it came back."""
    by_outcome = {one.outcome: one for one in told}
    for outcome in (BankOutcome.RETURNED, BankOutcome.FAILED):
        if outcome in by_outcome:
            return RailState.FAILED, by_outcome[outcome].code or f"bank_{outcome}"
    if BankOutcome.PAID in by_outcome:
        return RailState.PAID, ""
    if order.canceled:
        return RailState.CANCELED, "canceled"
    return (RailState.IN_TRANSIT if order.batch_id else RailState.PENDING), ""


def as_rail_object(order: BankOrder, told: Sequence[ToldOutcome]) -> RailObject:
    """Return the order in the words that every rail's answers have."""
    state, code = state_of(order, told)
    return RailObject(
        op=Op.OUTBOUND,
        rail_id=order.reference,
        instruction_id=order.instruction_id,
        attempt=order.attempt,
        state=state,
        amount_minor=order.amount_minor,
        currency=order.currency,
        failure_code=code,
    )


def objection_to(order: BankOrder, known: Sequence[ToldOutcome], told: ToldOutcome) -> str:
    """Say why an outcome contradicts what is known; empty for one that may be, or is, recorded."""
    by_outcome = {one.outcome: one for one in known}
    if told.outcome in by_outcome:
        same = by_outcome[told.outcome] == told
        return "" if same else f"it was told as {told.outcome} with other facts before"
    was_paid = BankOutcome.PAID in by_outcome
    objections = (
        (order.canceled, "the order was canceled before it was exported"),
        (not order.batch_id, "the order was not exported yet"),
        (BankOutcome.FAILED in by_outcome, f"it failed before, and cannot be {told.outcome} now"),
        (
            BankOutcome.RETURNED in by_outcome,
            f"it came back before, and cannot be {told.outcome} now",
        ),
        (
            told.outcome is BankOutcome.FAILED and was_paid,
            "it was paid before; money that comes back after that is returned",
        ),
        (
            told.outcome is BankOutcome.RETURNED and not was_paid,
            "it was not told as paid; what never left has failed",
        ),
    )
    return next((text for holds, text in objections if holds), "")


def batch_csv(lines: Iterable[tuple[BatchLine, BankDetails]]) -> str:
    """Write the file that goes to a bank: one payment a row, after a header."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for line, bank in lines:
        rows.writerow(
            harmless(cell)
            for cell in (
                line.reference,
                line.payee_id,
                bank.account_holder,
                bank.account_number,
                bank.bank_code,
                bank.bank_name,
                bank.bank_country,
                _amount(line.amount_minor, line.currency),
                line.currency,
            )
        )
    return file.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: what looks like a formula gets an apostrophe.

    OWASP, "CSV Injection".
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def sha256_of(text: str) -> str:
    """Hash a file."""
    return hashlib.sha256(text.encode()).hexdigest()


def _amount(amount_minor: int, currency: str) -> str:
    places = minor_exponent(currency)
    whole, rest = divmod(amount_minor, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)
