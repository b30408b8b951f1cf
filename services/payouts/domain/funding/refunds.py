"""A client's unspent money on its way back: held when it is asked for, and resolved once.

Held money is no longer available, so nothing else can spend it. It is then paid (all of it or a
part, the rest is available again), declined, or expires; whichever comes first is the only one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.errors import CurrencyMismatch, InvalidAmount
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind, Posting, Subject
from services.payouts.domain.ledger.flows import move
from services.payouts.domain.ledger.money import Money, check_positive, units_of


class RefundNotFound(DomainError):
    """No such refund, or another client's."""

    kind, reason = Kind.NOT_FOUND, "REFUND_NOT_FOUND"


class RefundResolved(DomainError):
    """The refund was resolved before, and otherwise: a hold resolves once."""

    kind, reason = Kind.PRECONDITION, "REFUND_RESOLVED"


class RefundFactsMissing(DomainError):
    """A refund was paid under the bank's reference, or not paid for a reason: say which."""

    kind, reason = Kind.INVALID, "REFUND_FACTS_MISSING"


class RefundState(StrEnum):
    HELD = "held"
    PAID = "paid"
    DECLINED = "declined"
    EXPIRED = "expired"


_KINDS: Final = {
    RefundState.PAID: EntryKind.FUNDS_HOLD_POSTED,
    RefundState.DECLINED: EntryKind.FUNDS_HOLD_VOIDED,
    RefundState.EXPIRED: EntryKind.FUNDS_HOLD_EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """What was asked for, and what became of it."""

    refund_id: str
    client_id: str
    currency: str
    amount_minor: int
    note: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: RefundState = RefundState.HELD
    paid_minor: int = 0
    bank_reference: str = ""
    reason: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = None

    def __post_init__(self) -> None:
        check_positive(self.amount_minor)

    def paid(self, amount: Money, *, bank_reference: str, by: str, now: datetime) -> Refund:
        """The bank has sent it, or a part of it.

        Errors: InvalidAmount, CurrencyMismatch, RefundFactsMissing, RefundResolved.
        """
        if amount.currency != self.currency:
            raise CurrencyMismatch(
                f"the refund is in {self.currency}", field="paid.currency", currency=self.currency
            )
        if not 0 < amount.amount_minor <= self.amount_minor:
            raise InvalidAmount(
                f"of a hold of {self.amount_minor} at least 1 and at most all of it is paid",
                field="paid.amount_minor",
                amount_minor=amount.amount_minor,
                held_minor=self.amount_minor,
            )
        if not bank_reference:
            raise RefundFactsMissing("say under which reference", field="bank_reference")
        return self._resolved(
            RefundState.PAID,
            paid_minor=amount.amount_minor,
            bank_reference=bank_reference,
            by=by,
            now=now,
        )

    def declined(self, *, reason: str, by: str, now: datetime) -> Refund:
        """It is not paid. Errors: RefundFactsMissing, RefundResolved."""
        if not reason:
            raise RefundFactsMissing("say why it is not paid", field="reason")
        return self._resolved(RefundState.DECLINED, reason=reason, by=by, now=now)

    def expired(self, *, now: datetime) -> Refund:
        """Nobody has resolved it in time; what was resolved stays."""
        if self.state is not RefundState.HELD or now < self.expires_at:
            return self
        return self._resolved(RefundState.EXPIRED, reason="expired", by="", now=now)

    def _resolved(
        self,
        state: RefundState,
        *,
        by: str,
        now: datetime,
        paid_minor: int = 0,
        bank_reference: str = "",
        reason: str = "",
    ) -> Refund:
        after = replace(
            self,
            state=state,
            paid_minor=paid_minor,
            bank_reference=bank_reference,
            reason=reason,
            resolved_by=by,
            resolved_at=now,
        )
        if self.state is RefundState.HELD:
            return after
        if after == replace(self, resolved_by=by, resolved_at=now):
            return self  # the same again
        raise RefundResolved(
            f"the refund is {self.state}", refund_id=self.refund_id, state=self.state
        )


def funds_hold(refund: Refund, *, booking: Booking) -> Entry:
    """Take the money out of what the client may spend."""
    return Entry(
        entry_id=f"funds_hold:{refund.refund_id}",
        kind=EntryKind.FUNDS_HOLD,
        postings=move(
            debit=accounts.client_available(client_id=refund.client_id, currency=refund.currency),
            credit=_held(refund),
            amount_units=units_of(refund.amount_minor),
            currency=refund.currency,
        ),
        booking=booking,
        subject=Subject(client_id=refund.client_id),
    )


def funds_hold_resolved(refund: Refund, *, booking: Booking) -> Entry:
    """Empty the hold: all ways have one key, so that only one can ever be booked."""
    rest_minor = refund.amount_minor - refund.paid_minor
    parts = {
        _held(refund): refund.amount_minor,
        accounts.rail_platform(currency=refund.currency, rail=accounts.BANK): -refund.paid_minor,
        accounts.client_available(
            client_id=refund.client_id, currency=refund.currency
        ): -rest_minor,
    }
    return Entry(
        entry_id=f"funds_hold_resolved:{refund.refund_id}",
        kind=_KINDS[refund.state],
        postings=tuple(
            Posting(account=account, amount_units=units_of(amount), currency=refund.currency)
            for account, amount in parts.items()
            if amount
        ),
        booking=booking,
        subject=Subject(client_id=refund.client_id),
        reason=refund.reason,
    )


def _held(refund: Refund) -> str:
    return accounts.client_hold(
        client_id=refund.client_id, hold_id=refund.refund_id, currency=refund.currency
    )
