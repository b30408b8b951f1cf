"""Streamed answers: one JSON value a line, or server-sent events; and how they end.

An answer that ends well ends its chunked body. One that breaks off tells the problem in a last
line or event and leaves the body unfinished, which every HTTP client sees: whoever only counts
lines cannot take half for all.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import orjson
from google.protobuf.message import Message
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from services.chassis.errors import DomainError
from services.gateway.problems import Rename, describe, problem_body
from services.gateway.rest.elements import NDJSON
from services.gateway.rest.encode import Encoder
from services.gateway.rest.rules import Rule, element_field
from services.gateway.rest.spool import Spool

EVENTS = "text/event-stream"
PROBLEM = "problem"
END = "end"

_QUIET_SECONDS = 15.0


class Framing:
    """One JSON value a line."""

    media_type = NDJSON

    def item(self, value: Any) -> bytes:
        """One element."""
        return orjson.dumps(value) + b"\n"

    def problem(self, body: dict[str, Any]) -> bytes:
        """Why nothing more comes."""
        return orjson.dumps({PROBLEM: body}) + b"\n"

    def end(self) -> bytes:
        """That was all."""
        return b""

    def quiet(self) -> bytes:
        """Nothing yet; keeps those in between from hanging up. Nothing of the sort in NDJSON."""
        return b""


class EventFraming(Framing):
    """Server-sent events: those without a name are elements."""

    media_type = EVENTS

    def item(self, value: Any) -> bytes:
        return b"data: " + orjson.dumps(value) + b"\n\n"

    def problem(self, body: dict[str, Any]) -> bytes:
        return b"event: problem\ndata: " + orjson.dumps(body) + b"\n\n"

    def end(self) -> bytes:
        # A browser's EventSource connects again after any other end.
        return b"event: end\ndata: {}\n\n"

    def quiet(self) -> bytes:
        return b": nothing yet\n\n"


def framing_for(accept: str) -> Framing:
    """Lines, unless events are asked for."""
    return EventFraming() if EVENTS in accept.lower() else Framing()


class Elements:
    """What of streamed messages is shown: the elements of their one repeated field, or all."""

    def __init__(self, rule: Rule, *, encoder: Encoder) -> None:
        field = element_field(rule.rpc.output_type)
        if field is not None and field.message_type is not None:
            name, show = field.name, encoder.of(field.message_type)
            self.of: Callable[[Any], list[Any]] = lambda message: [
                show(element) for element in getattr(message, name)
            ]
        else:
            whole = encoder.of(rule.rpc.output_type)
            self.of = lambda message: [whole(message)]


async def answer_stream(
    messages: AsyncGenerator[Message, None],
    *,
    elements: Elements,
    framing: Framing,
    headers: list[tuple[bytes, bytes]],
    rename: Rename,
    send: Send,
    spooled: bool,
) -> None:
    """Sends the stream as it comes.

    What fails before the first message is a problem like any other. `spooled` goes on fetching
    messages while the client does not read.

    Errors:
        DomainError, HTTPException: before anything was sent.
    """
    # Closed wherever this ends: a client that goes is met in any of these waits, and what makes
    # the answer (a call to a service, a file on disk) is given back then and not when memory is.
    async with contextlib.aclosing(messages):
        try:
            first = await anext(messages)
        except StopAsyncIteration:
            first = None
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        framed = _framed(first, messages, elements=elements, framing=framing)
        try:
            async with contextlib.aclosing(_through_spool(framed) if spooled else framed) as source:
                async for data in source:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except (DomainError, HTTPException) as err:
            status, members = describe(err, rename=rename)
            data = framing.problem(problem_body(status, **members))
            await send({"type": "http.response.body", "body": data, "more_body": True})
            return  # and no end of the body
        await send({"type": "http.response.body", "body": framing.end(), "more_body": False})


async def unless_gone(work: Any, receive: Receive) -> None:
    """Does the work, and stops it when the client hangs up.

    Errors:
        ClientDisconnect: it did.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_hung_up(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        await working
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _framed(
    first: Message | None,
    messages: AsyncIterator[Message],
    *,
    elements: Elements,
    framing: Framing,
) -> AsyncGenerator[bytes, None]:
    message = first
    pending: asyncio.Future[Message] | None = None
    try:
        while message is not None:
            data = b"".join(framing.item(value) for value in elements.of(message))
            if data:
                yield data
            pending = asyncio.ensure_future(_next(messages))
            while not (await asyncio.wait({pending}, timeout=_QUIET_SECONDS))[0]:
                if framing.quiet():
                    yield framing.quiet()
            message = pending.result()
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)


async def _next(messages: AsyncIterator[Message]) -> Any:
    return await anext(messages, None)


async def _through_spool(framed: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    with contextlib.closing(Spool()) as spool:

        async def fill() -> None:
            try:
                async with contextlib.aclosing(framed):
                    async for data in framed:
                        spool.write(data)
            except Exception as err:
                spool.end(err)
            else:
                spool.end()

        filling = asyncio.ensure_future(fill())
        try:
            while data := await spool.read():
                yield data
        finally:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
