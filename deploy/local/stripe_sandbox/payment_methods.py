"""Stripe's documented test payment methods: what a payment by each of them comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.local.stripe_sandbox.errors import ApiError, refused

CARD: Final = "card"
US_BANK: Final = "us_bank_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to pay. `decline`: code and decline code; `disputed`: the payer complains later."""

    id: str
    type: str = CARD
    last4: str = "4242"
    decline: tuple[str, str] | None = None
    needs_action: bool = False
    disputed: bool = False


def _declined(name: str, last4: str, code: str, decline_code: str) -> Method:
    return Method(id=f"pm_card_visa_{name}", last4=last4, decline=(code, decline_code))


_METHODS: Final = {
    method.id: method
    for method in (
        Method(id="pm_card_visa"),
        Method(id="pm_card_mastercard", last4="4444"),
        _declined("chargeDeclined", "0002", "card_declined", "generic_decline"),
        _declined("chargeDeclinedInsufficientFunds", "9995", "card_declined", "insufficient_funds"),
        _declined("chargeDeclinedExpiredCard", "0069", "expired_card", "expired_card"),
        Method(id="pm_card_authenticationRequired", last4="3184", needs_action=True),
        Method(id="pm_card_createDispute", last4="0259", disputed=True),
        Method(id="pm_usBankAccount_success", type=US_BANK, last4="6789"),
        Method(
            id="pm_usBankAccount_insufficientFunds",
            type=US_BANK,
            last4="2227",
            decline=("payment_method_provider_decline", "insufficient_funds"),
        ),
    )
}
_MESSAGES: Final = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "insufficient_funds": "Your card has insufficient funds.",
}


class Declined(ApiError):
    """A refusal that has happened: the attempt is kept, and the payment is told in the error."""

    def __init__(self, *, error: dict[str, Any], payment_intent: dict[str, Any]) -> None:
        super().__init__(
            status=402, message=error["message"], kind="card_error", code=error["code"]
        )
        self._details = {
            "decline_code": error["decline_code"],
            "charge": error["charge"],
            "payment_intent": payment_intent,
        }

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body."""
        body = super().body(request_id)
        body["error"].update(self._details)
        return body


def method_of(token: str) -> Method:
    """Return the test method that a token names, or refuse it."""
    if token not in _METHODS:
        raise refused(
            f"No such PaymentMethod: '{token}'", code="resource_missing", param="payment_method"
        )
    return _METHODS[token]


def payment_error(method: Method, *, charge: str) -> dict[str, Any]:
    """Return what a declined payment keeps as its `last_payment_error`."""
    if method.decline is None:
        raise ValueError(f"{method.id} is not declined")
    code, decline_code = method.decline
    return {
        "charge": charge,
        "code": code,
        "decline_code": decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": _MESSAGES.get(decline_code, _MESSAGES.get(code, "The payment was declined.")),
        "type": "card_error" if method.type == CARD else "invalid_request_error",
    }


def details_of(method: Method) -> dict[str, Any]:
    """Return a charge's `payment_method_details`."""
    if method.type == US_BANK:
        return {
            "type": US_BANK,
            US_BANK: {
                "account_holder_type": "company",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "fingerprint": f"ba{method.last4}sandbox",
                "last4": method.last4,
                "payment_reference": None,
                "routing_number": "110000000",
            },
        }
    return {
        "type": CARD,
        CARD: {
            "amount_authorized": None,
            "authorization_code": None,
            "brand": "mastercard" if method.last4 == "4444" else "visa",
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": f"cd{method.last4}sandbox",
            "funding": "credit",
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": method.last4,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": "visa",
            "network_token": {"used": False},
            "network_transaction_id": None,
            "overcapture": {"maximum_amount_capturable": 0, "status": "unavailable"},
            "regulated_status": "unregulated",
            "three_d_secure": None,
            "transaction_link_id": None,
            "wallet": None,
        },
    }
