"""What every RPC goes through around its handler, in a fixed order.

    request id -> metrics -> errors to statuses -> authentication and roles -> validation

It is one interceptor and not five: each costs every call some microseconds.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError, Message

from crewline.common.v1 import authorisation_pb2
from services.chassis import metrics
from services.chassis.authentication import TokenVerifier, set_principal
from services.chassis.errors import (
    DomainError,
    Kind,
    MessageMalformed,
    RoleNotAdmitted,
    Unauthenticated,
)
from services.chassis.grpc_errors import to_status
from services.chassis.logs import logger
from services.chassis.tracing import TRACEPARENT, set_traceparent
from services.chassis.validation import validate

log = logger(__name__)

REQUEST_ID_HEADER = "x-request-id"
_BEARER = "Bearer "

Context = grpc.aio.ServicerContext[Any, Any]
# Generic only in its type stub, so the alias is text.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Handle = Callable[[Any, Context], Any]


class RpcPipeline(grpc.aio.ServerInterceptor):
    """Wraps each method's handler once, when it is first called."""

    def __init__(self, *, verifier: TokenVerifier | None) -> None:
        self._verifier = verifier
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """See grpc.aio.ServerInterceptor."""
        name = handler_call_details.method
        wrapped = self._wrapped.get(name)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None or not name.startswith("/crewline."):
                return handler
            wrapped = self._wrap(name, handler)
            self._wrapped[name] = wrapped
        return wrapped

    def _wrap(self, name: str, handler: Any) -> Handler:
        method = _Method(name, self._verifier)
        arguments = {
            "request_deserializer": _parser(handler.request_deserializer),
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            inner = handler.unary_unary
            return grpc.unary_unary_rpc_method_handler(method.unary(inner), **arguments)
        if handler.stream_unary:
            inner = handler.stream_unary
            return grpc.stream_unary_rpc_method_handler(method.unary(inner), **arguments)
        if handler.unary_stream:
            inner = handler.unary_stream
            return grpc.unary_stream_rpc_method_handler(method.stream(inner), **arguments)
        inner = handler.stream_stream
        return grpc.stream_stream_rpc_method_handler(method.stream(inner), **arguments)


class _Method:
    def __init__(self, name: str, verifier: TokenVerifier | None) -> None:
        self.name = name
        self._verifier = verifier
        self._admits = _admits(name)
        self._roles = frozenset(
            authorisation_pb2.Role.Name(role).removeprefix("ROLE_") for role in self._admits.roles
        )
        self._seconds = metrics.RPC_SECONDS.labels(name)
        self._ok = metrics.RPC_TOTAL.labels(name, "OK")

    def unary(self, inner: Handle) -> Handle:
        async def handle(request: Any, context: Context) -> Any:
            started = time.perf_counter()
            metrics.RPC_IN_FLIGHT.inc()
            try:
                request = await self._admit(request, context)
                response = await inner(request, context)
            except Exception as err:
                await self._refuse(err, context)
                raise
            else:
                self._ok.inc()
                return response
            finally:
                metrics.RPC_IN_FLIGHT.dec()
                self._seconds.observe(time.perf_counter() - started)

        return handle

    def stream(self, inner: Handle) -> Handle:
        async def handle(request: Any, context: Context) -> AsyncIterator[Any]:
            started = time.perf_counter()
            metrics.RPC_IN_FLIGHT.inc()
            try:
                request = await self._admit(request, context)
                async for response in inner(request, context):
                    yield response
            except Exception as err:
                await self._refuse(err, context)
                raise
            else:
                self._ok.inc()
            finally:
                metrics.RPC_IN_FLIGHT.dec()
                self._seconds.observe(time.perf_counter() - started)

        return handle

    async def _admit(self, request: Any, context: Context) -> Any:
        """Identifies the call and its caller; returns the request, to be checked as it comes."""
        headers = dict(context.invocation_metadata() or ())
        structlog.contextvars.bind_contextvars(
            request_id=headers.get(REQUEST_ID_HEADER) or uuid.uuid4().hex, method=self.name
        )
        set_traceparent(str(headers.get(TRACEPARENT, "")))
        await self._authenticate(headers)
        if hasattr(request, "__aiter__"):
            return _validated(request)
        _check(request)
        return request

    async def _authenticate(self, headers: dict[str, Any]) -> None:
        bearer = headers.get("authorization", "")
        if self._verifier is None or (self._admits.public and not bearer):
            return
        if not bearer.startswith(_BEARER):
            raise Unauthenticated("no access token: send `authorization: Bearer ...`")
        principal = await self._verifier.verify(bearer[len(_BEARER) :])
        if not self._admits.public and not (principal.roles & self._roles):
            raise RoleNotAdmitted(
                "none of the caller's roles may call this",
                method=self.name,
                roles=",".join(sorted(principal.roles)),
                admits=",".join(sorted(self._roles)),
            )
        set_principal(principal)

    async def _refuse(self, err: Exception, context: Context) -> None:
        if isinstance(err, grpc.aio.AbortError):
            return  # the status is out already; the caller re-raises
        if isinstance(err, DomainError):
            status = to_status(err)
            metrics.RPC_TOTAL.labels(self.name, status.code.name).inc()
            if err.kind is Kind.UNAVAILABLE:
                log.warning("rpc.unavailable", reason=err.reason, error=err.message)
            await context.abort_with_status(status)
        error_id = uuid.uuid4().hex[:12]
        metrics.RPC_TOTAL.labels(self.name, "INTERNAL").inc()
        log.error("rpc.failed", error_id=error_id, exc_info=err)
        await context.abort(grpc.StatusCode.INTERNAL, f"internal error {error_id}")


class _Malformed:
    """Bytes that are no message; refused where every refusal is, after authentication."""


_MALFORMED = _Malformed()


def _parser(parse: Callable[[bytes], Message]) -> Callable[[bytes], Message | _Malformed]:
    # What a parser raises, the framework would log with its trace and tell to anybody who calls.
    def parsed(body: bytes) -> Message | _Malformed:
        try:
            return parse(body)
        except DecodeError:
            return _MALFORMED

    return parsed


def _check(request: Message | _Malformed) -> None:
    if isinstance(request, _Malformed):
        raise MessageMalformed("the request is not a message of this method")
    validate(request)


async def _validated(requests: AsyncIterator[Message]) -> AsyncIterator[Message]:
    async for request in requests:
        _check(request)
        yield request


def _admits(name: str) -> authorisation_pb2.Admits:
    service, method = name.lstrip("/").split("/")
    descriptor: MethodDescriptor = Default().FindServiceByName(service).methods_by_name[method]
    admits: authorisation_pb2.Admits = descriptor.GetOptions().Extensions[authorisation_pb2.admits]
    if not admits.public and not admits.roles:
        raise ValueError(f"{name} does not say whom it admits")
    return admits
