"""Fixtures of the rail's tests: a sandbox of each test's own, and payouts beside it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stripe

from tests.contract.conformance import Recording
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import FLAGS, ServedRail, rail_running

stripe.enable_telemetry = False


def record_of(data: Path) -> Path:
    """Return where a sandbox writes down what it was asked and answered."""
    return data.with_suffix(".jsonl")


class Sandboxes:
    """Fresh ones, each started while the test before still runs: a start takes most of a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._next = self._launch()

    def take(self) -> SandboxProcess:
        process, self._next = self._next, self._launch()
        return process.wait_until_ready()

    def close(self) -> None:
        self._next.kill()

    def _launch(self) -> SandboxProcess:
        data = self._folder / f"stripe-{next(self._numbers)}.sqlite3"
        return SandboxProcess(data, *FLAGS, f"--record={record_of(data)}").launch()


@pytest.fixture(scope="session")
def sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    found = Sandboxes(tmp_path_factory.mktemp("sandboxes"))
    yield found
    found.close()


@pytest.fixture
def sandbox(sandboxes: Sandboxes) -> Iterator[SandboxProcess]:
    """Nobody else's money is in it."""
    process = sandboxes.take()
    yield process
    process.kill()
    # Every request of ours, and every answer that it got, must be Stripe's.
    assert Recording(record_of(process.data), strict=True).complaints() == []


@pytest.fixture
async def rail(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Payouts with everything running."""
    async with rail_running(rpc, sandbox) as served:
        yield served
