"""Recipient verifications: whether a recipient's name fits their bank account."""

from __future__ import annotations

from typing import Final

from deploy.local.stripe_sandbox.ids import new_id
from deploy.local.stripe_sandbox.objects import Body, Stored
from deploy.local.stripe_sandbox.v2 import recipients
from deploy.local.stripe_sandbox.v2.shapes import instant, not_found, own
from deploy.local.stripe_sandbox.world import Call, Sandbox

KIND: Final = "recipient_verification"
_SECONDS: Final = 300


def create(sandbox: Sandbox, call: Call) -> Body:
    """POST /v2/money_management/recipient_verifications."""
    recipient = sandbox.objects.find(call.params.get("recipient", ""), kind=recipients.KIND)
    if recipient is None:
        raise not_found("account", str(call.params.get("recipient", "")))
    name = recipient.body["display_name"] or "unnamed"
    method = recipients.method_of(recipient)
    fits = method is not None and method["id"] == call.params["payout_method"]
    now = sandbox.clock.now()
    body: Body = {
        "id": new_id("recver"),
        "object": "v2.money_management.recipient_verification",
        "consumed_by": None,
        "created": instant(now),
        "expires_at": instant(now + _SECONDS),
        "livemode": False,
        "match_result": "match" if fits else "unavailable",
        "match_result_details": {
            "matched_name": name if fits else None,
            "message": "The name fits." if fits else "There is no bank account to compare with.",
            "provided_name": name,
        },
        "payout_method": call.params["payout_method"],
        "recipient": recipient.id,
        "status": "verified" if fits else "awaiting_acknowledgement",
        "status_transitions": None,
        "verification_type": "verification_of_payee",
    }
    stored = Stored(
        id=body["id"],
        kind=KIND,
        owner=call.account,
        body=body,
        private={"recipient": recipient.id, "expires_at": now + _SECONDS},
    )
    sandbox.objects.add(stored)
    return body


def retrieve(sandbox: Sandbox, call: Call) -> Body:
    """GET /v2/money_management/recipient_verifications/{id}."""
    return own(sandbox, call, kind=KIND, noun="recipient verification").body


def consume(sandbox: Sandbox, verification_id: str, *, recipient: str, payment_id: str) -> None:
    """Use one up for a payment to the recipient that it is about."""
    found = sandbox.objects.find(verification_id, kind=KIND)
    if found is None or found.private["recipient"] != recipient:
        raise not_found("recipient verification", verification_id)
    found.body["status"] = "consumed"
    found.body["consumed_by"] = {"type": "outbound_payment", "outbound_payment": payment_id}
    found.body["status_transitions"] = {"consumed_at": instant(sandbox.clock.now())}
    sandbox.objects.save(found)
