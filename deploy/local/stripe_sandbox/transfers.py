"""Transfers from the platform to connected accounts."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox import balances, charges, events, exchange_rates
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.errors import missing, no_such, refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

_EMBEDDED_REVERSALS: Final = 10


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/transfers."""
    params = call.params
    if "amount" not in params:
        raise missing("amount")
    currency = currency_of(params["currency"])
    amount = amount_of(params["amount"], currency)
    destination = _destination(sandbox, call)
    if "source_transaction" in params:
        source = params["source_transaction"]
        raise no_such("charge", source, param="source_transaction", status=400)
    if balances.available(sandbox, call.account, currency) < amount:
        raise refused(
            "You have insufficient available funds in your Stripe account. Try adding funds "
            "directly to your available balance by creating Charges using the 4000000000000077 "
            "test card. See: https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )
    transfer = Stored(id=new_id("tr"), kind="transfer", owner=call.account, body={})
    transfer.body = {
        "id": transfer.id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": sandbox.clock.timestamp(),
        "currency": currency,
        "destination": destination.id,
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": merged({}, params),
        "reversals": list_body(f"/v1/transfers/{transfer.id}/reversals", [], has_more=False),
        "reversed": False,
        "source_transaction": None,
        "source_type": params.get("source_type", "card"),
        **pick(params, "description", "transfer_group"),
    }
    _move(sandbox, transfer, destination)
    sandbox.objects.add(transfer)
    events.emit(sandbox, call.account, "transfer.created", transfer.body)
    return transfer.body


def _destination(sandbox: Sandbox, call: Call) -> Stored:
    name = call.params["destination"]
    account = sandbox.objects.find(name, kind="account")
    if account is None or account.owner != call.account:
        raise no_such("destination", name, param="destination", status=400)
    if "active" not in (
        account.body["capabilities"].get("transfers"),
        account.body["capabilities"].get("legacy_payments"),
    ):
        raise refused(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def _move(sandbox: Sandbox, transfer: Stored, destination: Stored) -> None:
    body = transfer.body
    out = Movement(
        account=transfer.owner,
        currency=body["currency"],
        amount=-body["amount"],
        type="transfer",
        source=transfer.id,
        description=body["description"],
    )
    body["balance_transaction"] = balances.post(sandbox, out)
    agreement = destination.body["tos_acceptance"].get("service_agreement")
    payment = body["destination_payment"]
    currency, amount, at = _received(sandbox, body, destination)
    received = None
    # What is worth less than one minor unit arrives as nothing, and leaves no transaction.
    if amount:
        received = balances.post(
            sandbox,
            Movement(
                account=destination.id,
                currency=currency,
                amount=amount,
                type="payment",
                source=payment,
                exchange_rate=at,
                hold_seconds=(
                    sandbox.settings.recipient_hold_seconds if agreement == "recipient" else 0.0
                ),
            ),
        )
    charge = charges.payment_body(
        payment_id=payment, transfer=body, platform=transfer.owner, transaction=received
    )
    private = {"received": amount, "received_currency": currency, "taken_back": 0}
    sandbox.objects.add(
        Stored(id=payment, kind="charge", owner=destination.id, body=charge, private=private)
    )


def _received(
    sandbox: Sandbox, transfer: Body, destination: Stored
) -> tuple[str, int, float | None]:
    """Return what the destination gets of a transfer, and the rate where it is converted."""
    sent, amount = transfer["currency"], transfer["amount"]
    currency = exchange_rates.settles_in(sandbox, destination, sent)
    at = exchange_rates.rate(sandbox, sent, currency)
    if currency == sent or at is None:
        return sent, amount, None
    received = exchange_rates.converted(amount, sent, currency, at)
    exchange_rates.note_conversion(sandbox, sent, amount, currency, received)
    return currency, received, float(at)


def render(sandbox: Sandbox, transfer: Stored) -> Body:
    """Return a transfer as it is shown: with its newest reversals."""
    if not transfer.body["amount_reversed"]:
        return transfer.body
    found = sandbox.objects.page(
        kind="transfer_reversal",
        owner=transfer.owner,
        params={"limit": _EMBEDDED_REVERSALS},
        where=[equals("transfer", transfer.id)],
    )
    url = f"/v1/transfers/{transfer.id}/reversals"
    reversals = list_body(url, [item.body for item in found.items], has_more=found.has_more)
    return {**transfer.body, "reversals": reversals}


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/transfers/{id}."""
    return render(sandbox, own(sandbox, call))


def own(sandbox: Sandbox, call: Call) -> Stored:
    """Return the caller's transfer that the path names."""
    return sandbox.objects.get(
        call.ids["transfer"], kind="transfer", owner=call.account, param="transfer"
    )


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/transfers/{id}."""
    transfer = own(sandbox, call)
    before = render(sandbox, transfer)
    transfer.body = dict(transfer.body)
    transfer.body["metadata"] = merged(transfer.body["metadata"], call.params)
    if "description" in call.params:
        transfer.body["description"] = call.params["description"]
    sandbox.objects.save(transfer)
    after = render(sandbox, transfer)
    if after != before:
        events.emit(sandbox, transfer.owner, "transfer.updated", after, before=before)
    return after


def list_transfers(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/transfers."""
    params = call.params
    where = [
        equals(name, params[name]) for name in ("destination", "transfer_group") if name in params
    ]
    if "created" in params:
        where += in_range("created", params["created"])
    page = sandbox.objects.page(kind="transfer", owner=call.account, params=params, where=where)
    shown = [render(sandbox, item) for item in page.items]
    return list_body(call.path, shown, has_more=page.has_more)
