"""Request bodies: never without a bound in bytes, in time, and in what is held of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException

_READ_TIMEOUT_SECONDS = 10.0
_IDLE_TIMEOUT_SECONDS = 60.0
# What is still under way of a body that we refused is not worth reading.
CLOSE = {"Connection": "close"}


async def read_body(
    request: Request, *, bytes_max: int, timeout_seconds: float = _READ_TIMEOUT_SECONDS
) -> bytes:
    """The body as it came.

    Errors:
        HTTPException: 413 for more than `bytes_max`, 408 for one that does not come in time.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > bytes_max:
        raise _too_large(bytes_max)
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


def _too_slow() -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time", headers=CLOSE)


def _too_large(bytes_max: int) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {bytes_max} bytes",
        headers=CLOSE,
    )
