"""`python -m deploy.nats.apply` makes a server what topology.toml says, and tells failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError

from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.topology import Topology, load_topology


def apply(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.nats.apply", *arguments],
        check=False,
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """Its streams have no prefix, so the server is not shared."""
    server = NatsServer(folder=tmp_path)
    await server.start()
    yield server
    await server.stop()


async def test_all_streams_and_consumers_are_there_and_again_changes_nothing(
    own_server: NatsServer, repository: Path
) -> None:
    topology = load_topology()
    for _ in range(2):
        done = apply(repository, "--url", own_server.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == (
            f"{len(topology.streams) + 1} streams, {len(topology.consumers)} consumers\n"
        )
    bus = await Bus.connect(url=own_server.url, name="test")
    try:
        await _assert_there(bus, topology)
    finally:
        await bus.close()


async def _assert_there(bus: Bus, topology: Topology) -> None:
    for stream in topology.streams:
        config = (await bus.js.stream_info(stream.name)).config
        assert config.subjects == list(stream.subjects)
        assert config.max_bytes == stream.max_bytes
    await bus.js.stream_info(topology.dead_stream)
    for consumer in topology.consumers.values():
        info = await bus.js.consumer_info(consumer.stream, consumer.name)
        assert info.config.filter_subject == consumer.subject
        assert info.config.max_deliver == consumer.max_deliver
    with pytest.raises(NotFoundError):
        await bus.js.stream_info("NO_SUCH_STREAM")


def test_a_file_that_is_no_topology_is_told(tmp_path: Path, repository: Path) -> None:
    broken = tmp_path / "topology.toml"
    broken.write_text("[streams")
    done = apply(repository, "--url", "nats://127.0.0.1:1", "--topology", str(broken))
    assert done.returncode == 1
    assert str(broken) in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_server_that_refuses_is_told(own_server: NatsServer, repository: Path) -> None:
    # One server cannot keep three copies.
    done = apply(repository, "--url", own_server.url, "--replicas", "3")
    assert done.returncode == 1
    assert own_server.url in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_is_needed(repository: Path) -> None:
    done = apply(repository)
    assert done.returncode == 2
    assert "--url" in done.stderr
