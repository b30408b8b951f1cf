"""Checkout sessions: a payment that the payer makes on a page of Stripe's, until it expires.

Only what a platform needs that takes payments: mode `payment`, one-off prices named in the call,
cards. As with Stripe since 2022, the session has no payment until somebody pays on its page
(checkout_paying.py).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from deploy.local.stripe_sandbox import events, payment_intents
from deploy.local.stripe_sandbox.errors import missing, refused
from deploy.local.stripe_sandbox.ids import random_text
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.payment_methods import CARD
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

KIND: Final = "checkout_session"
PAGE_PATH: Final = "/_sandbox/checkout"
EXPIRED_TIMER: Final = "checkout_session.expired"
_LIFE_SECONDS: Final = 24 * 3600
_LIFE_SECONDS_MIN: Final = 30 * 60
_MIN_USD: Final = 50
_LINES_MAX: Final = 100
_NULLS: Final = (
    "after_expiration", "allow_promotion_codes", "allowed_payment_method_types",
    "billing_address_collection", "branding_settings", "client_secret", "collected_information",
    "consent", "consent_collection", "currency_conversion", "customer", "customer_account",
    "customer_details", "discounts", "excluded_payment_method_types", "integration_identifier",
    "invoice", "locale", "managed_payments", "name_collection", "optional_items", "origin_context",
    "payment_intent", "payment_link", "payment_method_configuration_details", "permissions",
    "presentment_details", "recovered_from", "redirect_on_completion", "return_url",
    "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost",
    "subscription", "tax_id_collection", "wallet_options",
)  # fmt: skip


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/checkout/sessions."""
    params = call.params
    if params.get("mode") != "payment":
        raise refused("The sandbox emulates sessions of mode `payment` alone.", param="mode")
    currency, amount = _total(params.get("line_items", []))
    for name in ("success_url", "cancel_url"):
        if name in params and urlsplit(params[name]).scheme not in ("http", "https"):
            raise refused("Not a valid URL", code="url_invalid", param=name)
    if "success_url" not in params:
        raise missing("success_url")
    expires_at = _expiry(sandbox, params)
    # As Stripe's are, in test mode: long enough that nobody guesses the page's address.
    session = Stored(id=f"cs_test_a1{random_text(56)}", kind=KIND, owner=call.account, body={})
    session.private = {
        "payment": params.get("payment_intent_data", {}),
        "shown": [_shown(line) for line in params["line_items"]],
    }
    session.body = {
        "id": session.id,
        "object": "checkout.session",
        **dict.fromkeys(_NULLS),
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": sandbox.clock.timestamp(),
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer_creation": params.get("customer_creation", "if_required"),
        "expires_at": expires_at,
        "invoice_creation": None,
        "livemode": False,
        "metadata": merged({}, params),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": [CARD],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{sandbox.base_url}{PAGE_PATH}/{session.id}",
        **pick(
            params, "cancel_url", "client_reference_id", "customer_email", "submit_type",
            "success_url",
        ),
    }  # fmt: skip
    sandbox.objects.add(session)
    sandbox.after(expires_at - sandbox.clock.now(), EXPIRED_TIMER, session.id)
    return session.body


def _total(lines: list[Any]) -> tuple[str, int]:
    """Return the currency and the sum of what is to be paid."""
    if not lines:
        raise missing("line_items")
    if len(lines) > _LINES_MAX:
        raise refused(f"You may have at most {_LINES_MAX} line items.", param="line_items")
    total, currencies = 0, set()
    for index, line in enumerate(lines):
        price = line.get("price_data", {})
        if "product_data" not in price or "unit_amount" not in price:
            raise refused(
                "The sandbox has no catalogue: name the product and its price in the call.",
                param=f"line_items[{index}][price_data]",
            )
        currency = currency_of(price["currency"])
        currencies.add(currency)
        total += amount_of(price["unit_amount"], currency) * line.get("quantity", 1)
    if len(currencies) > 1:
        raise refused("All line items must be in one currency.", param="line_items")
    [currency] = currencies
    if currency == "usd" and total < _MIN_USD:
        raise refused(
            "The Checkout Session's total amount due must add up to at least $0.50 usd",
            code="amount_too_small",
        )
    return currency, total


def _shown(line: Body) -> str:
    return str(line["price_data"]["product_data"]["name"])


def _expiry(sandbox: Sandbox, params: Body) -> int:
    now = sandbox.clock.timestamp()
    expires_at = int(params.get("expires_at", now + _LIFE_SECONDS))
    if expires_at < now + _LIFE_SECONDS_MIN:
        raise refused(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if expires_at > now + _LIFE_SECONDS:
        raise refused(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return expires_at


def expire(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/checkout/sessions/{session}/expire."""
    session = _own(sandbox, call)
    if session.body["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of {session.body['status']}."
        )
    return _expire(sandbox, session)


def run_out(sandbox: Sandbox, session_id: str) -> None:
    """Timer: nobody has paid in time."""
    session = sandbox.objects.find(session_id, kind=KIND)
    if session is not None and session.body["status"] == "open":
        _expire(sandbox, session)


def _expire(sandbox: Sandbox, session: Stored) -> Body:
    session.body.update(status="expired", url=None)
    sandbox.objects.save(session)
    if session.body["payment_intent"]:
        intent = sandbox.objects.get(
            session.body["payment_intent"], kind="payment_intent", owner=session.owner
        )
        payment_intents.give_up(sandbox, intent)
    events.emit(sandbox, session.owner, "checkout.session.expired", session.body)
    return session.body


def complete(sandbox: Sandbox, session: Stored, *, email: str) -> Body:
    """Note that it has been paid on its page."""
    session.body.update(
        status="complete",
        payment_status="paid",
        url=None,
        customer_details={
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "business_name": None,
            "email": email,
            "individual_name": None,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    sandbox.objects.save(session)
    events.emit(sandbox, session.owner, "checkout.session.completed", session.body)
    return session.body


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/checkout/sessions/{session}."""
    return _own(sandbox, call).body


def list_sessions(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/checkout/sessions."""
    params = call.params
    where = in_range("created", params["created"]) if "created" in params else []
    where += [equals(name, params[name]) for name in ("payment_intent", "status") if name in params]
    page = sandbox.objects.page(kind=KIND, owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)


def _own(sandbox: Sandbox, call: Call) -> Stored:
    return sandbox.objects.get(call.ids["session"], kind=KIND, owner=call.account)
