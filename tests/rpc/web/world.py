"""The services behind the pages, as far as a test says what each of their RPCs answers."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.broker.v1 import service_pb2_grpc as broker_grpc
from crewline.common.v1 import authorisation_pb2
from crewline.payouts.v1 import service_pb2_grpc as payouts_grpc
from crewline.quality.v1 import service_pb2_grpc as quality_grpc
from crewline.vendors.v1 import service_pb2_grpc as vendors_grpc
from services.chassis.authentication import TokenVerifier
from services.chassis.errors import DomainError, Kind
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from tests.rpc.harness import TokenMint

PASSWORD = "four plain words here"
_TOKEN = re.compile(r'name="csrf-token" content="([0-9a-f]{64})"')
_STUBS = {
    "accounts": accounts_grpc,
    "vendors": vendors_grpc,
    "broker": broker_grpc,
    "quality": quality_grpc,
    "payouts": payouts_grpc,
}
_STREAMS_OUT = ("ImportContractors", "StreamResults")
Answer = Callable[[Any], Any]


class SignInRefused(DomainError):
    kind, reason = Kind.UNAUTHENTICATED, "SIGN_IN_REFUSED"


class SessionEnded(DomainError):
    kind, reason = Kind.UNAUTHENTICATED, "SESSION_ENDED"


class InvitationInvalid(DomainError):
    kind, reason = Kind.NOT_FOUND, "INVITATION_INVALID"


@dataclass
class World:
    """What people, sessions and answers there are, and what was asked."""

    mint: TokenMint = field(default_factory=TokenMint)
    roles: dict[str, str] = field(default_factory=dict)
    """By e-mail address."""
    sessions: dict[str, str] = field(default_factory=dict)
    """Who a session's secret belongs to."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By RPC: what a test wants of it."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    _servers: list[GrpcServer] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    def person(self, email: str, role: str) -> str:
        """Somebody who can sign in with PASSWORD."""
        self.roles[email] = role
        return email

    def requests(self, rpc: str) -> list[Any]:
        """What an RPC was asked, oldest first."""
        return [request for name, request in self.asked if name == rpc]

    async def start(self) -> None:
        for name, module in _STUBS.items():
            title = f"{name.title()}Service"
            servicer = _servicer(module, title, self)
            add = getattr(module, f"add_{title}Servicer_to_server")

            def register(server: Any, add: Any = add, servicer: Any = servicer) -> None:
                add(servicer, server)

            server = GrpcServer(
                pipeline=RpcPipeline(verifier=TokenVerifier(fetch_keys=self.mint.fetch_keys)),
                register=(register,),
                service_names=(f"crewline.{name}.v1.{title}",),
                host="127.0.0.1",
                port=0,
            )
            self.ports[name] = server.port
            self._servers.append(server)
            await server.start()
            await server.set_serving()

    async def stop(self) -> None:
        for server in self._servers:
            await server.stop(grace_seconds=0)

    async def answer(self, rpc: str, request: Any, headers: dict[str, str]) -> Any:
        self.asked.append((rpc, request))
        self.peers.append(headers.get("x-forwarded-for", ""))
        told = self.answers.get(rpc) or getattr(self, f"_{_snake(rpc)}", None)
        if told is None:
            raise AssertionError(f"no test said what {rpc} answers")
        return told(request)

    def _get_key_set(self, request: Any) -> Any:
        key = self.mint._private.public_key().public_bytes_raw()
        return accounts_pb2.GetKeySetResponse(
            keys=[accounts_types.SigningKey(key_id=self.mint.key_id, public_key=key)]
        )

    def _sign_in(self, request: Any) -> Any:
        if request.email not in self.roles or request.password != PASSWORD:
            raise SignInRefused("no such address with such a password")
        return accounts_pb2.SignInResponse(**self._new_session(request.email))

    def _refresh_session(self, request: Any) -> Any:
        email = self.sessions.get(request.session_secret)
        if email is None:
            raise SessionEnded("it has ended")
        return accounts_pb2.RefreshSessionResponse(
            access_token=self.mint.token(self.roles[email], subject_id=f"per_{email}"),
            expire_time=_after(900),
            session_id=f"ses_{request.session_secret[-4:]}",
        )

    def _get_caller(self, request: Any) -> Any:
        return accounts_pb2.GetCallerResponse(
            person=accounts_types.Person(name="Ada Byron", email="ada@example.test"),
            organisation=accounts_types.Organisation(name="Analytical & Sons"),
        )

    def _revoke_session(self, request: Any) -> Any:
        self.sessions = {
            secret: email
            for secret, email in self.sessions.items()
            if f"ses_{secret[-4:]}" != request.session_id
        }
        return accounts_pb2.RevokeSessionResponse()

    def _list_sessions(self, request: Any) -> Any:
        return accounts_pb2.ListSessionsResponse(
            sessions=[
                accounts_types.Session(
                    session_id=f"ses_{secret[-4:]}",
                    device="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                    create_time=_after(-60),
                )
                for secret in self.sessions
            ]
        )

    def _look_up_invitation(self, request: Any) -> Any:
        if not request.secret.startswith("inv_"):
            raise InvitationInvalid("it does not work")
        return accounts_pb2.LookUpInvitationResponse(
            organisation_name="Crowd <Works>",
            email="new@example.test",
            roles=[authorisation_pb2.ROLE_CONTRACTOR],
            expire_time=_after(3600),
        )

    def _accept_invitation(self, request: Any) -> Any:
        self.person(request.email, "CONTRACTOR")
        return accounts_pb2.AcceptInvitationResponse(**self._new_session(request.email))

    def _new_session(self, email: str) -> dict[str, Any]:
        secret = f"secret-of-a-session-{len(self.sessions):04}"
        self.sessions[secret] = email
        session = accounts_types.Session(create_time=_after(0), expire_time=_after(86_400))
        return {"session": session, "session_secret": secret}


def csrf_of(page: str) -> str:
    """The token that a page's forms carry."""
    found = _TOKEN.search(page)
    assert found is not None, page[:500]
    return found[1]


def _servicer(module: Any, title: str, world: World) -> Any:
    """Every RPC of a service, answered by the world."""
    base = getattr(module, f"{title}Servicer")

    def method(rpc: str) -> Any:
        # A test's answer to a stream is asynchronous itself: what it is says how to wait for it.
        if rpc in _STREAMS_OUT:

            async def stream(self: Any, request: Any, context: Any) -> Any:
                world.asked.append((rpc, request))
                async for message in world.answers[rpc](request):
                    yield message

            return stream

        async def handle(self: Any, request: Any, context: Any) -> Any:
            answer = await world.answer(rpc, request, dict(context.invocation_metadata()))
            return await answer if inspect.isawaitable(answer) else answer

        return handle

    rpcs = [name for name, _ in inspect.getmembers(base, inspect.isfunction) if name[0].isupper()]
    return type(title, (base,), {rpc: method(rpc) for rpc in rpcs})()


def _snake(rpc: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", rpc).lower()


def _after(seconds: float) -> Timestamp:
    return Timestamp(seconds=int(time.time() + seconds))
