"""Fixtures of the rail's tests: a sandbox of each test's own, and payouts beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stripe

from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import FLAGS, ServedRail, rail_running

stripe.enable_telemetry = False


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """Nobody else's money is in it."""
    process = SandboxProcess(tmp_path / "stripe.sqlite3", *FLAGS).start()
    yield process
    process.kill()


@pytest.fixture
async def rail(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Payouts with everything running."""
    async with rail_running(rpc, sandbox) as served:
        yield served
