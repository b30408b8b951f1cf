"""Payout accounts: one a payee whatever goes wrong, and the newest fetch is what counts."""

from __future__ import annotations

import asyncio
import uuid

import grpc
import pytest

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually

URLS = {"refresh_url": "https://crew.example.com/again", "return_url": "https://crew.example.com/"}


def opening() -> pb.CreatePayoutAccountRequest:
    return pb.CreatePayoutAccountRequest(request_id=str(uuid.uuid4()), email="payee@example.com")


async def test_an_account_is_opened_once_and_shows_what_is_missing(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    token = rail.payee("ctr_d")
    first = await rail.send(rail.stub.CreatePayoutAccount, opening(), token=token)
    again = await rail.send(rail.stub.CreatePayoutAccount, opening(), token=token)
    assert again == first
    account = first.payout_account
    assert (account.payee_id, account.country, account.currency) == ("ctr_d", "US", "USD")
    assert not account.transfers_enabled
    assert len(account.requirements_due) > 0

    there = await rail.stripe.v1.accounts.retrieve_async(account.account_id)
    body = there.to_dict()
    assert body["metadata"]["payee_id"] == "ctr_d"
    assert body["business_type"] == "individual"
    assert body["settings"]["payouts"]["schedule"]["interval"] == "manual"
    assert body["controller"]["stripe_dashboard"]["type"] == "express"
    await rail.onboard("ctr_d", account.account_id)
    ready = await rail.send(rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=token)
    assert ready.payout_account.transfers_enabled
    assert list(ready.payout_account.requirements_due) == []


async def test_people_elsewhere_sign_the_recipients_agreement(rail: ServedRail) -> None:
    """C19: the recipient's agreement, and payouts on our order only."""
    await rail.vendors("org_v1", country="KE")
    account_id = await rail.open_account("org_v1", onboard=False)
    body = (await rail.stripe.v1.accounts.retrieve_async(account_id)).to_dict()
    assert body["country"] == "KE"
    assert body["business_type"] == "company"
    assert body["tos_acceptance"]["service_agreement"] == "recipient"
    assert body["settings"]["payouts"]["schedule"]["interval"] == "manual"


@pytest.mark.parametrize(
    "mode", ["drop_response", "500_after_commit", "500_before_commit", "429", "409"]
)
async def test_trouble_while_opening_makes_no_second_account(rail: ServedRail, mode: str) -> None:
    await rail.contractors("ctr_d")
    await rail.stripe.control(
        "fail_next", {"method": "POST", "path": "/v1/accounts", "mode": mode, "count": 1}
    )
    token = rail.payee("ctr_d")

    async def opened() -> str:
        try:
            answer = await rail.send(rail.stub.CreatePayoutAccount, opening(), token=token)
        except RemoteError as err:
            if err.reason != "PROVIDER_UNAVAILABLE":
                raise
            return ""
        return str(answer.payout_account.account_id)

    account_id = await eventually(opened, what="the account is open")
    accounts = (await rail.stripe.v1.accounts.list_async({"limit": 100})).data
    assert [one.id for one in accounts] == [account_id]


async def test_two_calls_at_once_open_one_account(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    token = rail.payee("ctr_d")
    answers = await asyncio.gather(
        *(rail.send(rail.stub.CreatePayoutAccount, opening(), token=token) for _ in range(5))
    )
    assert len({answer.payout_account.account_id for answer in answers}) == 1
    assert len((await rail.stripe.v1.accounts.list_async()).data) == 1


async def test_a_link_is_made_and_kept_nowhere(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    token = rail.payee("ctr_d")
    request = pb.CreateAccountLinkRequest(**URLS)
    found = await refusal(rail.stub.CreateAccountLink, request, token=token)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PAYOUT_ACCOUNT_NOT_FOUND")
    await rail.open_account("ctr_d", onboard=False)
    links = [await rail.send(rail.stub.CreateAccountLink, request, token=token) for _ in range(2)]
    assert links[0].url != links[1].url
    stored = repr(await rail.rpc.contents())
    assert not any(link.url.rsplit("/", 1)[1] in stored for link in links)


async def test_who_is_not_known_or_paid_by_a_vendor_gets_none(rail: ServedRail) -> None:
    await rail.contractors("ctr_v", vendor_id="org_v1")
    for payee_id, code, reason in (
        ("ctr_x", grpc.StatusCode.NOT_FOUND, "PAYEE_NOT_FOUND"),
        ("org_x", grpc.StatusCode.NOT_FOUND, "PAYEE_NOT_FOUND"),
        ("ctr_v", grpc.StatusCode.FAILED_PRECONDITION, "PAID_BY_VENDOR"),
    ):
        found = await refusal(rail.stub.CreatePayoutAccount, opening(), token=rail.payee(payee_id))
        assert (found.code, found.reason) == (code, reason)
    assert await rail.rpc.database.collection(PAYOUT_ACCOUNTS).count_documents({}) == 0


async def test_a_country_without_accounts_is_told_and_may_be_corrected(rail: ServedRail) -> None:
    await rail.contractors("ctr_d", country="KP")
    token = rail.payee("ctr_d")
    found = await refusal(rail.stub.CreatePayoutAccount, opening(), token=token)
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "COUNTRY_UNSUPPORTED",
    )
    await rail.parts.ledger.projections.contractors_changed(
        [
            {
                "_id": "ctr_d",
                "organisation_id": "org_platform",
                "is_direct": True,
                "country": "PH",
                "version": 2,
            }
        ]
    )
    # The provider keeps its refusal under the first key: the second has its own.
    found = await refusal(rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=token)
    assert found.reason == "PAYOUT_ACCOUNT_NOT_FOUND"
    answer = await rail.send(rail.stub.CreatePayoutAccount, opening(), token=token)
    assert answer.payout_account.country == "PH"


async def test_others_accounts_are_not_found(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    await rail.vendors("org_v1")
    account_id = await rail.open_account("ctr_d", onboard=False)
    request = pb.GetPayoutAccountRequest(payee_id="ctr_d")
    seen = await rail.send(rail.stub.GetPayoutAccount, request, token=rail.operator())
    assert seen.payout_account.account_id == account_id
    found = await refusal(rail.stub.GetPayoutAccount, request, token=rail.payee("org_v1"))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PAYOUT_ACCOUNT_NOT_FOUND")


async def test_an_account_that_nobody_told_of_is_asked_for(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d", onboard=False)
    rail.hooks.open = False
    # Waits until it may be paid: only the poll can tell.
    await rail.onboard("ctr_d", account_id)
    request = pb.GetPayoutAccountRequest()
    told = await rail.send(rail.stub.GetPayoutAccount, request, token=rail.payee("ctr_d"))
    assert told.payout_account.transfers_enabled
    assert list(told.payout_account.requirements_due) == []


async def test_a_deleted_account_can_be_paid_no_more(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")

    async def account() -> types_pb2.PayoutAccount:
        answer = await rail.send(
            rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=rail.payee("ctr_d")
        )
        told: types_pb2.PayoutAccount = answer.payout_account
        return told

    assert (await account()).transfers_enabled
    await rail.stripe.v1.accounts.delete_async(account_id)

    async def disabled() -> bool:
        return not (await account()).transfers_enabled

    await eventually(disabled, what="the account is known to be gone")
    gone = await account()
    assert gone.account_id == account_id
    assert not gone.payouts_enabled
