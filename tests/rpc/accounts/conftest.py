"""The fixtures of these tests: accounts with its default settings, and a clock for it."""

from __future__ import annotations

import pytest

from tests.rpc.accounts.served import Accounts, MovingClock, start
from tests.rpc.harness import RpcHarness


@pytest.fixture
async def accounts(rpc: RpcHarness) -> Accounts:
    """Empty but for its first operator."""
    return await start(rpc)


@pytest.fixture
def clock(rpc: RpcHarness) -> MovingClock:
    """Of whatever the test starts after it."""
    clock = MovingClock()
    rpc.clock = clock
    return clock
