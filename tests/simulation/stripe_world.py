"""The Stripe sandbox inside the simulation: its own app and loops, on the simulated clock."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import aiohttp
from aiohttp import web

from deploy.local.stripe_sandbox import app, ids
from deploy.local.stripe_sandbox.app import background, build_app, open_sandbox
from deploy.local.stripe_sandbox.clock import Clock
from deploy.local.stripe_sandbox.ledger import ledger
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.params import load_specs
from deploy.local.stripe_sandbox.world import Sandbox, Settings
from tests.simulation.loop import EPOCH, SimulatedLoop

SECRET_KEY = "sk_test_simulation_0123456789"
PORT = 12_111
URL = f"http://127.0.0.1:{PORT}"
PAYOUT_SECONDS = 90.0
_OBJECTS_MAX = 10_000
_DECIDES_AFTER_SECONDS = 20.0
# Read once, and not with each of thousands of sandboxes.
_specs = lru_cache(load_specs)


class _LoopClock(Clock):
    """The sandbox's time is the loop's."""

    def __init__(self, loop: SimulatedLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> float:
        return EPOCH.timestamp() + self._loop.time()


@dataclass(slots=True, kw_only=True)
class StripeWorld:
    """The sandbox while it runs, and what only Stripe and the banks know."""

    sandbox: Sandbox
    session: aiohttp.ClientSession

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call `/_sandbox/{path}`: a POST when there is a body."""
        method = "GET" if body is None else "POST"
        async with self.session.request(method, f"{URL}/_sandbox/{path}", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def register(self, url: str) -> dict[str, str]:
        """Three endpoints, as `deploy/local` makes them; returns what settings want to know."""
        known = {}
        for endpoint in ("platform", "connect"):
            form = {
                "url": f"{url}/{endpoint}",
                "enabled_events[0]": "*",
                "connect": str(endpoint == "connect").lower(),
            }
            made = await self._call("POST", "/v1/webhook_endpoints", data=form)
            known[endpoint] = str(made["secret"])
        destination = {
            "name": "payouts",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["*"],
            "webhook_endpoint": {"url": f"{url}/v2"},
            "include": ["webhook_endpoint.signing_secret"],
        }
        made = await self._call("POST", "/v2/core/event_destinations", json=destination)
        known["v2"] = str(made["webhook_endpoint"]["signing_secret"])
        accounts = await self._call("GET", "/v2/money_management/financial_accounts")
        [known["financial_account"]] = [str(one["id"]) for one in accounts["data"]]
        return known

    async def confirm(self, payment_intent_id: str) -> None:
        """What a client's page does at Stripe's form: pays, by a card that is good."""
        path = f"/v1/payment_intents/{payment_intent_id}/confirm"
        await self._call("POST", path, data={"payment_method": "pm_card_visa"})

    async def dispute(self, payment_intent_id: str, decision: str) -> None:
        """A client's bank takes a payment back, and decides a little later."""
        [charge] = [
            one.id
            for one in self.all_of("charge")
            if one.body["payment_intent"] == payment_intent_id
        ]
        opened = await self.control("dispute", {"charge": charge})
        await asyncio.sleep(_DECIDES_AFTER_SECONDS)
        await self.control("close_dispute", {"dispute": opened["id"], "status": decision})

    async def refund(self, payment_intent_id: str, amount_minor: int, *, fails: bool) -> None:
        """Somebody sends a payment back at Stripe's own pages; its bank may not take it."""
        form = {"payment_intent": payment_intent_id, "amount": str(amount_minor)}
        made = await self._call("POST", "/v1/refunds", data=form)
        if fails:
            await asyncio.sleep(_DECIDES_AFTER_SECONDS)
            await self.control("fail_refund", {"refund": made["id"]})

    async def send_back(self) -> int:
        """Every bank sends back what it was paid; returns how much of it there was."""
        payouts = [one for one in self.all_of("payout") if one.body["status"] == "paid"]
        outbound = self.all_of("outbound_payment")
        outbound = [one for one in outbound if one.body["status"] == "posted"]
        for payout in payouts:
            await self.control("fail_payout", {"payout": payout.id})
        for payment in outbound:
            await self.control("return_outbound_payment", {"outbound_payment": payment.id})
        return len(payouts) + len(outbound)

    async def _call(self, method: str, path: str, **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        async with self.session.request(
            method, f"{URL}{path}", headers=headers, **sent
        ) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    def money(self) -> dict[str, Any]:
        """All the money there is, per currency; see the sandbox's ledger.py."""
        return ledger(self.sandbox)

    def all_of(self, kind: str) -> list[Stored]:
        """Every object of a kind, whoever owns it, oldest first."""
        rows = self.sandbox.database.rows(
            "SELECT id FROM objects WHERE kind = ? ORDER BY rowid LIMIT ?", (kind, _OBJECTS_MAX)
        )
        found = (self.sandbox.objects.find(str(row[0])) for row in rows)
        return [one for one in found if one is not None]

    def break_banks(self, failure_code: str | None) -> None:
        """Payouts to every payee's bank fail with that from now on, or arrive again."""
        with self.sandbox.database.transaction():
            for bank in self.all_of("bank_account"):
                if bank.owner != self.sandbox.platform:
                    bank.private["failure_code"] = failure_code
                    bank.body["status"] = "new"
                    self.sandbox.objects.save(bank)
            for recipient in self.all_of("recipient"):
                recipient.private["method"]["failure_code"] = failure_code
                self.sandbox.objects.save(recipient)

    def owes_nothing(self) -> bool:
        """Whether no webhook waits to be sent."""
        row = self.sandbox.database.row("SELECT count(due) FROM deliveries")
        return row is not None and not row[0]

    def picture(self) -> bytes:
        """All of its data."""
        taken: bytes = self.sandbox.database._connection.serialize()
        return taken


@contextlib.asynccontextmanager
async def stripe_world(
    loop: SimulatedLoop, *, seed: int, picture: bytes = b""
) -> AsyncIterator[StripeWorld]:
    """A new sandbox, or one that goes on from a picture; its ids follow from the seed."""
    numbers = random.Random(f"{seed} at {loop.time()}")
    seeded = SimpleNamespace(token_bytes=numbers.randbytes)
    with mock.patch.object(ids, "secrets", seeded), mock.patch.object(app, "load_specs", _specs):
        settings = Settings(
            data_path=Path(":memory:"),
            port=PORT,
            secret_key=SECRET_KEY,
            rate_limit_per_second=0,
            payout_seconds=PAYOUT_SECONDS,
            webhook_retry_base_seconds=5.0,
        )
        sandbox = open_sandbox(settings)
        if picture:
            sandbox.database._connection.deserialize(picture)
            sandbox.platform = str(sandbox.database.recall("platform"))
        sandbox.clock = _LoopClock(loop)
        sandbox.base_url = URL
        runner = web.AppRunner(build_app(sandbox), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            async with background(sandbox), aiohttp.ClientSession() as session:
                await web.TCPSite(runner, "127.0.0.1", PORT).start()
                yield StripeWorld(sandbox=sandbox, session=session)
        finally:
            await runner.cleanup()
            sandbox.database.close()
            # Connections close in their own time.
            await asyncio.sleep(1.0)
