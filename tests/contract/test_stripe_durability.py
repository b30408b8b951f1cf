"""The sandbox plays an outside party in crash tests: what it has answered, it still knows."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
import stripe

from tests.contract.sandbox_process import ROOT, SandboxProcess, Stripe, account_params, body_of
from tests.waiting import eventually


async def test_everything_answered_survives_a_kill(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    process = new_process()
    api = Stripe(process, session)
    account = await api.ready_account()
    await api.top_up(1_000_000)
    answered: dict[str, str] = {}
    enough = asyncio.Event()

    async def send(worker: int) -> None:
        for number in range(1000):
            key = f"{worker}-{number}"
            try:
                sent = await api.v1.transfers.create_async(
                    {"amount": 7, "currency": "usd", "destination": account.id},
                    {"idempotency_key": key},
                )
            except stripe.APIConnectionError:
                return
            answered[key] = sent.id
            if len(answered) >= 100:
                enough.set()

    workers = [asyncio.create_task(send(worker)) for worker in range(8)]
    async with asyncio.timeout(20):
        await enough.wait()
    process.kill()
    await asyncio.gather(*workers)
    process.restart()

    page = await api.v1.transfers.list_async({"destination": account.id, "limit": 100})
    kept = {transfer.id async for transfer in page.auto_paging_iter()}
    assert set(answered.values()) <= kept
    assert len(kept) - len(answered) <= len(workers)
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["conserved"]
    assert ledger["transferred_net_minor"] == 7 * len(kept)
    # Whoever did not hear the answer asks again with the same key, and nothing is paid twice.
    for worker in range(8):
        mine = [key for key in answered if key.startswith(f"{worker}-")]
        for key in (*mine[-1:], f"{worker}-{len(mine)}"):
            again = await api.v1.transfers.create_async(
                {"amount": 7, "currency": "usd", "destination": account.id},
                {"idempotency_key": key},
            )
            assert answered.get(key, again.id) == again.id
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["transferred_net_minor"] == 7 * (len(answered) + len(workers))


async def test_a_payout_under_way_arrives_after_a_kill(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    process = new_process()
    api = Stripe(process, session)
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.v1.transfers.create_async(
        {"amount": 600, "currency": "usd", "destination": account.id}
    )
    payout = await api.v1.payouts.create_async(
        {"amount": 600, "currency": "usd"}, {"stripe_account": account.id}
    )
    await api.control("clock/advance", {"seconds": 400})
    process.kill()
    process.restart()
    waiting = await api.v1.payouts.retrieve_async(payout.id, None, {"stripe_account": account.id})
    assert waiting.status == "in_transit"
    # The clock kept its offset too: 400 of the 600 seconds have passed.
    await api.control("clock/advance", {"seconds": 200})
    paid = await api.v1.payouts.retrieve_async(payout.id, None, {"stripe_account": account.id})
    assert paid.status == "paid"


async def test_a_thousand_accounts(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process(), session)
    await api.top_up(1_000_000)
    gate = asyncio.Semaphore(25)

    async def open_and_pay() -> None:
        async with gate:
            account = await api.v1.accounts.create_async(account_params())
            await api.control("complete_onboarding", {"account": account.id})
            await api.v1.transfers.create_async(
                {"amount": 100, "currency": "usd", "destination": account.id}
            )

    async with asyncio.timeout(100):
        await asyncio.gather(*(open_and_pay() for _ in range(1000)))
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["conserved"]
    assert ledger["connected_balances_minor"] == dict.fromkeys(
        ledger["connected_balances_minor"], 100
    )
    assert len(ledger["connected_balances_minor"]) == 1000
    page = await api.v1.accounts.list_async({"limit": 100})
    assert len({item.id async for item in page.auto_paging_iter()}) == 1000


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.stripe_sandbox", *arguments],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_only_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    refused = _run("--data", str(tmp_path / "s.sqlite3"), "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "development and tests only" in refused.stderr
    assert refused.stdout == ""


def test_two_sandboxes_do_not_share_a_file(
    new_process: Callable[..., SandboxProcess],
) -> None:
    first = new_process()
    second = _run("--data", str(first.data))
    assert second.returncode == 1
    assert second.stderr.strip().endswith("cannot be opened: database is locked")


async def test_it_may_bind_publicly_in_a_container(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    process = new_process(
        "--host=0.0.0.0", "--allow-public-bind", "--public-url=http://stripe.example:12111"
    )
    process.url = f"http://127.0.0.1:{process.port}"
    api = Stripe(process, session)
    account = await api.v1.accounts.create_async(account_params())
    link = await api.v1.account_links.create_async(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "https://example.com/a",
            "return_url": "https://example.com/b",
        }
    )
    assert link.url.startswith("http://stripe.example:12111/_sandbox/onboarding/")
    async with session.get(process.url + "/") as banner:
        assert "development and tests only" in " ".join((await banner.text()).split())
        assert banner.headers["X-Sandbox"] == "crewline"
    assert process.stop() == 0


async def test_stopping_lets_a_call_finish(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    process = new_process()
    api = Stripe(process, session)
    slow = {"path": "/v1/topups", "mode": "delay", "seconds": 1.0}
    await api.control("fail_next", slow)
    call = asyncio.create_task(api.v1.topups.create_async({"amount": 5, "currency": "usd"}))

    async def is_under_way() -> bool:
        return bool((await api.control("healthz"))["faults_armed"] == 0)

    await eventually(is_under_way, what="the slow call is being executed")
    assert await asyncio.to_thread(process.stop) == 0
    assert body_of(await call)["status"] == "succeeded"


async def test_the_control_api_explains_itself(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    url = new_process().url + "/_sandbox/"
    for path, body, word in (
        ("fail_next", {"path": "/v1/x", "mode": "explode"}, "mode"),
        ("fail_next", {"mode": "429"}, "path"),
        ("fail_next", {"path": "/v1/x", "mode": "delay", "seconds": 1e9}, "seconds"),
        ("clock/advance", {"seconds": -1}, "seconds"),
        ("clock/advance", {}, "seconds"),
        ("fail_payout", {"payout": "po_nothing"}, "payout"),
        ("complete_onboarding", {"account": "acct_nobody"}, "acct_nobody"),
    ):
        async with session.post(url + path, data=json.dumps(body)) as answer:
            assert answer.status in (400, 403), path
            assert word in (await answer.json())["error"]["message"]
