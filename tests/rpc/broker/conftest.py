"""The fixture of these tests."""

from __future__ import annotations

import pytest

from tests.rpc.broker.served import ServedBroker, start
from tests.rpc.harness import RpcHarness


@pytest.fixture
async def broker(rpc: RpcHarness) -> ServedBroker:
    """A broker with nothing in it."""
    return await start(rpc)
