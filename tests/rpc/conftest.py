"""Fixtures of the RPC tests; see tests/rpc/harness.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from deploy.local.servers import Mongod
from services.chassis.mongo import MongoDatabase, empty_database
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
async def database(mongod: Mongod, request: pytest.FixtureRequest) -> AsyncIterator[MongoDatabase]:
    """An empty database. The tests of one service take turns with it, so that its collections and
    indexes, which are always the same, are made once: that took most of a test's time.
    """
    service = Path(request.path.relative_to(Path(__file__).parent).parts[0])
    name = f"rpc_{service.stem}"
    await empty_database(uri=mongod.uri, name=name)
    database = MongoDatabase.connect(uri=mongod.uri, name=name, app_name="test")
    yield database
    database.close()


@pytest.fixture
async def rpc(database: MongoDatabase, run_name: str) -> AsyncIterator[RpcHarness]:
    """An empty database, and a server for whatever service the test brings."""
    harness = RpcHarness(database=database, subject_prefix=run_name)
    async with harness.stack:
        yield harness
