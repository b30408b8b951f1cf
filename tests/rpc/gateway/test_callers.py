"""Credentials become callers: one exchange for many requests, and not for longer than a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc
from services.chassis.authentication import TokenVerifier
from services.chassis.errors import DomainError, Kind, Unauthenticated
from services.chassis.grpc_client import open_channel
from services.chassis.grpc_errors import RemoteError
from services.chassis.grpc_pipeline import RpcPipeline
from services.chassis.grpc_server import GrpcServer
from services.gateway.callers import CACHE_SECONDS_MAX, Callers
from services.gateway.peers import Peers
from tests.rpc.gateway.conftest import SERVICES
from tests.rpc.harness import TokenMint
from tests.waiting import eventually

KEY = "ck_abc_" + "s" * 40


class KeyInvalid(DomainError):
    kind, reason = Kind.UNAUTHENTICATED, "API_KEY_INVALID"


class Accounts(service_pb2_grpc.AccountsServiceServicer):
    """Answers exchanges; holds them back while the gate is closed."""

    def __init__(self, mint: TokenMint) -> None:
        self.mint = mint
        self.gate = asyncio.Event()
        self.gate.set()
        self.exchanges = 0
        self.peers: list[str] = []
        self.revoked = False
        self.lifetime_seconds = 900

    async def ExchangeApiKey(self, request: Any, context: Any) -> Any:
        self.exchanges += 1
        self.peers.append(str(dict(context.invocation_metadata()).get("x-forwarded-for", "")))
        await self.gate.wait()
        if self.revoked:
            raise KeyInvalid("no")
        token = self.mint.token("CLIENT", lifetime_seconds=self.lifetime_seconds)
        return pb.ExchangeApiKeyResponse(access_token=token, expire_time=self._end())

    async def RefreshSession(self, request: Any, context: Any) -> Any:
        self.exchanges += 1
        await self.gate.wait()
        token = self.mint.token("VENDOR", lifetime_seconds=self.lifetime_seconds)
        return pb.RefreshSessionResponse(
            access_token=token, expire_time=self._end(), session_id="ses_1"
        )

    def _end(self) -> Timestamp:
        return Timestamp(seconds=int(time.time()) + self.lifetime_seconds)


@dataclass
class Served:
    accounts: Accounts
    callers: Callers
    clock: list[float] = field(default_factory=lambda: [0.0])


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    mint = TokenMint()
    accounts = Accounts(mint)  # type: ignore[abstract]  # only what the gateway asks for
    server = GrpcServer(
        pipeline=RpcPipeline(verifier=None),
        register=(
            lambda server: service_pb2_grpc.add_AccountsServiceServicer_to_server(accounts, server),
        ),
        service_names=(),
        host="127.0.0.1",
        port=0,
    )
    await server.start()
    channel = open_channel(f"127.0.0.1:{server.port}", own_connection=True)
    clock = [0.0]
    callers = Callers(
        peers=Peers(dict.fromkeys(SERVICES, channel)),
        verifier=TokenVerifier(fetch_keys=mint.fetch_keys),
        monotonic=lambda: clock[0],
    )
    yield Served(accounts, callers, clock)
    accounts.gate.set()
    await channel.close()
    await server.stop(grace_seconds=0)


async def test_requests_side_by_side_share_one_exchange(served: Served) -> None:
    served.accounts.gate.clear()
    asking = [
        asyncio.create_task(served.callers.from_credential(KEY, peer="203.0.113.9"))
        for _ in range(20)
    ]
    await eventually(lambda: served.accounts.exchanges, what="an exchange")
    asking[0].cancel()  # the first who asked goes away; the others are answered
    served.accounts.gate.set()
    callers = await asyncio.gather(*asking[1:])
    assert served.accounts.exchanges == 1
    assert served.accounts.peers == ["203.0.113.9"]
    assert len({caller.token for caller in callers}) == 1
    assert callers[0].roles == {"CLIENT"}
    assert callers[0].organisation_kind == "client"
    assert callers[0].limit_key == "key:abc"
    assert KEY not in repr(served.callers._known)


async def test_a_revoked_key_stops_working_within_the_caches_time(served: Served) -> None:
    await served.callers.from_credential(KEY, peer="")
    served.accounts.revoked = True
    served.clock[0] = CACHE_SECONDS_MAX - 0.1
    await served.callers.from_credential(KEY, peer="")
    served.clock[0] = CACHE_SECONDS_MAX
    for _ in range(2):  # a refusal is not kept
        with pytest.raises(RemoteError) as refused:
            await served.callers.from_credential(KEY, peer="")
        assert (refused.value.kind, refused.value.reason) == (
            Kind.UNAUTHENTICATED,
            "API_KEY_INVALID",
        )
    assert served.accounts.exchanges == 3


async def test_a_token_is_not_used_to_its_very_end(served: Served) -> None:
    served.accounts.lifetime_seconds = 40
    first = await served.callers.from_credential(KEY, peer="")
    served.clock[0] = 5.0
    assert (await served.callers.from_credential(KEY, peer="")) is first
    served.clock[0] = 11.0
    await served.callers.from_credential(KEY, peer="")
    assert served.accounts.exchanges == 2


async def test_a_session_that_was_forgotten_is_asked_for_again(served: Served) -> None:
    caller = await served.callers.from_session("secret", peer="")
    assert (caller.limit_key, caller.organisation_kind) == ("session:ses_1", "vendor")
    assert (await served.callers.from_session("secret", peer="")) is caller
    served.callers.forget_session("secret")
    await served.callers.from_session("secret", peer="")
    assert served.accounts.exchanges == 2


async def test_a_session_forgotten_while_it_is_exchanged_is_not_kept(served: Served) -> None:
    served.accounts.gate.clear()
    asking = asyncio.create_task(served.callers.from_session("secret", peer=""))
    await eventually(lambda: served.accounts.exchanges, what="an exchange")
    served.callers.forget_session("secret")
    served.accounts.gate.set()
    await asking
    await served.callers.from_session("secret", peer="")
    assert served.accounts.exchanges == 2


async def test_access_tokens_are_verified_here(served: Served) -> None:
    token = served.accounts.mint.token("CONTRACTOR", subject_id="per_7")
    caller = await served.callers.from_credential(token, peer="")
    assert (caller.token, caller.limit_key) == (token, "person:per_7")
    for bad in ("", "x" * 9000, "no.token.atall", TokenMint().token("OPERATOR")):
        with pytest.raises(Unauthenticated):
            await served.callers.from_credential(bad, peer="")
    assert served.accounts.exchanges == 0
