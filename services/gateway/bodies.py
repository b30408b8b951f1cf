"""Request bodies, read whole and never without a bound in bytes and in time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException

_READ_TIMEOUT_SECONDS = 10.0
# What is still under way of a body that we refused is not worth reading.
_CLOSE = {"Connection": "close"}


async def read_body(request: Request, *, bytes_max: int) -> bytes:
    """The body as it came.

    Errors:
        HTTPException: 413 for more than `bytes_max`, 408 for one that does not come in time.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > bytes_max:
        raise _too_large(bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(_READ_TIMEOUT_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_large(bytes_max)
    except TimeoutError:
        raise HTTPException(
            HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time", headers=_CLOSE
        ) from None
    return bytes(body)


def _too_large(bytes_max: int) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {bytes_max} bytes",
        headers=_CLOSE,
    )
