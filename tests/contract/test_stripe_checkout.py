"""Checkout sessions: shaped as Stripe's, paid on the hosted page, and gone when they expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import stripe

from tests.contract.sandbox_process import SandboxProcess, Stripe, body_of
from tests.contract.stripe_types import absent_from, fixtures, problems

VISA = "4242424242424242"
DECLINED = "4000000000009995"
ASKS_BANK = "4000002760003184"
_BACK = "https://console.example/paid"


@pytest.fixture
async def own(new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession) -> Stripe:
    return Stripe(new_process(), session)


def params(api_now: float, **changes: Any) -> dict[str, Any]:
    return {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 10_000,
                    "product_data": {"name": "Funds"},
                },
                "quantity": 1,
            }
        ],
        "client_reference_id": "dep_1",
        "metadata": {"deposit_id": "dep_1"},
        "payment_intent_data": {"metadata": {"deposit_id": "dep_1"}, "description": "Funds"},
        "success_url": _BACK,
        "cancel_url": "https://console.example/back",
        "adaptive_pricing": {"enabled": False},
        "submit_type": "pay",
        "expires_at": int(api_now) + 3_600,
        **changes,
    }


async def opened(api: Stripe, **changes: Any) -> dict[str, Any]:
    now = (await api.control("healthz"))["now"]
    made = await api.v1.checkout.sessions.create_async(params(now, **changes))
    body: dict[str, Any] = body_of(made)
    assert list(problems(body, stripe.checkout.Session)) == []
    absent = list(absent_from(body, fixtures()["checkout.session"]))
    assert [line for line in absent if "after_expiration" not in line] == []
    return body


async def type_in(api: Stripe, body: dict[str, Any], **fields: str) -> tuple[int, str, str]:
    """What a payer types on the page; the status, where it leads, and the page."""
    async with api.session.post(body["url"], data=fields, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def seen(api: Stripe, body: dict[str, Any]) -> dict[str, Any]:
    """The session now, with its payment."""
    expand = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    found: dict[str, Any] = body_of(
        await api.v1.checkout.sessions.retrieve_async(body["id"], expand)
    )
    assert list(problems(found, stripe.checkout.Session)) == []
    return found


async def types(api: Stripe) -> list[str]:
    page = await api.v1.events.list_async({"limit": 50})
    return [event.type for event in reversed(page.data)]


async def test_a_session_is_paid_on_its_page_and_by_the_payment_that_carries_our_words(
    own: Stripe,
) -> None:
    """§4.2-3: no payment until somebody pays; then one that carries what we said of it."""
    body = await opened(own)
    assert (body["status"], body["payment_status"]) == ("open", "unpaid")
    assert body["payment_intent"] is None
    assert body["url"].startswith(own.process.url)
    async with own.session.get(body["url"]) as page:
        assert page.status == 200
        shown = await page.text()
    assert "USD 100.00" in shown
    assert "<script" not in shown

    status, _, told = await type_in(own, body, number=DECLINED, email="payer@example.com")
    assert (status, "insufficient funds" in told) == (402, True)
    first = (await seen(own, body))["payment_intent"]
    assert first["status"] == "requires_payment_method"
    status, leads_to, _ = await type_in(own, body, number=VISA, email="payer@example.com")
    assert (status, leads_to) == (303, _BACK)

    paid = await seen(own, body)
    intent = paid["payment_intent"]
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert (intent["id"], intent["status"]) == (first["id"], "succeeded")
    assert intent["metadata"] == {"deposit_id": "dep_1"}
    assert intent["latest_charge"]["balance_transaction"]["net"] == 10_000 - 320
    assert (await types(own))[-2:] == ["payment_intent.succeeded", "checkout.session.completed"]
    # What is paid is paid: neither the page nor a call does anything more to it.
    assert (await type_in(own, body, number=VISA, email="payer@example.com"))[0] == 410
    with pytest.raises(stripe.InvalidRequestError):
        await own.v1.checkout.sessions.expire_async(body["id"])
    listed = await own.v1.checkout.sessions.list_async({"created": {"gte": body["created"]}})
    assert [one.id for one in listed.data] == [body["id"]]
    assert (await own.control("ledger"))["usd"]["conserved"] is True


async def test_the_cards_bank_asks_on_a_page_of_its_own(own: Stripe) -> None:
    body = await opened(own)
    status, leads_to, _ = await type_in(own, body, number=ASKS_BANK, email="payer@example.com")
    assert (status, leads_to) == (303, urlsplit(body["url"]).path)
    async with own.session.get(body["url"]) as page:
        assert "Complete authentication" in await page.text()
    status, _, told = await type_in(own, body, bank="no")
    assert (status, "unable to authenticate" in told) == (402, True)
    await type_in(own, body, number=ASKS_BANK, email="payer@example.com")
    assert (await type_in(own, body, bank="yes"))[:2] == (303, _BACK)
    assert (await seen(own, body))["payment_intent"]["status"] == "succeeded"


async def test_what_expires_cannot_be_paid_and_its_payment_ends_with_it(own: Stripe) -> None:
    tried = await opened(own)
    await type_in(own, tried, number=DECLINED, email="payer@example.com")
    intent = (await seen(own, tried))["payment_intent"]["id"]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        await own.v1.payment_intents.cancel_async(intent)
    by_call = await opened(own, expires_at=None)
    ended = body_of(await own.v1.checkout.sessions.expire_async(by_call["id"]))
    assert (ended["status"], ended["url"]) == ("expired", None)
    await own.control("clock/advance", {"seconds": 3_601})
    after = await seen(own, tried)
    assert (after["status"], after["payment_intent"]["status"]) == ("expired", "canceled")
    assert (await type_in(own, tried, number=VISA, email="payer@example.com"))[0] == 410
    assert (await types(own)).count("checkout.session.expired") == 2


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"expires_at": 1_000}, "at least 30 minutes"),
        ({"mode": "subscription"}, "mode `payment` alone"),
        ({"success_url": "ftp://console.example"}, "Not a valid URL"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "no catalogue"),
    ],
)
async def test_what_no_session_can_be_is_refused(
    api: Stripe, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=complaint):
        await opened(api, **changes)
