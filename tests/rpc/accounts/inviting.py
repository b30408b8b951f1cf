"""Vendors whose contractors are asked in, and what becomes of the invitations."""

from __future__ import annotations

from dataclasses import dataclass

from crewline.accounts.v1 import service_pb2 as pb
from tests.rpc.accounts.served import Accounts, acceptance
from tests.rpc.harness import refusal

EMAIL = "bo@example.com"


@dataclass(frozen=True, slots=True)
class Vendor:
    """With a token of its staff, and contractors."""

    organisation_id: str
    token: str
    contractors: list[str]


async def vendor_of(accounts: Accounts, *, contractors: int = 1) -> Vendor:
    made = await accounts.register(kind="VENDOR")
    organisation_id = made.organisation.organisation_id
    return Vendor(
        organisation_id,
        # The mint's: with a moved clock, nobody believes the real ones.
        accounts.rpc.mint.token("VENDOR", organisation_id=organisation_id),
        await accounts.contractors(organisation_id, contractors),
    )


async def accept(accounts: Accounts, secret: str, *, email: str = EMAIL) -> str:
    answer = await accounts.send(accounts.stub.AcceptInvitation, acceptance(secret, email=email))
    return str(answer.session_secret)


async def refused(accounts: Accounts, secret: str, *, email: str = EMAIL) -> tuple[str, ...]:
    """The reason and the fields that an acceptance is refused with; nothing is written."""
    before = await accounts.rpc.contents()
    found = await refusal(accounts.stub.AcceptInvitation, acceptance(secret, email=email))
    assert await accounts.rpc.contents() == before
    return (found.reason, *found.fields)


async def open_ones(accounts: Accounts, token: str) -> list[str]:
    page = await accounts.send(
        accounts.stub.ListInvitations, pb.ListInvitationsRequest(), token=token
    )
    return [invitation.person_id for invitation in page.invitations]
