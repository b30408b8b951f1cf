"""Calls to another service: a deadline on each, retries on UNAVAILABLE only, named errors."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc

from services.chassis.grpc_errors import from_rpc_error
from services.chassis.grpc_limits import MESSAGE_BYTES_MAX
from services.chassis.tracing import TRACEPARENT

FORWARDED_FOR = "x-forwarded-for"

_RETRIES = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


def open_channel(
    address: str, *, ca_file: str = "", own_connection: bool = False
) -> grpc.aio.Channel:
    """A channel that reconnects by itself. `own_connection` shares it with no other channel."""
    options = [
        ("grpc.service_config", json.dumps(_RETRIES)),
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]
    if own_connection:
        options.append(("grpc.use_local_subchannel_pool", 1))
    if ca_file:
        credentials = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
        return grpc.aio.secure_channel(address, credentials, options=options)
    return grpc.aio.insecure_channel(address, options=options)


def call_metadata(
    *, token: str = "", request_id: str = "", forwarded_for: str = "", traceparent: str = ""
) -> list[tuple[str, str]]:
    """What goes along with a call; what is empty is left out.

    `forwarded_for` is the address of whoever the call is made for; servers believe it only of
    callers that they trust.
    """
    metadata = []
    if token:
        metadata.append(("authorization", f"Bearer {token}"))
    if request_id:
        metadata.append(("x-request-id", request_id))
    if forwarded_for:
        metadata.append((FORWARDED_FOR, forwarded_for))
    if traceparent:
        metadata.append((TRACEPARENT, traceparent))
    return metadata


async def call(
    method: Callable[..., Any],
    request: Any,
    *,
    timeout_seconds: float,
    token: str = "",
    request_id: str = "",
    metadata: Sequence[tuple[str, str]] = (),
) -> Any:
    """One unary call.

    Errors:
        RemoteError: the other side's refusal; kind UNAVAILABLE where it did not answer in time.
    """
    with _remote_errors():
        return await method(
            request,
            timeout=timeout_seconds,
            metadata=[*call_metadata(token=token, request_id=request_id), *metadata],
        )


async def receive(
    method: Callable[..., Any],
    request: Any,
    *,
    timeout_seconds: float,
    metadata: Sequence[tuple[str, str]] = (),
) -> AsyncGenerator[Any, None]:
    """The messages of one streaming call; `request` may be an iterator of messages.

    Errors:
        RemoteError: refused or broken off; what came before it is good.
    """
    requests = Requests(request) if hasattr(request, "__aiter__") else None
    running = method(requests or request, timeout=timeout_seconds, metadata=list(metadata))
    if requests is not None:
        keep_status(running)
    try:
        with _remote_errors(requests):
            async for message in running:
                yield message
    finally:
        running.cancel()


async def send(
    method: Callable[..., Any],
    requests: AsyncIterator[Any],
    *,
    timeout_seconds: float,
    metadata: Sequence[tuple[str, str]] = (),
) -> Any:
    """One client-streaming call: what the iterator raises ends the call, and is raised here.

    Errors:
        RemoteError: the other side's refusal.
    """
    watched = Requests(requests)
    running = method(watched, timeout=timeout_seconds, metadata=list(metadata))
    keep_status(running)
    try:
        with _remote_errors(watched):
            return await running
    finally:
        running.cancel()


class _Core:
    """The call's core, but for one method; see `keep_status`."""

    def __init__(self, core: Any) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def set_internal_error(self, said: str) -> None:
        """Leaves it to the status that is on its way."""


def keep_status(running: Any) -> None:
    """Has a call that streams requests end as the other side says; before it sends the first.

    A message that is under way when the other side ends the call cannot be sent. The framework
    then sets INTERNAL itself, and the refusal that comes a moment later is lost. What it does
    next is to wait for the status: with nothing set, that is the other side's.
    """
    running._cython_call = _Core(running._cython_call)  # noqa: SLF001


class Requests:
    """Remembers what a source of messages raised: the framework would only say CANCELLED."""

    def __init__(self, source: AsyncIterator[Any]) -> None:
        self._source = source
        self.error: Exception | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as err:
            self.error = err
            raise


@contextlib.contextmanager
def _remote_errors(requests: Requests | None = None) -> Iterator[None]:
    try:
        yield
    except (grpc.aio.AioRpcError, asyncio.CancelledError) as err:
        # A source that raised ends the call as if we had cancelled it.
        if requests is not None and requests.error is not None:
            raise requests.error from None
        if isinstance(err, asyncio.CancelledError):
            raise
        raise from_rpc_error(err) from err
