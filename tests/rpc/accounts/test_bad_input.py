"""Bad calls to accounts: the right code, a reason, the field, and nothing written."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from crewline.accounts.v1 import service_pb2 as pb
from tests.rpc.accounts.served import OPERATOR_KEY, Accounts, new_request_id, registration
from tests.rpc.bad_requests import check_page_tokens, check_repeat, check_rules
from tests.rpc.harness import check_bytes, refusal

SERVICE = pb.DESCRIPTOR.services_by_name["AccountsService"]


def _valid() -> dict[str, Message]:
    key = pb.NewApiKey(person_id="per_1", label="laptop")
    return {
        "RegisterOrganisation": registration(),
        "GetOrganisation": pb.GetOrganisationRequest(organisation_id="org_1"),
        "ListOrganisations": pb.ListOrganisationsRequest(),
        "CreatePerson": pb.CreatePersonRequest(
            request_id=new_request_id(), email="bo@example.com", name="Bo"
        ),
        "ListPeople": pb.ListPeopleRequest(),
        "BatchCreateApiKeys": pb.BatchCreateApiKeysRequest(request_id=new_request_id(), keys=[key]),
        "ListApiKeys": pb.ListApiKeysRequest(),
        "RotateApiKey": pb.RotateApiKeyRequest(
            request_id=new_request_id(), api_key_id="key_1", overlap_seconds=1
        ),
        "RevokeApiKey": pb.RevokeApiKeyRequest(request_id=new_request_id(), api_key_id="key_1"),
        "ExchangeApiKey": pb.ExchangeApiKeyRequest(secret="ck_a_b"),
        "BatchCreateInvitations": pb.BatchCreateInvitationsRequest(
            request_id=new_request_id(),
            invitations=[pb.NewInvitation(person_id="per_1", email="bo@example.com")],
        ),
        "ListInvitations": pb.ListInvitationsRequest(),
        "RevokeInvitation": pb.RevokeInvitationRequest(
            request_id=new_request_id(), invitation_id="inv_1"
        ),
        "LookUpInvitation": pb.LookUpInvitationRequest(secret="ci_a_b"),
        "AcceptInvitation": pb.AcceptInvitationRequest(
            request_id=new_request_id(),
            secret="ci_a_b",
            email="bo@example.com",
            password="a long enough one",
            device="laptop",
        ),
        "SignIn": pb.SignInRequest(email="bo@example.com", password="x", device="laptop"),
        "RefreshSession": pb.RefreshSessionRequest(session_secret="cs_a_b"),
        "ListSessions": pb.ListSessionsRequest(),
        "RevokeSession": pb.RevokeSessionRequest(session_id="ses_1"),
        "ChangePassword": pb.ChangePasswordRequest(
            request_id=new_request_id(), old_password="x", new_password="a long enough one"
        ),
    }


async def _channel(accounts: Accounts) -> grpc.aio.Channel:
    return await accounts.rpc.serve(accounts.parts.register, service_name=SERVICE.full_name)


async def test_every_rule_of_every_request_is_enforced(accounts: Accounts) -> None:
    operator = accounts.rpc.mint.token("OPERATOR")
    before = await accounts.rpc.contents()
    refused = await check_rules(
        await _channel(accounts), SERVICE, _valid(), tokens=lambda method: operator
    )
    assert refused > 65
    assert await accounts.rpc.contents() == before


async def test_what_is_no_message_is_refused(accounts: Accounts) -> None:
    before = await accounts.rpc.contents()
    assert await check_bytes(await _channel(accounts), SERVICE, mint=accounts.rpc.mint) > 60
    assert await accounts.rpc.contents() == before


async def test_a_request_id_makes_one_person(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    request: Any = _valid()["CreatePerson"]
    first = await check_repeat(
        accounts.rpc,
        accounts.stub.CreatePerson,
        request,
        token=token,
        changes={"name": "Bobby"},
    )
    # The request_id is the caller's own: another's same one is another request.
    other = await accounts.sign_in((await accounts.register()).secret)
    request.email = "bo2@example.com"
    second = await accounts.send(accounts.stub.CreatePerson, request, token=other)
    assert second.person.organisation_id != first.person.organisation_id


async def test_a_request_id_makes_keys_once_and_shows_them_once(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    request = pb.BatchCreateApiKeysRequest(
        request_id=new_request_id(),
        keys=[pb.NewApiKey(person_id=made.person.person_id), pb.NewApiKey(person_id="per_none")],
    )
    first = await accounts.send(accounts.stub.BatchCreateApiKeys, request, token=token)
    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.BatchCreateApiKeys, request, token=token)
    assert first.results[0].secret
    assert again.results[0].secret == ""
    assert [r.api_key for r in again.results] == [r.api_key for r in first.results]
    assert again.results[1].error == first.results[1].error
    del request.keys[1]
    found = await refusal(accounts.stub.BatchCreateApiKeys, request, token=token)
    assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    assert await accounts.rpc.contents() == before


async def test_a_request_id_rotates_and_revokes_once(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    rotate = pb.RotateApiKeyRequest(
        request_id=new_request_id(), api_key_id=made.api_key.api_key_id, overlap_seconds=60
    )
    first = await accounts.send(accounts.stub.RotateApiKey, rotate, token=token)
    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.RotateApiKey, rotate, token=token)
    assert (again.api_key, again.secret) == (first.api_key, "")
    rotate.overlap_seconds = 61
    found = await refusal(accounts.stub.RotateApiKey, rotate, token=token)
    assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    assert await accounts.rpc.contents() == before
    await check_repeat(
        accounts.rpc,
        accounts.stub.RevokeApiKey,
        pb.RevokeApiKeyRequest(request_id=new_request_id(), api_key_id=first.api_key.api_key_id),
        token=token,
        changes={"api_key_id": made.api_key.api_key_id},
    )


@pytest.mark.parametrize(
    "method", ["ListOrganisations", "ListPeople", "ListApiKeys", "ListInvitations", "ListSessions"]
)
async def test_page_tokens_of_nowhere_are_refused(accounts: Accounts, method: str) -> None:
    operator = await accounts.sign_in(OPERATOR_KEY)
    await accounts.register()
    page = await accounts.send(
        accounts.stub.ListOrganisations, pb.ListOrganisationsRequest(page_size=1), token=operator
    )
    assert page.next_page_token
    await check_page_tokens(
        getattr(accounts.stub, method),
        _valid()[method],
        token=operator,
        foreign="" if method == "ListOrganisations" else page.next_page_token,
    )


async def test_a_batch_with_nobody_known_makes_no_key(accounts: Accounts) -> None:
    made, other = await accounts.register(), await accounts.register()
    token = await accounts.sign_in(made.secret)
    before = (await accounts.rpc.contents())["api_keys"]
    request = pb.BatchCreateApiKeysRequest(
        request_id=new_request_id(),
        keys=[pb.NewApiKey(person_id=who) for who in (other.person.person_id, "per_none")],
    )
    answer = await accounts.send(accounts.stub.BatchCreateApiKeys, request, token=token)
    assert [result.error.reason for result in answer.results] == ["PERSON_NOT_FOUND"] * 2
    assert not any(result.secret or result.HasField("api_key") for result in answer.results)
    assert (await accounts.rpc.contents())["api_keys"] == before
