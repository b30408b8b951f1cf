"""Passwords and sessions over gRPC: signing in, staying signed in, ending it."""

from __future__ import annotations

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from crewline.common.v1 import authorisation_pb2
from services.chassis.authentication import TokenVerifier
from tests.rpc.accounts.served import (
    PASSWORD,
    Accounts,
    MovingClock,
)
from tests.rpc.harness import RpcHarness, refusal

EMAIL = "ada@example.com"


@pytest.fixture
def clock(rpc: RpcHarness) -> MovingClock:
    clock = MovingClock()
    rpc.clock = clock
    return clock


async def _sessions(accounts: Accounts, person_id: str) -> list[str]:
    token = accounts.rpc.mint.token("CLIENT", subject_id=person_id)
    page = await accounts.send(accounts.stub.ListSessions, pb.ListSessionsRequest(), token=token)
    return [session.session_id for session in page.sessions]


async def test_a_password_makes_a_session_and_a_session_makes_tokens(accounts: Accounts) -> None:
    made = await accounts.register(kind="VENDOR", email="Ada@Example.com", password=PASSWORD)
    assert made.person.signs_in
    begun = await accounts.begin(" ada@example.COM", device="laptop")
    assert begun.session_secret.startswith("cs_")
    assert (begun.session.device, begun.session.person_id) == ("laptop", made.person.person_id)
    refreshed = await accounts.refresh(begun.session_secret)
    assert refreshed.session_id == begun.session.session_id
    assert list(refreshed.roles) == [authorisation_pb2.ROLE_VENDOR]
    verifier = TokenVerifier(fetch_keys=accounts.parts.key_set.fetch)
    principal = await verifier.verify(refreshed.access_token)
    assert principal.subject_id == refreshed.subject_id == made.person.person_id
    assert principal.organisation_id == refreshed.organisation_id
    assert principal.organisation_kind == "vendor"
    assert principal.roles == {"VENDOR"}
    caller = await accounts.send(
        accounts.stub.GetCaller, pb.GetCallerRequest(), token=refreshed.access_token
    )
    assert (caller.person, caller.organisation) == (made.person, made.organisation)


async def test_who_is_nobody_here_is_not_found(accounts: Accounts) -> None:
    token = accounts.rpc.mint.token("CLIENT", subject_id="per_none")
    refused = await refusal(accounts.stub.GetCaller, pb.GetCallerRequest(), token=token)
    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "PERSON_NOT_FOUND")
