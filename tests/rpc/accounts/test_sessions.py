"""Sessions over gRPC: exchanged for tokens, listed, ended by time and on purpose."""

from __future__ import annotations

import asyncio

import grpc
import jwt
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from services.accounts.domain.organisations import ContractorFact
from services.accounts.domain.sessions import SignedIn
from tests.rpc.accounts.served import (
    OPERATOR_KEY,
    PASSWORD,
    Accounts,
    MovingClock,
    acceptance,
    start,
)
from tests.rpc.bad_requests import check_page_tokens
from tests.rpc.harness import RpcHarness, refusal

EMAIL = "ada@example.com"


async def _sessions(accounts: Accounts, person_id: str) -> list[str]:
    token = accounts.rpc.mint.token("CLIENT", subject_id=person_id)
    page = await accounts.send(accounts.stub.ListSessions, pb.ListSessionsRequest(), token=token)
    return [session.session_id for session in page.sessions]


async def test_sessions_end_unused_or_old(rpc: RpcHarness, clock: MovingClock) -> None:
    accounts = await start(rpc, monotonic=clock.monotonic)
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    unused, used = await accounts.begin(EMAIL), await accounts.begin(EMAIL)
    for _ in range(4):
        clock.move(days=6)
        await accounts.refresh(used.session_secret)
    assert await _sessions(accounts, made.person.person_id) == [used.session.session_id]
    ended = pb.RefreshSessionRequest(session_secret=unused.session_secret)
    refused = await refusal(accounts.stub.RefreshSession, ended)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED")
    clock.move(days=6, seconds=-1)
    assert (await accounts.refresh(used.session_secret)).access_token
    clock.move(seconds=1)
    ended = pb.RefreshSessionRequest(session_secret=used.session_secret)
    assert (await refusal(accounts.stub.RefreshSession, ended)).reason == "SESSION_ENDED"
    assert await _sessions(accounts, made.person.person_id) == []


async def test_a_use_is_noted_at_most_once_a_minute(rpc: RpcHarness, clock: MovingClock) -> None:
    accounts = await start(rpc)
    await accounts.register(email=EMAIL, password=PASSWORD)
    begun = await accounts.begin(EMAIL)
    before = await rpc.contents()
    clock.move(seconds=59)
    await asyncio.gather(*(accounts.refresh(begun.session_secret) for _ in range(5)))
    assert await rpc.contents() == before
    clock.move(seconds=1)
    await asyncio.gather(*(accounts.refresh(begun.session_secret) for _ in range(5)))
    [session] = (await rpc.contents())["sessions"]
    assert session["last_used_at"] == clock.now


async def test_a_session_says_who_the_person_is_now(accounts: Accounts) -> None:
    old = await accounts.register(kind="VENDOR")
    new = await accounts.register(kind="VENDOR")
    [contractor] = await accounts.contractors(old.organisation.organisation_id, 1)
    token = await accounts.sign_in(old.secret)
    [secret] = await accounts.invite(contractor, token=token)
    begun = await accounts.send(
        accounts.stub.AcceptInvitation, acceptance(secret, email="bo@example.com")
    )
    before = await accounts.refresh(begun.session_secret)
    moved = ContractorFact(
        contractor_id=contractor, organisation_id=new.organisation.organisation_id, version=2
    )
    await accounts.parts.mirror.apply([moved])
    after = await accounts.refresh(begun.session_secret)
    assert before.organisation_id == old.organisation.organisation_id
    assert after.organisation_id == new.organisation.organisation_id
    claims = jwt.decode(after.access_token, options={"verify_signature": False})
    assert (claims["org"], claims["roles"]) == (after.organisation_id, ["CONTRACTOR"])
    # What they sign in with has moved with them.
    assert (await accounts.begin("bo@example.com")).session.person_id == contractor


async def test_revoking_ends_ones_own_session_and_no_other(accounts: Accounts) -> None:
    await accounts.register(email=EMAIL, password=PASSWORD)
    await accounts.register(email="eve@example.com", password=PASSWORD)
    here, there = await accounts.begin(EMAIL, device="here"), await accounts.begin(EMAIL)
    eves = await accounts.begin("eve@example.com")
    token = (await accounts.refresh(here.session_secret)).access_token
    eve = (await accounts.refresh(eves.session_secret)).access_token

    revoke = pb.RevokeSessionRequest(session_id=there.session.session_id)
    before = await accounts.rpc.contents()
    for session_id in (there.session.session_id, "ses_none"):
        foreign = pb.RevokeSessionRequest(session_id=session_id)
        refused = await refusal(accounts.stub.RevokeSession, foreign, token=eve)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND")
    assert await accounts.rpc.contents() == before

    first = await accounts.send(accounts.stub.RevokeSession, revoke, token=token)
    assert first.session.HasField("revoke_time")
    assert await accounts.send(accounts.stub.RevokeSession, revoke, token=token) == first
    ended = pb.RefreshSessionRequest(session_secret=there.session_secret)
    assert (await refusal(accounts.stub.RefreshSession, ended)).reason == "SESSION_ENDED"
    page = await accounts.send(accounts.stub.ListSessions, pb.ListSessionsRequest(), token=token)
    assert [(one.session_id, one.device) for one in page.sessions] == [
        (here.session.session_id, "here")
    ]


async def test_a_session_that_is_revoked_while_it_is_used_stays_revoked(
    rpc: RpcHarness, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = await start(rpc)
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    begun = await accounts.begin(EMAIL)
    clock.move(seconds=61)
    exchange = accounts.parts.servicer._session_exchange
    live = exchange._live

    async def revoked_meanwhile(text: str) -> SignedIn:
        found = await live(text)
        await accounts.send(
            accounts.stub.RevokeSession,
            pb.RevokeSessionRequest(session_id=begun.session.session_id),
            token=accounts.rpc.mint.token("CLIENT", subject_id=made.person.person_id),
        )
        return found

    monkeypatch.setattr(exchange, "_live", revoked_meanwhile)
    request = pb.RefreshSessionRequest(session_secret=begun.session_secret)
    assert (await refusal(accounts.stub.RefreshSession, request)).reason == "SESSION_ENDED"
    assert await _sessions(accounts, made.person.person_id) == []


async def test_sessions_are_listed_newest_first_in_pages(accounts: Accounts) -> None:
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    begun = [(await accounts.begin(EMAIL)).session.session_id for _ in range(5)]
    token = accounts.rpc.mint.token("CLIENT", subject_id=made.person.person_id)
    found: list[str] = []
    page_token = ""
    while True:
        request = pb.ListSessionsRequest(page_size=2, page_token=page_token)
        page = await accounts.send(accounts.stub.ListSessions, request, token=token)
        assert len(page.sessions) <= 2
        found += [session.session_id for session in page.sessions]
        page_token = page.next_page_token
        if not page_token:
            break
        foreign = page_token
    # Of one moment, their order is by chance.
    assert sorted(found, reverse=True) == found
    assert sorted(found) == sorted(begun)
    another = accounts.rpc.mint.token("CLIENT", subject_id="per_other")
    await check_page_tokens(
        accounts.stub.ListSessions, pb.ListSessionsRequest(), token=another, foreign=foreign
    )


async def test_beyond_so_many_sessions_the_oldest_ends(rpc: RpcHarness, clock: MovingClock) -> None:
    accounts = await start(rpc, sessions_max=3)
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    begun = []
    for _ in range(5):
        clock.move(seconds=1)
        begun.append(await accounts.begin(EMAIL))
    for old in begun[:2]:
        ended = pb.RefreshSessionRequest(session_secret=old.session_secret)
        assert (await refusal(accounts.stub.RefreshSession, ended)).reason == "SESSION_ENDED"
    live = set(await _sessions(accounts, made.person.person_id))
    assert live == {one.session.session_id for one in begun[2:]}
    await asyncio.gather(*(accounts.begin(EMAIL) for _ in range(6)))
    assert len(await _sessions(accounts, made.person.person_id)) == 3


@pytest.mark.parametrize(
    "secret", ["nonsense", "cs_a_b", "cs_nobody_" + "x" * 40, OPERATOR_KEY, "ci_x_" + "x" * 40]
)
async def test_what_is_no_session_is_refused_without_a_word_on_why(
    accounts: Accounts, secret: str
) -> None:
    request = pb.RefreshSessionRequest(session_secret=secret)
    refused = await refusal(accounts.stub.RefreshSession, request)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED")
    assert (refused.message, refused.metadata) == ("the session has ended; sign in again", {})


async def test_a_session_with_another_secret_is_no_session(accounts: Accounts) -> None:
    await accounts.register(email=EMAIL, password=PASSWORD)
    begun = await accounts.begin(EMAIL)
    wrong = begun.session_secret[:-1] + ("a" if begun.session_secret[-1] != "a" else "b")
    request = pb.RefreshSessionRequest(session_secret=wrong)
    assert (await refusal(accounts.stub.RefreshSession, request)).reason == "SESSION_ENDED"
    assert (await accounts.refresh(begun.session_secret)).access_token
