"""A gateway on real sockets, and a browser's cookies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.local.servers import Mongod
from services.chassis.lifecycle import Lifecycle
from services.chassis.mongo import MongoDatabase
from services.gateway.app import build
from services.gateway.settings import GatewaySettings
from tests.rpc.web.world import PASSWORD, World, csrf_of


@dataclass
class Browser:
    """Loads pages and sends their forms."""

    client: httpx.AsyncClient
    world: World
    stopping: asyncio.Event
    stopped: asyncio.Task[None]

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self.client.get(path, **given)

    async def send(self, page: str, action: str, **fields: Any) -> httpx.Response:
        """Loads a page and sends a form of it, with its token."""
        loaded = await self.client.get(page)
        token = csrf_of(loaded.text)
        return await self.client.post(action, data={"csrf_token": token, **fields})

    async def sign_in(self, role: str) -> None:
        email = self.world.person(f"{role.lower()}@example.test", role)
        answer = await self.send("/sign-in", "/sign-in", email=email, password=PASSWORD)
        assert answer.status_code == 303, answer.text


RunSite = Callable[..., AbstractAsyncContextManager[Browser]]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.start()
    yield world
    await world.stop()


@pytest.fixture
def run_site(world: World, mongod: Mongod, database: MongoDatabase) -> RunSite:
    """Runs a gateway for the length of a block; settings may be given."""

    @asynccontextmanager
    async def run(**given: Any) -> AsyncIterator[Browser]:
        addresses = {f"{name}_address": f"127.0.0.1:{port}" for name, port in world.ports.items()}
        told = {
            "mongo_uri": mongod.uri,
            "mongo_database": database.name,
            "media_signing_key": "k" * 40,
        }
        settings = GatewaySettings(**{**told, **addresses, **given})
        lifecycle, ready, stopping = Lifecycle(), asyncio.Event(), asyncio.Event()
        await build(settings, lifecycle)
        serving = asyncio.create_task(lifecycle.serve(ready=ready.set, stopping=stopping))
        try:
            await asyncio.wait_for(ready.wait(), timeout=10)
            address = f"http://127.0.0.1:{lifecycle.ports['http']}"
            async with httpx.AsyncClient(base_url=address) as client:
                yield Browser(client=client, world=world, stopping=stopping, stopped=serving)
        finally:
            stopping.set()
            await asyncio.wait_for(serving, timeout=20)

    return run


@pytest.fixture
async def browser(run_site: RunSite) -> AsyncIterator[Browser]:
    async with run_site() as browser:
        yield browser
