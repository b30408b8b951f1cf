"""The services' own metrics, read where they publish them: for a glance, not for graphs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

_BYTES_MAX = 8 * 1024 * 1024
_TIMEOUT_SECONDS = 2.0
_KEPT_SECONDS = 1.5
_FAILING_CODES = ("INTERNAL", "UNKNOWN", "DATA_LOSS")
SERVING = "SERVING"


class MetricsMissing(Exception):
    """A service did not show its metrics; the message says how not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLag:
    """One consumer of one service."""

    name: str
    waiting: int
    dead: int
    """Messages given up since the service started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """One service at one moment."""

    name: str
    state: str
    """SERVING, or what came instead; empty for one that has no gRPC."""
    address: str = ""
    """Of its metrics; empty where none was told."""
    problem: str = ""
    """Why there are no metrics."""
    outbox_rows: int = 0
    commit_queue: int = 0
    calls: int = 0
    failures: int = 0
    """Calls or requests that failed by our own fault, since the service started."""
    consumers: tuple[ConsumerLag, ...] = ()

    @property
    def is_well(self) -> bool:
        """Nothing here needs a person."""
        dead = any(consumer.dead for consumer in self.consumers)
        return self.state in ("", SERVING) and not self.problem and not self.failures and not dead


@dataclass(slots=True, kw_only=True)
class Scraper:
    """Everybody who looks at the same moment shares one look."""

    metrics_urls: Mapping[str, str]
    """By service: where its /metrics is."""
    states: Callable[[], Awaitable[Mapping[str, str]]]
    """By service: what its health check says."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: list[ServiceHealth] = field(default_factory=list)
    _seen_at: float = float("-inf")

    async def look(self) -> list[ServiceHealth]:
        """Of every service, in the order of their names."""
        async with self._looking:
            if time.monotonic() - self._seen_at > _KEPT_SECONDS:
                states = await self.states()
                names = sorted(states.keys() | self.metrics_urls.keys())
                async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
                    self._seen = list(
                        await asyncio.gather(
                            *(self._service(client, name, states.get(name, "")) for name in names)
                        )
                    )
                self._seen_at = time.monotonic()
            return self._seen

    async def _service(self, client: httpx.AsyncClient, name: str, state: str) -> ServiceHealth:
        address = self.metrics_urls.get(name, "")
        if not address:
            return ServiceHealth(name=name, state=state)
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                text = await _fetch(client, address)
            return read_metrics(text, name=name, state=state, address=address)
        except (MetricsMissing, httpx.HTTPError, TimeoutError, ValueError) as err:
            problem = str(err) or type(err).__name__
            return ServiceHealth(name=name, state=state, address=address, problem=problem)


async def _fetch(client: httpx.AsyncClient, address: str) -> str:
    body = bytearray()
    async with client.stream("GET", address) as answer:
        if answer.status_code != httpx.codes.OK:
            raise MetricsMissing(f"HTTP {answer.status_code}")
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _BYTES_MAX:
                raise MetricsMissing(f"more than {_BYTES_MAX} bytes")
    return body.decode("utf-8")


def read_metrics(text: str, *, name: str, state: str, address: str) -> ServiceHealth:
    """What a service's exposition says. Errors: ValueError, where it is none."""
    seen = _Samples(text)
    waiting = seen.by("crewline_consumer_pending", "consumer")
    dead = seen.by("crewline_consumer_messages_total", "consumer", where=("outcome", ("dead",)))
    failed_calls = seen.total("crewline_rpc_total", where=("code", _FAILING_CODES))
    failed_requests = seen.total("crewline_http_total", where=("status", ("500",)))
    return ServiceHealth(
        name=name,
        state=state,
        address=address,
        outbox_rows=seen.total("crewline_outbox_rows"),
        commit_queue=seen.total("crewline_commit_queue"),
        calls=seen.total("crewline_rpc_total") + seen.total("crewline_http_total"),
        failures=failed_calls + failed_requests,
        consumers=tuple(
            ConsumerLag(name=one, waiting=waiting.get(one, 0), dead=dead.get(one, 0))
            for one in sorted(waiting.keys() | dead.keys())
        ),
    )


_Where = tuple[str, tuple[str, ...]]


class _Samples:
    """The samples of one exposition, by name."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self._found.setdefault(sample.name, []).append((sample.labels, sample.value))

    def total(self, name: str, *, where: _Where | None = None) -> int:
        """The sum over all labels that fit."""
        return sum(self.by(name, "", where=where).values())

    def by(self, name: str, label: str, *, where: _Where | None = None) -> dict[str, int]:
        """Sums by the value of one label."""
        sums: dict[str, float] = {}
        for labels, value in self._found.get(name, ()):
            if where is None or labels.get(where[0]) in where[1]:
                key = labels.get(label, "")
                sums[key] = sums.get(key, 0.0) + value
        return {key: int(value) for key, value in sums.items()}
