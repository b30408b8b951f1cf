"""A password is changed by whoever knows it; all their other sessions end."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from tests.rpc.accounts.served import PASSWORD, Accounts, new_request_id, start
from tests.rpc.bad_requests import check_repeat
from tests.rpc.harness import RpcHarness, refusal

EMAIL = "ada@example.com"
NEW = "a horse that writes"


def _change(*, old: str = PASSWORD, new: str = NEW, session_id: str = "") -> Any:
    return pb.ChangePasswordRequest(
        request_id=new_request_id(), old_password=old, new_password=new, session_id=session_id
    )


def _token_of(made: pb.RegisterOrganisationResponse, accounts: Accounts) -> str:
    return accounts.rpc.mint.token(
        "CLIENT",
        subject_id=made.person.person_id,
        organisation_id=made.organisation.organisation_id,
    )


async def _token(accounts: Accounts, session: pb.SignInResponse) -> str:
    return str((await accounts.refresh(session.session_secret)).access_token)


async def test_the_new_one_is_right_the_old_one_wrong_and_the_others_signed_out(
    accounts: Accounts,
) -> None:
    await accounts.register(email=EMAIL, password=PASSWORD)
    eve = await accounts.register(email="eve@example.com", password=PASSWORD)
    here, there, third = [await accounts.begin(EMAIL) for _ in range(3)]
    eves = await accounts.begin("eve@example.com")
    token = await _token(accounts, here)
    answer = await check_repeat(
        accounts.rpc,
        accounts.stub.ChangePassword,
        _change(session_id=here.session.session_id),
        token=token,
        changes={"new_password": "a horse that sings"},
    )
    assert answer.sessions_ended == 2
    assert await _token(accounts, here)
    assert await _token(accounts, eves)
    for ended in (there, third):
        request = pb.RefreshSessionRequest(session_secret=ended.session_secret)
        assert (await refusal(accounts.stub.RefreshSession, request)).reason == "SESSION_ENDED"
    old = pb.SignInRequest(email=EMAIL, password=PASSWORD)
    assert (await refusal(accounts.stub.SignIn, old)).reason == "SIGN_IN_REFUSED"
    assert (await accounts.begin(EMAIL, NEW)).session_secret
    # Another's password is another's.
    token = _token_of(eve, accounts)
    answer = await accounts.send(accounts.stub.ChangePassword, _change(), token=token)
    assert answer.sessions_ended == 1


async def test_colleagues_request_ids_are_apart(accounts: Accounts) -> None:
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    token = _token_of(made, accounts)
    colleague = await accounts.send(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(request_id=new_request_id(), email="bo@example.com", name="Bo"),
        token=token,
    )
    request = _change()
    await accounts.send(accounts.stub.ChangePassword, request, token=token)
    other = accounts.rpc.mint.token(
        "CLIENT",
        subject_id=colleague.person.person_id,
        organisation_id=made.organisation.organisation_id,
    )
    # They have no password: neither is one made nor another's answer shown.
    found = await refusal(accounts.stub.ChangePassword, request, token=other)
    assert found.reason == "SIGN_IN_REFUSED"
    assert len((await accounts.rpc.contents())["passwords"]) == 1


@pytest.mark.parametrize(
    ("old", "new", "code", "reason"),
    [
        (PASSWORD + "!", NEW, grpc.StatusCode.UNAUTHENTICATED, "SIGN_IN_REFUSED"),
        (PASSWORD, "short", grpc.StatusCode.INVALID_ARGUMENT, "PASSWORD_WEAK"),
        (PASSWORD, EMAIL, grpc.StatusCode.INVALID_ARGUMENT, "PASSWORD_WEAK"),
        # Which of the two is wrong is told the cheap way first.
        (PASSWORD + "!", "short", grpc.StatusCode.INVALID_ARGUMENT, "PASSWORD_WEAK"),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    accounts: Accounts, old: str, new: str, code: grpc.StatusCode, reason: str
) -> None:
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    begun = await accounts.begin(EMAIL)
    before = await accounts.rpc.contents()
    request = _change(old=old, new=new)
    found = await refusal(accounts.stub.ChangePassword, request, token=_token_of(made, accounts))
    assert (found.code, found.reason) == (code, reason)
    field = "new_password" if reason == "PASSWORD_WEAK" else "old_password"
    assert found.metadata["field"] == field
    assert await accounts.rpc.contents() == before
    assert await _token(accounts, begun)


@pytest.mark.parametrize("subject_id", ["per_none", ""])
async def test_whoever_has_no_password_changes_none(accounts: Accounts, subject_id: str) -> None:
    made = await accounts.register(email=EMAIL)
    before = await accounts.rpc.contents()
    token = accounts.rpc.mint.token("CLIENT", subject_id=subject_id or made.person.person_id)
    found = await refusal(accounts.stub.ChangePassword, _change(), token=token)
    assert found.reason == "SIGN_IN_REFUSED"
    assert await accounts.rpc.contents() == before


async def test_guesses_of_the_old_one_are_attempts_to_sign_in(rpc: RpcHarness) -> None:
    accounts = await start(
        rpc, failed_sign_in_burst_per_account=3, failed_sign_ins_per_account_per_minute=0.001
    )
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    token = _token_of(made, accounts)
    reasons = [
        (await refusal(accounts.stub.ChangePassword, _change(old="wrong"), token=token)).reason
        for _ in range(4)
    ]
    assert reasons == ["SIGN_IN_REFUSED"] * 3 + ["RATE_LIMITED"]
    right = pb.SignInRequest(email=EMAIL, password=PASSWORD)
    assert (await refusal(accounts.stub.SignIn, right)).reason == "RATE_LIMITED"


async def test_of_many_changes_at_once_one_is_made(accounts: Accounts) -> None:
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    token = _token_of(made, accounts)
    outcomes = await asyncio.gather(
        *(
            accounts.send(accounts.stub.ChangePassword, _change(new=f"{NEW} {n}"), token=token)
            for n in range(5)
        ),
        return_exceptions=True,
    )
    winners = [n for n, one in enumerate(outcomes) if isinstance(one, pb.ChangePasswordResponse)]
    assert len(winners) == 1
    assert {getattr(one, "reason", "") for one in outcomes} == {"", "SIGN_IN_REFUSED"}
    assert (await accounts.begin(EMAIL, f"{NEW} {winners[0]}")).session_secret


async def test_no_session_of_the_old_password_outlives_the_change(accounts: Accounts) -> None:
    """Whoever signs in with the old one at that moment is signed out too, or refused."""
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    begun, changed = await asyncio.gather(
        asyncio.gather(*(accounts.begin(EMAIL) for _ in range(8)), return_exceptions=True),
        accounts.send(accounts.stub.ChangePassword, _change(), token=_token_of(made, accounts)),
    )
    signed_in = [one for one in begun if isinstance(one, pb.SignInResponse)]
    assert changed.sessions_ended == len(signed_in)
    for session in signed_in:
        request = pb.RefreshSessionRequest(session_secret=session.session_secret)
        assert (await refusal(accounts.stub.RefreshSession, request)).reason == "SESSION_ENDED"


async def test_a_password_that_was_right_a_moment_ago_signs_nobody_in(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await accounts.register(email=EMAIL, password=PASSWORD)
    hashes = accounts.parts.hashes
    verify = hashes.verify

    async def changed_meanwhile(encoded: str | None, password: str) -> bool:
        is_right = await verify(encoded, password)
        monkeypatch.undo()
        token = _token_of(made, accounts)
        await accounts.send(accounts.stub.ChangePassword, _change(), token=token)
        return is_right

    monkeypatch.setattr(hashes, "verify", changed_meanwhile)
    request = pb.SignInRequest(email=EMAIL, password=PASSWORD)
    assert (await refusal(accounts.stub.SignIn, request)).reason == "SIGN_IN_REFUSED"
    assert (await accounts.rpc.contents())["sessions"] == []
