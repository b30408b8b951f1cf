"""A whole service for a test: in-process with real servers, or as the process that runs it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from services.chassis.lifecycle import Lifecycle
from tests.waiting import eventually

SettingsT = TypeVar("SettingsT")
ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


@contextlib.asynccontextmanager
async def running(
    build: Callable[[Lifecycle, SettingsT], Awaitable[None]], settings: SettingsT
) -> AsyncIterator[dict[str, int]]:
    """Runs a service's own `build` in this process; gives its ports, and stops it in order."""
    lifecycle = Lifecycle()
    await build(lifecycle, settings)
    ready, stopping = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(lifecycle.serve(ready=ready.set, stopping=stopping))
    waiter = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait(
            {task, waiter}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if task.done():
            await task  # raises what it died of
        assert ready.is_set(), f"not ready in {_START_SECONDS} s"
        yield lifecycle.ports
    finally:
        waiter.cancel()
        stopping.set()
        await asyncio.wait_for(task, _STOP_SECONDS)


@dataclass(slots=True, kw_only=True)
class Process:
    """A service's process; `ended` and `stop_seconds` are there once it has ended."""

    pid: int
    ports: dict[str, int]
    log_file: Path
    ended: int | None = None
    stop_seconds: float = 0.0

    def errors(self) -> list[str]:
        """Lines of the log that are worse than a warning, or no JSON at all."""
        found = []
        for line in self.log_file.read_text().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                found.append(line)
                continue
            if record.get("level") in ("error", "critical"):
                found.append(line)
        return found


@contextlib.asynccontextmanager
async def service_process(
    name: str, *, environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Process]:
    """Runs `python -m services.<name>`; ends it by SIGTERM, or by SIGKILL where that fails."""
    log_file, ready_file = folder / f"{name}.log", folder / f"{name}.ready"
    paths = os.pathsep.join((str(ROOT), str(ROOT / "protos" / "gen")))
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("CREWLINE_")}
    with log_file.open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"services.{name}",
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            env={
                **inherited, "PYTHONPATH": paths,
                "CREWLINE_READY_FILE": str(ready_file), **environment,
            },
        )  # fmt: skip
    try:
        await eventually(
            lambda: ready_file.exists() or child.returncode is not None,
            what=f"{name} ready",
            timeout_seconds=_START_SECONDS,
        )
        assert child.returncode is None, log_file.read_text()
        ports = json.loads(ready_file.read_text())
        process = Process(pid=ports.pop("pid"), ports=ports, log_file=log_file)
        yield process
        started = time.monotonic()
        child.send_signal(signal.SIGTERM)
        process.ended = await asyncio.wait_for(child.wait(), _STOP_SECONDS)
        process.stop_seconds = time.monotonic() - started
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
