"""What REST costs beside the RPC itself: the same reads over both, in turns, in one run."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psutil

from crewline.broker.v1 import service_pb2 as pb
from tests.bench.load import percentile_ms
from tests.bench.world import TIMEOUT_SECONDS, World

_ROUNDS = 6
_CONNECTIONS = 16

# One key does all of the work here, and is not what is measured.
GATEWAY_ENVIRONMENT = {
    "CREWLINE_REQUESTS_PER_SECOND": "1000000",
    "CREWLINE_REQUESTS_BURST": "1000000",
}


@dataclass
class _Side:
    """One of the two ways."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def ms(self, share: float) -> float:
        return percentile_ms(self.latencies, share)


async def rest_over_grpc(
    world: World, *, gateway: str, gateway_pid: int, project_id: str, calls: int
) -> dict[str, Any]:
    """Figures of GetProject over REST, and their ratio to the same over gRPC."""
    rest, rpc = _Side(), _Side()
    process = psutil.Process(gateway_pid)
    each = calls // _ROUNDS // _CONNECTIONS
    cpu_seconds = 0.0
    request = _get(f"/v1/projects/{project_id}", world.client_token)
    await _round(_Side(), lambda side: _ask_rest(side, gateway, request, 20))  # the first exchange
    for _ in range(_ROUNDS):
        await _round(rpc, lambda side: _ask_grpc(side, world, project_id, each))
        before = _cpu_seconds(process)
        await _round(rest, lambda side: _ask_rest(side, gateway, request, each))
        cpu_seconds += _cpu_seconds(process) - before
    return {
        "rest_calls_per_second": round(rest.per_second),
        "grpc_calls_per_second": round(rpc.per_second),
        "rest_ms": {"p50": rest.ms(0.5), "p99": rest.ms(0.99)},
        "grpc_ms": {"p50": rpc.ms(0.5), "p99": rpc.ms(0.99)},
        "rest_over_grpc": {
            "calls_per_second": round(rest.per_second / rpc.per_second, 2),
            "p50": round(rest.ms(0.5) / rpc.ms(0.5), 2),
            "p99": round(rest.ms(0.99) / rpc.ms(0.99), 2),
        },
        "gateway_cpu_ms_per_call": round(1000 * cpu_seconds / len(rest.latencies), 3),
    }


async def post_lines(world: World, *, gateway: str, project_id: str, tasks: int) -> float:
    """Tasks a second that go in as lines of JSON, of the same size as over gRPC."""
    text = "x" * 160
    body = b"".join(
        json.dumps(
            {"external_id": f"line-{n}", "data": {"image": f"{n}.jpg", "text": text}}
        ).encode()
        + b"\n"
        for n in range(tasks)
    )
    head = (
        f"POST /v1/projects/{project_id}/tasks HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {world.client_token}\r\nContent-Type: application/x-ndjson\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await _connect(gateway)
    started = time.perf_counter()
    writer.write(head.encode() + body)
    answer = json.loads(await asyncio.wait_for(_answer(reader), 1800))
    seconds = time.perf_counter() - started
    writer.close()
    if answer["posted"] != tasks:
        raise RuntimeError(f"{answer['posted']} of {tasks} tasks posted: {answer['errors'][:1]}")
    return tasks / seconds


async def _round(side: _Side, ask: Callable[[_Side], Awaitable[None]]) -> None:
    started = time.perf_counter()
    await asyncio.gather(*(ask(side) for _ in range(_CONNECTIONS)))
    side.seconds += time.perf_counter() - started


async def _ask_grpc(side: _Side, world: World, project_id: str, calls: int) -> None:
    request = pb.GetProjectRequest(project_id=project_id)
    metadata = (("authorization", f"Bearer {world.client_token}"),)
    stub = world.brokers[0]
    for _ in range(calls):
        started = time.perf_counter()
        await stub.GetProject(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
        side.latencies.append(time.perf_counter() - started)


async def _ask_rest(side: _Side, gateway: str, request: bytes, calls: int) -> None:
    """By a client that costs next to nothing: what is measured is the gateway."""
    reader, writer = await _connect(gateway)
    for _ in range(calls):
        started = time.perf_counter()
        writer.write(request)
        await asyncio.wait_for(_answer(reader), TIMEOUT_SECONDS)
        side.latencies.append(time.perf_counter() - started)
    writer.close()


def _get(path: str, token: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()


async def _connect(gateway: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(gateway)
    return await asyncio.open_connection(address.hostname, address.port)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200 "):
        raise RuntimeError(f"refused: {head.decode()}")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
