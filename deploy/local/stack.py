"""The whole of Crewline on one machine, as child processes: started, watched, crashed, stopped.

Data, logs and secrets are in one folder; a second start on it goes on where the first ended.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from deploy.local.folder import DEFAULT_FOLDER, StackFolder, read_json, write_private
from deploy.local.ports import SERVICES, StackPorts, choose_ports
from deploy.local.processes import ChildProcess
from deploy.local.sandbox import StripeSandbox
from deploy.local.servers import Mongod, NatsServer
from deploy.local.service_process import ServiceProcess, service_environment
from deploy.local.stack_secrets import StackSecrets, load_or_make_secrets, save_secrets

_WATCH_PAUSE_SECONDS = 0.2
_WEBHOOKS = {"platform": False, "connect": True}


class PartDied(RuntimeError):
    """A part of a running stack ended by itself; the message ends with its log."""


class Part(Protocol):
    """A child process with its place in the stack."""

    process: ChildProcess | None

    async def start(self) -> None:
        """Starts it, or starts it again on the same ports and data; returns when it is ready."""

    async def stop(self) -> None:
        """Ends it in order."""


class Stack:
    """An asynchronous context: inside it everything runs and is ready."""

    def __init__(
        self,
        *,
        folder: Path = DEFAULT_FOLDER,
        free_ports: bool = False,
        services: Sequence[str] = SERVICES,
        environment: Mapping[str, Mapping[str, str]] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`environment` adds variables to single services; `say` is told what becomes ready."""
        self.folder = StackFolder(folder)
        self.services = tuple(name for name in SERVICES if name in services)
        self._free_ports = free_ports
        self._environment = environment or {}
        self._say = say
        self._parts: dict[str, Part] = {}
        # Not started yet, or killed on purpose: nothing to tell of.
        self._down: set[str] = set()
        self.ports: StackPorts
        self.secrets: StackSecrets
        self.ready_seconds = 0.0

    async def __aenter__(self) -> Self:
        """Errors: FolderInUse; ProcessFailed where a part does not become ready."""
        stale = self.folder.acquire()
        if stale:
            self._say(f"the last stack here (process {stale}) was not stopped; going on from it")
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops everything, the last started first."""
        await self._stop()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names, in the order of their start."""
        return tuple(self._parts)

    def process(self, name: str) -> ChildProcess:
        """Of a part. Errors: KeyError."""
        process = self._parts[name].process
        if process is None:
            raise KeyError(name)
        return process

    async def kill(self, name: str) -> None:
        """SIGKILL, as a crash; it stays away until `restart`."""
        self._down.add(name)
        await self.process(name).kill()

    async def restart(self, name: str) -> None:
        """On the same ports and data; one that still runs is stopped in order first."""
        self._down.add(name)
        await self._parts[name].stop()
        await self._parts[name].start()
        self._down.discard(name)

    async def watch(self) -> None:
        """Returns never. Errors: PartDied when one ends that nobody has killed."""
        while True:
            for name in self._parts.keys() - self._down:
                process = self.process(name)
                if not process.is_running:
                    raise PartDied(
                        f"{name} {process.ending}; the end of {process.log_file}:\n"
                        f"{process.log_tail()}"
                    )
            await asyncio.sleep(_WATCH_PAUSE_SECONDS)

    async def _start(self) -> None:
        started = time.monotonic()
        self.ports = choose_ports(
            services=self.services,
            only_free=self._free_ports,
            last=read_json(self.folder.ports_file),
        )
        write_private(self.folder.ports_file, json.dumps(dataclasses.asdict(self.ports)))
        secrets = load_or_make_secrets(self.folder)
        mongod = Mongod(folder=self.folder.path, port=self.ports.mongod)
        nats = NatsServer(folder=self.folder.path, port=self.ports.nats)
        sandbox = StripeSandbox(
            folder=self.folder.path, port=self.ports.sandbox, secret_key=secrets.sandbox_key
        )
        self._parts = {"mongod": mongod, "nats": nats, "sandbox": sandbox}
        self._down = set(self._parts)
        await _together(
            self._start_part("mongod"),
            self._start_part("nats", then=nats.apply_topology),
            # Payouts is told the secrets of the endpoints, so these are there first.
            self._start_part("sandbox", then=partial(self._register, sandbox, secrets)),
        )
        for name in self.services:
            self._parts[name] = self._service(name, mongod=mongod, nats=nats, sandbox=sandbox)
            self._down.add(name)
        await self._while_all_live(_together(*(self._start_part(name) for name in self.services)))
        self.ready_seconds = time.monotonic() - started
        write_private(self.folder.target_file, json.dumps(self.target(), indent=2))

    async def _start_part(
        self, name: str, *, then: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        started = time.monotonic()
        await self._parts[name].start()
        if then is not None:
            await then()
        self._down.discard(name)
        self._say(f"{name:<9} ready in {time.monotonic() - started:.1f} s")

    async def _while_all_live(self, work: Coroutine[object, object, None]) -> None:
        """Services wait long for a server that is gone: its death is told instead."""
        tasks = [asyncio.create_task(work), asyncio.create_task(self.watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _register(self, sandbox: StripeSandbox, secrets: StackSecrets) -> None:
        for name, connect in _WEBHOOKS.items():
            url = f"http://127.0.0.1:{self.ports.http}/webhooks/stripe/{name}"
            endpoint = await sandbox.ensure_webhook(
                secrets.webhooks.get(name), url=url, connect=connect
            )
            secrets = secrets.with_webhook(name, endpoint)
        save_secrets(self.folder, secrets)
        self.secrets = secrets

    def _service(
        self, name: str, *, mongod: Mongod, nats: NatsServer, sandbox: StripeSandbox
    ) -> ServiceProcess:
        told = service_environment(
            name,
            ports=self.ports,
            secrets=self.secrets,
            mongo_uri=mongod.uri,
            nats_url=nats.url,
            sandbox_url=sandbox.url,
        )
        return ServiceProcess(
            name=name,
            folder=self.folder,
            ports=self.ports,
            environment={**told, **self._environment.get(name, {})},
        )

    def target(self) -> dict[str, object]:
        """Where everything is, as clients read it from target.json."""
        return {
            **{name: f"127.0.0.1:{port}" for name, port in self.ports.grpc.items()},
            "gateway": f"http://127.0.0.1:{self.ports.http}",
            "sandbox_url": f"http://127.0.0.1:{self.ports.sandbox}",
            "operator_key_file": str(self.folder.operator_key_file),
            "metrics": {name: f"127.0.0.1:{port}" for name, port in self.ports.metrics.items()},
            "nats_url": f"nats://127.0.0.1:{self.ports.nats}",
            "mongo_uri": f"mongodb://127.0.0.1:{self.ports.mongod}/?replicaSet=rs0",
            "folder": str(self.folder.path),
            "pid": os.getpid(),
        }

    async def _stop(self) -> None:
        try:
            services = [self._parts[name] for name in self.services if name in self._parts]
            servers = [part for name, part in self._parts.items() if name not in self.services]
            self._down.update(self._parts)
            await _together(*(part.stop() for part in services))
            for server in reversed(servers):
                await server.stop()
        finally:
            self.folder.release()


async def _together(*work: Awaitable[None]) -> None:
    """With the first failure the others are cancelled, and it is raised itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(_awaited(one))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures


async def _awaited(one: Awaitable[None]) -> None:
    await one
