"""What both transports ask of httpx: limits, timeouts, and what counts as a lost answer."""

from __future__ import annotations

import httpx

from .answers import Reply
from .plans import Lost

CONNECT_SECONDS = 10.0
# Addresses and schemes that httpx cannot use are the caller's mistake, and are told as they are.
LOSSES = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
    httpx.DecodingError,
)
_CONNECTIONS_MAX = 64


def timeouts(seconds: float) -> httpx.Timeout:
    """So long for the connection's every silence: a stream may go on for any time."""
    return httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))


def limits() -> httpx.Limits:
    """Of the connection pool."""
    return httpx.Limits(max_connections=_CONNECTIONS_MAX, max_keepalive_connections=16)


def reply_of(response: httpx.Response, body: bytes = b"") -> Reply:
    """The answer; without a body where that went into a sink."""
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
    )


def lost(err: Exception) -> Lost:
    """In a few words."""
    return Lost(what=f"{_words(err)}: {err}" if str(err) else _words(err))


def _words(err: Exception) -> str:
    if isinstance(err, httpx.TimeoutException):
        return "timed out"
    if isinstance(err, httpx.ConnectError):
        return "cannot connect"
    return "connection lost"
