"""The logic of calls, written once for both transports: plans that yield what is to be done.

A plan is a generator: it yields steps (send this, sleep so long), is sent what came of each, and
returns its result. The synchronous and the asynchronous client differ only in who does the steps.
"""

from __future__ import annotations

import json
import platform
import random
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from .answers import Reply, error_of, malformed, read_json
from .errors import CrewlineError, InvalidRequest, NotSignedIn, Unreachable
from .retries import REPEATED_STATUSES, RetryPolicy
from .routes import Call, as_json
from .version import VERSION

T = TypeVar("T")

JSON = "application/json"
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One attempt's HTTP request; `chunks` makes the body anew for every attempt."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    chunks: Callable[[], Iterator[bytes]] | None = None


class Sink(Protocol):
    """Takes the body of a good answer as it comes; the reply then has none."""

    @property
    def broken(self) -> Reply | None:
        """What the answer itself told before it broke off: it says more than that it did."""

    def begin(self) -> None:
        """A good answer begins; whatever an attempt before it brought is void."""

    def write(self, chunk: bytes) -> None:
        """The next piece."""

    def end(self) -> None:
        """All of it has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A step: send the request; comes back as a Reply, or as Lost."""

    request: Request
    sink: Sink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """A step: wait; comes back as None."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer, or only a part of one."""

    what: str


Step = Send | Sleep
Plan = Generator[Step, Any, T]


class Attempts:
    """Counts the attempts of one call and says how long to wait before the next."""

    def __init__(
        self, policy: RetryPolicy, *, now: Callable[[], float], chance: Callable[[], float]
    ) -> None:
        self._policy = policy
        self._now = now
        self._chance = chance
        self._started = now()
        self._failed = 0
        self._early = 0

    def pause_seconds(self, came: Reply | Lost, call: Call[Any]) -> float | None:
        """Before the next attempt, or None where what came is final."""
        elapsed = self._now() - self._started
        if isinstance(came, Lost) or came.status in REPEATED_STATUSES:
            self._failed += 1
            asked = None if isinstance(came, Lost) else came.retry_after_seconds
            return self._policy.pause_seconds(
                attempt=self._failed,
                elapsed_seconds=elapsed,
                chance=self._chance(),
                asked_seconds=asked,
            )
        if call.early and error_of(came).reason in call.early:
            self._early += 1
            return self._policy.early_pause_seconds(
                attempt=self._early, elapsed_seconds=elapsed, chance=self._chance()
            )
        return None


class Planner:
    """Makes plans in the name of one API key for one address."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str = "",
        policy: RetryPolicy,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.policy = policy
        self.now = now
        self._api_key = api_key
        self._chance = chance
        self._agent = f"crewline-sdk/{VERSION} python/{platform.python_version()}"

    def request(
        self,
        call: Call[Any],
        *,
        accept: str = JSON,
        content_type: str = JSON,
        chunks: Callable[[], Iterator[bytes]] | None = None,
    ) -> Request:
        """What goes over the wire for a call.

        Errors:
            NotSignedIn: the call needs a key, and there is none.
        """
        if not self._api_key and not call.is_public:
            raise NotSignedIn("no API key is known for this call", reason="NOT_SIGNED_IN")
        headers = {"accept": f"{accept}, {PROBLEM}", "user-agent": self._agent}
        # Public operations prove their caller themselves, or need not know it.
        if self._api_key and not call.is_public:
            headers["authorization"] = f"Bearer {self._api_key}"
        if call.idempotency_key:
            headers["idempotency-key"] = call.idempotency_key
        for name in ("authorization", "idempotency-key"):
            if not _is_sendable(headers.get(name, "")):
                # Not what it is: it may be a secret.
                raise InvalidRequest(
                    f"{name}: has characters other than printable ASCII", reason="HEADER_INVALID"
                )
        content = None
        if call.body is not None:
            content = json.dumps(call.body, ensure_ascii=False, default=as_json).encode()
        if content is not None or chunks is not None:
            headers["content-type"] = content_type
        return Request(
            method=call.method,
            path=call.path,
            query=call.query,
            headers=headers,
            content=content,
            chunks=chunks,
        )

    def attempts(self) -> Attempts:
        """For one call, from now on."""
        return Attempts(self.policy, now=self.now, chance=self._chance)

    def ask(self, call: Call[T]) -> Plan[T]:
        """The result of a call that is answered with one JSON. Errors: CrewlineError."""
        reply = yield from self.persist(call, Send(request=self.request(call)))
        result: T = _unwrapped(reply, call)
        return result

    def page(self, call: Call[T]) -> Plan[tuple[list[T], str]]:
        """One page's items and the next one's token, empty for none. Errors: CrewlineError."""
        reply = yield from self.persist(call, Send(request=self.request(call)))
        said = read_json(reply)
        items = said.get(call.unwrap, []) if isinstance(said, dict) else None
        if not isinstance(items, list):
            raise malformed(reply)
        return items, str(said.get("next_page_token") or "")

    def persist(self, call: Call[Any], step: Send) -> Plan[Reply]:
        """The first good reply to a step that is safe to repeat. Errors: CrewlineError."""
        attempts = self.attempts()
        while True:
            came = yield step
            if isinstance(came, Reply) and came.is_good:
                return came
            pause = attempts.pause_seconds(came, call)
            if pause is None:
                raise self.failure(came)
            yield Sleep(seconds=pause)

    def failure(self, came: Reply | Lost) -> CrewlineError:
        """The error that an answer, or none, comes to."""
        if isinstance(came, Lost):
            return Unreachable(
                f"no answer from {self.base_url}: {came.what}",
                reason="UNREACHABLE",
                metadata={"base_url": self.base_url},
            )
        return error_of(came)


def _unwrapped(reply: Reply, call: Call[Any]) -> Any:
    said = read_json(reply)
    if not isinstance(said, dict):
        raise malformed(reply)
    if not call.unwrap:
        return said
    if call.unwrap not in said:
        raise malformed(reply)
    return said[call.unwrap]


def _is_sendable(text: str) -> bool:
    return text.isascii() and (text.isprintable() or not text)


def new_idempotency_key() -> str:
    """For one write; its repeats carry the same."""
    return str(uuid.uuid4())
