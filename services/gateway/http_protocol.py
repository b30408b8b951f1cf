"""HTTP/1.1 on httptools, with the bounds that it leaves to others: on the head's size and time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
)

from services.gateway.problems import MEDIA_TYPE, problem_body

HEAD_BYTES_MAX = 64 * 1024
HEAD_SECONDS_MAX = 15.0
_HEADERS_MAX = 100


class StrictHttp(HttpToolsProtocol):
    """One connection. What is no request is answered with a problem, and the connection closed."""

    # Of the head that is coming in; between requests there is none.
    _received_bytes = 0
    _fields_bytes = 0
    _is_head_due = True
    _is_too_large = False
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Whoever connects has something to ask."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, which keeps what it has of a field however long that grows."""
        if self._is_head_due:
            self._received_bytes += len(data)
        super().data_received(data)
        if not self._is_head_due or self.transport.is_closing():
            return
        if self._received_bytes > HEAD_BYTES_MAX:
            self._is_too_large = True
            self.send_400_response("the head of the request is too large")

    def on_message_begin(self) -> None:
        """Of a head."""
        super().on_message_begin()
        self._is_head_due = True
        self._fields_bytes = 0
        if self._clock is None:
            self._start_clock()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Errors: HttpParserError, which ends the connection."""
        super().on_header(name, value)
        self._fields_bytes += len(name) + len(value)
        if len(self.headers) > _HEADERS_MAX or self._fields_bytes > HEAD_BYTES_MAX:
            self._is_too_large = True
            raise httptools.HttpParserError("the head of the request is too large")

    def on_headers_complete(self) -> None:
        """The head is there; the body has bounds of its own."""
        self._is_head_due = False
        self._received_bytes = 0
        self._stop_clock()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """A problem instead of text, and 431 where that is what it is."""
        status, reason = HTTPStatus.BAD_REQUEST, ""
        if self._is_too_large:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            reason, msg = "HEAD_TOO_LARGE", "the head of the request is too large"
        body = orjson.dumps(problem_body(status, msg, reason=reason))
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        end = b"connection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + end + body)
        self.transport.close()

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(HEAD_SECONDS_MAX, self._give_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        cycle: Any = self.cycle  # its type forgets that there is none at first
        if cycle is not None and not cycle.response_complete:
            self._start_clock()  # an answer is under way; it has a clock of its own
        elif self._is_head_due and not self.transport.is_closing():
            self.transport.close()
