"""Every RPC of every service in one server: it remembers what it was asked, and answers as told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types
from services.chassis.authentication import TokenVerifier
from services.chassis.errors import DomainError, Kind
from services.chassis.grpc_client import open_channel
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from services.chassis.key_set import fetch_keys_from
from services.gateway.callers import Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.http_pipeline import HttpPipeline
from services.gateway.http_server import HttpServer
from services.gateway.peers import Peers
from services.gateway.problems import add_problems
from services.gateway.rest.admission import Admission
from services.gateway.rest.api import RestApi
from services.gateway.rest.limits import Buckets, Limits, StreamSlots
from services.gateway.rest.rules import Rule, read_rules
from tests.rpc.gateway.conftest import SERVICES
from tests.rpc.harness import TokenMint

Answer = Callable[[Any], Any]
"""A request, or an iterator of them -> a message, or an async iterator of messages."""

RULES = read_rules(SERVICES)


class Refused(DomainError):
    """A service's refusal, as a test wants it."""

    def __init__(self, kind: Kind, reason: str, message: str = "refused", **metadata: Any) -> None:
        super().__init__(message, **metadata)
        self.kind, self.reason = kind, reason


@dataclass
class Recorder:
    """Stands for all services. What has no answer given is answered with an empty message."""

    mint: TokenMint = field(default_factory=TokenMint)
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    metadata: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """Role by API key; any other key is refused."""

    def register(self, server: grpc.aio.Server) -> None:
        by_service: dict[str, dict[str, Any]] = {}
        for rule in RULES:
            service = rule.rpc.containing_service
            assert service is not None
            by_service.setdefault(service.full_name, {})[rule.rpc.name] = self._handler(rule)
        for name, handlers in by_service.items():
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))

    def _handler(self, rule: Rule) -> Any:
        name = rule.rpc.name

        async def unary(request: Any, context: Any) -> Any:
            self.metadata.append(dict(context.invocation_metadata()))
            if name == "GetKeySet":
                return await self._key_set()
            if name == "ExchangeApiKey" and name not in self.answers:
                return self._exchange(request)
            if rule.streams_in:
                request = [each async for each in request]
            self.calls.append((name, request))
            answer = self.answers.get(name)
            return answer(request) if answer else rule.response_type()

        async def stream(request: Any, context: Any) -> AsyncIterator[Any]:
            self.metadata.append(dict(context.invocation_metadata()))
            self.calls.append((name, request))
            answer: Answer = self.answers.get(name) or _nothing
            async for each in answer(request):
                yield each

        shape = ("stream" if rule.streams_in else "unary") + (
            "_stream" if rule.streams_out else "_unary"
        )
        made = getattr(grpc, f"{shape}_rpc_method_handler")
        return made(
            stream if rule.streams_out else unary,
            request_deserializer=rule.request_type.FromString,
            response_serializer=rule.response_type.SerializeToString,
        )

    async def _key_set(self) -> accounts_pb2.GetKeySetResponse:
        keys: dict[str, Ed25519PublicKey] = dict(await self.mint.fetch_keys())
        return accounts_pb2.GetKeySetResponse(
            keys=[
                accounts_types.SigningKey(key_id=key_id, public_key=key.public_bytes_raw())
                for key_id, key in keys.items()
            ]
        )

    def _exchange(self, request: Any) -> accounts_pb2.ExchangeApiKeyResponse:
        role = self.keys.get(request.secret)
        if role is None:
            raise Refused(Kind.UNAUTHENTICATED, "API_KEY_INVALID")
        return accounts_pb2.ExchangeApiKeyResponse(
            access_token=self.mint.token(role),
            expire_time=Timestamp(seconds=int(time.time()) + 900),
        )


async def _nothing(request: Any) -> AsyncIterator[Any]:
    none: tuple[Any, ...] = ()
    for each in none:
        yield each


@dataclass(frozen=True)
class Door:
    """The REST door on a real socket."""

    port: int
    client: httpx.AsyncClient
    api: RestApi


@asynccontextmanager
async def recording(recorder: Recorder) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the recorder; validation is the real one, authentication the real one."""
    server = GrpcServer(
        pipeline=RpcPipeline(verifier=TokenVerifier(fetch_keys=recorder.mint.fetch_keys)),
        register=(recorder.register,),
        service_names=(),
        host="127.0.0.1",
        port=0,
    )
    await server.start()
    channel = open_channel(f"127.0.0.1:{server.port}", own_connection=True)
    try:
        yield channel
    finally:
        await channel.close()
        await server.stop(grace_seconds=0)


@asynccontextmanager
async def door(
    channels: dict[str, grpc.aio.Channel],
    *,
    per_second: float = 1000.0,
    burst: int = 1000,
    public_burst: int = 1000,
    streams_max: int = 10,
) -> AsyncIterator[Door]:
    """REST before these services."""
    peers = Peers(channels)
    verifier = TokenVerifier(fetch_keys=fetch_keys_from(channels["accounts"]))
    api = RestApi(
        peers=peers,
        admission=Admission(
            callers=Callers(peers=peers, verifier=verifier),
            addresses=ClientAddresses(),
            limits=Limits(
                keys=Buckets(per_second=per_second, burst=burst),
                addresses=Buckets(per_second=0.001, burst=public_burst),
                streams=StreamSlots(per_key_max=streams_max),
            ),
        ),
    )
    app = FastAPI(openapi_url=None)
    app.add_middleware(HttpPipeline)
    add_problems(app)
    app.mount("/v1", api)
    server = HttpServer(app, host="127.0.0.1", port=0, stop_grace_seconds=1.0)
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            yield Door(server.port, client, api)
    finally:
        await server.stop()
