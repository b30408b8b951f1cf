"""What else the rail shows us, in words of our own: top-ups, accounts, balances, notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from services.payouts.domain.rail import OutcomeKind

FoundT = TypeVar("FoundT")


class TopUpState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """Money on its way from a bank to the platform's balance; amounts in ledger units."""

    rail_id: str
    deposit_id: str
    state: TopUpState
    amount_minor: int
    currency: str
    failure_code: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """Where a payee tells the rail who they are; single-use."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RailBalance:
    """What an account at the rail holds of one currency; ledger units."""

    currency: str
    available_minor: int
    pending_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A verified event: a hint that something about an object has changed."""

    event_id: str
    type: str
    object_id: str
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[FoundT]):
    """What the rail said to a call that makes something; `found` exactly if it is confirmed."""

    kind: OutcomeKind
    found: FoundT | None = None
    code: str = ""
    retry_after_seconds: float = 0.0
