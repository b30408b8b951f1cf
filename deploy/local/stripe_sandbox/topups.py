"""Top-ups: money that the platform adds to its own balance from a bank."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox import balances, events
from deploy.local.stripe_sandbox.balances import Movement
from deploy.local.stripe_sandbox.bank_numbers import FAILURES, Bank, bank_from_token
from deploy.local.stripe_sandbox.errors import refused
from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.metadata import merged
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, equals, in_range
from deploy.local.stripe_sandbox.world import Call, Sandbox, list_body, pick

SETTLED_TIMER: Final = "topup.settled"
# What one that has succeeded can still become.
TAKEN_BACK: Final = ("reversed", "failed", "canceled")
_DEFAULT_SOURCE: Final = "btok_us_verified"
_MAX_DESCRIPTOR_CHARS: Final = 15


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/topups."""
    params = call.params
    currency = currency_of(params["currency"])
    amount = amount_of(params["amount"], currency)
    if len(params.get("statement_descriptor", "")) > _MAX_DESCRIPTOR_CHARS:
        raise refused(
            f"The statement descriptor must be at most {_MAX_DESCRIPTOR_CHARS} characters.",
            param="statement_descriptor",
        )
    bank = bank_from_token(params.get("source", _DEFAULT_SOURCE), param="source")
    now = sandbox.clock.timestamp()
    topup = Stored(id=new_id("tu"), kind="topup", owner=call.account, body={})
    topup.private = {"failure_code": bank.failure_code}
    topup.body = {
        "id": topup.id,
        "object": "topup",
        "amount": amount,
        "balance_transaction": None,
        "created": now,
        "currency": currency,
        "expected_availability_date": int(now + sandbox.settings.topup_seconds),
        "failure_code": None,
        "failure_message": None,
        "initiated_by": "user",
        "livemode": False,
        "metadata": merged({}, params),
        "source": _source(bank, currency, now),
        "status": "pending",
        **pick(params, "description", "statement_descriptor", "transfer_group"),
    }
    sandbox.objects.add(topup)
    events.emit(sandbox, call.account, "topup.created", topup.body)
    if sandbox.settings.topup_seconds > 0:
        sandbox.after(sandbox.settings.topup_seconds, SETTLED_TIMER, topup.id)
        return topup.body
    return _settle(sandbox, topup)


def settle(sandbox: Sandbox, topup_id: str) -> None:
    """Timer: the bank has answered."""
    topup = sandbox.objects.find(topup_id, kind="topup")
    if topup is not None and topup.body["status"] == "pending":
        _settle(sandbox, topup)


def _settle(sandbox: Sandbox, topup: Stored) -> Body:
    body = topup.body
    code = topup.private["failure_code"]
    if code is not None:
        body.update(status="failed", failure_code=code, failure_message=FAILURES[code])
        sandbox.objects.save(topup)
        events.emit(sandbox, topup.owner, "topup.failed", body)
        return body
    body["balance_transaction"] = balances.post(
        sandbox,
        Movement(
            account=topup.owner,
            currency=body["currency"],
            amount=body["amount"],
            type="topup",
            source=topup.id,
            description=body["description"],
        ),
    )
    body["status"] = "succeeded"
    sandbox.objects.save(topup)
    events.emit(sandbox, topup.owner, "topup.succeeded", body)
    balances.announce_available(sandbox, topup.owner)
    return body


def reverse(sandbox: Sandbox, topup: Stored, *, status: str) -> Body:
    """Have the bank take back what it gave; the balance may fall below zero."""
    body = topup.body
    balances.post(
        sandbox,
        Movement(
            account=topup.owner,
            currency=body["currency"],
            amount=-body["amount"],
            type="topup_reversal",
            source=topup.id,
            description=body["description"],
        ),
    )
    body["status"] = status
    sandbox.objects.save(topup)
    events.emit(sandbox, topup.owner, f"topup.{status}", body)
    return body


def _source(bank: Bank, currency: str, created: int) -> Body:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    contact = ("email", "name", "phone", "verified_email", "verified_name", "verified_phone")
    return {
        "id": new_id("src"),
        "object": "source",
        "ach_debit": {
            "bank_name": "STRIPE TEST BANK",
            "country": bank.country,
            "fingerprint": bank.fingerprint,
            "last4": bank.number[-4:],
            "routing_number": bank.routing_number,
            "type": "individual",
        },
        "allow_redisplay": None,
        "amount": None,
        "client_secret": new_id("src_client_secret"),
        "created": created,
        "currency": currency,
        "flow": "code_verification",
        "livemode": False,
        "metadata": {},
        "owner": {**dict.fromkeys(contact), "address": address, "verified_address": None},
        "statement_descriptor": None,
        "status": "chargeable",
        "type": "ach_debit",
        "usage": "reusable",
    }


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/topups/{id}."""
    return sandbox.objects.get(call.ids["id"], kind="topup", owner=call.account).body


def update(sandbox: Sandbox, call: Call) -> Body:
    """POST /v1/topups/{id}."""
    topup = sandbox.objects.get(call.ids["id"], kind="topup", owner=call.account)
    topup.body["metadata"] = merged(topup.body["metadata"], call.params)
    if "description" in call.params:
        topup.body["description"] = call.params["description"]
    sandbox.objects.save(topup)
    return topup.body


def list_topups(sandbox: Sandbox, call: Call) -> Body:
    """GET /v1/topups."""
    params = call.params
    where = [equals("status", params["status"])] if "status" in params else []
    for name in ("created", "amount"):
        if name in params:
            where += in_range(name, params[name])
    page = sandbox.objects.page(kind="topup", owner=call.account, params=params, where=where)
    return list_body(call.path, [item.body for item in page.items], has_more=page.has_more)
