"""A gateway on real sockets and a real database, before gRPC servers in place of the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.accounts.v1 import types_pb2 as accounts_types_pb2
from crewline.payouts.v1 import service_pb2, service_pb2_grpc
from deploy.local.processes import free_port
from deploy.local.servers import Mongod
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from services.chassis.lifecycle import Lifecycle
from services.chassis.mongo import MongoDatabase
from services.gateway.app import build
from services.gateway.settings import GatewaySettings
from tests.rpc.gateway.served_files import Files, served_files
from tests.rpc.harness import RpcHarness, TokenMint

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
SIGNING_KEY = "of tests alone, and long enough for it"
Answer = Callable[
    [service_pb2.ReceiveWebhookRequest], Awaitable[service_pb2.ReceiveWebhookResponse]
]


async def _accept(request: service_pb2.ReceiveWebhookRequest) -> service_pb2.ReceiveWebhookResponse:
    return service_pb2.ReceiveWebhookResponse()


class Payouts(service_pb2_grpc.PayoutsServiceServicer):
    """What stands behind the webhooks: remembers what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        self.received: list[service_pb2.ReceiveWebhookRequest] = []
        self.request_ids: list[str] = []
        self.answer: Answer = _accept

    async def ReceiveWebhook(self, request: Any, context: Any) -> Any:
        self.received.append(request)
        headers = dict(context.invocation_metadata())
        self.request_ids.append(str(headers.get("x-request-id", "")))
        return await self.answer(request)


class Accounts(accounts_grpc.AccountsServiceServicer):
    """Tells the key of the tests' tokens."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint

    async def GetKeySet(self, request: Any, context: Any) -> Any:
        keys = (await self._mint.fetch_keys()).items()
        return accounts_pb2.GetKeySetResponse(
            keys=[
                accounts_types_pb2.SigningKey(key_id=name, public_key=key.public_bytes_raw())
                for name, key in keys
            ]
        )


@dataclass
class Behind:
    """The services behind the gateway; each may be taken away and brought back on its port."""

    payouts: Payouts = field(default_factory=Payouts)
    mint: TokenMint = field(default_factory=TokenMint)
    ports: dict[str, int] = field(default_factory=dict)
    servicers: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    """By service: what a test registers when it is started."""
    _servers: dict[str, GrpcServer] = field(default_factory=dict)

    async def start(self, name: str) -> None:
        payouts = self.payouts
        accounts = Accounts(self.mint)  # type: ignore[abstract]

        def register(server: Any) -> None:
            if name == "payouts":
                service_pb2_grpc.add_PayoutsServiceServicer_to_server(payouts, server)
            if name == "accounts":
                accounts_grpc.add_AccountsServiceServicer_to_server(accounts, server)
            if name in self.servicers:
                self.servicers[name](server)

        server = GrpcServer(
            pipeline=RpcPipeline(verifier=None),
            register=(register,),
            service_names=(f"crewline.{name}.v1.{name.title()}Service",),
            host="127.0.0.1",
            port=self.ports.get(name) or free_port(),
        )
        self.ports[name] = server.port
        self._servers[name] = server
        await server.start()
        await server.set_serving()

    async def stop(self, name: str) -> None:
        server = self._servers.pop(name, None)
        if server is not None:
            await server.stop(grace_seconds=0)

    async def drain(self, name: str) -> None:
        """Still there, but says NOT_SERVING, as one that is about to stop."""
        await self._servers[name]._health.enter_graceful_shutdown()

    async def start_all(self) -> None:
        for name in SERVICES:
            await self.start(name)

    async def stop_all(self) -> None:
        for name in SERVICES:
            await self.stop(name)


@dataclass
class Gateway:
    """A running gateway, and a client of it."""

    port: int
    client: httpx.AsyncClient
    mint: TokenMint
    stopping: asyncio.Event
    task: asyncio.Task[None]

    def bearer(self, role: str = "CLIENT", **claims: Any) -> dict[str, str]:
        """The header of a caller; see TokenMint.token."""
        return {"Authorization": f"Bearer {self.mint.token(role, **claims)}"}


RunGateway = Callable[..., Any]


@pytest.fixture
async def behind() -> AsyncIterator[Behind]:
    services = Behind()
    await services.start_all()
    yield services
    await services.stop_all()


@pytest.fixture
def run_gateway(behind: Behind, mongod: Mongod, database: MongoDatabase) -> RunGateway:
    """Runs a gateway for the length of a block; settings may be given."""

    @asynccontextmanager
    async def run(**given: Any) -> AsyncIterator[Gateway]:
        addresses = {f"{name}_address": f"127.0.0.1:{port}" for name, port in behind.ports.items()}
        told = {
            "ready_timeout_seconds": 1.0,
            "mongo_uri": mongod.uri,
            "mongo_database": database.name,
            "media_signing_key": SIGNING_KEY,
        }
        settings = GatewaySettings(**{**told, **addresses, **given})
        lifecycle, ready, stopping = Lifecycle(), asyncio.Event(), asyncio.Event()
        await build(settings, lifecycle)
        serving = asyncio.create_task(lifecycle.serve(ready=ready.set, stopping=stopping))
        try:
            await asyncio.wait_for(ready.wait(), timeout=10)
            port = lifecycle.ports["http"]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                yield Gateway(
                    port=port, client=client, mint=behind.mint, stopping=stopping, task=serving
                )
        finally:
            stopping.set()
            await asyncio.wait_for(serving, timeout=20)

    return run


@pytest.fixture
async def gateway(run_gateway: RunGateway) -> AsyncIterator[Gateway]:
    async with run_gateway() as running:
        yield running


@pytest.fixture
async def files(rpc: RpcHarness) -> AsyncIterator[Files]:
    async with served_files(rpc) as files:
        yield files
