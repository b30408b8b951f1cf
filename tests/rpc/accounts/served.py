"""accounts, served in-process, with its first operator, for the tests of this folder."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc
from services.accounts.app import SERVICE_NAME, Parts, compose
from services.accounts.settings import AccountsSettings
from services.accounts.store import COLLECTIONS
from services.chassis.grpc_client import call
from services.chassis.ids import new_id
from services.chassis.unit_of_work import Transactions
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness

OPERATOR_KEY = "ck_operator_" + "o" * 40


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
        self, *, kind: str = "CLIENT", email: str = "", request_id: str = ""
    ) -> pb.RegisterOrganisationResponse:
        """A new organisation with its first key."""
        request = registration(kind=kind, email=email, request_id=request_id)
        answer: pb.RegisterOrganisationResponse = await self.send(
            self.stub.RegisterOrganisation, request
        )
        return answer

    async def sign_in(self, secret: str) -> str:
        """A token for a key."""
        request = pb.ExchangeApiKeyRequest(secret=secret)
        answer = await self.send(self.stub.ExchangeApiKey, request)
        return str(answer.access_token)


def registration(
    *, kind: str = "CLIENT", email: str = "", request_id: str = ""
) -> pb.RegisterOrganisationRequest:
    """One that succeeds."""
    return pb.RegisterOrganisationRequest(
        request_id=request_id or str(uuid.uuid4()),
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
        **changes,
    }
    return AccountsSettings(**values)  # type: ignore[arg-type]


async def start(rpc: RpcHarness, **changes: object) -> Accounts:
    """accounts with some settings changed."""
    transactions = await rpc.prepare(COLLECTIONS)
    settings = settings_for(rpc, **changes)
    parts = await compose(
        settings=settings,
        database=rpc.database,
        transactions=transactions,
        clock=rpc.clock,
        new_id=new_id,
    )
    rpc.stack.push_async_callback(parts.exchange.close)
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
