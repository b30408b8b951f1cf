"""A sandbox that the whole session shares, and fresh ones for tests that break theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import stripe

from tests.contract.sandbox_process import SandboxProcess, Stripe

stripe.enable_telemetry = False

# No limits, and money that moves only when a test moves the clock.
_FLAGS = (
    "--rate-limit=0",
    "--payout-seconds=600",
    "--webhook-retry-base-seconds=0.05",
)


@pytest.fixture(scope="session")
def shared_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox that tests share: each makes accounts of its own in it."""
    process = SandboxProcess(tmp_path_factory.mktemp("stripe") / "shared.sqlite3", *_FLAGS).start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def new_process(tmp_path: Path) -> Iterator[Callable[..., SandboxProcess]]:
    """Starts sandboxes of the test's own; flags come after the usual ones and win."""
    started: list[SandboxProcess] = []

    def start(*flags: str) -> SandboxProcess:
        process = SandboxProcess(tmp_path / f"{len(started)}.sqlite3", *_FLAGS, *flags)
        started.append(process)
        return process.start()

    yield start
    for process in started:
        process.kill()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """One HTTP session for the client and the control API."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def api(shared_process: SandboxProcess, session: aiohttp.ClientSession) -> Stripe:
    """The official client on the shared sandbox."""
    return Stripe(shared_process, session)
