"""Command line: flags to settings, one JSON line on stdout once it listens, SIGTERM to stop."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from deploy.local.stripe_sandbox.app import background, build_app, open_sandbox
from deploy.local.stripe_sandbox.plan_fields import PlanMalformed
from deploy.local.stripe_sandbox.world import Sandbox, Settings

KEY_VARIABLE: Final = "CREWLINE_SANDBOX_SECRET_KEY"
_DEFAULT_KEY: Final = "sk_test_sandbox"
_SHUTDOWN_SECONDS: Final = 5.0
_BACKLOG: Final = 512


def parse(arguments: list[str]) -> Settings:
    """Return settings from flags and the environment, or leave with the reason."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.stripe_sandbox",
        description="A local stand-in for Stripe Connect: for development and tests only.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--data", type=Path, required=True, help="SQLite file that holds the state")
    parser.add_argument(
        "--allow-public-bind", action="store_true", help="bind beyond loopback (containers only)"
    )
    parser.add_argument("--public-url", help="address that links to the hosted pages carry")
    parser.add_argument(
        "--rate-limit", type=int, default=100, help="requests/s of an account; 0 turns limits off"
    )
    parser.add_argument(
        "--endpoint-rate-limit", type=int, default=25, help="requests/s of one endpoint"
    )
    parser.add_argument("--topup-seconds", type=float, default=0.0)
    parser.add_argument(
        "--payment-hold-seconds",
        type=float,
        default=0.0,
        help="how long payments wait to be spendable (Stripe: two days and more)",
    )
    parser.add_argument(
        "--bank-debit-seconds", type=float, default=1.0, help="what a payer's bank takes"
    )
    parser.add_argument("--verification-seconds", type=float, default=0.0)
    parser.add_argument("--payout-seconds", type=float, default=1.0, help="creation to arrival")
    parser.add_argument(
        "--recipient-hold-seconds",
        type=float,
        default=0.0,
        help="how long recipient-agreement accounts wait for a transfer (Stripe: 86400)",
    )
    parser.add_argument("--webhook-retry-base-seconds", type=float, default=1.0)
    parser.add_argument(
        "--payout-business-days",
        type=int,
        default=0,
        help="arrival at midnight of this business day, instead of --payout-seconds",
    )
    parser.add_argument("--lock-wait-seconds", type=float, default=2.0, help="then lock_timeout")
    parser.add_argument(
        "--record", type=Path, help="file that every exchange is written to, a JSON line each"
    )
    parser.add_argument(
        "--fault-plan", type=Path, help="JSON file of seeded faults (fault_plans.py tells its form)"
    )
    given = parser.parse_args(arguments)
    if not _is_loopback(given.host) and not given.allow_public_bind:
        parser.error(
            f"{given.host} is not a loopback address: the sandbox is for development and tests "
            "only (--allow-public-bind overrides this inside a container)"
        )
    return _settings(given)


def _settings(given: argparse.Namespace) -> Settings:
    return Settings(
        host=given.host,
        port=given.port,
        data_path=given.data,
        secret_key=os.environ.get(KEY_VARIABLE) or _DEFAULT_KEY,
        public_url=given.public_url,
        rate_limit_per_second=max(given.rate_limit, 0),
        endpoint_rate_limit_per_second=max(given.endpoint_rate_limit, 0),
        topup_seconds=max(given.topup_seconds, 0.0),
        payment_hold_seconds=max(given.payment_hold_seconds, 0.0),
        bank_debit_seconds=max(given.bank_debit_seconds, 0.0),
        verification_seconds=max(given.verification_seconds, 0.0),
        payout_seconds=max(given.payout_seconds, 0.0),
        recipient_hold_seconds=max(given.recipient_hold_seconds, 0.0),
        webhook_retry_base_seconds=max(given.webhook_retry_base_seconds, 0.01),
        fault_plan=given.fault_plan,
        payout_business_days=min(max(given.payout_business_days, 0), 60),
        lock_wait_seconds=max(given.lock_wait_seconds, 0.0),
        record=given.record,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, or until a background loop breaks."""
    sandbox = open_sandbox(settings)
    try:
        await _serve(sandbox, settings)
    finally:
        sandbox.database.close()


async def _serve(sandbox: Sandbox, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(build_app(sandbox), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        listener = _listen(settings)
        sandbox.base_url = settings.public_url or _url(listener)
        async with background(sandbox) as work:
            await web.SockSite(runner, listener, backlog=_BACKLOG).start()
            line = {"url": _url(listener), "secret_key": settings.secret_key}
            print(json.dumps(line), flush=True)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({stopped, work}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if work.done():
                work.result()
            await runner.cleanup()
    finally:
        await runner.cleanup()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def main() -> None:
    """Run the sandbox."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    settings = parse(sys.argv[1:])
    run = asyncio.run if sys.platform == "win32" else _uvloop_run
    try:
        run(serve(settings))
    except (OSError, PlanMalformed) as cause:
        sys.exit(f"stripe sandbox: {cause}")


def _uvloop_run(main_task: Coroutine[Any, Any, None]) -> None:
    import uvloop

    uvloop.run(main_task)
