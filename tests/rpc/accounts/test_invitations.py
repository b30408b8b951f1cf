"""Invitations over gRPC: made, looked up, accepted once, replaced."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from crewline.common.v1 import authorisation_pb2
from services.accounts.domain.organisations import ContractorFact
from services.accounts.usecases.bootstrap import FIRST_OPERATOR_ID
from services.chassis.grpc_errors import RemoteError
from tests.rpc.accounts.inviting import EMAIL, accept, open_ones, refused, vendor_of
from tests.rpc.accounts.served import (
    OPERATOR_KEY,
    PASSWORD,
    Accounts,
    MovingClock,
    acceptance,
    new_request_id,
    start,
)
from tests.rpc.harness import RpcHarness, refusal


async def test_a_contractor_who_is_asked_in_chooses_address_and_password(
    accounts: Accounts,
) -> None:
    vendor = await vendor_of(accounts)
    [contractor] = vendor.contractors
    [secret] = await accounts.invite(contractor, token=vendor.token)
    assert await open_ones(accounts, vendor.token) == [contractor]
    offer = await accounts.send(
        accounts.stub.LookUpInvitation, pb.LookUpInvitationRequest(secret=secret)
    )
    assert (offer.organisation_name, offer.email) == ("Acme Labs", "")
    assert list(offer.roles) == [authorisation_pb2.ROLE_CONTRACTOR]

    answer = await accounts.send(
        accounts.stub.AcceptInvitation, acceptance(secret, email="Bo@Example.com")
    )
    assert (answer.session.person_id, answer.session.device) == (contractor, "phone")
    refreshed = await accounts.refresh(answer.session_secret)
    assert refreshed.organisation_id == vendor.organisation_id
    caller = await accounts.send(
        accounts.stub.GetCaller, pb.GetCallerRequest(), token=refreshed.access_token
    )
    assert (caller.person.email, caller.person.signs_in) == ("Bo@Example.com", True)
    assert (await accounts.begin("bo@example.com")).session.person_id == contractor
    assert await open_ones(accounts, vendor.token) == []


async def test_the_first_operator_asks_themself_in(accounts: Accounts) -> None:
    token = await accounts.sign_in(OPERATOR_KEY)
    [secret] = await accounts.invite(FIRST_OPERATOR_ID, token=token)
    await accept(accounts, secret, email="op@example.com")
    refreshed = await accounts.refresh((await accounts.begin("op@example.com")).session_secret)
    assert list(refreshed.roles) == [authorisation_pb2.ROLE_OPERATOR]


async def test_a_colleague_may_choose_another_address_than_they_were_made_with(
    accounts: Accounts,
) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    colleague = await accounts.send(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(request_id=new_request_id(), email="old@example.com", name="Bo"),
        token=token,
    )
    [secret] = await accounts.invite(colleague.person.person_id, token=token)
    await accept(accounts, secret, email="new@example.com")
    page = await accounts.send(accounts.stub.ListPeople, pb.ListPeopleRequest(), token=token)
    shown = {person.person_id: (person.email, person.signs_in) for person in page.people}
    assert shown[colleague.person.person_id] == ("new@example.com", True)
    assert shown[made.person.person_id] == (made.person.email, False)
    # The old one is free again.
    await accounts.register(email="old@example.com")


async def test_good_items_of_a_batch_are_not_lost_for_bad_ones(accounts: Accounts) -> None:
    vendor, other = await vendor_of(accounts, contractors=2), await vendor_of(accounts)
    first, second = vendor.contractors
    [secret] = await accounts.invite(first, token=vendor.token)
    await accept(accounts, secret)
    wanted = [other.contractors[0], first, "per_none", second]
    request = pb.BatchCreateInvitationsRequest(
        request_id=new_request_id(),
        invitations=[pb.NewInvitation(person_id=person_id) for person_id in wanted],
    )
    answer = await accounts.send(accounts.stub.BatchCreateInvitations, request, token=vendor.token)
    assert [result.error.reason for result in answer.results] == [
        "PERSON_NOT_FOUND", "ALREADY_SIGNS_IN", "PERSON_NOT_FOUND", "",
    ]  # fmt: skip
    assert [result.error.field for result in answer.results[:3]] == [
        f"invitations[{n}].person_id" for n in range(3)
    ]
    assert [bool(result.secret) for result in answer.results] == [False, False, False, True]

    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.BatchCreateInvitations, request, token=vendor.token)
    assert [one.invitation for one in again.results] == [one.invitation for one in answer.results]
    assert not any(result.secret for result in again.results)
    request.invitations[0].email = EMAIL
    found = await refusal(accounts.stub.BatchCreateInvitations, request, token=vendor.token)
    assert found.reason == "REQUEST_ID_REUSED"
    assert await accounts.rpc.contents() == before


async def test_a_second_invitation_replaces_the_first(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [contractor] = vendor.contractors
    [first] = await accounts.invite(contractor, token=vendor.token)
    second, third = await accounts.invite(contractor, contractor, token=vendor.token)
    assert await open_ones(accounts, vendor.token) == [contractor]
    for old in (first, second):
        assert await refused(accounts, old) == ("INVITATION_INVALID", "secret")
    await accept(accounts, third)


async def test_of_many_invitations_at_once_one_isopen_ones(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [contractor] = vendor.contractors
    made = await asyncio.gather(
        *(accounts.invite(contractor, token=vendor.token) for _ in range(6))
    )
    assert await open_ones(accounts, vendor.token) == [contractor]
    accepted = await asyncio.gather(
        *(accept(accounts, secret) for [secret] in made), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in accepted) == 1


async def test_of_many_who_accept_at_once_one_is_let_in(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    outcomes = await asyncio.gather(
        *(accept(accounts, secret, email=f"{n}@example.com") for n in range(6)),
        return_exceptions=True,
    )
    refused = [one for one in outcomes if isinstance(one, RemoteError)]
    assert len(outcomes) - len(refused) == 1
    assert {err.reason for err in refused} == {"INVITATION_INVALID"}
    contents = await accounts.rpc.contents()
    assert [len(contents[name]) for name in ("passwords", "sessions")] == [1, 1]
    [person] = [one for one in contents["people"] if one["_id"] == vendor.contractors[0]]
    winner = next(place for place, one in enumerate(outcomes) if isinstance(one, str))
    assert person["email"] == f"{winner}@example.com"


async def test_of_many_who_want_one_address_at_once_one_gets_it(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts, contractors=5)
    secrets = await accounts.invite(*vendor.contractors, token=vendor.token)
    outcomes = await asyncio.gather(
        *(accept(accounts, secret) for secret in secrets), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, RemoteError)]
    assert len(outcomes) - len(refused) == 1
    assert {err.reason for err in refused} == {"EMAIL_TAKEN"}
    assert len((await accounts.rpc.contents())["passwords"]) == 1


async def test_a_repeat_shows_the_first_answer_without_the_session(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    request = acceptance(secret, email=EMAIL)
    first = await accounts.send(accounts.stub.AcceptInvitation, request)
    before = await accounts.rpc.contents()
    again = await accounts.send(accounts.stub.AcceptInvitation, request)
    assert (again.session, again.session_secret) == (first.session, "")
    for name, value in (("password", "another good one"), ("email", "x@example.com")):
        other = pb.AcceptInvitationRequest()
        other.CopyFrom(request)
        setattr(other, name, value)
        found = await refusal(accounts.stub.AcceptInvitation, other)
        assert (found.reason, found.fields) == ("REQUEST_ID_REUSED", ("request_id",))
    assert await refused(accounts, secret) == ("INVITATION_INVALID", "secret")
    assert await accounts.rpc.contents() == before


async def test_one_for_an_address_is_for_that_address(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token, email=EMAIL)
    assert await refused(accounts, secret, email="eve@example.com") == (
        "INVITATION_INVALID",
        "email",
    )
    found = await refusal(
        accounts.stub.AcceptInvitation, acceptance(secret, email="eve@example.com")
    )
    assert EMAIL not in f"{found}"
    await accept(accounts, secret, email="BO@example.com")


async def test_an_address_is_one_persons(accounts: Accounts) -> None:
    await accounts.register(email=EMAIL)
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    assert await refused(accounts, secret, email="Bo@example.com") == ("EMAIL_TAKEN",)
    await accept(accounts, secret, email="other@example.com")
    found = await refusal(
        accounts.stub.CreatePerson,
        pb.CreatePersonRequest(
            request_id=new_request_id(), email="OTHER@example.com", name="Somebody"
        ),
        token=vendor.token,
    )
    assert (found.code, found.reason) == (grpc.StatusCode.ALREADY_EXISTS, "EMAIL_TAKEN")


async def test_a_weak_password_leaves_the_invitation_as_it_is(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    before = await accounts.rpc.contents()
    request = acceptance(secret, email=EMAIL, password="password123")
    found = await refusal(accounts.stub.AcceptInvitation, request)
    assert (found.reason, found.fields) == ("PASSWORD_WEAK", ("password",))
    assert await accounts.rpc.contents() == before
    await accept(accounts, secret)


async def test_in_two_weeks_it_is_over(rpc: RpcHarness, clock: MovingClock) -> None:
    accounts = await start(rpc)
    vendor = await vendor_of(accounts, contractors=2)
    late, in_time = await accounts.invite(*vendor.contractors, token=vendor.token)
    clock.move(days=14, milliseconds=-1)
    await accept(accounts, in_time)
    clock.move(milliseconds=1)
    assert await refused(accounts, late) == ("INVITATION_INVALID", "secret")
    found = await refusal(accounts.stub.LookUpInvitation, pb.LookUpInvitationRequest(secret=late))
    assert found.reason == "INVITATION_INVALID"
    assert await open_ones(accounts, vendor.token) == []
    await accounts.invite(vendor.contractors[0], token=vendor.token)
    assert await open_ones(accounts, vendor.token) == [vendor.contractors[0]]


async def test_whoever_leaves_the_organisation_is_not_let_in_by_it(accounts: Accounts) -> None:
    vendor, other = await vendor_of(accounts), await vendor_of(accounts)
    [contractor] = vendor.contractors
    [secret] = await accounts.invite(contractor, token=vendor.token)
    moved = ContractorFact(
        contractor_id=contractor, organisation_id=other.organisation_id, version=2
    )
    await accounts.parts.mirror.apply([moved])
    assert await refused(accounts, secret) == ("INVITATION_INVALID", "secret")
    [secret] = await accounts.invite(contractor, token=other.token)
    await accept(accounts, secret)


@pytest.mark.parametrize(
    "secret", ["nonsense", "ci_a_b", "ci_nobody_" + "x" * 40, OPERATOR_KEY, "cs_x_" + "x" * 40]
)
async def test_what_is_no_invitation_isrefused(accounts: Accounts, secret: str) -> None:
    assert await refused(accounts, secret) == ("INVITATION_INVALID", "secret")
    found = await refusal(accounts.stub.LookUpInvitation, pb.LookUpInvitationRequest(secret=secret))
    assert (found.code, found.reason, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVITATION_INVALID",
        ("secret",),
    )


async def test_who_signs_in_with_it_is_no_longer_asked(accounts: Accounts) -> None:
    made = await accounts.register(password=PASSWORD)
    token = await accounts.sign_in(made.secret)
    answer = await accounts.send(
        accounts.stub.BatchCreateInvitations,
        pb.BatchCreateInvitationsRequest(
            request_id=new_request_id(),
            invitations=[pb.NewInvitation(person_id=made.person.person_id)],
        ),
        token=token,
    )
    assert [result.error.reason for result in answer.results] == ["ALREADY_SIGNS_IN"]
    assert (await accounts.rpc.contents())["invitations"] == []
