"""What else the rail shows us, in words of our own: incoming money, accounts, notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from services.payouts.domain.funding.checkouts import HostedPage
from services.payouts.domain.payments.rail import OutcomeKind

FoundT = TypeVar("FoundT")


class IncomingState(StrEnum):
    # Whoever pays has to do something: choose a card, prove who they are.
    NEEDS_PAYER = "needs_payer"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a payment that succeeded reached the platform's balance.

    `fee_minor` is what the rail kept of it; the rest can be spent from `available_at` on.
    """

    transaction_id: str
    currency: str
    fee_minor: int
    available_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Money on its way to the platform's balance: a top-up or a payment.

    Amounts in whole minor units. `failure_code` is also there while the payer may try again.
    `page` is there where the rail's own page was looked at; until somebody pays on it there is no
    payment, and `rail_id` is empty.
    """

    rail_id: str
    deposit_id: str
    state: IncomingState
    amount_minor: int
    currency: str
    failure_code: str = ""
    client_secret: str = ""
    settlement: Settlement | None = None
    page: HostedPage | None = None
    has_returns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMoney:
    """One movement after a payment: a refund, a dispute, or either of them undone.

    Signed as the platform's balance sees it. `fee_minor` is more that the rail kept, or less than
    nothing where it gave back what it had kept.
    """

    transaction_id: str
    source_id: str
    kind: str
    currency: str
    amount_minor: int
    fee_minor: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedAccount:
    """A payee's account at the rail as freshly fetched."""

    account_id: str
    payee_id: str
    country: str
    currency: str
    transfers_enabled: bool
    payouts_enabled: bool
    requirements_due: tuple[str, ...] = ()
    bank_currencies: tuple[str, ...] = ()
    """Those in which it keeps money, for it has a bank account of each; empty: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """Where a payee tells the rail who they are; single-use."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RailBalance:
    """What an account at the rail holds of one currency; ledger units.

    `is_known` is false where the rail counts it in units that are none of ours: the amounts then
    say nothing, and other currencies are still told.
    """

    currency: str
    available_minor: int = 0
    pending_minor: int = 0
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A verified event: a hint that something about an object has changed."""

    event_id: str
    type: str
    object_id: str
    account_id: str = ""

    @property
    def tells_of_person(self) -> bool:
        """It has in it what a payee has told the rail: name, address, day of birth, bank."""
        return self.type.startswith(("account.", "person.", "capability."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[FoundT]):
    """What the rail said to a call that makes something; `found` exactly if it is confirmed."""

    kind: OutcomeKind
    found: FoundT | None = None
    code: str = ""
    retry_after_seconds: float = 0.0
