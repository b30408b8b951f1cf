"""Clients pay on the rail's own page: booked as every payment is, whatever the page has said."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.funding.test_payments import client, funds, get, until, until_funds
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually

NEEDS_PAYER = types_pb2.PAYMENT_STATE_NEEDS_PAYER
SUCCEEDED = types_pb2.PAYMENT_STATE_SUCCEEDED
FAILED = types_pb2.PAYMENT_STATE_FAILED
VISA = "4242424242424242"
NO_FUNDS = "4000000000009995"
ASKS_BANK = "4000002760003184"
DISPUTED = "4000000000000259"
_HOUR_SECONDS = 3_600


def order(return_url: str = "https://console.example/back?from=stripe") -> pb.CreateCheckoutRequest:
    return pb.CreateCheckoutRequest(
        request_id=str(uuid.uuid4()),
        amount=common_pb2.Money(amount_minor=10_000, currency="USD"),
        description="May's work",
        return_url=return_url,
    )


async def check_out(
    rail: ServedRail, request: pb.CreateCheckoutRequest | None = None
) -> types_pb2.Payment:
    answer = await rail.send(rail.stub.CreateCheckout, request or order(), token=client(rail))
    payment: types_pb2.Payment = answer.payment
    return payment


async def pay(rail: ServedRail, url: str, **fields: str) -> tuple[int, str]:
    """What the payer types on the page; the status, and where it leads."""
    typed = {"email": "payer@example.com", **fields}
    async with rail.stripe.session.post(url, data=typed, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


async def sessions(rail: ServedRail) -> int:
    return len((await rail.stripe.v1.checkout.sessions.list_async()).data)


async def test_a_page_is_paid_and_the_payment_is_booked_as_every_other(rail: ServedRail) -> None:
    """G12, G14: what the page leads back to proves nothing; the rail's word books it, once."""
    request = order()
    payment = await check_out(rail, request)
    assert (payment.state, payment.provider_id, payment.client_secret) == (NEEDS_PAYER, "", "")
    assert payment.checkout_url.startswith(rail.stripe.process.url)
    assert payment.HasField("checkout_expire_time")
    again = await check_out(rail, request)
    assert (again.payment_id, again.checkout_url) == (payment.payment_id, payment.checkout_url)
    assert await sessions(rail) == 1

    assert (await pay(rail, payment.checkout_url, number=NO_FUNDS))[0] == 402

    async def told() -> bool:
        found = await get(rail, payment.payment_id)
        return (found.state, found.reason) == (NEEDS_PAYER, "insufficient_funds")

    await eventually(told, what="the payment says why")
    # The page is the client's alone, and what pays it is told to nobody.
    assert (await get(rail, payment.payment_id)).checkout_url == payment.checkout_url
    assert (await get(rail, payment.payment_id)).client_secret == ""
    listed = await rail.send(rail.stub.ListPayments, pb.ListPaymentsRequest(), token=client(rail))
    assert [one.checkout_url for one in listed.payments] == [""]
    assert await funds(rail) == (0, 0)

    status, leads_to = await pay(rail, payment.checkout_url, number=VISA)
    assert status == 303
    assert parse_qs(urlsplit(leads_to).query) == {
        "from": ["stripe"],
        "payment_id": [payment.payment_id],
    }
    done = await until(rail, payment.payment_id, SUCCEEDED)
    assert done.provider_id.startswith("pi_")
    assert (done.checkout_url, done.fee.amount_minor, done.reason) == ("", 320, "")
    assert await funds(rail) == (10_000, 0)
    await rail.check_books()


async def test_news_of_page_and_payment_twice_and_reversed_books_once(rail: ServedRail) -> None:
    """G3, G12, C8: the session's events and the payment's, in any order, are one payment."""
    rail.hooks.open = False
    payment = await check_out(rail)
    await pay(rail, payment.checkout_url, number=ASKS_BANK)
    assert (await pay(rail, payment.checkout_url, bank="yes"))[0] == 303

    async def arrived() -> bool:
        return any(b"checkout.session.completed" in one for _, one, _ in rail.hooks.received)

    await eventually(arrived, what="all notifications were sent")
    rail.hooks.open = True
    for endpoint, payload, signature in [*reversed(rail.hooks.received), *rail.hooks.received]:
        request = pb.ReceiveWebhookRequest(endpoint=endpoint, payload=payload, signature=signature)
        await rail.send(rail.stub.ReceiveWebhook, request)
    await until_funds(rail, 10_000)
    await rail.check_books()


async def test_a_disputed_card_takes_back_what_it_paid(rail: ServedRail) -> None:
    """G5: what a page's payment loses again is found by the payment, as with every other."""
    payment = await check_out(rail)
    await pay(rail, payment.checkout_url, number=DISPUTED)
    await until(rail, payment.payment_id, SUCCEEDED)
    await until_funds(rail, 0)
    await rail.check_books()


@pytest.mark.parametrize("mode", ["drop_response", "500_after_commit", "500_before_commit", "429"])
async def test_a_page_whose_answer_is_lost_is_found_and_is_one(rail: ServedRail, mode: str) -> None:
    """G9, G10, C2: unknown is looked up; no second page is asked for where one was made."""
    fault = {"method": "POST", "path": "/v1/checkout/sessions", "mode": mode, "count": 1}
    await rail.stripe.control("fail_next", fault)
    payment = await check_out(rail)
    found = await until(rail, payment.payment_id, NEEDS_PAYER)
    assert found.checkout_url
    assert await sessions(rail) == 1
    await pay(rail, found.checkout_url, number=VISA)
    await until(rail, payment.payment_id, SUCCEEDED)
    await rail.check_books()


async def test_what_nobody_told_of_is_booked_all_the_same(
    rpc: RpcHarness, sandbox: SandboxProcess
) -> None:
    """G13, C6: no webhook arrives; the sweep's events book what was paid and end what expired."""
    async with rail_running(rpc, sandbox, poll_seconds=3_600, missed_events_seconds=0.05) as rail:
        rail.hooks.refusing = True
        paid, left = await check_out(rail), await check_out(rail)
        await pay(rail, paid.checkout_url, number=VISA)

        async def swept(payment_id: str, state: int) -> types_pb2.Payment | None:
            await rail.parts.reconciliation.missed_events.turn()
            found = await get(rail, payment_id)
            return found if found.state == state else None

        await eventually(lambda: swept(paid.payment_id, SUCCEEDED), what="it is booked")
        assert await funds(rail) == (10_000, 0)
        # One that was tried in vain, and then left: it ends with its page.
        await pay(rail, left.checkout_url, number=NO_FUNDS)
        await rail.stripe.control("clock/advance", {"seconds": 2 * _HOUR_SECONDS})
        over = await eventually(lambda: swept(left.payment_id, FAILED), what="it has expired")
        assert (over.checkout_url, over.reason != "") == ("", True)
        await rail.check_books()


async def test_a_page_that_nobody_opens_is_asked_for_until_it_expires(
    rpc: RpcHarness, sandbox: SandboxProcess
) -> None:
    """G13: without any news the payment itself asks, and ends when its page does."""
    async with rail_running(rpc, sandbox, poll_seconds=0.2) as rail:
        rail.hooks.open = False
        payment = await check_out(rail)
        await rail.stripe.control("clock/advance", {"seconds": 2 * _HOUR_SECONDS})
        over = await until(rail, payment.payment_id, FAILED)
        assert (over.reason, over.checkout_url) == ("checkout_expired", "")
        assert await funds(rail) == (0, 0)


async def test_a_page_leads_back_to_an_address_only(rail: ServedRail) -> None:
    with pytest.raises(RemoteError) as refusal:
        await check_out(rail, order("https:///nowhere"))
    assert "return_url" in str(refusal.value.metadata) + str(refusal.value)
    assert await sessions(rail) == 0
