"""Transfer reversals: money taken back from a connected account, in whole or in part."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.stripe_sandbox import balances, events, exchange_rates, transfers
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of
from deploy.local.stripe_sandbox.objects import Body, Stored, equals
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/transfers/{transfer}/reversals."""
    transfer = transfers.own(sandbox, call)
    amount = _reversible(sandbox, transfer, call)
    reversal = Stored(id=new_id("trr"), kind="transfer_reversal", owner=call.account, body={})
    refund = new_id("pyr")
    reversal.body = {
        "id": reversal.id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": _move(sandbox, transfer, reversal.id, refund, amount),
        "created": sandbox.clock.timestamp(),
        "currency": transfer.body["currency"],
        "destination_payment_refund": refund,
        "metadata": merged({}, call.params),
        "source_refund": None,
        "transfer": transfer.id,
    }
    sandbox.objects.add(reversal)
    transfer.body["amount_reversed"] += amount
    transfer.body["reversed"] = transfer.body["amount_reversed"] == transfer.body["amount"]
    sandbox.objects.save(transfer)
    _refund_payment(sandbox, transfer, amount)
    events.emit(sandbox, transfer.owner, "transfer.reversed", transfers.render(sandbox, transfer))
    return reversal.body


def _reversible(sandbox: Sandbox, transfer: Stored, call: Call) -> int:
    body = transfer.body
    left = body["amount"] - body["amount_reversed"]
    if left == 0:
        raise refused(f"Transfer {transfer.id} is already fully reversed.", param="id")
    amount = amount_of(call.params.get("amount", left), body["currency"])
    if amount > left:
        raise refused(
            f"Transfer reversal amount ({amount}) is greater than unreversed amount on transfer "
            f"({left})",
            param="amount",
        )
    taken = _taken(sandbox, transfer, amount)
    if balances.available(sandbox, body["destination"], taken.currency) < taken.amount:
        raise refused(
            "The connected account does not have sufficient funds in its Stripe balance to cover "
            "this reversal.",
            code="balance_insufficient",
        )
    return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a reversal takes from the destination, in the currency that it had received."""

    currency: str
    amount: int


def _taken(sandbox: Sandbox, transfer: Stored, amount: int) -> Taken:
    """Return the same part of what was received as the reversal is of what was sent.

    At the rate of the transfer, and all of it with the last part: nothing is left over.
    """
    body = transfer.body
    payment = sandbox.objects.find(body["destination_payment"], kind="charge")
    if payment is None or "received" not in payment.private:
        return Taken(currency=body["currency"], amount=amount)
    received = int(payment.private["received"])
    due = received * (body["amount_reversed"] + amount) // body["amount"]
    return Taken(
        currency=payment.private["received_currency"],
        amount=due - int(payment.private["taken_back"]),
    )


def _move(sandbox: Sandbox, transfer: Stored, reversal: str, refund: str, amount: int) -> str:
    taken = _taken(sandbox, transfer, amount)
    if taken.amount:
        balances.post(
            sandbox,
            Movement(
                account=transfer.body["destination"],
                currency=taken.currency,
                amount=-taken.amount,
                type="payment_refund",
                source=refund,
                description="REFUND FOR PAYMENT",
            ),
        )
    sent = transfer.body["currency"]
    if taken.currency != sent:
        exchange_rates.note_conversion(sandbox, sent, -amount, taken.currency, -taken.amount)
    return balances.post(
        sandbox,
        Movement(
            account=transfer.owner,
            currency=transfer.body["currency"],
            amount=amount,
            type="transfer_refund",
            source=reversal,
            description="REFUND FOR TRANSFER",
        ),
    )


def _refund_payment(sandbox: Sandbox, transfer: Stored, amount: int) -> None:
    payment = sandbox.objects.find(transfer.body["destination_payment"], kind="charge")
    if payment is None:
        return
    payment.body["amount_refunded"] += amount
    if "received" in payment.private:
        due = payment.private["received"] * payment.body["amount_refunded"]
        payment.private["taken_back"] = due // payment.body["amount"]
    payment.body["refunded"] = payment.body["amount_refunded"] == payment.body["amount"]
    sandbox.objects.save(payment)


def _own(sandbox: Sandbox, call: Call) -> Stored:
    transfer = transfers.own(sandbox, call)
    reversal = sandbox.objects.get(call.ids["id"], kind="transfer_reversal", owner=call.account)
    if reversal.body["transfer"] != transfer.id:
        raise refused(f"Reversal {reversal.id} is not of transfer {transfer.id}.", param="id")
    return reversal


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/transfers/{transfer}/reversals/{id}."""
    return _own(sandbox, call).body


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/transfers/{transfer}/reversals/{id}."""
    reversal = _own(sandbox, call)
    reversal.body["metadata"] = merged(reversal.body["metadata"], call.params)
    sandbox.objects.save(reversal)
    return reversal.body


def list_reversals(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/transfers/{transfer}/reversals."""
    transfer = transfers.own(sandbox, call)
    page = sandbox.objects.page(
        kind="transfer_reversal",
        owner=call.account,
        params=call.params,
        where=[equals("transfer", transfer.id)],
    )
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)
