"""Invitations as their organisation keeps them: listed, revoked."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from tests.rpc.accounts.inviting import accept, open_ones, refused, vendor_of
from tests.rpc.accounts.served import (
    Accounts,
    new_request_id,
)
from tests.rpc.bad_requests import check_repeat
from tests.rpc.harness import refusal


async def _invitation_id(accounts: Accounts, token: str) -> str:
    page = await accounts.send(
        accounts.stub.ListInvitations, pb.ListInvitationsRequest(), token=token
    )
    return str(page.invitations[0].invitation_id)


@pytest.mark.parametrize("who", ["its own", "an operator"])
async def test_a_revoked_one_lets_nobody_in(accounts: Accounts, who: str) -> None:
    vendor, other = await vendor_of(accounts, contractors=1), await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    invitation_id = await _invitation_id(accounts, vendor.token)
    for token, one in ((other.token, invitation_id), (vendor.token, "inv_none")):
        request = pb.RevokeInvitationRequest(request_id=new_request_id(), invitation_id=one)
        found = await refusal(accounts.stub.RevokeInvitation, request, token=token)
        assert (found.code, found.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "INVITATION_NOT_FOUND",
        )
    token = vendor.token if who == "its own" else accounts.rpc.mint.token("OPERATOR")
    first = await check_repeat(
        accounts.rpc,
        accounts.stub.RevokeInvitation,
        pb.RevokeInvitationRequest(request_id=new_request_id(), invitation_id=invitation_id),
        token=token,
        changes={"invitation_id": "inv_other"},
    )
    assert first.invitation.HasField("revoke_time")
    assert await refused(accounts, secret) == ("INVITATION_INVALID", "secret")
    assert await open_ones(accounts, vendor.token) == []


async def test_an_accepted_one_is_not_revoked_any_more(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts)
    [secret] = await accounts.invite(*vendor.contractors, token=vendor.token)
    invitation_id = await _invitation_id(accounts, vendor.token)
    await accept(accounts, secret)
    request = pb.RevokeInvitationRequest(request_id=new_request_id(), invitation_id=invitation_id)
    answer = await accounts.send(accounts.stub.RevokeInvitation, request, token=vendor.token)
    assert answer.invitation.HasField("accept_time")
    assert not answer.invitation.HasField("revoke_time")


async def test_a_revocation_and_an_acceptance_at_once_have_one_outcome(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts, contractors=8)
    secrets = await accounts.invite(*vendor.contractors, token=vendor.token)
    page = await accounts.send(
        accounts.stub.ListInvitations, pb.ListInvitationsRequest(), token=vendor.token
    )
    ids = {one.person_id: one.invitation_id for one in page.invitations}

    async def both(place: int) -> bool:
        revoke = pb.RevokeInvitationRequest(
            request_id=new_request_id(), invitation_id=ids[vendor.contractors[place]]
        )
        outcomes = await asyncio.gather(
            accept(accounts, secrets[place], email=f"{place}@example.com"),
            accounts.send(accounts.stub.RevokeInvitation, revoke, token=vendor.token),
            return_exceptions=True,
        )
        let_in, revoked = isinstance(outcomes[0], str), outcomes[1]
        assert isinstance(revoked, pb.RevokeInvitationResponse)
        assert revoked.invitation.HasField("revoke_time") is not let_in
        return let_in

    let_in = await asyncio.gather(*(both(place) for place in range(8)))
    assert len((await accounts.rpc.contents())["passwords"]) == sum(let_in)


async def test_lists_are_ones_own_and_paged(accounts: Accounts) -> None:
    vendor, other = await vendor_of(accounts, contractors=5), await vendor_of(accounts)
    await accounts.invite(*vendor.contractors, token=vendor.token)
    await accounts.invite(*other.contractors, token=other.token)
    found: list[str] = []
    page_token = ""
    while True:
        request = pb.ListInvitationsRequest(page_size=2, page_token=page_token)
        page = await accounts.send(accounts.stub.ListInvitations, request, token=vendor.token)
        assert len(page.invitations) <= 2
        found += [invitation.person_id for invitation in page.invitations]
        page_token = page.next_page_token
        if not page_token:
            break
    assert sorted(found) == sorted(vendor.contractors)
