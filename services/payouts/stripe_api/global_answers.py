"""Objects of Stripe's second version, as plain dictionaries, in words of our own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from services.payouts.domain.payments.rail import Op, OutcomeKind, RailObject, RailState
from services.payouts.domain.payments.rail_objects import AccountLink, ConnectedAccount, RailBalance
from services.payouts.domain.payments.rail_units import from_rail_units
from services.payouts.stripe_api.answers import attempt_in, balance_if_known, metadata_of

Body = Mapping[str, Any]

# What is posted has left for good as far as Stripe is concerned; it may still be returned.
_STATES: Final = {
    "processing": RailState.PENDING,
    "posted": RailState.PAID,
    "returned": RailState.FAILED,
    "failed": RailState.FAILED,
    "canceled": RailState.CANCELED,
}
# What a typed error says, whatever its code; each is told before anything is made.
_TYPED: Final = frozenset(
    {
        "already_canceled",
        "blocked_by_stripe",
        "cannot_proceed",
        "capability_not_enabled",
        "controlled_by_alternate_resource",
        "feature_not_enabled",
        "financial_account_not_open",
        "fx_quote_needs_refresh",
        "insufficient_funds",
        "invalid_payout_method",
        "not_cancelable",
        "recipient_not_notifiable",
        "verification_attempt_failed",
        "verification_expired",
        "verification_not_initiated",
    }
)
_BY_TYPE: Final = {
    **dict.fromkeys(_TYPED, OutcomeKind.REFUSED),
    "idempotency_error": OutcomeKind.KEY_MISMATCH,
    # The same request may be taken a little later.
    "quota_exceeded": OutcomeKind.RATE_LIMITED,
    "rate_limit": OutcomeKind.RATE_LIMITED,
}
_BY_STATUS: Final = {
    400: OutcomeKind.REFUSED,
    401: OutcomeKind.NOT_EXECUTED,
    403: OutcomeKind.NOT_EXECUTED,
    404: OutcomeKind.REFUSED,
    409: OutcomeKind.KEY_IN_USE,
    429: OutcomeKind.RATE_LIMITED,
    500: OutcomeKind.SERVER_ERROR,
}


def classify(*, status: int | None, error_type: str = "", code: str = "") -> OutcomeKind:
    """Say what an HTTP answer of the second version means for the money.

    No answer is repeated under its key: a refusal waits for its cause and is sent again under the
    same key, and so is everything that tells us nothing.
    """
    if status is None:
        return OutcomeKind.NO_RESPONSE
    if 200 <= status < 300:
        return OutcomeKind.CONFIRMED
    if status < 500 and error_type in _BY_TYPE:
        return _BY_TYPE[error_type]
    if status == 400 and code.startswith("parameter"):
        return OutcomeKind.NOT_EXECUTED
    return _BY_STATUS.get(status, OutcomeKind.NO_RESPONSE)


def reason_of(error_type: str, code: str) -> str:
    """Name a refusal by its type where the type says more than the code."""
    return error_type if error_type in _TYPED else code


def outbound_payment(body: Body) -> RailObject:
    """Errors: DomainError for units that are not the ledger's."""
    currency = body["amount"]["currency"].upper()
    details = body.get("status_details") or {}
    reason = next(
        (str(part["reason"]) for name in ("failed", "returned") if (part := details.get(name))), ""
    )
    return RailObject(
        op=Op.OUTBOUND,
        rail_id=body["id"],
        instruction_id=metadata_of(body, "instruction_id"),
        attempt=attempt_in(body),
        state=_STATES[body["status"]],
        amount_minor=from_rail_units(body["amount"]["value"], currency=currency).amount_minor,
        currency=currency,
        failure_code=reason,
    )


def recipient(body: Body) -> ConnectedAccount:
    """A recipient may be paid once one of the ways to a bank is open."""
    configuration = (body.get("configuration") or {}).get("recipient") or {}
    ways = (configuration.get("capabilities") or {}).get("bank_accounts") or {}
    active = not body.get("closed") and any(
        way and way.get("status") == "active" for way in ways.values()
    )
    entries = (body.get("requirements") or {}).get("entries") or ()
    return ConnectedAccount(
        account_id=body["id"],
        payee_id=metadata_of(body, "payee_id"),
        country=str((body.get("identity") or {}).get("country") or "").upper(),
        currency=str((body.get("defaults") or {}).get("currency") or "").upper(),
        transfers_enabled=active,
        payouts_enabled=active,
        requirements_due=tuple(str(entry["description"]) for entry in entries),
    )


def account_link(body: Body) -> AccountLink:
    """Single-use: it goes to the payee and is kept nowhere."""
    return AccountLink(url=body["url"], expires_at=datetime.fromisoformat(body["expires_at"]))


def balances(body: Body) -> list[RailBalance]:
    """One a currency; pending is what has left us and not yet the rail."""
    parts = body["balance"]
    names = {name.upper() for name in (*parts["available"], *parts["outbound_pending"])}
    return [balance_if_known(name, partial(_balance, parts)) for name in sorted(names)]


def _balance(parts: Body, currency: str) -> RailBalance:
    name = currency.lower()
    return RailBalance(
        currency=currency,
        available_minor=_minor(parts["available"], name),
        pending_minor=_minor(parts["outbound_pending"], name),
    )


def _minor(part: Body, name: str) -> int:
    value = (part.get(name) or {"value": 0})["value"]
    return from_rail_units(value, currency=name.upper()).amount_minor
