"""Payments by card or bank: asked for by the platform, confirmed by whoever pays."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox import disputes, events, payment_charges
from deploy.local.stripe_sandbox.errors import ApiError, missing, refused
from deploy.local.stripe_sandbox.ids import new_id, random_text
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, in_range
from deploy.local.stripe_sandbox.payment_methods import (
    CARD,
    US_BANK,
    Declined,
    Method,
    method_of,
    payment_error,
)
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

SETTLED_TIMER: Final = "payment.settled"
_CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")
_CANCELABLE: Final = (*_CONFIRMABLE, "requires_action")
_MIN_USD: Final = 50
_NULLS: Final = (
    "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer",
    "customer_account", "excluded_payment_method_types", "last_payment_error", "latest_charge",
    "managed_payments", "next_action", "on_behalf_of", "payment_method",
    "payment_method_configuration_details", "processing", "review", "shipping", "source",
    "transfer_data",
)  # fmt: skip


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payment_intents."""
    intent = make(sandbox, call.account, call.params)
    if call.params.get("confirm"):
        return attempt(sandbox, intent, call.params)
    return intent.body


def make(sandbox: Sandbox, owner: str, params: dict[str, Any]) -> Stored:
    """Store a payment that somebody is asked for."""
    currency = currency_of(params["currency"])
    amount = amount_of(params["amount"], currency)
    if currency == "usd" and amount < _MIN_USD:
        raise refused("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    types = params.get("payment_method_types") or [CARD, US_BANK]
    intent = Stored(id=new_id("pi"), kind="payment_intent", owner=owner, body={})
    intent.body = {
        "id": intent.id,
        "object": "payment_intent",
        **dict.fromkeys(_NULLS),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": _automatic(params),
        "capture_method": "automatic",
        "client_secret": f"{intent.id}_secret_{random_text(25)}",
        "confirmation_method": "automatic",
        "created": sandbox.clock.timestamp(),
        "currency": currency,
        "livemode": False,
        "metadata": merged({}, params),
        "payment_method_options": {},
        "payment_method_types": list(types),
        "setup_future_usage": None,
        "status": "requires_payment_method",
        **pick(
            params, "description", "receipt_email", "statement_descriptor",
            "statement_descriptor_suffix", "transfer_group",
        ),
    }  # fmt: skip
    sandbox.objects.add(intent)
    events.emit(sandbox, owner, "payment_intent.created", intent.body)
    return intent


def _automatic(params: dict[str, Any]) -> Body | None:
    if "payment_method_types" in params:
        return None
    given = params.get("automatic_payment_methods", {})
    return {"allow_redirects": given.get("allow_redirects", "always"), "enabled": True}


def confirm(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payment_intents/{id}/confirm."""
    intent = _own(sandbox, call)
    _check_status(intent, _CONFIRMABLE, "confirm")
    return attempt(sandbox, intent, call.params)


def attempt(sandbox: Sandbox, intent: Stored, params: dict[str, Any]) -> Body:
    """Try to pay; raises Declined when that has happened and the payer's bank has said no."""
    token = params.get("payment_method")
    if not token:
        raise missing("payment_method")
    method = method_of(token)
    body = intent.body
    if method.type not in body["payment_method_types"]:
        raise refused(
            f"The PaymentMethod provided ({method.type}) is not allowed for this PaymentIntent.",
            param="payment_method",
        )
    body.update(payment_method=method.id, last_payment_error=None)
    if method.needs_action:
        body["status"] = "requires_action"
        body["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"source": method.id}}
        sandbox.objects.save(intent)
        events.emit(sandbox, intent.owner, "payment_intent.requires_action", body)
        return body
    if method.type == US_BANK:
        return _debit(sandbox, intent, method)
    if method.decline is not None:
        raise _decline(sandbox, intent, method)
    return _succeed(sandbox, intent, method, None)


def _debit(sandbox: Sandbox, intent: Stored, method: Method) -> Body:
    charge = payment_charges.make(sandbox, intent, method, status="pending")
    intent.body.update(status="processing", latest_charge=charge.id)
    sandbox.objects.save(intent)
    events.emit(sandbox, intent.owner, "payment_intent.processing", intent.body)
    sandbox.after(sandbox.settings.bank_debit_seconds, SETTLED_TIMER, intent.id)
    return intent.body


def settle(sandbox: Sandbox, intent_id: str) -> None:
    """Timer: the payer's bank has answered."""
    intent = sandbox.objects.find(intent_id, kind="payment_intent")
    if intent is None or intent.body["status"] != "processing":
        return
    charge = sandbox.objects.find(intent.body["latest_charge"], kind="charge")
    method = method_of(intent.body["payment_method"])
    if charge is None:
        return
    if method.decline is not None:
        payment_charges.fail(sandbox, charge, method)
        _failed(sandbox, intent, payment_error(method, charge=charge.id), charge)
        return
    payment_charges.succeed(sandbox, charge, method)
    _succeed(sandbox, intent, method, charge)


def authenticate(sandbox: Sandbox, intent: Stored, *, succeeded: bool) -> Body:
    """Do what the payer does when the card's bank asks who they are."""
    method = method_of(intent.body["payment_method"])
    intent.body["next_action"] = None
    if succeeded:
        return _succeed(sandbox, intent, method, None)
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": "The provided PaymentMethod has failed authentication.",
        "type": "invalid_request_error",
    }
    _failed(sandbox, intent, error, None)
    return intent.body


def _decline(sandbox: Sandbox, intent: Stored, method: Method) -> ApiError:
    charge = payment_charges.make(sandbox, intent, method, status="failed")
    error = payment_error(method, charge=charge.id)
    _failed(sandbox, intent, error, charge)
    return Declined(error=error, payment_intent=intent.body)


def _failed(sandbox: Sandbox, intent: Stored, error: Body, charge: Stored | None) -> None:
    # The payer may try again, with this or another method.
    intent.body.update(
        status="requires_payment_method", payment_method=None, last_payment_error=error
    )
    if charge is not None:
        intent.body["latest_charge"] = charge.id
    sandbox.objects.save(intent)
    events.emit(sandbox, intent.owner, "payment_intent.payment_failed", intent.body)


def _succeed(sandbox: Sandbox, intent: Stored, method: Method, charge: Stored | None) -> Body:
    made = charge or payment_charges.make(sandbox, intent, method, status="succeeded")
    intent.body.update(
        status="succeeded",
        amount_received=intent.body["amount"],
        latest_charge=made.id,
        next_action=None,
        last_payment_error=None,
    )
    sandbox.objects.save(intent)
    events.emit(sandbox, intent.owner, "payment_intent.succeeded", intent.body)
    if method.disputed:
        disputes.open_dispute(sandbox, made, amount=made.body["amount"])
    return intent.body


def cancel(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = _own(sandbox, call)
    _check_status(intent, _CANCELABLE, "cancel")
    if "session" in intent.private:
        raise refused(
            "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout "
            "Session instead.",
            code="payment_intent_unexpected_state",
        )
    return _cancel(sandbox, intent, call.params.get("cancellation_reason"))


def give_up(sandbox: Sandbox, intent: Stored) -> None:
    """End a payment whose checkout session has expired."""
    if intent.body["status"] in _CANCELABLE:
        _cancel(sandbox, intent, None)


def _cancel(sandbox: Sandbox, intent: Stored, reason: str | None) -> Body:
    intent.body.update(
        status="canceled",
        canceled_at=sandbox.clock.timestamp(),
        cancellation_reason=reason,
        next_action=None,
    )
    sandbox.objects.save(intent)
    events.emit(sandbox, intent.owner, "payment_intent.canceled", intent.body)
    return intent.body


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/payment_intents/{id}."""
    return _own(sandbox, call).body


def list_intents(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/payment_intents."""
    params = call.params
    where = in_range("created", params["created"]) if "created" in params else []
    page = sandbox.objects.page(
        kind="payment_intent", owner=call.account, params=params, where=where
    )
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)


def _own(sandbox: Sandbox, call: Call) -> Stored:
    return sandbox.objects.get(call.ids["id"], kind="payment_intent", owner=call.account)


def _check_status(intent: Stored, allowed: tuple[str, ...], verb: str) -> None:
    status = intent.body["status"]
    if status not in allowed:
        raise refused(
            f"You cannot {verb} this PaymentIntent because it has a status of {status}.",
            code="payment_intent_unexpected_state",
        )
