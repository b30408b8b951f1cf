"""The fixture of these tests: vendors."""

from __future__ import annotations

import pytest

from tests.rpc.harness import RpcHarness
from tests.rpc.vendors.served import Vendors, start


@pytest.fixture
async def vendors(rpc: RpcHarness) -> Vendors:
    """Empty."""
    return await start(rpc)
