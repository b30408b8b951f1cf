"""Calls to another service: a deadline on each, retries on UNAVAILABLE only, named errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc

from services.chassis.grpc_errors import from_rpc_error
from services.chassis.grpc_limits import MESSAGE_BYTES_MAX

T = TypeVar("T")

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


async def call(
    method: Callable[..., Any],
    request: Any,
    *,
    timeout_seconds: float,
    token: str = "",
    request_id: str = "",
) -> Any:
    """One unary call.

    Errors:
        RemoteError: the other side's refusal; kind UNAVAILABLE where it did not answer in time.
    """
    metadata = []
    if token:
        metadata.append(("authorization", f"Bearer {token}"))
    if request_id:
        metadata.append(("x-request-id", request_id))
    try:
        return await method(request, timeout=timeout_seconds, metadata=metadata)
    except grpc.aio.AioRpcError as err:
        raise from_rpc_error(err) from err
