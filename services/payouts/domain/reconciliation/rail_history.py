"""What the rail's own lists say: movements of balances, and events that did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.payouts.domain.payments.rail_objects import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One movement of a balance at the rail, in ledger units, and what the rail kept of it.

    `source` is what moved it. What is known of that: `transfer` (the transfer behind a reversal or
    a payee's payment), `payment_intent`, and of our own payouts instruction and attempt. `aliases`
    are other ids that stand for the same transfer.
    """

    transaction_id: str
    type: str
    currency: str
    amount_units: int
    fee_units: int
    created_at: datetime
    source: str = ""
    transfer: str = ""
    payment_intent: str = ""
    instruction_id: str = ""
    attempt: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedTransaction:
    """As it came, and what it says; `read` is None where that cannot be understood."""

    transaction_id: str
    payload: bytes
    read: BalanceTransaction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPage:
    """Newest first; `after` is where the next page goes on."""

    found: tuple[FetchedTransaction, ...]
    has_more: bool
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedEvent:
    """A notification that did not arrive, taken from where it is kept."""

    notification: Notification
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Newest first."""

    found: tuple[FetchedEvent, ...]
    has_more: bool
