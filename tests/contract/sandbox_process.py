"""The sandbox as tests use it: a real process, the real client, and its control API."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from typing import Any, Self, TextIO

import aiohttp
import stripe

from tests.contract.nursery import nursery

ROOT = Path(__file__).parents[2]
SECRET_KEY = "sk_test_contract_0123456789"
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0


class SandboxProcess:
    """Starts, kills and restarts the sandbox on one data file."""

    def __init__(self, data: Path, *flags: str) -> None:
        self.data = data
        self.flags = flags
        self.url = ""
        self._pid = 0
        self._output: TextIO | None = None

    def start(self, *, port: int = 0) -> Self:
        return self.launch(port=port).wait_until_ready()

    def launch(self, *, port: int = 0) -> Self:
        reading, writing = os.pipe()
        self._output = os.fdopen(reading)
        try:
            self._pid = nursery().start(
                ["--data", str(self.data), "--port", str(port), *self.flags],
                environment={**os.environ, "CREWLINE_SANDBOX_SECRET_KEY": SECRET_KEY},
                stdout=writing,
            )
        finally:
            os.close(writing)
        return self

    def wait_until_ready(self) -> Self:
        assert self._output is not None
        ready, _, _ = select.select([self._output], [], [], _START_SECONDS)
        assert ready, "the sandbox did not start"
        started = json.loads(self._output.readline())
        assert started["secret_key"] == SECRET_KEY
        self.url = started["url"]
        return self

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        self.start(port=self.port)

    def _end(self, number: signal.Signals) -> int:
        if not self._pid:
            return 0
        pid, self._pid = self._pid, 0
        os.kill(pid, number)
        code = nursery().wait(pid, timeout_seconds=_STOP_SECONDS)
        if code is None:
            os.kill(pid, signal.SIGKILL)
            nursery().wait(pid, timeout_seconds=_STOP_SECONDS)
        assert self._output is not None
        self._output.close()
        assert code is not None, f"the sandbox did not end in {_STOP_SECONDS} s"
        return code


class Stripe:
    """The official client pointed at a sandbox, with the raw answer and the control API at hand."""

    def __init__(self, process: SandboxProcess, session: aiohttp.ClientSession) -> None:
        self.process = process
        self.session = session
        self.client = self.client_with()

    @property
    def v1(self) -> Any:
        return self.client.v1

    def client_with(self, *, key: str = SECRET_KEY, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.process.url},
            http_client=stripe.AIOHTTPClient(timeout=10, session=self.session),
            max_network_retries=retries,
        )

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call `/_sandbox/{path}`: a POST when there is a body."""
        method = "GET" if body is None else "POST"
        url = f"{self.process.url}/_sandbox/{path}"
        async with self.session.request(method, url, json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def raw(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        key: str | None = SECRET_KEY,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any, Any]:
        """Send a request by hand and return status, headers and JSON."""
        sent = {} if key is None else {"Authorization": f"Bearer {key}"}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        async with self.session.request(
            method, self.process.url + path, data=body, headers={**sent, **(headers or {})}
        ) as response:
            return response.status, response.headers, await response.json()

    async def ready_account(self, *, number: str = "000123456789", **params: Any) -> stripe.Account:
        """Return a connected account that may be paid."""
        account = await self.v1.accounts.create_async({**account_params(), **params})
        await self.control("complete_onboarding", {"account": account.id, "account_number": number})
        ready: stripe.Account = await self.v1.accounts.retrieve_async(account.id)
        assert ready.payouts_enabled
        return ready

    async def top_up(self, amount: int, currency: str = "usd") -> None:
        """Add money to the platform's balance."""
        topup = await self.v1.topups.create_async({"amount": amount, "currency": currency})
        assert topup.status == "succeeded"

    async def settled(self, payout_id: str, account: str) -> stripe.Payout:
        """Let time pass until a payout has been paid or sent back, and return it."""
        await self.control("clock/advance", {"seconds": 3600})
        payout: stripe.Payout = await self.v1.payouts.retrieve_async(
            payout_id, None, {"stripe_account": account}
        )
        assert payout.status in ("paid", "failed")
        return payout


def account_params() -> dict[str, Any]:
    """Return what payouts asks for when it opens a contractor's account."""
    return {
        "country": "US",
        "email": "contractor@example.com",
        "business_type": "individual",
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"},
        },
        "capabilities": {"transfers": {"requested": True}},
        "settings": {"payouts": {"schedule": {"interval": "manual"}}},
        "metadata": {"contractor_id": "ctr_1"},
    }


def body_of(answer: Any) -> Any:
    """Return the JSON that a client object was made from."""
    return json.loads(answer.last_response.body)


def error_of(failure: stripe.StripeError) -> dict[str, Any]:
    """Return the `error` object of a refusal."""
    body: Any = failure.json_body
    assert isinstance(body, dict)
    error: dict[str, Any] = body["error"]
    return error


def headers_of(failure: stripe.StripeError) -> dict[str, str]:
    """Return the headers of a refusal."""
    assert failure.headers is not None
    return failure.headers
