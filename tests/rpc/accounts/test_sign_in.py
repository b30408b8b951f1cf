"""Passwords over gRPC: signing in with them, and what a wrong one is told."""

from __future__ import annotations

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from crewline.common.v1 import authorisation_pb2
from services.chassis.authentication import TokenVerifier
from services.chassis.grpc_errors import RemoteError
from tests.rpc.accounts.served import PASSWORD, Accounts, registration, start
from tests.rpc.harness import RpcHarness, refusal

EMAIL = "ada@example.com"


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


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, PASSWORD + "!"),
        (EMAIL, PASSWORD.upper()),
        ("nobody@example.com", PASSWORD),
        ("no address at all", PASSWORD),
        ("without@example.com", PASSWORD),
    ],
)
async def test_what_is_wrong_is_not_told(accounts: Accounts, email: str, password: str) -> None:
    await accounts.register(email=EMAIL, password=PASSWORD)
    await accounts.register(email="without@example.com")
    before = await accounts.rpc.contents()
    request = pb.SignInRequest(email=email, password=password)
    refused = await refusal(accounts.stub.SignIn, request)
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "SIGN_IN_REFUSED")
    assert refused.message == "the e-mail address or the password is wrong"
    assert refused.metadata == {}
    assert await accounts.rpc.contents() == before


async def test_an_unknown_address_costs_a_hash_as_well(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.register(email=EMAIL, password=PASSWORD)
    await accounts.register(email="without@example.com")
    hashes = accounts.parts.hashes
    verified: list[str] = []
    matches = hashes._matches

    def counted(encoded: str, password: str) -> bool:
        verified.append(encoded)
        return matches(encoded, password)

    monkeypatch.setattr(hashes, "_matches", counted)
    for email in (EMAIL, "nobody@example.com", "without@example.com"):
        await refusal(accounts.stub.SignIn, pb.SignInRequest(email=email, password="wrong"))
    own, nobodys, again = verified
    assert own != nobodys == again
    assert own.split("$")[:4] == nobodys.split("$")[:4], "the same parameters, the same time"


async def test_one_spelling_of_a_password_is_as_good_as_another(accounts: Accounts) -> None:
    await accounts.register(email=EMAIL, password="ça va ﬁnir tôt")
    assert (await accounts.begin(EMAIL, "c\u0327a va finir to\u0302t")).session_secret


async def test_registering_twice_with_another_password_is_another_request(
    accounts: Accounts,
) -> None:
    request = registration(email=EMAIL, password=PASSWORD)
    first = await accounts.send(accounts.stub.RegisterOrganisation, request)
    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.RegisterOrganisation, request)
    assert (again.person, again.secret) == (first.person, "")
    for other in ("another good one", ""):
        request.password = other
        refused = await refusal(accounts.stub.RegisterOrganisation, request)
        assert refused.reason == "REQUEST_ID_REUSED"
    assert await accounts.rpc.contents() == before


@pytest.mark.parametrize(("password", "rule"), [("short", "length"), (EMAIL, "email")])
async def test_a_weak_password_registers_nobody(
    accounts: Accounts, password: str, rule: str
) -> None:
    before = await accounts.rpc.contents()
    request = registration(email=EMAIL, password=password)
    refused = await refusal(accounts.stub.RegisterOrganisation, request)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PASSWORD_WEAK")
    assert refused.fields == ("password",)
    assert refused.metadata["rule"] == rule
    assert await accounts.rpc.contents() == before


async def test_hashes_move_to_todays_parameters_as_people_sign_in(rpc: RpcHarness) -> None:
    first = await start(rpc)
    await first.register(email=EMAIL, password=PASSWORD)
    [before] = (await rpc.contents())["passwords"]
    second = await start(rpc, password_iterations=2)
    assert (await second.begin(EMAIL)).session_secret
    [after] = (await rpc.contents())["passwords"]
    assert (before["encoded"].split("$")[3], after["encoded"].split("$")[3]) == (
        "m=8192,t=1,p=1",
        "m=8192,t=2,p=1",
    )
    assert (await second.begin(EMAIL)).session_secret
    [last] = (await rpc.contents())["passwords"]
    assert last["encoded"] == after["encoded"]
    with pytest.raises(RemoteError):
        await second.begin(EMAIL, PASSWORD + "!")
