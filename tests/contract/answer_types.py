"""What each emulated endpoint answers with, by the SDK's types."""

from __future__ import annotations

from typing import Any

import stripe
from stripe import ListObject

# Stripe's objects that the sandbox has, by their `object`.
RESOURCES: dict[str, Any] = {
    "account": stripe.Account,
    "account_link": stripe.AccountLink,
    "balance": stripe.Balance,
    "balance_settings": stripe.BalanceSettings,
    "balance_transaction": stripe.BalanceTransaction,
    "bank_account": stripe.BankAccount,
    "capability": stripe.Capability,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payout": stripe.Payout,
    "refund": stripe.Refund,
    "topup": stripe.Topup,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
_OF_OPERATION = {
    "checkout_session": "checkout.session",
    "external_account": "bank_account",
    "reversal": "transfer_reversal",
}


def answer_type(operation: str) -> Any:
    """Return the type of a successful answer."""
    noun, _, verb = operation.partition(".")
    resource = RESOURCES[_OF_OPERATION.get(noun, noun)]
    page: Any = ListObject
    return page[resource] if verb == "list" else resource


def is_deletion(operation: str) -> bool:
    """Tell whether the answer is only that something is gone."""
    return operation.endswith(".delete")
