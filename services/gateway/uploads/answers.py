"""The answer to a file: a summary at its end, and lines of progress for whoever reads lines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Protocol

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from services.chassis.errors import DomainError
from services.gateway.problems import describe, problem_body
from services.gateway.rest.elements import NDJSON

_PROGRESS_SECONDS = 1.0


class Counting(Protocol):
    """Rows on their way."""

    @property
    def count(self) -> int:
        """How many were read so far."""


class _Telling(StreamingResponse):
    """Answers while the body is read: whoever reads it sees the client go, and nobody else may."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.stream_response(send)


async def answer(
    request: Request, rows: Counting, work: Callable[[], Awaitable[dict[str, Any]]]
) -> Response:
    """What came of the work; where the caller accepts lines, counts of rows while it goes on."""
    if NDJSON not in request.headers.get("accept", ""):
        return JSONResponse(await work())
    return _Telling(_lines(rows, work), media_type=NDJSON)


async def _lines(
    rows: Counting, work: Callable[[], Awaitable[dict[str, Any]]]
) -> AsyncIterator[bytes]:
    """Counts while the work goes on, then what came of it: a summary, or the problem."""
    task = asyncio.ensure_future(work())
    started = time.monotonic()
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_PROGRESS_SECONDS)
            if not task.done():
                seconds = round(time.monotonic() - started, 1)
                yield _line({"rows": rows.count, "seconds": seconds})
        try:
            yield _line({"rows": rows.count, "summary": task.result()})
        except (DomainError, HTTPException) as err:
            status, members = describe(err)
            yield _line({"rows": rows.count, "problem": problem_body(status, **members)})
    finally:
        task.cancel()


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
