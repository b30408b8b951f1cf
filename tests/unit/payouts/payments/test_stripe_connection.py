"""Stripe's notifications are proved without a connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
import stripe

from services.payouts.domain.payments.rail_errors import EventMalformed, SignatureInvalid
from services.payouts.stripe_api.connect_rail import StripeRail
from services.payouts.stripe_api.global_rail import StripeGlobalRail
from services.payouts.stripe_api.pace import Pace

SECRET = "whsec_of_a_test"
V1 = {"id": "evt_1", "object": "event", "type": "payout.paid", "data": {"object": {"id": "po_1"}}}
THIN = {
    "id": "evt_2",
    "object": "v2.core.event",
    "type": "v2.money_management.outbound_payment.posted",
    "related_object": {"id": "obp_1"},
}


def connect() -> StripeRail:
    return StripeRail(
        api_base="http://127.0.0.1:1",
        secret_key="sk_test_1",
        webhook_secrets={"connect": SECRET},
        platform_country="US",
        pace=Pace(requests_per_second=0),
        timeout_seconds=1,
        webhook_tolerance_seconds=300,
    )


def globally() -> StripeGlobalRail:
    return StripeGlobalRail(
        api_base="http://127.0.0.1:1",
        secret_key="sk_test_1",
        webhook_secret=SECRET,
        financial_account="fa_1",
        pace=Pace(requests_per_second=0),
        timeout_seconds=1,
        webhook_tolerance_seconds=300,
    )


def signed(event: object) -> tuple[bytes, str]:
    text = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(text, SECRET, int(time.time()))
    return text.encode(), header


def test_a_notification_is_proved_without_a_connection() -> None:
    """No loop runs here, and a session cannot be made without one.

    One that came after the rail was closed opened a session that nobody closed again.
    """
    payload, signature = signed(V1)
    found = connect().verify(payload, signature=signature, endpoint="connect")
    assert (found.event_id, found.object_id, found.account_id) == ("evt_1", "po_1", "")
    payload, signature = signed(THIN)
    found = globally().verify(payload, signature=signature, endpoint="payouts")
    assert (found.event_id, found.object_id) == ("evt_2", "obp_1")


@pytest.mark.parametrize(
    ("rail", "event"),
    [(connect, THIN), (globally, V1), (connect, []), (globally, "evt_1"), (connect, {"id": "e"})],
)
def test_what_is_another_thing_is_malformed(
    rail: Callable[[], StripeRail | StripeGlobalRail], event: object
) -> None:
    payload, signature = signed(event)
    with pytest.raises(EventMalformed):
        rail().verify(payload, signature=signature, endpoint="connect")


def test_what_is_not_signed_is_not_read() -> None:
    with pytest.raises(SignatureInvalid):
        connect().verify(b"{ no JSON", signature="t=1,v1=00", endpoint="connect")
