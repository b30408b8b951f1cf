"""Does the steps of plans with blocking I/O."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from .answers import Reply
from .plans import Lost, Plan, Planner, Request, Send, Sink, Sleep, Step, new_idempotency_key
from .reading import Reading
from .routes import PageRoute, Route
from .wire import LOSSES, limits, lost, reply_of, timeouts

T = TypeVar("T")


class SyncHttp:
    """One connection pool to one address. Safe for threads."""

    def __init__(
        self,
        planner: Planner,
        *,
        timeout_seconds: float,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.planner = planner
        self._client = httpx.Client(
            base_url=planner.base_url,
            timeout=timeouts(timeout_seconds),
            limits=limits(),
            transport=transport,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def send(
        self, route: Route[T], arguments: Mapping[str, Any], idempotency_key: str | None = None
    ) -> T:
        """The result of an operation. Errors: CrewlineError."""
        key = (idempotency_key or new_idempotency_key()) if route.is_write else ""
        return self.run(self.planner.ask(route.call(arguments, idempotency_key=key)))

    def pages(self, route: PageRoute[T], arguments: Mapping[str, Any]) -> Iterator[list[T]]:
        """Every page of a list, one request each. Errors: CrewlineError."""
        token = ""
        while True:
            asked = {**arguments, "page_token": token or None}
            items, token = self.run(self.planner.page(route.call(asked)))
            yield items
            if not token:
                return

    def run(self, plan: Plan[T]) -> T:
        """The plan's result. Errors: CrewlineError, and whatever the plan raises."""
        came: Reply | Lost | None = None
        try:
            while True:
                came = self._do(plan.send(came))
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            plan.close()

    def stream(self, reading: Reading[T]) -> Iterator[T]:
        """Every item of a stream, over as many connections as it takes. Errors: CrewlineError."""
        while True:
            came = yield from self._read(reading)
            if came is None:
                return
            time.sleep(reading.pause_seconds(came))

    def _read(self, reading: Reading[T]) -> Generator[T, None, Reply | Lost | None]:
        """One attempt; None where it came to its end."""
        try:
            with self.open(reading.request) as response:
                if not response.is_success:
                    return reply_of(response, response.read())
                reading.begin()
                for chunk in response.iter_bytes():
                    yield from reading.feed(chunk)
            yield from reading.end()
        except LOSSES as err:
            return lost(err)
        return None

    @contextmanager
    def open(self, request: Request) -> Iterator[httpx.Response]:
        """An answer whose body is read as it comes. Errors: those of httpx."""
        with self._client.stream(
            request.method,
            request.path,
            params=request.query,
            headers=dict(request.headers),
            content=request.chunks() if request.chunks is not None else request.content,
        ) as response:
            yield response

    def _do(self, step: Step) -> Reply | Lost | None:
        if isinstance(step, Sleep):
            time.sleep(step.seconds)
            return None
        try:
            return self._exchange(step)
        except LOSSES as err:
            told = step.sink.broken if step.sink is not None else None
            return told or lost(err)

    def _exchange(self, step: Send) -> Reply:
        with self.open(step.request) as response:
            if step.sink is not None and response.is_success:
                _drain(response, step.sink)
                return reply_of(response)
            return reply_of(response, response.read())


def _drain(response: httpx.Response, sink: Sink) -> None:
    sink.begin()
    for chunk in response.iter_bytes():
        sink.write(chunk)
    sink.end()
