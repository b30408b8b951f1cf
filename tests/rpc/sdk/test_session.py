"""A session asks for one token at a time, in time, and again when one is refused."""

from __future__ import annotations

import asyncio

import pytest

from crewline.broker.v1 import service_pb2 as broker_pb2
from services.chassis.errors import Kind
from services.chassis.grpc_errors import RemoteError
from services.sdk.replay.patience import Deadline
from services.sdk.replay.session import Caller, Session, new_request_id

from .servers import Accounts, Broker, Faults, refusal, served

DEADLINE_SECONDS = 10.0


async def test_many_who_ask_at_once_share_one_exchange() -> None:
    accounts = Accounts(Faults())
    async with served(accounts, Broker(accounts.faults, [])) as connection:
        session = Session(
            connection,
            secret="ck",
            deadline=Deadline.after(DEADLINE_SECONDS),
            now=lambda: accounts.now,
        )
        tokens = await asyncio.gather(*(session.token() for _ in range(50)))
        assert set(tokens) == {"t1"}
        assert (session.subject_id, session.organisation_id) == ("ctr_1", "org_1")


@pytest.mark.parametrize(("lives", "good", "renewed"), [(900, 839, 841), (10, 7.9, 8.1)])
async def test_a_token_is_renewed_before_it_expires(
    lives: float, good: float, renewed: float
) -> None:
    accounts = Accounts(Faults())
    accounts.lives_seconds = lives
    began = accounts.now
    async with served(accounts, Broker(accounts.faults, [])) as connection:
        session = Session(
            connection,
            secret="ck",
            deadline=Deadline.after(DEADLINE_SECONDS),
            now=lambda: accounts.now,
        )
        assert await session.token() == "t1"
        accounts.now = began + good
        assert await session.token() == "t1"
        accounts.now = began + renewed
        tokens = await asyncio.gather(*(session.token() for _ in range(20)))
        assert set(tokens) == {"t2"}


async def test_an_exchange_persists_and_a_bad_key_does_not() -> None:
    faults = Faults(refuse={"ExchangeApiKey": [refusal(Kind.EXHAUSTED, "RATE_LIMITED")] * 2})
    accounts = Accounts(faults)
    async with served(accounts, Broker(faults, [])) as connection:
        session = Session(connection, secret="ck", deadline=Deadline.after(DEADLINE_SECONDS))
        assert await session.token() == "t1"
        faults.refuse["ExchangeApiKey"] = [refusal(Kind.UNAUTHENTICATED, "API_KEY_INVALID")]
        other = Session(connection, secret="bad", deadline=Deadline.after(DEADLINE_SECONDS))
        with pytest.raises(RemoteError) as caught:
            await other.token()
        assert caught.value.reason == "API_KEY_INVALID"


def claim() -> broker_pb2.ClaimAssignmentsRequest:
    return broker_pb2.ClaimAssignmentsRequest(request_id=new_request_id(), max_assignments=1)


async def test_a_refused_token_is_replaced_once() -> None:
    stale = refusal(Kind.UNAUTHENTICATED, "TOKEN_INVALID")
    faults = Faults(refuse={"ClaimAssignments": [stale]})
    accounts = Accounts(faults)
    accounts.now = 4_000_000_000.0
    broker = Broker(faults, ["x"])
    async with served(accounts, broker) as connection:
        deadline = Deadline.after(DEADLINE_SECONDS)
        session = Session(connection, secret="ck", deadline=deadline)
        caller = Caller(session=session, deadline=deadline)
        answer = await caller.call(connection.broker.ClaimAssignments, claim())
        assert len(answer.assignments) == 1
        assert broker.tokens == {"Bearer t1", "Bearer t2"}
        faults.refuse["ClaimAssignments"] = [stale, stale]
        with pytest.raises(RemoteError) as caught:
            await caller.call(connection.broker.ClaimAssignments, claim())
        assert caught.value.reason == "TOKEN_INVALID"
