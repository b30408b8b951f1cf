"""Refunds: a payment's money, or part of it, goes back to whoever paid."""

from __future__ import annotations

from deploy.local.stripe_sandbox import balances, events
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.errors import missing, refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/refunds: also beyond the balance, which goes below zero as Stripe's does."""
    params = call.params
    charge = _charge(sandbox, call)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = int(params.get("amount", left))
    if left == 0:
        raise refused(
            f"Charge {charge.id} has already been refunded.", code="charge_already_refunded"
        )
    if charge.body["disputed"]:
        raise refused(f"Charge {charge.id} has been charged back.", code="charge_disputed")
    if not 0 < amount <= left:
        raise refused(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    refund = Stored(id=new_id("re"), kind="refund", owner=call.account, body={})
    refund.body = {
        "id": refund.id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": _move(sandbox, refund, charge, -amount, failed=False),
        "charge": charge.id,
        "created": sandbox.clock.timestamp(),
        "currency": charge.body["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {"type": "card", "card": {"type": "refund"}},
        "metadata": merged({}, params),
        "payment_intent": charge.body["payment_intent"],
        "payment_method": charge.body["payment_method"],
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
        **pick(params, "reason"),
    }
    sandbox.objects.add(refund)
    _count(sandbox, charge, amount)
    events.emit(sandbox, call.account, "refund.created", refund.body)
    events.emit(sandbox, call.account, "charge.refunded", charge.body)
    return refund.body


def fail(sandbox: Sandbox, refund: Stored) -> Body:
    """The payer's bank did not take it: the money is back, after the refund was called done."""
    charge = sandbox.objects.get(refund.body["charge"], kind="charge", owner=refund.owner)
    amount = refund.body["amount"]
    refund.body.update(
        status="failed",
        failure_reason="lost_or_stolen_card",
        failure_balance_transaction=_move(sandbox, refund, charge, amount, failed=True),
    )
    sandbox.objects.save(refund)
    _count(sandbox, charge, -amount)
    events.emit(sandbox, refund.owner, "refund.failed", refund.body)
    return refund.body


def _count(sandbox: Sandbox, charge: Stored, amount: int) -> None:
    body = charge.body
    body["amount_refunded"] += amount
    body["refunded"] = body["amount_refunded"] == body["amount"]
    sandbox.objects.save(charge)


def _charge(sandbox: Sandbox, call: Call) -> Stored:
    params = call.params
    charge_id = params.get("charge")
    if "payment_intent" in params:
        intent = sandbox.objects.get(
            params["payment_intent"],
            kind="payment_intent",
            owner=call.account,
            param="payment_intent",
            status=400,
        )
        charge_id = intent.body["latest_charge"]
    if not charge_id:
        raise missing("charge")
    charge = sandbox.objects.get(
        charge_id, kind="charge", owner=call.account, param="charge", status=400
    )
    if charge.body["status"] != "succeeded" or charge.body["payment_intent"] is None:
        raise refused(f"Charge {charge.id} cannot be refunded.", param="charge")
    return charge


def _move(sandbox: Sandbox, refund: Stored, charge: Stored, amount: int, *, failed: bool) -> str:
    return balances.post(
        sandbox,
        Movement(
            account=charge.owner,
            currency=charge.body["currency"],
            amount=amount,
            type="refund_failure" if failed else "refund",
            source=refund.id,
            description=f"REFUND FOR CHARGE ({charge.id})",
        ),
    )


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/refunds/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="refund", owner=call.account).body


def list_refunds(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/refunds."""
    params = call.params
    where = [equals(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    if "created" in params:
        where += in_range("created", params["created"])
    page = sandbox.objects.page(kind="refund", owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)
