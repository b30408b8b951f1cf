"""The services behind the gateway, and calls to them in a caller's name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import grpc
import structlog

from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.broker.v1 import service_pb2_grpc as broker_grpc
from crewline.payouts.v1 import service_pb2_grpc as payouts_grpc
from crewline.quality.v1 import service_pb2_grpc as quality_grpc
from crewline.vendors.v1 import service_pb2_grpc as vendors_grpc
from services.chassis.grpc_client import call, call_metadata, receive, send
from services.chassis.tracing import current_traceparent

CALL_SECONDS = 20.0
STREAM_SECONDS = 900.0


class Bearer(Protocol):
    """Whoever a call is made for: a Caller of callers.py."""

    @property
    def token(self) -> str:
        """The access token."""


class Peers:
    """One stub a service.

    `caller` is None for public RPCs. `peer` is the client's address: behind the gateway every
    call comes from the gateway, and accounts counts failures by address.
    """

    def __init__(self, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self.channels = channels
        self.accounts = accounts_grpc.AccountsServiceStub(channels["accounts"])
        self.vendors = vendors_grpc.VendorsServiceStub(channels["vendors"])
        self.broker = broker_grpc.BrokerServiceStub(channels["broker"])
        self.quality = quality_grpc.QualityServiceStub(channels["quality"])
        self.payouts = payouts_grpc.PayoutsServiceStub(channels["payouts"])

    async def call(
        self,
        method: Callable[..., Any],
        request: Any,
        *,
        caller: Bearer | None = None,
        peer: str = "",
        timeout_seconds: float = CALL_SECONDS,
    ) -> Any:
        """One unary call. Errors: RemoteError."""
        return await call(
            method,
            request,
            timeout_seconds=timeout_seconds,
            metadata=_metadata(caller, peer),
        )

    def stream(
        self,
        method: Callable[..., Any],
        request: Any,
        *,
        caller: Bearer | None = None,
        peer: str = "",
        timeout_seconds: float = STREAM_SECONDS,
    ) -> AsyncGenerator[Any, None]:
        """The messages of one answer; `request` may be an iterator of messages too.

        Whoever does not read to the end closes the iterator: the call is cancelled by it.

        Errors:
            RemoteError: refused or broken off; what came before it is good.
        """
        return receive(
            method,
            request,
            timeout_seconds=timeout_seconds,
            metadata=_metadata(caller, peer),
        )

    async def send(
        self,
        method: Callable[..., Any],
        requests: AsyncIterator[Any],
        *,
        caller: Bearer | None = None,
        peer: str = "",
        timeout_seconds: float = STREAM_SECONDS,
    ) -> Any:
        """Many messages, one answer. What the iterator raises ends the call and comes out here.

        Errors:
            RemoteError: refused; messages before may have been taken.
        """
        return await send(
            method,
            requests,
            timeout_seconds=timeout_seconds,
            metadata=_metadata(caller, peer),
        )


def _metadata(caller: Bearer | None, peer: str) -> list[tuple[str, str]]:
    return call_metadata(
        token=caller.token if caller is not None else "",
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        forwarded_for=peer,
        traceparent=current_traceparent(),
    )
