"""accounts, served in-process, with its first operator, for the tests of this folder."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc
from services.accounts.app import SERVICE_NAME, Parts, compose
from services.accounts.domain.organisations import ContractorFact
from services.accounts.settings import AccountsSettings
from services.accounts.store.collections import COLLECTIONS
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.chassis.unit_of_work import Transactions
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness

OPERATOR_KEY = "ck_operator_" + "o" * 40
PASSWORD = "a horse that reads"


class MovingClock:
    """Stands still until it is moved; both of a service's clocks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def new_request_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What a test calls and looks into."""

    rpc: RpcHarness
    stub: service_pb2_grpc.AccountsServiceAsyncStub
    parts: Parts
    transactions: Transactions
    settings: AccountsSettings

    async def send(self, method: Any, request: Any, *, token: str = "") -> Any:
        """One call that succeeds."""
        return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=token)

    async def register(
        self, *, kind: str = "CLIENT", email: str = "", password: str = ""
    ) -> pb.RegisterOrganisationResponse:
        """A new organisation with its first key."""
        request = registration(kind=kind, email=email, password=password)
        answer: pb.RegisterOrganisationResponse = await self.send(
            self.stub.RegisterOrganisation, request
        )
        return answer

    async def sign_in(self, secret: str) -> str:
        """A token for a key."""
        request = pb.ExchangeApiKeyRequest(secret=secret)
        answer = await self.send(self.stub.ExchangeApiKey, request)
        return str(answer.access_token)

    async def begin(
        self, email: str, password: str = PASSWORD, *, device: str = ""
    ) -> pb.SignInResponse:
        """A session for a password."""
        request = pb.SignInRequest(email=email, password=password, device=device)
        answer: pb.SignInResponse = await self.send(self.stub.SignIn, request)
        return answer

    async def refresh(self, session_secret: str) -> pb.RefreshSessionResponse:
        """A token for a session."""
        request = pb.RefreshSessionRequest(session_secret=session_secret)
        answer: pb.RefreshSessionResponse = await self.send(self.stub.RefreshSession, request)
        return answer

    async def invite(self, *person_ids: str, token: str, email: str = "") -> list[str]:
        """Secrets of new invitations."""
        answer = await self.send(
            self.stub.BatchCreateInvitations,
            pb.BatchCreateInvitationsRequest(
                request_id=new_request_id(),
                invitations=[
                    pb.NewInvitation(person_id=person_id, email=email) for person_id in person_ids
                ],
            ),
            token=token,
        )
        assert [result.error.reason for result in answer.results] == [""] * len(person_ids)
        return [result.secret for result in answer.results]

    async def contractors(self, organisation_id: str, count: int) -> list[str]:
        """Ids of contractors, as the vendors service tells of them."""
        ids = [f"ctr_{organisation_id}_{n}" for n in range(count)]
        facts = [
            ContractorFact(contractor_id=one, organisation_id=organisation_id, version=1)
            for one in ids
        ]
        await self.parts.mirror.apply(facts)
        return ids


def acceptance(secret: str, *, email: str, password: str = PASSWORD) -> pb.AcceptInvitationRequest:
    """Of an invitation."""
    return pb.AcceptInvitationRequest(
        request_id=new_request_id(), secret=secret, email=email, password=password, device="phone"
    )


def registration(
    *, kind: str = "CLIENT", email: str = "", password: str = ""
) -> pb.RegisterOrganisationRequest:
    """One that succeeds."""
    return pb.RegisterOrganisationRequest(
        request_id=new_request_id(),
        password=password,
        name="Acme Labs",
        kind=kind and f"ORGANISATION_KIND_{kind}",  # type: ignore[arg-type]
        email=email or f"{uuid.uuid4().hex}@example.com",
        person_name="Ada",
    )


def settings_for(rpc: RpcHarness, **changes: object) -> AccountsSettings:
    """As the service would read them; nothing here connects by them."""
    values: dict[str, object] = {
        "mongo_uri": "mongodb://unused",
        "mongo_database": rpc.database.name,
        "nats_url": "nats://unused",
        "bootstrap_operator_key": OPERATOR_KEY,
        # As little as there may be: these tests are not about how slow a hash is.
        "password_memory_kib": 8192,
        "password_iterations": 1,
        "password_lanes": 1,
        **changes,
    }
    return AccountsSettings(**values)  # type: ignore[arg-type]


async def start(
    rpc: RpcHarness, *, monotonic: Callable[[], float] = time.monotonic, **changes: object
) -> Accounts:
    """accounts with some settings changed."""
    transactions = await rpc.prepare(COLLECTIONS)
    settings = settings_for(rpc, **changes)
    parts = await compose(
        settings=settings,
        database=rpc.database,
        transactions=transactions,
        clock=rpc.clock,
        new_id=new_id,
        monotonic=monotonic,
    )
    rpc.stack.push_async_callback(parts.close)
    channel = await rpc.serve(
        parts.register, service_name=SERVICE_NAME, fetch_keys=parts.key_set.fetch
    )
    return Accounts(
        rpc=rpc,
        stub=service_pb2_grpc.AccountsServiceStub(channel),
        parts=parts,
        transactions=transactions,
        settings=settings,
    )
