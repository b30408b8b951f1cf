"""Whoever was erased signs in nowhere any more, is given nothing, and has left no address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from crewline.accounts.v1 import service_pb2 as pb
from crewline.vendors.v1.events_pb2 import ContractorErased
from services.accounts.consumers import contractor_erased
from services.accounts.domain.organisations import ContractorFact
from services.accounts.store.people import PeopleStore
from services.chassis.clock import utc_now
from services.chassis.events import IncomingEvent
from services.chassis.mongo import Session
from services.chassis.timestamps import timestamp
from tests.rpc.accounts.inviting import Vendor, accept, open_ones, vendor_of
from tests.rpc.accounts.served import PASSWORD, Accounts, new_request_id
from tests.rpc.harness import refusal

EMAIL = "zora.quill@example.com"
LABEL = "Zora's laptop"


async def erase(accounts: Accounts, vendor: Vendor, contractor_id: str) -> None:
    """As vendors would tell it."""
    handle = contractor_erased(accounts.parts.erasures)
    await handle(
        [
            IncomingEvent(
                message=ContractorErased(
                    contractor_id=contractor_id,
                    organisation_id=vendor.organisation_id,
                    version=4,
                    erase_time=timestamp(datetime(2026, 11, 27, tzinfo=UTC)),
                ),
                event_id=f"evt_{contractor_id}",
                time=utc_now(),
                deliveries=1,
            )
        ]
    )


async def keys(
    accounts: Accounts, vendor: Vendor, *person_ids: str
) -> pb.BatchCreateApiKeysResponse:
    answer: pb.BatchCreateApiKeysResponse = await accounts.send(
        accounts.stub.BatchCreateApiKeys,
        pb.BatchCreateApiKeysRequest(
            request_id=new_request_id(),
            keys=[pb.NewApiKey(person_id=one, label=LABEL) for one in person_ids],
        ),
        token=vendor.token,
    )
    return answer


async def test_all_that_a_person_signs_in_with_ends(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts, contractors=2)
    gone, stays = vendor.contractors
    session_secrets, key_secrets = {}, {}
    for person_id, email in ((gone, EMAIL), (stays, "bo@example.com")):
        [secret] = await accounts.invite(person_id, token=vendor.token, email=email)
        session_secrets[person_id] = await accept(accounts, secret, email=email)
        made = await keys(accounts, vendor, person_id)
        key_secrets[person_id] = made.results[0].secret
    await erase(accounts, vendor, gone)

    found = await refusal(
        accounts.stub.RefreshSession,
        pb.RefreshSessionRequest(session_secret=session_secrets[gone]),
    )
    assert found.reason == "SESSION_ENDED"
    found = await refusal(
        accounts.stub.ExchangeApiKey, pb.ExchangeApiKeyRequest(secret=key_secrets[gone])
    )
    assert found.reason == "API_KEY_INVALID"
    found = await refusal(accounts.stub.SignIn, pb.SignInRequest(email=EMAIL, password=PASSWORD))
    assert found.reason == "SIGN_IN_REFUSED"
    # Others go on as before.
    await accounts.refresh(session_secrets[stays])
    await accounts.sign_in(key_secrets[stays])

    text = str(
        {
            name: [row for row in rows if gone in str(row) or "quill" in str(row).lower()]
            for name, rows in (await accounts.rpc.contents()).items()
        }
    )
    assert gone in text
    assert [trace for trace in (EMAIL, "Zora", "phone") if trace in text] == []


async def test_whoever_was_erased_is_given_nothing(accounts: Accounts) -> None:
    """Neither an invitation, also one that was open, nor a key."""
    vendor = await vendor_of(accounts)
    [gone] = vendor.contractors
    [secret] = await accounts.invite(gone, token=vendor.token)
    await erase(accounts, vendor, gone)
    assert await open_ones(accounts, vendor.token) == []
    found = await refusal(accounts.stub.LookUpInvitation, pb.LookUpInvitationRequest(secret=secret))
    assert found.reason == "INVITATION_INVALID"
    made = await keys(accounts, vendor, gone)
    assert made.results[0].error.reason == "PERSON_NOT_FOUND"
    answer = await accounts.send(
        accounts.stub.BatchCreateInvitations,
        pb.BatchCreateInvitationsRequest(
            request_id=new_request_id(), invitations=[pb.NewInvitation(person_id=gone)]
        ),
        token=vendor.token,
    )
    assert answer.results[0].error.reason == "PERSON_NOT_FOUND"


async def test_late_and_repeated_news_change_nothing(accounts: Accounts) -> None:
    """Told before anything else was told of the person, twice, and older news after it."""
    vendor = await vendor_of(accounts)
    await erase(accounts, vendor, "ctr_unheard")
    once = await accounts.rpc.contents()
    await erase(accounts, vendor, "ctr_unheard")
    late = ContractorFact(
        contractor_id="ctr_unheard", organisation_id=vendor.organisation_id, version=1
    )
    await accounts.parts.mirror.apply([late])
    assert await accounts.rpc.contents() == once
    made = await keys(accounts, vendor, "ctr_unheard")
    assert made.results[0].error.reason == "PERSON_NOT_FOUND"


async def test_an_address_of_somebody_erased_is_free(accounts: Accounts) -> None:
    vendor = await vendor_of(accounts, contractors=2)
    gone, other = vendor.contractors
    [secret] = await accounts.invite(gone, token=vendor.token)
    await accept(accounts, secret, email=EMAIL)
    await erase(accounts, vendor, gone)
    [secret] = await accounts.invite(other, token=vendor.token)
    await accept(accounts, secret, email=EMAIL)
    assert (await accounts.begin(EMAIL)).session.person_id == other


@pytest.mark.parametrize("given", ["key", "invitation"])
async def test_nothing_is_given_in_the_moment_of_an_erasure(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """Erased between the look at the person and the commit: the commit does not happen."""
    vendor = await vendor_of(accounts)
    [gone] = vendor.contractors
    hold, raced = PeopleStore.hold_contractors, False

    async def racing(store: PeopleStore, ids: Sequence[str], *, session: Session) -> None:
        nonlocal raced
        if not raced:
            raced = True
            await erase(accounts, vendor, gone)
        await hold(store, ids, session=session)

    monkeypatch.setattr(PeopleStore, "hold_contractors", racing)
    if given == "key":
        result: Any = (await keys(accounts, vendor, gone)).results[0]
    else:
        wanted = pb.BatchCreateInvitationsRequest(
            request_id=new_request_id(),
            invitations=[pb.NewInvitation(person_id=gone, email=EMAIL)],
        )
        answer = await accounts.send(
            accounts.stub.BatchCreateInvitations, wanted, token=vendor.token
        )
        result = answer.results[0]
    assert raced
    assert (result.secret, result.error.reason) == ("", "PERSON_NOT_FOUND")
    contents = await accounts.rpc.contents()
    assert [row for row in contents["api_keys"] if row["person_id"] == gone] == []
    assert contents["invitations"] == []
