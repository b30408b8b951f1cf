"""Figures that move on an open page: read again every few seconds and pushed where they changed.

A page names the address of its figures (data-live); the browser's EventSource keeps the connection
and its own retries. The same address answers once, as JSON, to whoever does not take a stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus

import orjson
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger
from services.gateway.callers import Caller
from services.gateway.web.pages import own_headers
from services.gateway.web.visits import SignInNeeded, Visit, Visits, visit_of

log = logger(__name__)

MEDIA_TYPE = "text/event-stream"

# By the id of an element: its new content, as HTML, or as JSON for a chart.
Figures = Mapping[str, str]
ReadFigures = Callable[[Caller], Awaitable[Figures]]

# Every rendering gives its forms new ids: that alone is no news.
_FRESH = re.compile(r'name="request_id" value="[0-9a-f-]{36}"')
_OPEN_SECONDS_MAX = 900.0
_QUIET_SECONDS_MAX = 15.0
_RETRY_MILLISECONDS = 3_000


class LiveStreams:
    """All open streams of this process, bounded; none outlives the server's stop."""

    def __init__(
        self,
        *,
        visits: Visits,
        interval_seconds: float = 2.0,
        open_max: int = 1_000,
        open_max_of_one: int = 8,
    ) -> None:
        self._visits = visits
        self._interval_seconds = interval_seconds
        self._open_max = open_max
        self._open_max_of_one = open_max_of_one
        self._open: Counter[str] = Counter()
        self._closing = asyncio.Event()

    async def close(self) -> None:
        """Ends every stream at once."""
        self._closing.set()

    async def answer(self, request: Request, read: ReadFigures) -> Response:
        """A stream of the figures that changed; or all of them once, as JSON."""
        visit = visit_of(request)
        key = visit.signed_in.limit_key
        if MEDIA_TYPE not in request.headers.get("accept", ""):
            figures = await read(visit.signed_in)
            return Response(
                orjson.dumps(dict(figures)),
                media_type="application/json",
                headers=own_headers({}),
            )
        if (
            self._closing.is_set()
            or self._open.total() >= self._open_max
            or self._open[key] >= self._open_max_of_one
        ):
            # EventSource does not come again after 204; the page asks for JSON now and then.
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=own_headers({}))
        return StreamingResponse(
            self._stream(request, visit, key, read),
            media_type=MEDIA_TYPE,
            headers=own_headers({"X-Accel-Buffering": "no"}),
        )

    async def _stream(
        self, request: Request, visit: Visit, key: str, read: ReadFigures
    ) -> AsyncIterator[bytes]:
        self._open[key] += 1
        try:
            yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
            async for event in self._events(request, visit, read):
                yield event
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    async def _events(
        self, request: Request, visit: Visit, read: ReadFigures
    ) -> AsyncIterator[bytes]:
        last: dict[str, str] = {}
        ends_at = time.monotonic() + _OPEN_SECONDS_MAX
        spoke_at = time.monotonic()
        while time.monotonic() < ends_at and not await request.is_disconnected():
            event = b""
            try:
                figures = await read(await self._visits.caller_now(visit))
            except SignInNeeded:
                yield _event("ended")
                return
            except DomainError as err:
                if err.kind is not Kind.UNAVAILABLE:
                    log.warning("live.refused", reason=err.reason, path=request.url.path)
                    yield _event("ended")
                    return
                event = _event("stale")
            else:
                seen = {name: _FRESH.sub("", text) for name, text in figures.items()}
                changed = {
                    name: text for name, text in figures.items() if last.get(name) != seen[name]
                }
                last = seen
                event = _event("figures", changed) if changed else b""
            if event or time.monotonic() - spoke_at > _QUIET_SECONDS_MAX:
                # A comment keeps proxies from closing what looks idle.
                yield event or b": still here\n\n"
                spoke_at = time.monotonic()
            if await self._is_closing_soon():
                return

    async def _is_closing_soon(self) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), timeout=self._interval_seconds)
        return self._closing.is_set()


def _event(name: str, data: Mapping[str, str] | None = None) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(dict(data or {})))
