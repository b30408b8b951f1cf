"""Streams and consumers of the bus, read from the one file that declares them all.

`deploy/nats/topology.toml` is that file; `apply` makes the bus so, and running it again is
nothing. Services only look: they neither make nor change streams.
"""

from __future__ import annotations

import asyncio
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from services.chassis.errors import PeerUnavailable
from services.chassis.events import subject_of

TOPOLOGY_FILE = Path(__file__).resolve().parents[2] / "deploy" / "nats" / "topology.toml"
_DEAD_STREAM = "DEAD_LETTERS"
# Many side-by-side runs share one server, which sets the bytes of every stream aside.
_PREFIXED_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """A stream that keeps every event of one service for a while."""

    name: str
    subjects: tuple[str, ...]
    max_age_hours: int
    max_bytes: int
    duplicate_window_seconds: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSpec:
    """One service's durable reading of one event."""

    name: str
    stream: str
    subject: str
    batch: int
    ack_wait_seconds: float
    max_deliver: int
    max_ack_pending: int
    linger_seconds: float
    """How long a batch that has begun waits for more: fewer, larger transactions under load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All of it; `prefix` keeps the streams and subjects of side-by-side runs apart."""

    streams: tuple[StreamSpec, ...]
    consumers: dict[str, ConsumerSpec]
    prefix: str = ""

    @property
    def dead_stream(self) -> str:
        """Where messages go that no consumer could handle."""
        return self.prefix + _DEAD_STREAM

    def dead_subject(self, consumer: str) -> str:
        """The subject of one consumer's dead letters."""
        return f"{_under(self.prefix, 'crewline.dead')}.{consumer}"


def load_topology(*, prefix: str = "", path: Path = TOPOLOGY_FILE) -> Topology:
    """Reads the file. Errors: OSError, ValueError, KeyError for a file that is not one."""
    data = tomllib.loads(path.read_text())
    defaults = data["defaults"]
    streams = tuple(
        StreamSpec(
            name=prefix + name,
            subjects=tuple(_under(prefix, subject) for subject in stream["subjects"]),
            max_age_hours=stream.get("max_age_hours", defaults["max_age_hours"]),
            max_bytes=(
                _PREFIXED_BYTES_MAX if prefix else stream.get("max_bytes", defaults["max_bytes"])
            ),
        )
        for name, stream in data["streams"].items()
    )
    consumers = {
        name: ConsumerSpec(
            name=name,
            stream=prefix + consumer["stream"],
            subject=subject_of(consumer["event"], prefix=prefix) + ".*",
            batch=consumer.get("batch", defaults["batch"]),
            ack_wait_seconds=consumer.get("ack_wait_seconds", defaults["ack_wait_seconds"]),
            max_deliver=consumer.get("max_deliver", defaults["max_deliver"]),
            max_ack_pending=consumer.get("max_ack_pending", defaults["max_ack_pending"]),
            linger_seconds=consumer.get("linger_seconds", defaults["linger_seconds"]),
        )
        for name, consumer in data["consumers"].items()
    }
    return Topology(streams=streams, consumers=consumers, prefix=prefix)


async def apply_topology(js: JetStreamContext, topology: Topology, *, replicas: int = 1) -> None:
    """Makes or updates every stream and consumer."""
    for spec in topology.streams:
        await _apply_stream(js, spec, replicas=replicas)
    dead = StreamSpec(
        name=topology.dead_stream,
        subjects=(f"{_under(topology.prefix, 'crewline.dead')}.>", *_advisories(topology)),
        max_age_hours=24 * 90,
        max_bytes=_PREFIXED_BYTES_MAX if topology.prefix else 1 << 30,
    )
    await _apply_stream(js, dead, replicas=replicas)
    for consumer in topology.consumers.values():
        await js.add_consumer(
            consumer.stream,
            ConsumerConfig(
                durable_name=consumer.name,
                filter_subject=consumer.subject,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=consumer.ack_wait_seconds,
                max_deliver=consumer.max_deliver,
                max_ack_pending=consumer.max_ack_pending,
            ),
        )


async def await_consumer(
    js: JetStreamContext, spec: ConsumerSpec, *, timeout_seconds: float = 60.0
) -> None:
    """Waits until the consumer is there.

    Errors:
        PeerUnavailable: nobody has applied the topology in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            await js.consumer_info(spec.stream, spec.name)
        except NotFoundError as err:
            if time.monotonic() > deadline:
                raise PeerUnavailable(
                    "the bus has no such consumer; apply deploy/nats/topology.toml",
                    stream=spec.stream,
                    consumer=spec.name,
                ) from err
            await asyncio.sleep(0.2)
            continue
        return


async def _apply_stream(js: JetStreamContext, spec: StreamSpec, *, replicas: int) -> None:
    config = StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=spec.max_age_hours * 3600,
        max_bytes=spec.max_bytes,
        duplicate_window=spec.duplicate_window_seconds,
        num_replicas=replicas,
    )
    try:
        await js.stream_info(spec.name)
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


def _advisories(topology: Topology) -> tuple[str, ...]:
    # One stream a server may take these subjects: runs side by side name their own streams.
    return tuple(
        f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream.name}.>" for stream in topology.streams
    )


def _under(prefix: str, subject: str) -> str:
    return f"{prefix}.{subject}" if prefix else subject
