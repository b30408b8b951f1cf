"""Disputes: the payer's bank takes a payment back, and returns it if the dispute is won."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox import balances, events
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body

CLOSED: Final = ("won", "lost")
_FEE: Final = 1_500
_ANSWER_SECONDS: Final = 9 * 86_400
_EVIDENCE: Final = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(sandbox: Sandbox, charge: Stored, *, amount: int) -> Body:
    """Take the money, and Stripe's price for the trouble; also beyond the balance."""
    dispute = Stored(id=new_id("dp"), kind="dispute", owner=charge.owner, body={})
    now = sandbox.clock.timestamp()
    dispute.body = {
        "id": dispute.id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge.id,
        "created": now,
        "currency": charge.body["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + _ANSWER_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge.body["payment_intent"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": "chargeback",
                "network": "visa",
                "network_reason_code": "10.4",
            },
        },
        "reason": "fraudulent",
        "status": "needs_response",
    }
    sandbox.objects.add(dispute)
    _move(sandbox, dispute, -amount, fee=_FEE)
    charge.body["disputed"] = True
    sandbox.objects.save(charge)
    events.emit(sandbox, charge.owner, "charge.dispute.created", dispute.body)
    events.emit(sandbox, charge.owner, "charge.dispute.funds_withdrawn", dispute.body)
    return dispute.body


def close(sandbox: Sandbox, dispute: Stored, *, status: str) -> Body:
    """The payer's bank has decided; what was won comes back with Stripe's price."""
    dispute.body["status"] = status
    if status == "won":
        _move(sandbox, dispute, dispute.body["amount"], fee=-_FEE)
        events.emit(sandbox, dispute.owner, "charge.dispute.funds_reinstated", dispute.body)
    sandbox.objects.save(dispute)
    events.emit(sandbox, dispute.owner, "charge.dispute.closed", dispute.body)
    return dispute.body


def _move(sandbox: Sandbox, dispute: Stored, amount: int, *, fee: int) -> None:
    transaction_id = balances.post(
        sandbox,
        Movement(
            account=dispute.owner,
            currency=dispute.body["currency"],
            amount=amount,
            fee=fee,
            type="adjustment",
            source=dispute.id,
            description="Chargeback withdrawal" if amount < 0 else "Chargeback reversal",
        ),
    )
    transaction = sandbox.objects.find(transaction_id, kind="balance_transaction")
    if transaction is not None:
        dispute.body["balance_transactions"].append(transaction.body)
        sandbox.objects.save(dispute)


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/disputes/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="dispute", owner=call.account).body


def list_disputes(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/disputes."""
    params = call.params
    where = [equals(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    if "created" in params:
        where += in_range("created", params["created"])
    page = sandbox.objects.page(kind="dispute", owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)
