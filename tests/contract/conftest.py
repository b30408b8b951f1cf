"""A sandbox that the whole session shares, and fresh ones for tests that break theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import stripe

from tests.contract.conformance import Recording
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
    folder = tmp_path_factory.mktemp("stripe")
    record = f"--record={folder / 'record.jsonl'}"
    process = SandboxProcess(folder / "shared.sqlite3", *_FLAGS, record).start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def new_process(tmp_path: Path) -> Iterator[Callable[..., SandboxProcess]]:
    """Starts sandboxes of the test's own; flags come after the usual ones and win."""
    started: list[SandboxProcess] = []

    def start(*flags: str) -> SandboxProcess:
        name = tmp_path / f"{len(started)}"
        record = f"--record={name}.jsonl"
        process = SandboxProcess(name.with_suffix(".sqlite3"), *_FLAGS, record, *flags)
        started.append(process)
        return process.start()

    yield start
    for process in started:
        process.kill()
    for number in range(len(started)):
        assert Recording(tmp_path / f"{number}.jsonl").complaints() == []


@pytest.fixture(scope="session")
def shared_record(shared_process: SandboxProcess) -> Recording:
    """What the shared sandbox was asked and answered."""
    return Recording(shared_process.data.with_name("record.jsonl"))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """One HTTP session for the client and the control API."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def api(
    shared_process: SandboxProcess, shared_record: Recording, session: aiohttp.ClientSession
) -> Iterator[Stripe]:
    """The official client on the shared sandbox; what the test had from it must be Stripe's."""
    yield Stripe(shared_process, session)
    assert shared_record.complaints() == []
