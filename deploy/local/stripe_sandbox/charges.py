"""The payment (`py_…`) that a transfer makes on the receiving account."""

from __future__ import annotations

from typing import Any, Final

from deploy.local.stripe_sandbox.objects import Body
from deploy.local.stripe_sandbox.world import Call, Sandbox

ALWAYS_NULL: Final = (
    "application",
    "application_fee",
    "application_fee_amount",
    "calculated_statement_descriptor",
    "customer",
    "description",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "outcome",
    "payment_intent",
    "payment_method",
    "payment_method_details",
    "receipt_email",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def payment_body(
    *, payment_id: str, transfer: Body, platform: str, transaction: str | None
) -> Body:
    """Return the payment made by a transfer."""
    address: dict[str, Any] = dict.fromkeys(
        ("city", "country", "line1", "line2", "postal_code", "state")
    )
    return {
        "id": payment_id,
        "object": "charge",
        **dict.fromkeys(ALWAYS_NULL),
        "amount": transfer["amount"],
        "amount_captured": transfer["amount"],
        "amount_refunded": 0,
        "balance_transaction": transaction,
        "billing_details": {
            "address": address,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "captured": True,
        "created": transfer["created"],
        "currency": transfer["currency"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "paid": True,
        "refunded": False,
        "source": {"id": platform, "object": "account"},
        "source_transfer": transfer["id"],
        "status": "succeeded",
    }


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/charges/{id}, in the name of the account that was paid."""
    return sandbox.objects.get(call.ids["id"], kind="charge", owner=call.account).body
