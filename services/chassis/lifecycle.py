"""A process from start to stop, in order and back.

Parts start in order and stop in reverse; SIGTERM finishes what is in flight; a background task
that dies takes the process with it, loudly.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from prometheus_client import start_http_server

from services.chassis import metrics
from services.chassis.logs import configure_logs, logger
from services.chassis.settings import ProcessSettings

log = logger(__name__)

Start = Callable[[], Awaitable[None]]

_SWITCH_SECONDS = 0.02


@dataclass(slots=True, kw_only=True)
class _Part:
    name: str
    start: Start | None
    stop: Start | None
    run: Start | None


@dataclass(slots=True)
class Lifecycle:
    """Collects a service's parts; `run_service` runs them."""

    _parts: list[_Part] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        name: str,
        *,
        start: Start | None = None,
        run: Start | None = None,
        stop: Start | None = None,
    ) -> None:
        """Adds a part.

        `start` is awaited before the next part's; `run` then goes on in the background until
        `stop` ends it.
        """
        self._parts.append(_Part(name=name, start=start, stop=stop, run=run))

    async def serve(self, *, ready: Callable[[], None], stopping: asyncio.Event) -> None:
        """Starts everything, waits for `stopping`, stops what was started.

        Errors:
            Exception: what a part's start raised, or its background task died of.
        """
        started: list[tuple[_Part, asyncio.Task[None] | None]] = []
        waiter = asyncio.create_task(stopping.wait())
        try:
            for part in self._parts:
                if part.start is not None:
                    await part.start()
                task = None
                if part.run is not None:
                    task = asyncio.create_task(_run(part.run), name=part.name)
                started.append((part, task))
            ready()
            await self._watch(waiter, [task for _, task in started if task is not None])
        finally:
            waiter.cancel()
            for part, task in reversed(started):
                await _stop(part, task)

    async def _watch(self, waiter: asyncio.Task[bool], tasks: list[asyncio.Task[None]]) -> None:
        done, _ = await asyncio.wait({waiter, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task is not waiter:
                error = task.exception()
                log.error("lifecycle.task_died", task=task.get_name(), exc_info=error)
                raise RuntimeError(f"background task {task.get_name()} ended") from error


def run_service(
    name: str, settings: ProcessSettings, build: Callable[[Lifecycle], Awaitable[None]]
) -> None:
    """Runs a service until SIGTERM or SIGINT; exit code 1 where it died of an error."""
    configure_logs(service=name, level=settings.log_level)
    try:
        uvloop.run(_main(name, settings, build))
    except Exception:
        log.exception("lifecycle.failed")
        sys.exit(1)


async def _main(
    name: str, settings: ProcessSettings, build: Callable[[Lifecycle], Awaitable[None]]
) -> None:
    lifecycle = Lifecycle()
    await build(lifecycle)
    server, thread = start_http_server(settings.metrics_port, settings.metrics_host)
    lifecycle.ports["metrics"] = server.server_port
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    def ready() -> None:
        tame_interpreter()
        metrics.UP.set(1)
        log.info("lifecycle.ready", **lifecycle.ports)
        if settings.ready_file:
            _write_ready(Path(settings.ready_file), lifecycle.ports)

    try:
        await lifecycle.serve(ready=ready, stopping=stopping)
    finally:
        metrics.UP.set(0)
        log.info("lifecycle.stopped", service=name)
        server.shutdown()
        server.server_close()
        thread.join(timeout=1.0)


def tame_interpreter() -> None:
    """For a process that has loaded what it needs, and serves from now on."""
    # The loop and the driver's threads take turns often enough by themselves, at every wait for
    # the network; being made to, every 5 ms, costs a tenth of the throughput.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # Batches make many short-lived objects and hardly a cycle: looking for cycles every 700 of
    # them is time lost. What was there at start is never looked at again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _write_ready(path: Path, ports: dict[str, int]) -> None:
    # Renamed into place, so that whoever waits for it never reads half of it.
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"pid": os.getpid(), **ports}))
    draft.replace(path)


async def _run(run: Start) -> None:
    await run()


async def _stop(part: _Part, task: asyncio.Task[None] | None) -> None:
    try:
        if part.stop is not None:
            await part.stop()
        if task is not None:
            # Its own stop has told it to end; what does not is ended.
            _, late = await asyncio.wait({task}, timeout=10.0)
            if late:
                log.warning("lifecycle.task_cancelled", task=part.name)
                task.cancel()
    except Exception:
        log.exception("lifecycle.stop_failed", part=part.name)
