"""The fixture of these tests."""

from __future__ import annotations

import pytest

from tests.rpc.harness import RpcHarness
from tests.rpc.quality.served import ServedQuality, start


@pytest.fixture
async def quality(rpc: RpcHarness) -> ServedQuality:
    """Quality with nothing in it."""
    return await start(rpc)
