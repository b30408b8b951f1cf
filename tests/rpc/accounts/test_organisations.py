"""Signing up, colleagues and isolation, over gRPC."""

from __future__ import annotations

import asyncio
import hashlib

import grpc
import pytest

from crewline.accounts.v1 import events_pb2, types_pb2
from crewline.accounts.v1 import service_pb2 as pb
from crewline.common.v1 import authorisation_pb2
from services.accounts.usecases.bootstrap import FIRST_OPERATOR_ID
from services.chassis.grpc_errors import RemoteError
from tests.rpc.accounts.served import (
    OPERATOR_KEY,
    PASSWORD,
    Accounts,
    acceptance,
    new_request_id,
    registration,
    start,
)
from tests.rpc.harness import PLATFORM_ID, RpcHarness, check_admission, refusal

VENDOR = authorisation_pb2.ROLE_VENDOR


async def test_registering_makes_organisation_person_and_key(accounts: Accounts) -> None:
    made = await accounts.register(kind="VENDOR", email="Ada@Example.com")
    assert made.organisation.kind == types_pb2.ORGANISATION_KIND_VENDOR
    assert made.person.organisation_id == made.organisation.organisation_id
    assert (made.person.email, list(made.person.roles)) == ("Ada@Example.com", [VENDOR])
    assert made.api_key.person_id == made.person.person_id
    assert made.secret.startswith("ck_")
    told = await accounts.rpc.events(events_pb2.OrganisationRegistered)
    assert made.organisation in [event.organisation for event in told]
    token = await accounts.sign_in(made.secret)
    seen = await accounts.send(
        accounts.stub.GetOrganisation,
        pb.GetOrganisationRequest(organisation_id=made.organisation.organisation_id),
        token=token,
    )
    assert seen.organisation == made.organisation


async def test_a_repeat_returns_the_first_result_without_the_secret(accounts: Accounts) -> None:
    request = registration()
    first = await accounts.send(accounts.stub.RegisterOrganisation, request)
    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.RegisterOrganisation, request)
    assert again.organisation == first.organisation
    assert again.api_key == first.api_key
    assert again.secret == ""
    assert await accounts.rpc.contents() == before
    request.name = "Somebody else"
    refused = await refusal(accounts.stub.RegisterOrganisation, request)
    assert refused.reason == "REQUEST_ID_REUSED"


async def test_no_document_holds_a_secret(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    keys = await accounts.send(
        accounts.stub.BatchCreateApiKeys,
        pb.BatchCreateApiKeysRequest(
            request_id=new_request_id(), keys=[pb.NewApiKey(person_id=made.person.person_id)]
        ),
        token=token,
    )
    operator = await accounts.sign_in(OPERATOR_KEY)
    [invitation] = await accounts.invite(FIRST_OPERATOR_ID, token=operator)
    accepted = await accounts.send(
        accounts.stub.AcceptInvitation,
        acceptance(invitation, email="op@example.com", password="kept nowhere 1"),
    )
    begun = await accounts.begin("op@example.com", "kept nowhere 1")
    change = pb.ChangePasswordRequest(
        request_id=new_request_id(), old_password="kept nowhere 1", new_password="kept nowhere 2"
    )
    token = (await accounts.refresh(begun.session_secret)).access_token
    await accounts.send(accounts.stub.ChangePassword, change, token=token)
    await accounts.register(password="kept nowhere 3")

    contents = await accounts.rpc.contents()
    stored = repr(contents)
    assert len(contents["passwords"]) == 2
    for text in (
        made.secret,
        keys.results[0].secret,
        OPERATOR_KEY,
        invitation,
        accepted.session_secret,
        begun.session_secret,
    ):
        assert text.rpartition("_")[2] not in stored
    assert "kept nowhere" not in stored


async def test_what_is_kept_of_a_request_gives_no_password_away(accounts: Accounts) -> None:
    """With all else known, guesses must cost a slow hash each: no fast digest has it in."""
    request = registration(email="ada@example.com", password=PASSWORD)
    await accounts.send(accounts.stub.RegisterOrganisation, request)
    [kept] = [
        row for row in (await accounts.rpc.contents())["requests"] if "Register" in row["_id"]
    ]
    for guess in (PASSWORD, ""):
        request.password = guess
        fast = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
        assert kept["digest"] != fast


async def test_an_address_is_one_persons_whatever_its_case(accounts: Accounts) -> None:
    made = await accounts.register(email="ada@example.com")
    before = await accounts.rpc.contents()
    refused = await refusal(
        accounts.stub.RegisterOrganisation, registration(email="ADA@example.COM")
    )
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN")
    token = await accounts.sign_in(made.secret)
    refused = await refusal(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(request_id=new_request_id(), email="Ada@Example.com", name="B"),
        token=token,
    )
    assert refused.reason == "EMAIL_TAKEN"
    assert await accounts.rpc.contents() == before


async def test_of_many_who_ask_for_one_address_at_once_one_gets_it(accounts: Accounts) -> None:
    outcomes = await asyncio.gather(
        *(accounts.register(email="race@example.com") for _ in range(8)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, RemoteError)]
    assert len(outcomes) - len(refused) == 1
    assert {err.reason for err in refused} == {"EMAIL_TAKEN"}
    people = (await accounts.rpc.contents())["people"]
    assert [p["email"] for p in people].count("race@example.com") == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": 0}, "kind"),
        ({"kind": 1}, "kind"),
        ({"kind": 9}, "kind"),
        ({"email": "nobody"}, "email"),
        ({"person_name": ""}, "person_name"),
        ({"request_id": "1"}, "request_id"),
    ],
)
async def test_a_malformed_registration_writes_nothing(
    accounts: Accounts, change: dict[str, object], field: str
) -> None:
    before = await accounts.rpc.contents()
    request = registration()
    for name, value in change.items():
        setattr(request, name, value)
    refused = await refusal(accounts.stub.RegisterOrganisation, request)
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert refused.fields == (field,)
    assert await accounts.rpc.contents() == before


async def test_registrations_are_limited_by_address_and_by_domain(rpc: RpcHarness) -> None:
    accounts = await start(rpc, registration_burst=3, registrations_per_minute=0.001)
    for _ in range(3):
        await accounts.register()
    refused = await refusal(accounts.stub.RegisterOrganisation, registration())
    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason == "RATE_LIMITED"


async def test_others_organisations_are_not_found(accounts: Accounts) -> None:
    mine, other = await accounts.register(), await accounts.register(kind="VENDOR")
    token = await accounts.sign_in(mine.secret)
    for organisation_id in (other.organisation.organisation_id, PLATFORM_ID, "org_none"):
        refused = await refusal(
            accounts.stub.GetOrganisation,
            pb.GetOrganisationRequest(organisation_id=organisation_id),
            token=token,
        )
        assert refused.code == grpc.StatusCode.NOT_FOUND
        assert refused.reason == "ORGANISATION_NOT_FOUND"
    operator = await accounts.sign_in(OPERATOR_KEY)
    seen = await accounts.send(
        accounts.stub.GetOrganisation,
        pb.GetOrganisationRequest(organisation_id=other.organisation.organisation_id),
        token=operator,
    )
    assert seen.organisation == other.organisation


async def test_operators_page_through_all_organisations(accounts: Accounts) -> None:
    made = {(await accounts.register()).organisation.organisation_id for _ in range(5)}
    operator = await accounts.sign_in(OPERATOR_KEY)
    found: list[str] = []
    token = ""
    while True:
        page = await accounts.send(
            accounts.stub.ListOrganisations,
            pb.ListOrganisationsRequest(page_size=2, page_token=token),
            token=operator,
        )
        assert len(page.organisations) <= 2
        found += [item.organisation_id for item in page.organisations]
        token = page.next_page_token
        if not token:
            break
    assert len(found) == len(set(found)) == 6
    assert set(found) == made | {PLATFORM_ID}


async def test_people_are_the_callers_own(accounts: Accounts) -> None:
    mine, other = await accounts.register(), await accounts.register(kind="VENDOR")
    token = await accounts.sign_in(mine.secret)
    colleague = await accounts.send(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(request_id=new_request_id(), email="new@example.com", name="Bo"),
        token=token,
    )
    assert list(colleague.person.roles) == [authorisation_pb2.ROLE_CLIENT]
    page = await accounts.send(accounts.stub.ListPeople, pb.ListPeopleRequest(), token=token)
    ids = {person.person_id for person in page.people}
    assert ids == {mine.person.person_id, colleague.person.person_id}
    assert other.person.person_id not in ids


async def test_a_page_token_of_another_list_is_refused(accounts: Accounts) -> None:
    first, second = await accounts.register(), await accounts.register()
    token, other = await accounts.sign_in(first.secret), await accounts.sign_in(second.secret)
    await accounts.send(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(request_id=new_request_id(), email="n@example.com", name="Bo"),
        token=token,
    )
    page = await accounts.send(
        accounts.stub.ListPeople, pb.ListPeopleRequest(page_size=1), token=token
    )
    for method, bearer, page_token in (
        (accounts.stub.ListPeople, other, page.next_page_token),
        (accounts.stub.ListPeople, token, "nonsense"),
    ):
        refused = await refusal(method, pb.ListPeopleRequest(page_token=page_token), token=bearer)
        assert (refused.reason, refused.fields) == ("PAGE_TOKEN_INVALID", ("page_token",))


async def test_every_rpc_refuses_whom_it_does_not_admit(accounts: Accounts) -> None:
    service = pb.DESCRIPTOR.services_by_name["AccountsService"]
    channel = await accounts.rpc.serve(accounts.parts.register, service_name=service.full_name)
    before = await accounts.rpc.contents()
    refused = await check_admission(channel, service, mint=accounts.rpc.mint)
    assert refused > 16 * 6
    assert await accounts.rpc.contents() == before
