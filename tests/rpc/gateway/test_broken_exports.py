"""An export that breaks off never looks like a whole file, and one that nobody reads ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import httpx
import pytest

from crewline.broker.v1 import service_pb2, service_pb2_grpc, types_pb2
from tests.rpc.gateway.conftest import Behind, Gateway, RunGateway
from tests.waiting import at_rest


class Broker(service_pb2_grpc.BrokerServiceServicer):
    """Answers some results and then breaks off, or goes on for ever."""

    def __init__(self) -> None:
        self.endless = False
        self.sent = 0
        self.ended = asyncio.Event()

    async def GetProject(self, request: Any, context: Any) -> Any:
        return service_pb2.GetProjectResponse(project=types_pb2.Project(name="birds"))

    async def StreamResults(self, request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            while self.endless or self.sent < 3:
                self.sent += 1
                yield service_pb2.StreamResultsResponse(
                    results=[
                        types_pb2.Result(
                            external_id=f"t{self.sent}",
                            answers=[types_pb2.ResultAnswer(value="x" * 50_000)],
                        )
                    ]
                )
            await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        finally:
            self.ended.set()


@pytest.fixture
async def broken(behind: Behind, run_gateway: RunGateway) -> AsyncIterator[tuple[Gateway, Broker]]:
    broker = Broker()  # type: ignore[abstract]  # only what an export asks for
    await behind.stop("broker")
    behind.servicers["broker"] = lambda server: (
        service_pb2_grpc.add_BrokerServiceServicer_to_server(broker, server)
    )
    await behind.start("broker")
    async with run_gateway() as gateway:
        yield gateway, broker


@asynccontextmanager
async def _export(gateway: Gateway, form: str) -> AsyncIterator[httpx.Response]:
    path = f"/v1/projects/prj_1/export?format={form}"
    async with gateway.client.stream("GET", path, headers=gateway.bearer()) as response:
        assert response.status_code == 200
        yield response


@pytest.mark.parametrize("form", ["csv", "jsonl", "label_studio", "parquet"])
async def test_what_breaks_off_ends_the_connection(
    broken: tuple[Gateway, Broker], form: str
) -> None:
    gateway, broker = broken
    async with _export(gateway, form) as response:
        with pytest.raises(httpx.RemoteProtocolError):
            await response.aread()
    assert broker.sent == 3
    assert (await gateway.client.get("/healthz")).status_code == 200


async def test_the_broker_stops_where_nobody_reads_on(broken: tuple[Gateway, Broker]) -> None:
    gateway, broker = broken
    broker.endless = True
    async with _export(gateway, "csv") as response:
        pieces = response.aiter_bytes()
        await anext(pieces)
        # Nobody reads: what is under way fills what lies between, and no more is made.
        sent = await at_rest(lambda: broker.sent, what="the broker waits for its reader")
        assert not broker.ended.is_set()
        # Messages of 50 kB: some megabytes in sockets and buffers, not the whole of it.
        assert sent < 1_000
    await asyncio.wait_for(broker.ended.wait(), timeout=10)
