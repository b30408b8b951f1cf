"""The fixture of these tests: accounts with its default settings."""

from __future__ import annotations

import pytest

from tests.rpc.accounts.served import Accounts, start
from tests.rpc.harness import RpcHarness


@pytest.fixture
async def accounts(rpc: RpcHarness) -> Accounts:
    """Empty but for its first operator."""
    return await start(rpc)
