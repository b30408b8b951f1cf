"""Webhooks: routed, signed, retried until taken, and still owed after the sandbox was killed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import stripe
from aiohttp import web

from tests.contract.sandbox_process import SandboxProcess, Stripe, account_params, body_of
from tests.contract.stripe_types import problems
from tests.waiting import eventually


@dataclass(slots=True, kw_only=True)
class Receiver:
    """A real HTTP server that takes webhooks, or answers with the statuses it is told to."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    seen: list[tuple[bytes, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def of_type(self, name: str) -> list[dict[str, Any]]:
        events = [json.loads(body) for body, _ in self.seen]
        return [event for event in events if event["type"] == name]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    held = Receiver()
    app = web.Application()
    app.router.add_post("/hook", held.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    held.url = f"http://{host}:{port}/hook"
    yield held
    await runner.cleanup()


async def subscribe(api: Stripe, receiver: Receiver, *events: str, connect: bool = False) -> Any:
    return await api.v1.webhook_endpoints.create_async(
        {"url": receiver.url, "enabled_events": list(events), "connect": connect}
    )


@pytest.fixture
async def own(new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession) -> Stripe:
    """A sandbox whose endpoints hear only this test's events."""
    return Stripe(new_process(), session)


async def test_a_delivery_is_verified_by_the_client(own: Stripe, receiver: Receiver) -> None:
    endpoint = await subscribe(own, receiver, "topup.succeeded")
    topup = await own.v1.topups.create_async(
        {"amount": 700, "currency": "usd"}, {"idempotency_key": "top-1"}
    )
    await eventually(lambda: receiver.seen, what="a delivery arrived")
    body, signature = receiver.seen[0]
    event = own.client.construct_event(body, signature, endpoint.secret)
    assert list(problems(json.loads(body), stripe.Event)) == []
    assert (event.type, event.data.object["id"]) == ("topup.succeeded", topup.id)
    assert event.request is not None
    assert event.request.id == topup.last_response.request_id
    assert event.request.idempotency_key == "top-1"
    with pytest.raises(stripe.SignatureVerificationError):
        own.client.construct_event(body, signature, "whsec_another")
    with pytest.raises(stripe.SignatureVerificationError):
        own.client.construct_event(body.replace(b"700", b"900"), signature, endpoint.secret)


async def test_events_go_to_the_endpoint_of_their_side(own: Stripe, receiver: Receiver) -> None:
    platform = await subscribe(own, receiver, "*")
    connect = await subscribe(own, receiver, "*", connect=True)
    account = await own.ready_account()
    await own.top_up(1_000)
    await own.v1.transfers.create_async(
        {"amount": 100, "currency": "usd", "destination": account.id}
    )
    payout = await own.v1.payouts.create_async(
        {"amount": 100, "currency": "usd"}, {"stripe_account": account.id}
    )
    await own.settled(payout.id, account.id)
    await eventually(lambda: receiver.of_type("payout.paid"), what="the payout was reported")
    await eventually(lambda: receiver.of_type("transfer.created"), what="the transfer was too")
    ours, theirs = set(), set()
    for body, signature in receiver.seen:
        event = json.loads(body)
        if "account" in event:
            own.client.construct_event(body, signature, connect.secret)
            assert event["account"] == account.id
            theirs.add(event["type"])
        else:
            own.client.construct_event(body, signature, platform.secret)
            ours.add(event["type"])
    assert {"topup.created", "topup.succeeded", "transfer.created", "balance.available"} == ours
    assert theirs >= {
        "account.updated",
        "capability.updated",
        "account.external_account.created",
        "payout.created",
        "payout.updated",
        "payout.paid",
    }


async def test_only_subscribed_events_arrive(own: Stripe, receiver: Receiver) -> None:
    await subscribe(own, receiver, "transfer.reversed")
    account = await own.ready_account()
    await own.top_up(1_000)
    sent = await own.v1.transfers.create_async(
        {"amount": 100, "currency": "usd", "destination": account.id}
    )
    await own.v1.transfers.reversals.create_async(sent.id, {"amount": 30})
    await eventually(lambda: receiver.seen, what="the reversal was reported")
    (event,) = [json.loads(body) for body, _ in receiver.seen]
    assert event["type"] == "transfer.reversed"
    assert event["data"]["object"]["amount_reversed"] == 30


async def test_onboarding_is_told_step_by_step(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    own = Stripe(new_process("--verification-seconds=60"), session)
    await subscribe(own, receiver, "account.updated", connect=True)
    account = await own.v1.accounts.create_async(account_params())
    link = await own.v1.account_links.create_async(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": f"{receiver.url}/again",
            "return_url": f"{receiver.url}/back",
        }
    )
    async with session.get(link.url) as page:
        text = await page.text()
        assert (page.status, page.headers["X-Sandbox"]) == (200, "crewline")
    assert "Sandbox" in text
    assert account.id in text
    form = {"account_number": "000123456789"}
    async with session.post(link.url, data=form, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"{receiver.url}/back")
    async with session.get(link.url, allow_redirects=False) as spent:
        assert (spent.status, spent.headers["Location"]) == (303, f"{receiver.url}/again")
    waiting = await own.v1.accounts.retrieve_async(account.id)
    assert (waiting.capabilities.transfers, waiting.payouts_enabled) == ("pending", False)
    assert waiting.requirements.disabled_reason == "requirements.pending_verification"
    await own.control("clock/advance", {"seconds": 60})
    ready = await own.v1.accounts.retrieve_async(account.id)
    assert (ready.capabilities.transfers, ready.payouts_enabled) == ("active", True)
    assert ready.requirements.currently_due == []
    await eventually(lambda: len(receiver.seen) == 2, what="both steps were reported")
    steps = sorted(
        receiver.of_type("account.updated"), key=lambda e: e["data"]["object"]["payouts_enabled"]
    )
    assert [step["data"]["object"]["capabilities"] for step in steps] == [
        {"transfers": "pending"},
        {"transfers": "active"},
    ]
    assert steps[1]["data"]["previous_attributes"]["payouts_enabled"] is False


async def test_a_refused_delivery_is_sent_again(own: Stripe, receiver: Receiver) -> None:
    endpoint = await subscribe(own, receiver, "topup.created")
    receiver.answers = [500, 404, 302]
    await own.top_up(100)
    await eventually(lambda: len(receiver.seen) == 4, what="it was sent a fourth time")
    for body, signature in receiver.seen:
        own.client.construct_event(body, signature, endpoint.secret)
    assert len({json.loads(body)["id"] for body, _ in receiver.seen}) == 1
    (event,) = receiver.of_type("topup.created")[-1:]

    async def is_settled() -> bool:
        held = await own.v1.events.retrieve_async(event["id"])
        return bool(held.pending_webhooks == 0)

    await eventually(is_settled, what="the event counts as delivered")
    failed = await own.v1.events.list_async({"delivery_success": False})
    assert failed.data == []
    delivered = await own.v1.events.list_async({"delivery_success": True, "type": "topup.created"})
    assert [e.id for e in delivered.data] == [event["id"]]


async def test_what_is_owed_survives_a_kill(own: Stripe, receiver: Receiver) -> None:
    endpoint = await subscribe(own, receiver, "topup.created")
    receiver.answers = [500] * 3
    await own.top_up(100)
    await eventually(lambda: len(receiver.seen) >= 2, what="two attempts were made")
    own.process.kill()
    before = len(receiver.seen)
    own.process.restart()
    await eventually(
        lambda: len(receiver.seen) > max(before, 3), what="it was delivered after the restart"
    )
    body, signature = receiver.seen[-1]
    event = own.client.construct_event(body, signature, endpoint.secret)

    async def is_settled() -> bool:
        held = await own.v1.events.retrieve_async(event.id)
        return bool(held.pending_webhooks == 0)

    await eventually(is_settled, what="the event counts as delivered")
    assert {json.loads(body)["id"] for body, _ in receiver.seen} == {event.id}


async def test_pauses_grow_and_end_after_three_days(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession, receiver: Receiver
) -> None:
    own = Stripe(new_process("--webhook-retry-base-seconds=3600"), session)
    await subscribe(own, receiver, "topup.created")
    receiver.answers = [500] * 100
    await own.top_up(100)
    await eventually(lambda: len(receiver.seen) == 1, what="the first attempt was made")
    (event,) = (await own.v1.events.list_async({"type": "topup.created"})).data
    for hours in (1, 2, 3, 3):
        await _pause_is(own, hours * 3600)
        await own.control("clock/advance", {"seconds": hours * 3600})
    await _pause_is(own, 3 * 3600)
    await own.control("clock/advance", {"seconds": 3 * 24 * 3600})

    async def is_given_up() -> bool:
        return bool((await own.control("deliveries"))["given_up"] == 1)

    await eventually(is_given_up, what="the delivery was given up after a last attempt")
    assert len(receiver.seen) == 6
    assert (await own.control("deliveries"))["owed"] == 0
    owed = await own.v1.events.list_async({"delivery_success": False})
    assert [held.id for held in owed.data] == [event.id]


async def _pause_is(own: Stripe, seconds: float) -> None:
    """Wait until the failed attempt is written down, and check when the next one is due."""

    async def is_near() -> bool:
        due = (await own.control("deliveries"))["next_attempt_in_seconds"]
        return due is not None and seconds - 30 < due <= seconds

    await eventually(is_near, what=f"the next attempt is due in {seconds} s")


async def test_a_disabled_or_deleted_endpoint_hears_nothing(
    own: Stripe, receiver: Receiver
) -> None:
    silenced = await subscribe(own, receiver, "topup.created")
    await own.v1.webhook_endpoints.update_async(silenced.id, {"disabled": True})
    deleted = await subscribe(own, receiver, "topup.created")
    await own.v1.webhook_endpoints.delete_async(deleted.id)
    await own.top_up(100)
    (event,) = (await own.v1.events.list_async({"type": "topup.created"})).data
    assert body_of(await own.v1.events.retrieve_async(event.id))["pending_webhooks"] == 0
    assert receiver.seen == []


async def test_an_endpoint_pins_the_version_of_its_payloads(
    own: Stripe, receiver: Receiver
) -> None:
    await own.v1.webhook_endpoints.create_async(
        {
            "url": receiver.url,
            "enabled_events": ["topup.created"],
            "api_version": "2025-09-30.clover",
        }
    )
    await own.top_up(100)
    await eventually(lambda: receiver.seen, what="a delivery arrived")
    assert json.loads(receiver.seen[0][0])["api_version"] == "2025-09-30.clover"
