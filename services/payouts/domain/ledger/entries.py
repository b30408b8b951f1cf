"""Journal entries: balanced, append-only, named by their cause, and comparable by a hash."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter
from typing import Final

from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.errors import (
    CurrencyMismatch,
    EntryConflict,
    EntryUnbalanced,
    InvalidAmount,
    InvalidEntry,
)
from services.payouts.domain.ledger.accounts import PART, Purpose, parse
from services.payouts.domain.ledger.money import check_amount

MAX_POSTINGS: Final = 500
MAX_REASON_CHARACTERS: Final = 500
MAX_KEY_CHARACTERS: Final = 300

_KEY: Final = re.compile(rf"[a-z][a-z_]*(?::{PART})+")
# Part of every hash: a change of what is hashed gets a new number and old entries keep theirs.
_HASH_FORM: Final = "3"
_RATE: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_canonical = json.JSONEncoder(separators=(",", ":")).encode


class EntryKind(StrEnum):
    """Why money moved."""

    CLIENT_DEPOSIT = "client_deposit"
    PAYMENT_FEE = "payment_fee"
    PAYMENT_RETURN = "payment_return"
    OWED_SETTLEMENT = "owed_settlement"
    FUNDS_HOLD = "funds_hold"
    FUNDS_HOLD_POSTED = "funds_hold_posted"
    FUNDS_HOLD_VOIDED = "funds_hold_voided"
    FUNDS_HOLD_EXPIRED = "funds_hold_expired"
    PROJECT_HOLD = "project_hold"
    HOLD_RELEASE = "hold_release"
    ACCRUAL = "accrual"
    ACCRUAL_REVERSAL = "accrual_reversal"
    ACCRUAL_ABSORPTION = "accrual_absorption"
    LOSS_REPAID = "loss_repaid"
    BENEFITS_BORNE = "benefits_borne"
    BENEFITS_RECOVERED = "benefits_recovered"
    FLOOR_TOP_UP = "floor_top_up"
    RESERVE_SHORTFALL = "reserve_shortfall"
    BENEFITS_WITHDRAWAL = "benefits_withdrawal"
    BENEFITS_ASSIGNED = "benefits_assigned"
    BENEFITS_REMITTED = "benefits_remitted"
    STATEMENT_CLOSE = "statement_close"
    TAX_WITHHOLDING = "tax_withholding"
    TAX_REMITTANCE = "tax_remittance"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_SEEN = "transfer_seen"
    TRANSFER_REFUSED = "transfer_refused"
    TRANSFER_REVERSED = "transfer_reversed"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_REFUSED = "payout_refused"
    PAYOUT_FAILED = "payout_failed"
    # On rails that take money to the bank in one call.
    OUTBOUND_SENT = "outbound_sent"
    OUTBOUND_SEEN = "outbound_seen"
    OUTBOUND_REFUSED = "outbound_refused"
    OUTBOUND_PAID = "outbound_paid"
    OUTBOUND_RETURNED = "outbound_returned"
    FX_CONVERSION = "fx_conversion"
    FX_SETTLEMENT = "fx_settlement"
    # Between the platform's own balances, so that a rail has something to pay from.
    RAIL_FUNDING = "rail_funding"
    # Corrections that one operator proposed and another confirmed; of pay, statements tell them.
    ADJUSTMENT = "adjustment"
    PAY_ADJUSTMENT = "pay_adjustment"
    ENTRY_REVERSAL = "entry_reversal"
    PAY_REVERSAL = "pay_reversal"


# The only kinds that touch two currencies, each balanced in itself.
EXCHANGING: Final = frozenset({EntryKind.FX_CONVERSION, EntryKind.FX_SETTLEMENT})

# Kinds that undo another entry; each carries its key, and shares `reversal:{key}` as its own.
REVERSING: Final = frozenset(
    {
        EntryKind.ACCRUAL_REVERSAL,
        EntryKind.ACCRUAL_ABSORPTION,
        EntryKind.ENTRY_REVERSAL,
        EntryKind.PAY_REVERSAL,
    }
)

# Kinds that no cause but people's agreement makes: they name both, and why.
BY_HAND: Final = frozenset(
    {
        EntryKind.ADJUSTMENT,
        EntryKind.PAY_ADJUSTMENT,
        EntryKind.ENTRY_REVERSAL,
        EntryKind.PAY_REVERSAL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One leg of an entry; a debit is positive, a credit negative."""

    account: str
    amount_units: int
    currency: str

    def __post_init__(self) -> None:
        if check_amount(self.amount_units) == 0:
            raise InvalidAmount(f"a posting to {self.account} moves nothing", account=self.account)
        if parse(self.account).currency != self.currency:
            raise CurrencyMismatch(
                f"{self.account} does not hold {self.currency}",
                account=self.account,
                currency=self.currency,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the entry is about; what does not apply stays empty."""

    client_id: str = ""
    project_id: str = ""
    task_id: str = ""
    assignment_id: str = ""
    contractor_id: str = ""
    vendor_id: str = ""
    statement_id: str = ""
    instruction_id: str = ""
    rail_id: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return what applies."""
        return {
            name: value
            for name, value in zip(_SUBJECT_NAMES, _subject_values(self), strict=True)
            if value
        }


_SUBJECT_NAMES: Final = tuple(item.name for item in fields(Subject))
_subject_values = attrgetter(*_SUBJECT_NAMES)
_posting_values = attrgetter("account", "amount_units", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """When something took effect, when we wrote it down, and into which pay period it counts."""

    effective_at: datetime
    recorded_at: datetime
    period_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """At what rate money changed its currency: units of `quote` for one of `base`, and who says."""

    base: str
    quote: str
    rate: str
    """Exact decimal text, above zero."""
    source: str
    rated_at: datetime

    def __post_init__(self) -> None:
        if _RATE.fullmatch(self.rate) is None or not Fraction(self.rate):
            raise InvalidEntry(
                f"{self.rate!r} is no decimal number above zero", field="rate", rate=self.rate
            )
        if not self.source or self.rated_at.tzinfo is None:
            raise InvalidEntry("a rate without its source or without a time", field="rate_source")

    def as_list(self) -> list[str]:
        """Return it as it is hashed: the time in milliseconds since 1970."""
        millis = (self.rated_at - _EPOCH) // _MILLISECOND
        return [self.base, self.quote, self.rate, self.source, str(millis)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who proposed an entry, who confirmed it, and on which document it rests (or none)."""

    proposed_by: str
    confirmed_by: str
    document: str = ""

    def as_list(self) -> list[str]:
        """Return it as it is hashed."""
        return [self.proposed_by, self.confirmed_by, self.document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement of money. It cannot exist unbalanced, unnamed or without an hour.

    `body_hash` covers what the entry does, not when it was learned, into which period it was booked
    or what time the work took: a cause that arrives twice, by another way or a period later, is the
    same entry.
    """

    entry_id: str
    kind: EntryKind
    postings: tuple[Posting, ...]
    booking: Booking
    subject: Subject = field(default_factory=Subject)
    reverses_id: str = ""
    reason: str = ""
    exchange: Exchange | None = None
    """Where money changes its currency."""
    effort: Effort | None = None
    """What the answer took, on its accrual and on what undoes that."""
    approval: Approval | None = None
    """Of what people agreed on."""
    body_hash: str = field(init=False)

    def __post_init__(self) -> None:
        if len(self.entry_id) > MAX_KEY_CHARACTERS or _KEY.fullmatch(self.entry_id) is None:
            raise InvalidEntry(f"{self.entry_id!r} is no entry key", entry_id=self.entry_id)
        _check_balanced(self.entry_id, self.postings)
        _check_currencies(self)
        _check_booking(self.entry_id, self.booking)
        if self.kind in BY_HAND and not (self.approval and self.reason):
            raise InvalidEntry(
                f"{self.entry_id}: an entry by hand names a reason and who agreed on it",
                entry_id=self.entry_id,
            )
        if (self.kind in REVERSING) is not bool(self.reverses_id):
            raise InvalidEntry(
                f"{self.entry_id}: an entry names what it undoes exactly if it undoes something",
                entry_id=self.entry_id,
            )
        if self.reverses_id and self.entry_id != reversal_key(self.reverses_id):
            raise InvalidEntry(
                f"{self.entry_id} undoes {self.reverses_id} under a key of its own",
                entry_id=self.entry_id,
            )
        if len(self.reason) > MAX_REASON_CHARACTERS:
            raise InvalidEntry(
                f"{self.entry_id}: the reason has more than {MAX_REASON_CHARACTERS} characters",
                entry_id=self.entry_id,
            )
        object.__setattr__(self, "body_hash", _body_hash(self))

    @property
    def currencies(self) -> frozenset[str]:
        return frozenset(posting.currency for posting in self.postings)


def reversal_key(entry_id: str) -> str:
    """Name the one entry that may undo another."""
    return f"reversal:{entry_id}"


def check_same(entry: Entry, known_hash: str) -> None:
    """Pass if the entry that holds this key already is this one; otherwise `EntryConflict`."""
    if entry.body_hash != known_hash:
        raise EntryConflict(
            entry_id=entry.entry_id, known_hash=known_hash, given_hash=entry.body_hash
        )


def _check_balanced(entry_id: str, postings: tuple[Posting, ...]) -> None:
    if not 2 <= len(postings) <= MAX_POSTINGS:
        raise InvalidEntry(
            f"{entry_id} has {len(postings)} postings, not 2 to {MAX_POSTINGS}", entry_id=entry_id
        )
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount_units
    for currency, total in sums.items():
        if total:
            raise EntryUnbalanced(
                f"{entry_id}: debits exceed credits by {total} {currency} units",
                entry_id=entry_id,
                currency=currency,
                difference_units=total,
            )


def _check_currencies(entry: Entry) -> None:
    """G1: money crosses between currencies by way of the pair's two clearing accounts alone."""
    pairs = {
        (parsed.part("source"), parsed.part("target"), parsed.currency)
        for parsed in (parse(posting.account) for posting in entry.postings)
        if parsed.kind.purpose is Purpose.FX_CLEARING
    }
    if entry.kind not in EXCHANGING:
        if pairs or entry.exchange is not None or len(entry.currencies) > 1:
            raise InvalidEntry(
                f"{entry.entry_id}: only an exchange touches two currencies or their clearing",
                entry_id=entry.entry_id,
                kind=entry.kind,
            )
        return
    currencies = entry.currencies
    known = entry.exchange
    is_sound = (
        known is not None
        and {known.base, known.quote} == currencies
        and len(currencies) == 2
        and {currency for _, _, currency in pairs} == currencies
        and len({pair[:2] for pair in pairs}) == 1
        and all({source, target} == currencies for source, target, _ in pairs)
    )
    if not is_sound:
        raise InvalidEntry(
            f"{entry.entry_id}: an exchange has a rate of its two currencies, and goes through"
            " the clearing account of the pair in each of them",
            entry_id=entry.entry_id,
        )


def _check_booking(entry_id: str, booking: Booking) -> None:
    if booking.effective_at.tzinfo is None or booking.recorded_at.tzinfo is None:
        raise InvalidEntry(f"{entry_id}: a time without a zone", entry_id=entry_id)


def _body_hash(entry: Entry) -> str:
    body: list[object] = [
        _HASH_FORM,
        entry.entry_id,
        entry.kind,
        sorted(map(_posting_values, entry.postings)),
        dict(sorted(entry.subject.as_dict().items())),
        entry.reverses_id,
        entry.reason,
    ]
    if entry.exchange is not None:
        body.append(entry.exchange.as_list())
    if entry.approval is not None:
        body.append(entry.approval.as_list())
    return hashlib.sha256(_canonical(body).encode()).hexdigest()
