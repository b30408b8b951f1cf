"""What the provider tells in words that we do not know (yet) stops nobody's payments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.domain.payments.rail_objects import Notification
from services.payouts.domain.reconciliation.rail_history import FetchedEvent
from services.payouts.store.payments.rail_collections import WEBHOOKS
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually


@dataclass(slots=True, kw_only=True)
class Between:
    """Hands calls on to the sandbox; of objects that are read, some words are others."""

    target: str
    changed: dict[str, Any]
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in ("host", "content-length", "accept-encoding")
        }
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                f"{self.target}{request.path_qs}",
                data=await request.read(),
                headers=headers,
            ) as answer,
        ):
            body = await answer.json()
            if request.method == "GET":
                body |= {name: value for name, value in self.changed.items() if name in body}
            return web.Response(
                status=answer.status, body=json.dumps(body), content_type="application/json"
            )


@pytest.fixture
async def between(rail: ServedRail) -> AsyncIterator[Between]:
    found = Between(target=rail.stripe.process.url, changed={})
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    found.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield found
    finally:
        await runner.cleanup()


async def asks(rail: ServedRail, url: str) -> None:
    """Payouts asks there from now on."""
    stripe = rail.parts.rail.stripe
    await stripe.close()
    stripe._connection._api_base = url


async def test_a_state_that_nobody_has_heard_of_is_asked_for_again(
    rail: ServedRail, between: Between
) -> None:
    """G12, G13, §3.3: it is no answer; the notification stays until it is understood."""
    await rail.funded()
    await rail.contractors("ctr_a")
    account_id = await rail.open_account("ctr_a")
    await rail.accept("ctr_a", 2)
    await rail.pay((await rail.close()).pay_period_id)
    [paid] = await rail.until_all("PAID")
    between.changed = {"status": "settled_on_the_moon"}
    await asks(rail, between.url)
    told = Notification(
        event_id="evt_odd", type="payout.updated", object_id=paid.payout_id, account_id=account_id
    )
    await rail.parts.rail.webhooks.take_in(
        [FetchedEvent(notification=told, payload=b"{}")], endpoint="connect"
    )
    webhooks = rail.rpc.database.collection(WEBHOOKS)

    async def waits() -> bool:
        kept = await webhooks.find_one({"_id": "evt_odd"})
        return bool(kept and kept["tries"] and kept["error"] == ProviderUnavailable.reason)

    await eventually(waits, what="the notification is looked into later")
    sweeps = rail.parts.reconciliation.sweeps
    sweeps._paid_round_began_at = datetime.now(UTC) - timedelta(days=2)
    assert (await sweeps.paid()).looked_at == 1
    assert not any(loop.done() for loop in rail.loops)
    stripe = rail.parts.rail.stripe
    for changed, read in (
        ({"amount_reversed": "much"}, stripe.fetch_transfer(paid.transfer_id)),
        ({"capabilities": ["transfers"]}, stripe.fetch_account(account_id)),
        ({"available": 7}, stripe.platform_balances()),
    ):
        between.changed = changed
        with pytest.raises(ProviderUnavailable):
            await read

    await asks(rail, rail.stripe.process.url)

    async def handled() -> bool:
        kept = await webhooks.find_one({"_id": "evt_odd"})
        return bool(kept and kept.get("outcome") == "applied")

    await eventually(handled, what="the notification is understood")
    await rail.check_books()


async def test_a_currency_that_cannot_be_read_hides_no_other(
    rail: ServedRail, between: Between
) -> None:
    """G12, G15: its line says that nobody knows; the others are compared, and paid from."""
    await rail.funded()
    [whole] = await rail.parts.rail.stripe.platform_balances()
    dollars = {"amount": whole.available_minor, "currency": "usd"}
    # Stripe counts these in hundredths of a krona, and only whole hundreds; and coins not at all.
    odd = [{"amount": 150, "currency": "isk"}, {"amount": 7, "currency": "usdc"}]
    between.changed = {"available": [*odd, dollars]}
    await asks(rail, between.url)
    report = await rail.send(rail.stub.GetReconciliation, pb.GetReconciliationRequest())
    lines = {line.currency: line for line in report.lines if line.rail == "stripe"}
    told = {name: (line.has_provider, line.provider_unknown) for name, line in lines.items()}
    assert told == {"ISK": (False, True), "USD": (True, False), "USDC": (False, True)}
    held_minor = whole.available_minor + whole.pending_minor
    assert lines["USD"].provider_platform_minor == held_minor
    assert await rail.parts.calendars.pay_runs._funds_minor() == {
        "ISK": None,
        "USD": whole.available_minor,
        "USDC": None,
    }
