"""A service's RPCs in-process for tests: real server and pipeline, real tokens, real database.

In a test: `channel = await rpc.serve(parts.register, service_name=SERVICE_NAME)`, then
`await call(Stub(channel).Method, request, timeout_seconds=10, token=rpc.mint.token("VENDOR"))`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from crewline.common.v1 import authorisation_pb2
from services.chassis.authentication import TOKEN_ALGORITHM, TOKEN_ISSUER, FetchKeys, TokenVerifier
from services.chassis.clock import Clock, utc_now
from services.chassis.events import incoming
from services.chassis.grpc_client import keep_status, open_channel
from services.chassis.grpc_limits import MESSAGE_BYTES_MAX
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from services.chassis.ids import new_id
from services.chassis.mongo import CollectionSpec, Document, MongoDatabase
from services.chassis.natural_keys import derived_id
from services.chassis.unit_of_work import COLLECTIONS, OUTBOX, Transactions

MessageT = TypeVar("MessageT", bound=Message)
TIMEOUT_SECONDS = 15.0
PLATFORM_ID = derived_id("org", "platform")
_KINDS = {
    "OPERATOR": "platform",
    "SERVICE": "platform",
    "CLIENT": "client",
    "VENDOR": "vendor",
    "CONTRACTOR": "vendor",
}
ROLES = tuple(_KINDS)


class TokenMint:
    """Signs tokens as accounts does, with a key of its own."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.key_id = new_id("sig")

    async def fetch_keys(self) -> Mapping[str, Ed25519PublicKey]:
        """For a TokenVerifier."""
        return {self.key_id: self._private.public_key()}

    def token(
        self,
        role: str,
        *,
        organisation_id: str = "",
        subject_id: str = "",
        organisation_kind: str = "",
        lifetime_seconds: int = 900,
        **claims: object,
    ) -> str:
        """A token of one role. Its organisation is `org_client`, `org_vendor` or the platform's
        where none is given; a negative lifetime makes it an expired one.
        """
        kind = organisation_kind or _KINDS[role]
        now = int(time.time())
        payload = {
            "iss": TOKEN_ISSUER,
            "sub": subject_id or f"per_{role.lower()}",
            "org": organisation_id or (PLATFORM_ID if kind == "platform" else f"org_{kind}"),
            "org_kind": kind,
            "roles": [role],
            "iat": now,
            "exp": now + lifetime_seconds,
            **claims,
        }
        return jwt.encode(
            payload, self._private, algorithm=TOKEN_ALGORITHM, headers={"kid": self.key_id}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a caller learns of an error."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: dict[str, str]
    fields: tuple[str, ...]
    """Paths of the fields at fault."""


@dataclass(slots=True, kw_only=True)
class RpcHarness:
    """One service under test; the fixture `rpc` makes it and closes it."""

    database: MongoDatabase
    subject_prefix: str
    clock: Clock = utc_now
    mint: TokenMint = field(default_factory=TokenMint)
    names: list[str] = field(default_factory=list)
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def prepare(self, collections: Iterable[CollectionSpec]) -> Transactions:
        """Makes the collections; returns what the service's use cases write through."""
        specs = (*COLLECTIONS, *collections)
        self.names = [spec.name for spec in specs]
        await self.database.ensure(specs)
        return Transactions(
            database=self.database,
            clock=self.clock,
            new_id=new_id,
            subject_prefix=self.subject_prefix,
        )

    async def serve(
        self,
        register: Callable[[grpc.aio.Server], None],
        *,
        service_name: str,
        fetch_keys: FetchKeys | None = None,
    ) -> grpc.aio.Channel:
        """Starts a server on a free port, and connects to it.

        Tokens are the mint's; `fetch_keys` adds the keys of another.
        """

        async def keys() -> Mapping[str, Ed25519PublicKey]:
            others = await fetch_keys() if fetch_keys is not None else {}
            return {**others, **await self.mint.fetch_keys()}

        server = GrpcServer(
            pipeline=RpcPipeline(verifier=TokenVerifier(fetch_keys=keys)),
            register=(register,),
            service_names=(service_name,),
            host="127.0.0.1",
            port=0,
        )
        await server.start()
        self.stack.push_async_callback(server.stop, grace_seconds=1.0)
        channel = open_channel(f"127.0.0.1:{server.port}", own_connection=True)
        self.stack.push_async_callback(channel.close)
        return channel

    async def events(self, kind: type[MessageT]) -> list[MessageT]:
        """What the service committed to tell (nothing relays it), oldest first."""
        rows = await self.database.collection(OUTBOX).find().sort("recorded_at").to_list(None)
        return [
            incoming(kind, row["body"], row["headers"], deliveries=1).message
            for row in rows
            if row["headers"]["ce-type"] == kind.DESCRIPTOR.full_name
        ]

    async def contents(self) -> dict[str, list[Document]]:
        """Every document of the service: equal before and after means that nothing was written."""
        return {
            name: await self.database.collection(name).find().sort("_id").to_list(None)
            for name in self.names
        }


async def refusal(method: Any, request: Any, *, token: str = "") -> Refusal:
    """The error that a call is refused with; a call that succeeds fails the test."""
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    try:
        running = method(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
        if hasattr(request, "__aiter__"):
            # As the service's own callers do: refused while a message is sent is refused.
            keep_status(running)
        answer = await _finish(running)
    except grpc.aio.AioRpcError as err:
        return refusal_of(err)
    raise AssertionError(f"the call was not refused, but answered: {answer}")


def refusal_of(err: grpc.aio.AioRpcError) -> Refusal:
    """The parts of an error that the contract promises."""
    reason, metadata, fields = "", {}, []
    status = rpc_status.from_call(err)
    for detail in status.details if status is not None else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad):
            fields = [violation.field for violation in bad.field_violations]
    return Refusal(
        code=err.code(),
        reason=reason,
        message=err.details() or "",
        metadata=metadata,
        fields=tuple(fields),
    )


async def check_admission(
    channel: grpc.aio.Channel, service: ServiceDescriptor, *, mint: TokenMint
) -> int:
    """Every RPC that is not public refuses no token, foreign and expired ones, and wrong roles.

    Returns how many calls were refused, so that a test can see that there were some.
    """
    refused = 0
    for method in service.methods:
        admits = method.GetOptions().Extensions[authorisation_pb2.admits]
        if admits.public:
            continue
        admitted = _admitted(method)
        some = min(admitted)
        unauthenticated = {
            "": "TOKEN_INVALID",
            "not.a.token": "TOKEN_INVALID",
            TokenMint().token(some): "TOKEN_INVALID",
            mint.token(some, iss="somebody-else"): "TOKEN_INVALID",
            mint.token(some, lifetime_seconds=-60): "TOKEN_EXPIRED",
        }
        expected = {
            token: (grpc.StatusCode.UNAUTHENTICATED, reason)
            for token, reason in unauthenticated.items()
        }
        expected |= {
            mint.token(role): (grpc.StatusCode.PERMISSION_DENIED, "ROLE_NOT_ADMITTED")
            for role in ROLES
            if role not in admitted
        }
        for token, (code, reason) in expected.items():
            found = await refusal(callable_of(channel, method), _empty(method), token=token)
            assert (found.code, found.reason) == (code, reason), (method.name, token, found)
            refused += 1
    return refused


async def check_bytes(
    channel: grpc.aio.Channel, service: ServiceDescriptor, *, mint: TokenMint
) -> int:
    """Every RPC refuses what is no message of its kind, or larger than any may be.

    Returns how many calls were refused.
    """
    refused = 0
    for method in service.methods:
        admits = method.GetOptions().Extensions[authorisation_pb2.admits]
        role = min(_admitted(method), default="OPERATOR")
        call = callable_of(channel, method, serializer=bytes)

        async def sent(body: bytes, token: str, method: Any = method, call: Any = call) -> Refusal:
            return await refusal(call, one(body) if method.client_streaming else body, token=token)

        for body in (b"\xff\xff\xff", b"\x0a\x50cut short", b"\x0a\x02\xff\xfe"):
            if body.startswith(b"\x0a") and not _first_is_text(method):
                continue
            found = await sent(body, "" if admits.public else mint.token(role))
            told = (method.name, body, found)
            assert found.code is grpc.StatusCode.INVALID_ARGUMENT, told
            assert found.reason == "MESSAGE_MALFORMED", told
            refused += 1
        if not admits.public:
            found = await sent(b"\xff\xff\xff", "")
            assert found.code is grpc.StatusCode.UNAUTHENTICATED, (method.name, found)
        huge = await sent(b"\x00" * (MESSAGE_BYTES_MAX + 1), mint.token(role))
        assert huge.code is grpc.StatusCode.RESOURCE_EXHAUSTED, (method.name, huge)
        refused += 1
    return refused


def _admitted(method: MethodDescriptor) -> set[str]:
    admits = method.GetOptions().Extensions[authorisation_pb2.admits]
    return {authorisation_pb2.Role.Name(role).removeprefix("ROLE_") for role in admits.roles}


def _first_is_text(method: MethodDescriptor) -> bool:
    field = method.input_type.fields_by_number.get(1)
    return field is not None and field.type == field.TYPE_STRING


def callable_of(
    channel: grpc.aio.Channel,
    method: MethodDescriptor,
    *,
    serializer: Callable[[Any], bytes] = lambda message: message.SerializeToString(),
) -> Any:
    """A method by its descriptor, whatever its shape."""
    shape = ("stream" if method.client_streaming else "unary") + (
        "_stream" if method.server_streaming else "_unary"
    )
    assert method.containing_service is not None
    return getattr(channel, shape)(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=serializer,
        response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
    )


def _empty(method: MethodDescriptor) -> Any:
    message = message_factory.GetMessageClass(method.input_type)()
    return one(message) if method.client_streaming else message


async def one(message: Message | bytes) -> AsyncIterator[Message | bytes]:
    """A stream of one message."""
    yield message


async def _finish(pending: Any) -> Any:
    """The answer of a unary call, or all answers of a streaming one."""
    if hasattr(pending, "__aiter__"):
        return [answer async for answer in pending]
    return await pending
