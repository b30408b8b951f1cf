"""A real nats-server with deploy/nats/nats-server.conf: each user can do its work, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from crewline.broker.v1 import events_pb2
from deploy.local.processes import can_connect, free_port
from deploy.local.servers import nats_server_path
from deploy.nats.users import USERS_FILE, users_conf
from services.chassis.bus import Bus
from services.chassis.clock import utc_now
from services.chassis.consumer import BatchConsumer
from services.chassis.errors import FieldsInvalid, FieldViolation, PeerUnavailable
from services.chassis.events import IncomingEvent, outgoing
from services.chassis.topology import ConsumerSpec, await_consumer, load_topology
from tests.deploy.compose_file import COMPOSE_FILE, load_compose
from tests.deploy.tools import run
from tests.waiting import eventually

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
TOPOLOGY = load_topology()
CONSUMERS = tuple(TOPOLOGY.consumers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server as compose runs it, but for its addresses."""

    url: str
    monitor: str
    secrets: Path

    def password(self, user: str) -> str:
        return (self.secrets / f"{user}_nats_password").read_text().strip()

    @property
    def ca_file(self) -> str:
        return str(self.secrets / "ca_certificate")


def owner(consumer: ConsumerSpec) -> str:
    return consumer.name.split("__")[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, secrets: Path) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("bus")
    (root / "etc").mkdir()
    (root / "etc" / "nats").symlink_to(COMPOSE_FILE.parents[1] / "nats")
    (root / "run").mkdir()
    (root / "run" / "secrets").symlink_to(secrets)
    port, monitor_port = free_port(), free_port()
    arguments = [
        # The file's own arguments, inside this root.
        word.replace("=/", f"={root}/")
        for word in load_compose().services["nats"].command
    ]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [nats_server_path(), *arguments, "-a", "127.0.0.1", "-p", str(port),
             "-m", str(monitor_port)],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not can_connect(port):
            assert process.poll() is None, (root / "log").read_text()
            assert time.monotonic() < deadline, (root / "log").read_text()
        found = Server(
            url=f"tls://127.0.0.1:{port}",
            monitor=f"http://127.0.0.1:{monitor_port}",
            secrets=secrets,
        )
        apply(found)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=20)


def apply(server: Server) -> None:
    """The job nats-topology of compose."""
    done = run(
        sys.executable,
        "-m",
        "deploy.nats.apply",
        f"--url={server.url}",
        "--user=topology",
        f"--password-file={server.secrets / 'topology_nats_password'}",
        f"--ca-file={server.ca_file}",
        cwd=COMPOSE_FILE.parents[2],
        environment={**os.environ, "PYTHONPATH": ".:protos/gen"},
    )
    assert done.returncode == 0, done.stderr


def applied(server: Server) -> dict[str, Any]:
    """The settings of every stream and of its consumers, as the server tells them."""
    query = "jsz?streams=1&consumers=1&config=1"
    with urllib.request.urlopen(f"{server.monitor}/{query}", timeout=5) as answer:
        [account] = json.load(answer)["account_details"]
    return {
        stream["name"]: (
            stream["config"],
            {one["name"]: one["config"] for one in stream.get("consumer_detail", [])},
        )
        for stream in account["stream_detail"]
    }


@contextlib.asynccontextmanager
async def bus_of(server: Server, user: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(
        url=server.url, name=user, user=user, password=server.password(user), ca_file=server.ca_file
    )
    try:
        yield bus
    finally:
        await bus.close()


class Refusals:
    """A bare connection as one user, and what the server refused it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def heard(self, err: Exception) -> None:
        self.seen.append(str(err))

    @contextlib.asynccontextmanager
    async def connection(self, server: Server, user: str) -> AsyncIterator[Client]:
        client = await nats.connect(
            server.url,
            user=user,
            password=server.password(user),
            tls=ssl.create_default_context(cafile=server.ca_file),
            inbox_prefix=f"_INBOX_{user}",
            error_cb=self.heard,
            allow_reconnect=False,
        )
        try:
            yield client
        finally:
            await client.close()


async def refused(server: Server, user: str, subjects: list[str]) -> set[str]:
    """Which of the subjects the user may not publish."""
    refusals = Refusals()
    async with refusals.connection(server, user) as client:
        # The server answers in order: what it says of the last, which nobody may, comes last.
        for subject in [*subjects, "nobody.may"]:
            await client.publish(subject, b"{}")
        await eventually(
            lambda: any("nobody.may" in said for said in refusals.seen), what="the last refusal"
        )
    return {
        subject
        for subject in subjects
        if any(f'publish to "{subject.lower()}"' in said.lower() for said in refusals.seen)
    }


def answers_submitted() -> events_pb2.AnswersSubmitted:
    return events_pb2.AnswersSubmitted(project_id="prj_a")


def test_the_users_are_those_of_the_topology() -> None:
    assert USERS_FILE.read_text() == users_conf(TOPOLOGY), (
        "stale: run `python -m deploy.nats.users`"
    )


async def test_nobody_connects_without_a_password(server: Server) -> None:
    tls = ssl.create_default_context(cafile=server.ca_file)
    for user, password in ((None, None), ("broker", "guessed"), ("broker", None)):
        with pytest.raises(NatsError, match=r"(?i)authorization"):
            await nats.connect(
                server.url, user=user, password=password, tls=tls, allow_reconnect=False
            )


async def test_nobody_connects_without_encryption(server: Server) -> None:
    host, port = server.url.removeprefix("tls://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    greeting = json.loads((await asyncio.wait_for(reader.readline(), 5)).removeprefix(b"INFO "))
    assert greeting["tls_required"] is True
    writer.write(b'CONNECT {"verbose":true}\r\nPING\r\n')
    # It takes that for a broken TLS handshake, and hangs up.
    assert b"PONG" not in await asyncio.wait_for(reader.read(), 10)
    writer.close()


def test_applying_the_topology_again_changes_nothing(server: Server) -> None:
    before = applied(server)
    assert before.keys() >= {spec.name for spec in TOPOLOGY.streams}
    apply(server)
    assert applied(server) == before


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_sees_its_own_consumers(server: Server, service: str) -> None:
    async with bus_of(server, service) as bus:
        for consumer in CONSUMERS:
            if owner(consumer) == service:
                await await_consumer(bus.js, consumer, timeout_seconds=5)
                seen = await bus.js.consumer_info(consumer.stream, consumer.name)
                assert seen.config.filter_subject == consumer.subject


async def test_a_service_publishes_reads_acks_and_buries(server: Server) -> None:
    """The chassis as the services run it: publish, pull, ack, ask again, dead letter."""
    handled: list[str] = []

    async def handle(events: list[IncomingEvent[events_pb2.AnswersSubmitted]]) -> None:
        for event in events:
            if event.event_id == "evt_bad":
                raise FieldsInvalid([FieldViolation(field="answers", description="none")])
            if event.event_id == "evt_late" and event.deliveries == 1:
                raise PeerUnavailable("not yet")
        handled.extend(event.event_id for event in events)

    async with bus_of(server, "broker") as broker, bus_of(server, "quality") as quality:
        for event_id in ("evt_good", "evt_bad", "evt_late"):
            await broker.publish(
                outgoing(answers_submitted(), event_id=event_id, key="prj_a", now=utc_now())
            )
        consumer = BatchConsumer(
            bus=quality,
            topology=TOPOLOGY,
            name="quality__answers_submitted",
            kind=events_pb2.AnswersSubmitted,
            handler=handle,  # type: ignore[arg-type]
            clock=utc_now,
        )
        task = asyncio.create_task(consumer.run())
        await eventually(lambda: set(handled) == {"evt_good", "evt_late"}, what="both are handled")
        spec = TOPOLOGY.consumers["quality__answers_submitted"]

        async def settled() -> bool:
            info = await quality.js.consumer_info(spec.stream, spec.name)
            return not info.num_pending and not info.num_ack_pending

        await eventually(settled, what="everything is acknowledged")
        consumer.stop()
        await asyncio.wait_for(task, timeout=10)

    # Only the user that applies the topology may look at a stream.
    async with bus_of(server, "topology") as operator:
        dead = await operator.js.stream_info(TOPOLOGY.dead_stream, subjects_filter=">")
        assert dead.state.subjects == {"crewline.dead.quality__answers_submitted": 1}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_nobody_elses_events(server: Server, service: str) -> None:
    others = [
        subject
        for other in SERVICES
        if other != service
        for subject in (f"crewline.{other}.v1.anything.x", f"crewline.{other}.v1.anything")
    ]
    odd = ["crewline.x", "other", "$SYS.REQ.SERVER.PING", f"_INBOX_{service}.x"]
    assert await refused(server, service, others + odd) == set(others + odd)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_touches_nobody_elses_consumers(server: Server, service: str) -> None:
    subjects = [
        f"{verb}.{consumer.stream}.{consumer.name}"
        for consumer in CONSUMERS
        if owner(consumer) != service
        for verb in ("$JS.API.CONSUMER.INFO", "$JS.API.CONSUMER.MSG.NEXT")
    ]
    subjects += [
        f"$JS.ACK.{consumer.stream}.{consumer.name}.1.1.1.1.0"
        for consumer in CONSUMERS
        if owner(consumer) != service
    ]
    subjects += [
        TOPOLOGY.dead_subject(consumer.name) for consumer in CONSUMERS if owner(consumer) != service
    ]
    assert await refused(server, service, subjects) == set(subjects)


@pytest.mark.parametrize("service", [*SERVICES, "topology"])
async def test_no_user_reads_or_deletes_streams(server: Server, service: str) -> None:
    verbs = [
        "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.GET", "STREAM.MSG.DELETE",
        "STREAM.SNAPSHOT", "DIRECT.GET",
    ]  # fmt: skip
    subjects = [f"$JS.API.{verb}.{stream.name}" for verb in verbs for stream in TOPOLOGY.streams]
    subjects += [
        f"$JS.API.CONSUMER.DELETE.{consumer.stream}.{consumer.name}" for consumer in CONSUMERS
    ]
    if service != "topology":
        subjects += [
            "$JS.API.STREAM.CREATE.MINE",
            "$JS.API.STREAM.UPDATE.BROKER_EVENTS",
            "$JS.API.CONSUMER.CREATE.BROKER_EVENTS.mine",
            "$JS.API.CONSUMER.DURABLE.CREATE.BROKER_EVENTS.mine",
        ]
    assert await refused(server, service, subjects) == set(subjects)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_hears_nobody_elses_answers(server: Server, service: str) -> None:
    refusals = Refusals()
    subjects = [f"_INBOX_{other}.>" for other in SERVICES if other != service]
    subjects += ["_INBOX.>", ">", "crewline.>", f"crewline.{service}.v1.>", "$JS.>"]
    async with refusals.connection(server, service) as client:
        for subject in subjects:
            await client.subscribe(subject)
        await eventually(lambda: len(refusals.seen) >= len(subjects), what="all are refused")
    assert all("permissions violation for subscription" in said.lower() for said in refusals.seen)


def test_nothing_is_acknowledged_before_it_is_on_disk(server: Server) -> None:
    with urllib.request.urlopen(f"{server.monitor}/jsz", timeout=5) as answer:
        assert json.load(answer)["config"]["sync_always"] is True


def test_the_store_has_room_for_all_streams() -> None:
    """A stream that does not fit is refused when the topology is applied."""
    conf = (COMPOSE_FILE.parents[1] / "nats" / "nats-server.conf").read_text()
    assert "max_file_store: 16GB" in conf
    dead_letters = 1 << 30
    assert sum(stream.max_bytes for stream in TOPOLOGY.streams) + dead_letters <= 16 * 10**9
