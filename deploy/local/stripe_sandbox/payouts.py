"""Payouts from a Stripe balance to a bank: pending, in transit, then paid, failed or cancelled."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox import balances, banks, events
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.bank_numbers import FAILURES
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id, random_text
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.params import Params
from deploy.local.stripe_sandbox.payout_rules import arrival, check_least
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

IN_TRANSIT_TIMER: Final = "payout.in_transit"
ARRIVED_TIMER: Final = "payout.arrived"
RETURNED_TIMER: Final = "payout.returned"
_MAX_DESCRIPTOR_CHARS: Final = 22
_LATE_SECONDS: Final = 2 * 86_400.0


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payouts, usually in a connected account's name (`Stripe-Account`)."""
    params = call.params
    currency = currency_of(params["currency"])
    amount = amount_of(params["amount"], currency, payout=True)
    _check_form(params)
    check_least(_enabled(sandbox, call.account), currency, amount)
    bank = _destination(sandbox, call, currency)
    if balances.available(sandbox, call.account, currency) < amount:
        raise refused(
            "You have insufficient funds in your Stripe account for this transfer. Your card "
            "balance is too low. You can use the /v1/balance endpoint to view your Stripe balance.",
            code="balance_insufficient",
        )
    payout = Stored(id=new_id("po"), kind="payout", owner=call.account, body={})
    now = sandbox.clock.now()
    arrives = arrival(sandbox, now)
    payout.body = {
        "id": payout.id,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": int(arrives),
        "automatic": False,
        "balance_transaction": None,
        "created": int(now),
        "currency": currency,
        "destination": bank.id,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, params),
        "method": params.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": params.get("source_type", "card"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
        **pick(params, "description", "statement_descriptor"),
    }
    payout.body["balance_transaction"] = _move(sandbox, payout, type_="payout", sign=-1)
    sandbox.objects.add(payout)
    events.emit(sandbox, call.account, "payout.created", payout.body)
    sandbox.after((arrives - now) / 2, IN_TRANSIT_TIMER, payout.id)
    sandbox.after(arrives - now, ARRIVED_TIMER, payout.id)
    return payout.body


def _check_form(params: Params) -> None:
    if params.get("method") == "instant":
        raise refused(
            "The sandbox pays out by the standard method only.",
            code="instant_payouts_unsupported",
            param="method",
        )
    if len(params.get("statement_descriptor", "")) > _MAX_DESCRIPTOR_CHARS:
        raise refused(
            f"The statement descriptor must be at most {_MAX_DESCRIPTOR_CHARS} characters.",
            param="statement_descriptor",
        )


def _enabled(sandbox: Sandbox, account_id: str) -> Stored:
    account = sandbox.objects.find(account_id, kind="account")
    if account is None or not account.body["payouts_enabled"]:
        raise refused(
            "Payouts are not enabled on this account: it has requirements to meet first.",
            code="payouts_not_allowed",
        )
    return account


def _destination(sandbox: Sandbox, call: Call, currency: str) -> Stored:
    if "destination" not in call.params:
        bank = banks.default_bank(sandbox, call.account, currency)
        if bank is None:
            raise refused(
                f"Sorry, you don't have any external accounts in that currency ({currency})."
            )
        return bank
    named = sandbox.objects.get(
        call.params["destination"],
        kind="bank_account",
        owner=call.account,
        param="destination",
        status=400,
    )
    if named.body["currency"] != currency:
        raise refused(
            f"The external account {named.id} takes {named.body['currency']}, not {currency}.",
            param="destination",
        )
    return named


def _move(sandbox: Sandbox, payout: Stored, *, type_: str, sign: int) -> str:
    return balances.post(
        sandbox,
        Movement(
            account=payout.owner,
            currency=payout.body["currency"],
            amount=sign * payout.body["amount"],
            type=type_,
            source=payout.id,
            description=payout.body["description"] or "STRIPE PAYOUT",
        ),
    )


def depart(sandbox: Sandbox, payout_id: str) -> None:
    """Timer: the payout is on its way to the bank."""
    payout = sandbox.objects.find(payout_id, kind="payout")
    if payout is None or payout.body["status"] != "pending":
        return
    _become(sandbox, payout, "in_transit")


def arrive(sandbox: Sandbox, payout_id: str) -> None:
    """Timer: the bank has taken the payout, or sent it back."""
    payout = sandbox.objects.find(payout_id, kind="payout")
    if payout is None or payout.body["status"] not in ("pending", "in_transit"):
        return
    bank = sandbox.objects.find(payout.body["destination"], kind="bank_account")
    failure = None if bank is None else bank.private["failure_code"]
    if failure is not None:
        fail(sandbox, payout, failure)
        return
    payout.body["trace_id"] = {"status": "supported", "value": random_text(15).upper()}
    _become(sandbox, payout, "paid")
    events.emit(sandbox, payout.owner, "payout.paid", payout.body)
    if bank is not None and bank.private.get("fails_late"):
        sandbox.after(_LATE_SECONDS, RETURNED_TIMER, payout.id)


def come_back(sandbox: Sandbox, payout_id: str) -> None:
    """Timer: a bank that had taken a payout sends it back after all."""
    payout = sandbox.objects.find(payout_id, kind="payout")
    if payout is not None and payout.body["status"] == "paid":
        fail(sandbox, payout, "no_account")


def fail(sandbox: Sandbox, payout: Stored, failure_code: str) -> None:
    """Return the money of a payout that its bank refused, even after it had been called paid."""
    transaction = _move(sandbox, payout, type_="payout_failure", sign=1)
    payout.body.update(
        failure_balance_transaction=transaction,
        failure_code=failure_code,
        failure_message=FAILURES[failure_code],
    )
    _become(sandbox, payout, "failed")
    events.emit(sandbox, payout.owner, "payout.failed", payout.body)
    banks.mark_errored(sandbox, payout.body["destination"])


def _become(sandbox: Sandbox, payout: Stored, status: str) -> None:
    stored = sandbox.objects.find(payout.id)
    before = payout.body if stored is None else stored.body
    payout.body["status"] = status
    sandbox.objects.save(payout)
    events.emit(sandbox, payout.owner, "payout.updated", payout.body, before=before)


def cancel(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payouts/{id}/cancel."""
    payout = sandbox.objects.get(call.ids["id"], kind="payout", owner=call.account)
    if payout.body["status"] != "pending":
        raise refused(
            "Payouts can only be canceled when they are pending; this one is "
            f"{payout.body['status']}."
        )
    payout.body["failure_balance_transaction"] = _move(
        sandbox, payout, type_="payout_cancel", sign=1
    )
    payout.body["status"] = "canceled"
    sandbox.objects.save(payout)
    events.emit(sandbox, payout.owner, "payout.canceled", payout.body)
    return payout.body


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/payouts/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="payout", owner=call.account).body


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/payouts/{id}."""
    payout = sandbox.objects.get(call.ids["id"], kind="payout", owner=call.account)
    before = dict(payout.body)
    payout.body["metadata"] = merged(payout.body["metadata"], call.params)
    sandbox.objects.save(payout)
    if payout.body != before:
        events.emit(sandbox, payout.owner, "payout.updated", payout.body, before=before)
    return payout.body


def list_payouts(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/payouts."""
    params = call.params
    where = [equals(name, params[name]) for name in ("status", "destination") if name in params]
    for name in ("created", "arrival_date"):
        if name in params:
            where += in_range(name, params[name])
    page = sandbox.objects.page(kind="payout", owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)
