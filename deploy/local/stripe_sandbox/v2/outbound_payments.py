"""Outbound payments: processing, then posted, failed or canceled; what was posted may come back."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox.errors import ApiError, refused
from deploy.local.stripe_sandbox.ids import new_id, random_text
from deploy.local.stripe_sandbox.money import amount_of, currency_of
from deploy.local.stripe_sandbox.objects import Body, Stored, Where
from deploy.local.stripe_sandbox.v2 import (
    financial_accounts,
    recipients,
    thin_events,
    verifications,
)
from deploy.local.stripe_sandbox.v2.shapes import amount, instant, not_found, own, page
from deploy.local.stripe_sandbox.world import Call, Sandbox

KIND: Final = "outbound_payment"
POSTED_TIMER: Final = "v2.outbound_payment.posted"
RETURN_REASONS: Final = (
    "payout_method_closed",
    "payout_method_does_not_exist",
    "payout_method_holder_name_incorrect",
    "payout_method_invalid_account_number",
    "payout_method_restricted",
    "recalled",
    "unknown_failure",
)
# What banks say of the test numbers, in this version's words; the others are declined.
_FAILURES: Final = {
    "account_closed": "payout_method_does_not_exist",
    "no_account": "payout_method_does_not_exist",
}
_DESCRIPTOR: Final = range(3, 23)
_TIMES: Final = ("canceled", "failed", "posted", "returned")


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/money_management/outbound_payments."""
    params = call.params
    currency = currency_of(params["amount"]["currency"])
    value = amount_of(params["amount"]["value"], currency, payout=True)
    source = _source(sandbox, call, currency)
    descriptor = params.get("statement_descriptor", "STRIPE")
    if len(descriptor) not in _DESCRIPTOR:
        raise refused(
            "The statement descriptor has 3 to 22 characters.", param="statement_descriptor"
        )
    recipient, method = _recipient(sandbox, call)
    payment_id = new_id("obp")
    if "recipient_verification" in params:
        verifications.consume(
            sandbox,
            params["recipient_verification"],
            recipient=recipient.id,
            payment_id=payment_id,
        )
    financial_accounts.hold(sandbox, source, value=value, currency=currency)
    now = sandbox.clock.now()
    body: Body = {
        "id": payment_id,
        "object": "v2.money_management.outbound_payment",
        "amount": amount(value, currency),
        "cancelable": True,
        "created": instant(now),
        "description": params.get("description"),
        "expected_arrival_date": instant(now + sandbox.settings.payout_seconds),
        "from": {"debited": amount(value, currency), "financial_account": source.id},
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "recipient_notification": params.get("recipient_notification", {"setting": "configured"}),
        "recipient_verification": params.get("recipient_verification"),
        "statement_descriptor": descriptor,
        "status": "processing",
        "status_details": None,
        "status_transitions": dict.fromkeys(f"{name}_at" for name in _TIMES),
        "to": {
            # The sandbox converts nothing: what leaves in dollars arrives in dollars.
            "credited": amount(value, currency),
            "payout_method": method["id"],
            "recipient": recipient.id,
        },
        "tracking_details": None,
    }
    payment = Stored(
        id=payment_id,
        kind=KIND,
        owner=call.account,
        body=body,
        private={"failure_code": method["failure_code"]},
    )
    sandbox.objects.add(payment)
    _tell(sandbox, payment, "created")
    sandbox.after(sandbox.settings.payout_seconds, POSTED_TIMER, payment_id)
    return body


def _source(sandbox: Sandbox, call: Call, currency: str) -> Stored:
    origin = call.params["from"]
    found = sandbox.objects.find(origin["financial_account"], kind=financial_accounts.KIND)
    if found is None or found.owner != call.account:
        raise not_found("financial account", origin["financial_account"])
    if found.body["status"] != "open":
        raise ApiError(
            status=400,
            kind="financial_account_not_open",
            code="financial_account_not_open",
            message="The financial account is not open.",
        )
    if currency_of(origin["currency"]) != currency:
        raise refused("The sandbox converts nothing.", param="from.currency")
    return found


def _recipient(sandbox: Sandbox, call: Call) -> tuple[Stored, Body]:
    to = call.params["to"]
    found = sandbox.objects.find(to["recipient"], kind=recipients.KIND)
    if found is None or found.owner != call.account:
        raise not_found("account", to["recipient"])
    method = recipients.method_of(found)
    if method is None or to.get("payout_method", method["id"]) != method["id"]:
        raise ApiError(
            status=400,
            kind="invalid_payout_method",
            code="invalid_payout_method",
            message="The recipient has no payout method that may be used.",
        )
    return found, method


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/money_management/outbound_payments/{id}."""
    return own(sandbox, call, kind=KIND, noun="outbound payment").body


def list_payments(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/money_management/outbound_payments."""
    where: list[Where] = []
    if "recipient" in call.params:
        where.append(
            Where(
                sql="json_extract(body, '$.to.recipient') = ?", values=(call.params["recipient"],)
            )
        )
    if "status" in call.params:
        marks = ", ".join("?" for _ in call.params["status"])
        where.append(
            Where(
                sql=f"json_extract(body, '$.status') IN ({marks})",
                values=tuple(call.params["status"]),
            )
        )
    # Times are written so that their order is that of their text.
    for name, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
        if name in call.params.get("created", {}):
            where.append(
                Where(
                    sql=f"json_extract(body, '$.created') {sign} ?",
                    values=(call.params["created"][name],),
                )
            )
    return page(sandbox, call, kind=KIND, where=where)


def cancel(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/money_management/outbound_payments/{id}/cancel."""
    payment = own(sandbox, call, kind=KIND, noun="outbound payment")
    status = payment.body["status"]
    if status != "processing":
        raise ApiError(
            status=400,
            kind="already_canceled" if status == "canceled" else "not_cancelable",
            code="already_canceled" if status == "canceled" else "not_cancelable",
            message=f"The outbound payment is {status}.",
        )
    financial_accounts.release(
        sandbox, _from(payment), value=_value(payment), currency=_currency(payment)
    )
    _become(sandbox, payment, "canceled")
    return payment.body


def arrive(sandbox: Sandbox, payment_id: str) -> None:
    """Timer: the money leaves, or the bank refuses it."""
    payment = sandbox.objects.find(payment_id, kind=KIND)
    if payment is None or payment.body["status"] != "processing":
        return
    failure = payment.private["failure_code"]
    if failure is not None:
        reason = _FAILURES.get(failure, "payout_method_declined")
        financial_accounts.release(
            sandbox, _from(payment), value=_value(payment), currency=_currency(payment)
        )
        _become(sandbox, payment, "failed", details={"failed": {"reason": reason}})
        return
    financial_accounts.spend(
        sandbox, _from(payment), value=_value(payment), currency=_currency(payment)
    )
    payment.body["tracking_details"] = {
        "bank_account": {"trace_id": random_text(15).upper()},
        "status": "supported",
        "type": "bank_account",
    }
    _become(sandbox, payment, "posted")


def give_back(sandbox: Sandbox, payment: Stored, reason: str) -> None:
    """Return what had been posted."""
    financial_accounts.take_return(
        sandbox, _from(payment), value=_value(payment), currency=_currency(payment)
    )
    _become(sandbox, payment, "returned", details={"returned": {"reason": reason}})


def _from(payment: Stored) -> str:
    return str(payment.body["from"]["financial_account"])


def _value(payment: Stored) -> int:
    return int(payment.body["amount"]["value"])


def _currency(payment: Stored) -> str:
    return str(payment.body["amount"]["currency"])


def _become(sandbox: Sandbox, payment: Stored, status: str, *, details: Body | None = None) -> None:
    payment.body["status"] = status
    payment.body["cancelable"] = False
    payment.body["status_details"] = details
    payment.body["status_transitions"][f"{status}_at"] = instant(sandbox.clock.now())
    if status != "posted":
        payment.body["expected_arrival_date"] = None
    sandbox.objects.save(payment)
    _tell(sandbox, payment, status)


def _tell(sandbox: Sandbox, payment: Stored, what: str) -> None:
    event = f"v2.money_management.outbound_payment.{what}"
    url = f"/v2/money_management/outbound_payments/{payment.id}"
    thin_events.emit(sandbox, event, related=payment.body, url=url)
