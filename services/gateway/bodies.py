"""Request bodies: never without a bound in bytes, in time, and in what is held of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

_READ_TIMEOUT_SECONDS = 10.0
_IDLE_TIMEOUT_SECONDS = 60.0
_PIECE_TIMEOUT_SECONDS = 30.0
_DISCARDED_BYTES_MAX = 1024 * 1024 * 1024
_DISCARD_SECONDS = 30.0
# What is still under way of a body that we refused is not worth reading.
CLOSE = {"Connection": "close"}


async def read_body(
    request: Request, *, bytes_max: int, timeout_seconds: float = _READ_TIMEOUT_SECONDS
) -> bytes:
    """The body as it came.

    Errors:
        HTTPException: 413 for more than `bytes_max`, 408 for one that does not come in time.
    """
    _check_stated(request, bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_large(bytes_max)
    except TimeoutError:
        raise _too_slow() from None
    return bytes(body)


async def read_chunks(request: Request) -> AsyncIterator[bytes]:
    """The body of any length, piece by piece; whoever is not ready for more lets the sender wait.

    Errors:
        HTTPException: 408 where nothing comes for a minute.
        ClientDisconnect: the sender is gone.
    """
    chunks = request.stream()
    while True:
        try:
            async with asyncio.timeout(_IDLE_TIMEOUT_SECONDS):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow() from None
        if chunk:
            yield chunk


class Incoming:
    """What a client sends, and whether all of it was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def receive(self) -> Message:
        """As the server's own."""
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._ended = True
        return message

    async def refuse(self, response: Response, scope: Scope, send: Send) -> None:
        """Answers before the body is read, and lets the client get that far.

        Most clients read no answer before they have sent everything, and would lose it where the
        connection were cut meanwhile.
        """

        async def held(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if not is_last:
                await send(message)
                return
            await send({**message, "more_body": True})
            await self._discard()
            await send({"type": "http.response.body", "body": b""})

        await response(scope, self.receive, send if self._ended else held)

    async def _discard(self) -> None:
        left = _DISCARDED_BYTES_MAX
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while not self._ended and left > 0:
                    left -= len((await self.receive()).get("body", b""))


async def stream_body(
    request: Request, *, bytes_max: int, seconds_max: float
) -> AsyncIterator[bytes]:
    """The body in pieces as they come, at most some 64 KiB each.

    Errors:
        HTTPException: 413 for more than `bytes_max`; 408 for one that stands still, or that is
            not there whole after `seconds_max`.
        ClientDisconnect: it broke off.
    """
    _check_stated(request, bytes_max)
    pieces = request.stream()
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds_max
    size = 0
    while True:
        try:
            async with asyncio.timeout_at(min(ends_at, loop.time() + _PIECE_TIMEOUT_SECONDS)):
                piece = await anext(pieces, None)
        except TimeoutError:
            raise _too_slow() from None
        if piece is None:
            return
        size += len(piece)
        if size > bytes_max:
            raise _too_large(bytes_max)
        if piece:
            yield piece


def _check_stated(request: Request, bytes_max: int) -> None:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > bytes_max:
        raise _too_large(bytes_max)


def _too_slow() -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time", headers=CLOSE)


def _too_large(bytes_max: int) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {bytes_max} bytes",
        headers=CLOSE,
    )
