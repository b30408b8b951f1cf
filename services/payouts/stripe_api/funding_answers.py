"""Stripe's words for clients' money, read into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from services.payouts.domain.funding.checkouts import HostedPage
from services.payouts.domain.payments.rail_objects import (
    Incoming,
    IncomingState,
    ReturnedMoney,
    Settlement,
)
from services.payouts.domain.payments.rail_units import from_rail_units

Body = Mapping[str, Any]

_DECLINED: Final = "declined"
_EXPIRED: Final = "checkout_expired"

_PAYMENT_STATES: Final = {
    "requires_payment_method": IncomingState.NEEDS_PAYER,
    "requires_confirmation": IncomingState.NEEDS_PAYER,
    "requires_action": IncomingState.NEEDS_PAYER,
    "requires_capture": IncomingState.PENDING,
    "processing": IncomingState.PENDING,
    "succeeded": IncomingState.SUCCEEDED,
    "canceled": IncomingState.CANCELED,
}


def topup(body: Body) -> Incoming:
    """Errors: DomainError for units that are not the ledger's."""
    currency = body["currency"].upper()
    return Incoming(
        rail_id=body["id"],
        deposit_id=_deposit_id(body),
        state=IncomingState(body["status"]),
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        failure_code=body.get("failure_code") or "",
    )


def payment(body: Body) -> Incoming:
    """A payment has succeeded when we know how it reached the balance, too.

    A list or an answer to a call names that only by its id: it is then asked for again.
    """
    currency = body["currency"].upper()
    charge = body.get("latest_charge")
    details: Body = charge if isinstance(charge, dict) else {}
    state = _PAYMENT_STATES[body["status"]]
    settlement = None
    if state is IncomingState.SUCCEEDED:
        settlement = _settlement(details.get("balance_transaction"))
        state = state if settlement is not None else IncomingState.PENDING
    error = body.get("last_payment_error") or {}
    return Incoming(
        rail_id=body["id"],
        deposit_id=_deposit_id(body),
        state=state,
        amount_minor=from_rail_units(body["amount"], currency=currency).amount_minor,
        currency=currency,
        failure_code=(error.get("decline_code") or error.get("code") or _DECLINED) if error else "",
        client_secret=body.get("client_secret") or "",
        settlement=settlement,
        has_returns=bool(details.get("amount_refunded") or details.get("disputed")),
    )


def session(body: Body) -> Incoming:
    """A payment page, and the payment that it has come to, once somebody has tried to pay.

    A list names the payment only by its id: it is then asked for again.
    """
    page = HostedPage(session_id=body["id"], url=body.get("url") or "")
    intent = body.get("payment_intent")
    if isinstance(intent, dict):
        found = replace(payment(intent), deposit_id=_deposit_id(body), page=page)
        if body["status"] != "open" and found.state is IncomingState.NEEDS_PAYER:
            # Nobody can try again: the page is closed, and the payment can be paid nowhere else.
            code = found.failure_code or _EXPIRED
            return replace(found, state=IncomingState.FAILED, failure_code=code)
        return found
    currency = body["currency"].upper()
    return Incoming(
        rail_id=id_of(intent),
        deposit_id=_deposit_id(body),
        state=_without_payment(body),
        amount_minor=from_rail_units(body["amount_total"], currency=currency).amount_minor,
        currency=currency,
        failure_code=_EXPIRED if body["status"] == "expired" and not intent else "",
        page=page,
    )


def _without_payment(body: Body) -> IncomingState:
    if body.get("payment_intent"):
        return IncomingState.PENDING
    if body["status"] == "expired":
        return IncomingState.FAILED
    return IncomingState.NEEDS_PAYER if body["status"] == "open" else IncomingState.PENDING


def _settlement(transaction: Any) -> Settlement | None:
    if not isinstance(transaction, dict):
        return None
    currency = transaction["currency"].upper()
    return Settlement(
        transaction_id=transaction["id"],
        currency=currency,
        fee_minor=from_rail_units(transaction["fee"], currency=currency).amount_minor,
        available_at=datetime.fromtimestamp(transaction["available_on"], UTC),
    )


def of_refund(refund: Body) -> list[ReturnedMoney]:
    """What a refund moved. Errors: DomainError for units that are not ours."""
    # One that has not happened yet, or was never booked, has none.
    return [
        _returned(refund[name], kind=kind, source_id=refund["id"])
        for name, kind in (
            ("balance_transaction", "refund"),
            ("failure_balance_transaction", "refund_failure"),
        )
        if refund.get(name)
    ]


def of_dispute(dispute: Body) -> list[ReturnedMoney]:
    """What a dispute moved. Errors: DomainError for units that are not ours."""
    return [
        _returned(
            moved,
            kind="dispute" if moved["amount"] < 0 else "dispute_reversal",
            source_id=dispute["id"],
        )
        for moved in dispute["balance_transactions"]
    ]


def _returned(transaction: Body, *, kind: str, source_id: str) -> ReturnedMoney:
    currency = transaction["currency"].upper()
    return ReturnedMoney(
        transaction_id=transaction["id"],
        source_id=source_id,
        kind=kind,
        currency=currency,
        amount_minor=from_rail_units(transaction["amount"], currency=currency).amount_minor,
        fee_minor=from_rail_units(transaction["fee"], currency=currency).amount_minor,
        created_at=datetime.fromtimestamp(transaction["created"], UTC),
    )


def _deposit_id(body: Body) -> str:
    return str((body.get("metadata") or {}).get("deposit_id", ""))


def id_of(value: Any) -> str:
    """Of an object, or of its id in its place; empty where there is neither."""
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")
