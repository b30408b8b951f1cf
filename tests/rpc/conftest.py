"""Fixtures of the RPC tests; see tests/rpc/harness.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog

from services.chassis.mongo import MongoDatabase
from tests.rpc.harness import RpcHarness


@pytest.fixture(autouse=True, scope="session")
def _plain_logs() -> None:
    """Structlog's own default draws every local variable into a traceback, which takes seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        # Not cached: pytest gives every test a stdout of its own.
        cache_logger_on_first_use=False,
    )


@pytest.fixture
async def rpc(database: MongoDatabase, run_name: str) -> AsyncIterator[RpcHarness]:
    """An empty database, and a server for whatever service the test brings."""
    harness = RpcHarness(database=database, subject_prefix=run_name)
    async with harness.stack:
        yield harness
