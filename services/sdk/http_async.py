"""Does the steps of plans on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx

from .answers import Reply
from .plans import Lost, Plan, Planner, Request, Send, Sink, Sleep, Step, new_idempotency_key
from .reading import Reading
from .routes import PageRoute, Route
from .wire import LOSSES, limits, lost, reply_of, timeouts

T = TypeVar("T")


class AsyncHttp:
    """One connection pool to one address, for one event loop."""

    def __init__(
        self,
        planner: Planner,
        *,
        timeout_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.planner = planner
        self._client = httpx.AsyncClient(
            base_url=planner.base_url,
            timeout=timeouts(timeout_seconds),
            limits=limits(),
            transport=transport,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def send(
        self, route: Route[T], arguments: Mapping[str, Any], idempotency_key: str | None = None
    ) -> T:
        """The result of an operation. Errors: CrewlineError."""
        key = (idempotency_key or new_idempotency_key()) if route.is_write else ""
        return await self.run(self.planner.ask(route.call(arguments, idempotency_key=key)))

    async def pages(
        self, route: PageRoute[T], arguments: Mapping[str, Any]
    ) -> AsyncIterator[list[T]]:
        """Every page of a list, one request each. Errors: CrewlineError."""
        token = ""
        while True:
            asked = {**arguments, "page_token": token or None}
            items, token = await self.run(self.planner.page(route.call(asked)))
            yield items
            if not token:
                return

    async def run(self, plan: Plan[T]) -> T:
        """The plan's result. Errors: CrewlineError, and whatever the plan raises."""
        came: Reply | Lost | None = None
        try:
            while True:
                came = await self._do(plan.send(came))
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            plan.close()

    async def stream(self, reading: Reading[T]) -> AsyncIterator[T]:
        """Every item of a stream, over as many connections as it takes. Errors: CrewlineError."""
        while True:
            try:
                async with self.open(reading.request) as response:
                    if response.is_success:
                        reading.begin()
                        async for chunk in response.aiter_bytes():
                            for item in reading.feed(chunk):
                                yield item
                        for item in reading.end():
                            yield item
                        return
                    came: Reply | Lost = reply_of(response, await response.aread())
            except LOSSES as err:
                came = lost(err)
            await asyncio.sleep(reading.pause_seconds(came))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[httpx.Response]:
        """An answer whose body is read as it comes. Errors: those of httpx."""
        async with self._client.stream(
            request.method,
            request.path,
            params=request.query,
            headers=dict(request.headers),
            content=_aside(request.chunks) if request.chunks is not None else request.content,
        ) as response:
            yield response

    async def _do(self, step: Step) -> Reply | Lost | None:
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._exchange(step)
        except LOSSES as err:
            told = step.sink.broken if step.sink is not None else None
            return told or lost(err)

    async def _exchange(self, step: Send) -> Reply:
        async with self.open(step.request) as response:
            if step.sink is not None and response.is_success:
                await _drain(response, step.sink)
                return reply_of(response)
            return reply_of(response, await response.aread())


async def _drain(response: httpx.Response, sink: Sink) -> None:
    sink.begin()
    async for chunk in response.aiter_bytes():
        sink.write(chunk)
    sink.end()


async def _aside(chunks: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    """Chunks made in a thread, so that reading a slow file does not hold up the loop."""
    source = chunks()
    while (chunk := await asyncio.to_thread(next, source, None)) is not None:
        yield chunk
