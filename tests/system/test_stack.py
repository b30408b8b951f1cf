"""The local stack: ready, crashed and resumed; however its runner ends, no process is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from crewline.accounts.v1 import service_pb2, service_pb2_grpc
from deploy.local.folder import FolderInUse, read_json
from deploy.local.log_errors import error_lines
from deploy.local.ports import SERVICES
from deploy.local.processes import can_connect
from deploy.local.stack import PartDied, Stack
from services.chassis.grpc_client import call, open_channel
from tests.waiting import eventually

SERVERS = ("mongod", "nats", "sandbox")
START_TIMEOUT_SECONDS = 60.0
# What the runner says once it has nothing more to do.
UP = b"up until Ctrl-C\n"


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=10, trust_env=False)


def webhook_endpoints(stack: Stack) -> dict[str, str]:
    url = f"{stack.target()['sandbox_url']}/v1/webhook_endpoints"
    listed = get(url, Authorization=f"Bearer {stack.secrets.sandbox_key}").json()["data"]
    return {endpoint["id"]: endpoint["url"] for endpoint in listed}


async def operator_of(target: dict[str, Any]) -> str:
    """Who the operator's key is exchanged for: made once, whatever starts and crashes since."""
    key = _text(target["operator_key_file"]).strip()
    channel = open_channel(target["accounts"], own_connection=True)
    try:
        stub = service_pb2_grpc.AccountsServiceStub(channel)
        request = service_pb2.ExchangeApiKeyRequest(secret=key)
        response = await call(stub.ExchangeApiKey, request, timeout_seconds=10)
    finally:
        await channel.close()
    return str(response.subject_id)


def _text(path: str) -> str:
    return Path(path).read_text()


def children() -> list[psutil.Process]:
    return children_of(os.getpid())


def children_of(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


async def test_a_stack_is_ready_survives_crashes_and_tells_deaths(tmp_path: Path) -> None:
    before = set(children())
    folder = tmp_path / "stack"
    async with Stack(folder=folder, free_ports=True) as stack:
        first = await _assert_ready(stack)
        mine = [child for child in children() if child not in before]
        assert len(mine) == len(SERVERS) + len(SERVICES)
        logs = [stack.folder.log_file(name) for name in stack.parts]
        assert [str(error) for error in error_lines(logs)] == []
        with pytest.raises(FolderInUse, match=str(os.getpid())):
            await Stack(folder=folder, free_ports=True).__aenter__()
        await _assert_crashes_are_survived(stack)
        assert await _assert_ready(stack) == first
        await _assert_a_death_is_told(stack)
    assert set(children()) <= before
    assert are_gone(mine)
    assert not can_connect(stack.ports.http)
    assert not stack.folder.target_file.exists()


@dataclass(frozen=True, kw_only=True)
class Seen:
    operator: str
    secrets: Any
    endpoints: dict[str, str]


async def _assert_ready(stack: Stack) -> Seen:
    assert stack.parts == (*SERVERS, *SERVICES)
    ready = get(f"{stack.target()['gateway']}/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    for address in dict(stack.target()["metrics"]).values():  # type: ignore[call-overload]
        assert "crewline_ready 1.0" in get(f"http://{address}/metrics").text
    endpoints = webhook_endpoints(stack)
    gateway = stack.target()["gateway"]
    assert sorted(endpoints.values()) == [
        f"{gateway}/webhooks/stripe/connect",
        f"{gateway}/webhooks/stripe/platform",
    ]
    told = stack.folder.target_file
    assert json.loads(told.read_text()) == stack.target()
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    return Seen(
        operator=await operator_of(stack.target()),
        secrets=stack.secrets,
        endpoints=endpoints,
    )


async def _assert_crashes_are_survived(stack: Stack) -> None:
    watch = asyncio.create_task(stack.watch())
    gateway = stack.target()["gateway"]
    await stack.kill("quality")

    def missing() -> list[str]:
        states = get(f"{gateway}/readyz").json()["services"]
        return [name for name, state in states.items() if state != "SERVING"]

    await eventually(lambda: missing() == ["quality"], what="quality missed")
    for name in ("mongod", "nats", "sandbox"):
        await stack.kill(name)
        await stack.restart(name)
    await stack.restart("quality")
    await stack.restart("accounts")  # in order, without a crash before
    await eventually(lambda: not missing(), what="ready again")
    assert not watch.done(), "what was killed on purpose is no death"
    watch.cancel()


async def _assert_a_death_is_told(stack: Stack) -> None:
    watch = asyncio.create_task(stack.watch())
    os.kill(stack.process("vendors").pid, signal.SIGKILL)
    with pytest.raises(PartDied, match=r"(?s)vendors was ended by SIGKILL.*lifecycle\.ready"):
        await asyncio.wait_for(watch, timeout=10)


@dataclass(frozen=True, kw_only=True)
class Runner:
    process: asyncio.subprocess.Process
    target: dict[str, Any]
    children: list[psutil.Process]
    printed: str = ""

    async def end(self, number: signal.Signals) -> tuple[int | None, str]:
        """Sends the signal; the exit code, and what it had printed."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> tuple[int | None, str]:
        printed, _ = await asyncio.wait_for(self.process.communicate(), timeout=45)
        await eventually(lambda: are_gone(self.children), what="the end of every child")
        return self.process.returncode, self.printed + printed.decode()


@asynccontextmanager
async def running(folder: Path, repository: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`make run` without the demo."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.local.run", "--no-demo", "--free-ports",
        "--folder", str(folder),
        cwd=repository,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def up(process: asyncio.subprocess.Process, folder: Path) -> Runner:
    def probe() -> Any:
        assert process.returncode is None, "the runner has ended"
        found = read_json(folder / "target.json")
        # The last run's may still lie there for a moment.
        return found if found.get("pid") == process.pid else None

    target = await eventually(probe, what="ready", timeout_seconds=START_TIMEOUT_SECONDS)
    assert process.stdout is not None
    printed = await asyncio.wait_for(process.stdout.readuntil(UP), START_TIMEOUT_SECONDS)
    return Runner(
        process=process,
        target=target,
        children=children_of(process.pid),
        printed=printed.decode(),
    )


async def test_however_the_runner_ends_no_process_is_left_and_the_data_stays(
    tmp_path: Path, repository: Path
) -> None:
    folder = tmp_path / "stack"
    async with running(folder, repository) as process:
        runner = await up(process, folder)
        assert len(runner.children) == len(SERVERS) + len(SERVICES)
        operator = await operator_of(runner.target)
        secrets = read_json(folder / "secrets.json")
        assert len(secrets["webhooks"]) == 2
        await runner.end(signal.SIGKILL)

    async with running(folder, repository) as again:
        runner = await up(again, folder)
        assert await operator_of(runner.target) == operator
        assert read_json(folder / "secrets.json") == secrets
        code, printed = await runner.end(signal.SIGTERM)
        assert code == 0, printed
        assert f"process {process.pid}) was not stopped" in printed
        assert str(runner.target["gateway"]) in printed
        assert printed.rstrip().endswith("stopped")
        assert read_json(folder / "target.json") == {}


async def test_a_part_that_dies_ends_the_runner_which_says_so(
    tmp_path: Path, repository: Path
) -> None:
    async with running(tmp_path / "stack", repository) as process:
        victim = await eventually(
            lambda: [c for c in children_of(process.pid) if _runs(c, "services.broker")],
            what="the broker's start",
            timeout_seconds=START_TIMEOUT_SECONDS,
        )
        runner = Runner(process=process, target={}, children=children_of(process.pid))
        victim[0].kill()
        code, printed = await runner.ended()
    assert code == 1
    assert "broker was ended by SIGKILL" in printed


def _runs(process: psutil.Process, module: str) -> bool:
    try:
        return module in process.cmdline()
    except psutil.NoSuchProcess:
        return False
