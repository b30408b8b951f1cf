"""The charge that a payment makes, and Stripe's price for it."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox import balances, events
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.charges import ALWAYS_NULL
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.payment_methods import CARD, Method, details_of
from deploy.local.stripe_sandbox.world import Sandbox

# 2.9 % and 30 cents a card payment, 0.8 % and at most 5 dollars a bank debit, as in the US.
_CARD_PERMILLE: Final = 29
_CARD_FIXED: Final = 30
_BANK_PERMILLE: Final = 8
_BANK_MAX: Final = 500


def fee_of(amount: int, method: Method) -> int:
    """Return what Stripe keeps of a payment, rounded half up."""
    if method.type == CARD:
        return (amount * _CARD_PERMILLE + 500) // 1000 + _CARD_FIXED
    return min((amount * _BANK_PERMILLE + 500) // 1000, _BANK_MAX)


def make(sandbox: Sandbox, intent: Stored, method: Method, *, status: str) -> Stored:
    """Store the charge of one attempt: `failed`, `pending` or `succeeded`."""
    body = intent.body
    charge_id = new_id("ch" if method.type == CARD else "py")
    address: dict[str, Any] = dict.fromkeys(
        ("city", "country", "line1", "line2", "postal_code", "state")
    )
    charge = Stored(id=charge_id, kind="charge", owner=intent.owner, body={})
    charge.private = {"method": method.id}
    charge.body = {
        "id": charge_id,
        "object": "charge",
        **dict.fromkeys(ALWAYS_NULL),
        "amount": body["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {
            "address": address,
            **dict.fromkeys(("email", "name", "phone", "tax_id")),
        },
        "captured": False,
        "created": sandbox.clock.timestamp(),
        "currency": body["currency"],
        "description": body["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(body["metadata"]),
        "paid": False,
        "payment_intent": intent.id,
        "payment_method": method.id,
        "payment_method_details": details_of(method),
        "refunded": False,
        "source_transfer": None,
        "status": "pending",
        "transfer_group": body["transfer_group"],
    }
    sandbox.objects.add(charge)
    if status == "failed":
        fail(sandbox, charge, method)
    elif status == "succeeded":
        succeed(sandbox, charge, method)
    else:
        sandbox.objects.save(charge)
        events.emit(sandbox, charge.owner, "charge.pending", charge.body)
    return charge


def fail(sandbox: Sandbox, charge: Stored, method: Method) -> None:
    """The card's or the payer's bank has said no."""
    code, decline_code = method.decline or ("card_declined", "generic_decline")
    charge.body.update(
        status="failed",
        failure_code=code,
        failure_message="The payment was declined.",
        outcome=_outcome("issuer_declined", "declined_by_network", reason=decline_code),
    )
    sandbox.objects.save(charge)
    events.emit(sandbox, charge.owner, "charge.failed", charge.body)


def succeed(sandbox: Sandbox, charge: Stored, method: Method) -> None:
    """The money is the platform's, less Stripe's price; spendable after the hold."""
    body = charge.body
    body["balance_transaction"] = balances.post(
        sandbox,
        Movement(
            account=charge.owner,
            currency=body["currency"],
            amount=body["amount"],
            fee=fee_of(body["amount"], method),
            type="charge" if method.type == CARD else "payment",
            source=charge.id,
            description=body["description"],
            hold_seconds=sandbox.settings.payment_hold_seconds,
        ),
    )
    body.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=body["amount"],
        outcome=_outcome("authorized", "approved_by_network", reason=None),
    )
    sandbox.objects.save(charge)
    events.emit(sandbox, charge.owner, "charge.succeeded", body)
    if sandbox.settings.payment_hold_seconds <= 0:
        balances.announce_available(sandbox, charge.owner)


def _outcome(kind: str, network_status: str, *, reason: str | None) -> Body:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "seller_message": None,
        "type": kind,
    }
