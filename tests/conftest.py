"""Fixtures for every group: real servers, one of each a session, started when first asked for."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings

from deploy.local.servers import Mongod, NatsServer
from services.chassis.bus import Bus
from services.chassis.lifecycle import tame_interpreter
from services.chassis.mongo import MongoDatabase, drop_database

# How fast a machine is says nothing about the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Where it is enough to know that a test fails.
settings.register_profile(
    "no shrinking",
    settings.get_profile("any machine"),
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("any machine")

T = TypeVar("T")


def pytest_collection_finish() -> None:
    """Services run in this process: in the same one as where they are deployed."""
    tame_interpreter()


class _Background:
    """An event loop in a thread of its own: servers outlive the loops of single tests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=90)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()


@pytest.fixture(scope="session")
def background() -> Iterator[_Background]:
    loop = _Background()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def mongod(background: _Background, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    server = Mongod(folder=tmp_path_factory.mktemp("mongod"))
    background.run(server.start())
    yield server
    background.run(server.stop())


@pytest.fixture(scope="session")
def nats_server(
    background: _Background, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NatsServer]:
    server = NatsServer(folder=tmp_path_factory.mktemp("nats"))
    background.run(server.start())
    yield server
    background.run(server.stop())


@pytest.fixture
def run_name() -> str:
    """A name that no other test has: for its database and its streams."""
    return "t" + uuid.uuid4().hex[:12]


@pytest.fixture
async def database(mongod: Mongod, run_name: str) -> AsyncIterator[MongoDatabase]:
    """An empty database of the test's own."""
    database = MongoDatabase.connect(uri=mongod.uri, name=run_name, app_name="test")
    yield database
    database.close()
    await drop_database(uri=mongod.uri, name=run_name)


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """A connection to the bus; streams are the test's own by their prefix."""
    bus = await Bus.connect(url=nats_server.url, name="test")
    yield bus
    await bus.close()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[1]
