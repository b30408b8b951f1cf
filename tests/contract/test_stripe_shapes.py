"""Every object that the sandbox answers with has the members, and the types, that Stripe's have.

With CREWLINE_STRIPE_TEST_KEY set (a test-mode key of a Connect platform), what needs no onboarded
account runs against Stripe's real test mode as well.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import stripe
from stripe import ListObject

from tests.contract.sandbox_process import SandboxProcess, Stripe, account_params, body_of, error_of
from tests.contract.stripe_types import absent_from, fixtures, problems

_KEY = os.environ.get("CREWLINE_STRIPE_TEST_KEY", "")
if _KEY.startswith(("sk_live_", "rk_live_")):
    raise pytest.UsageError("CREWLINE_STRIPE_TEST_KEY is a live key: these tests make accounts")


def assert_shape(answer: Any, cls: Any, fixture: str | None = None) -> dict[str, Any]:
    """Hold a client object's own JSON against the SDK's type and Stripe's example."""
    body: dict[str, Any] = body_of(answer)
    assert list(problems(body, cls)) == []
    if fixture is not None:
        assert list(absent_from(body, fixtures()[fixture])) == []
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who answers: the sandbox, or Stripe's test mode."""

    v1: Any
    is_sandbox: bool


@pytest.fixture(
    params=[
        "sandbox",
        pytest.param(
            "stripe",
            marks=pytest.mark.skipif(
                not _KEY.startswith("sk_test_"),
                reason="CREWLINE_STRIPE_TEST_KEY holds no test-mode key: real Stripe not asked",
            ),
        ),
    ]
)
async def target(
    request: pytest.FixtureRequest,
    shared_process: SandboxProcess,
    session: aiohttp.ClientSession,
) -> AsyncIterator[Target]:
    if request.param == "sandbox":
        yield Target(v1=Stripe(shared_process, session).v1, is_sandbox=True)
        return
    real = stripe.StripeClient(_KEY, http_client=stripe.AIOHTTPClient(timeout=20, session=session))
    yield Target(v1=real.v1, is_sandbox=False)


async def test_account_and_its_links(target: Target) -> None:
    v1 = target.v1
    account = await v1.accounts.create_async(account_params())
    try:
        body = assert_shape(account, stripe.Account, "account")
        assert body["metadata"] == {"contractor_id": "ctr_1"}
        assert body["controller"]["stripe_dashboard"] == {"type": "express"}
        assert body["settings"]["payouts"]["schedule"]["interval"] == "manual"
        assert body["capabilities"]["transfers"] == "inactive"
        assert body["requirements"]["currently_due"]
        assert body["payouts_enabled"] is False
        assert_shape(await v1.accounts.retrieve_async(account.id), stripe.Account, "account")
        changed = await v1.accounts.update_async(account.id, {"metadata": {"seen": "1"}})
        assert assert_shape(changed, stripe.Account)["metadata"] == {
            "contractor_id": "ctr_1",
            "seen": "1",
        }
        link = await v1.account_links.create_async(
            {
                "account": account.id,
                "type": "account_onboarding",
                "refresh_url": "https://example.com/again",
                "return_url": "https://example.com/back",
            }
        )
        assert_shape(link, stripe.AccountLink, "account_link")
        page = await v1.accounts.list_async({"limit": 3})
        assert_shape(page, ListObject[stripe.Account])
        found = await v1.accounts.capabilities.list_async(account.id)
        assert_shape(found, ListObject[stripe.Capability])
        one = await v1.accounts.capabilities.retrieve_async(account.id, "transfers")
        assert_shape(one, stripe.Capability, "capability")
    finally:
        deleted = await v1.accounts.delete_async(account.id)
    assert body_of(deleted) == {"id": account.id, "object": "account", "deleted": True}


async def test_refusals(target: Target) -> None:
    v1, unsaid = target.v1, {"nonsense": "1"}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await v1.accounts.list_async(unsaid)
    assert error_of(refusal.value)["code"] == "parameter_unknown"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await v1.transfers.retrieve_async("tr_nowhere")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.PermissionError) as hidden:
        await v1.accounts.retrieve_async("acct_1nowhere")
    assert error_of(hidden.value)["code"] == "account_invalid"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await v1.transfers.create_async(
            {"amount": 100, "currency": "usd", "destination": "acct_1nowhere"}
        )
    assert error_of(refusal.value)["param"] == "destination"


async def test_a_key_is_answered_alike_and_means_one_call(target: Target) -> None:
    v1, key = target.v1, {"idempotency_key": f"contract-{uuid.uuid4()}"}
    account = await v1.accounts.create_async(account_params(), key)
    try:
        again = await v1.accounts.create_async(account_params(), key)
        assert body_of(again) == body_of(account)
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        with pytest.raises(stripe.IdempotencyError):
            await v1.accounts.create_async({**account_params(), "email": "b@example.com"}, key)
    finally:
        await v1.accounts.delete_async(account.id)


async def test_platform_account_and_balance(target: Target) -> None:
    v1 = target.v1
    assert_shape(await v1.accounts.retrieve_current_async(), stripe.Account)
    assert_shape(await v1.balance.retrieve_async(), stripe.Balance, "balance")
    settings = await v1.balance_settings.retrieve_async()
    assert_shape(settings, stripe.BalanceSettings)
    for service, page_type in (
        (v1.balance_transactions, ListObject[stripe.BalanceTransaction]),
        (v1.events, ListObject[stripe.Event]),
        (v1.transfers, ListObject[stripe.Transfer]),
        (v1.payouts, ListObject[stripe.Payout]),
        (v1.topups, ListObject[stripe.Topup]),
        (v1.webhook_endpoints, ListObject[stripe.WebhookEndpoint]),
    ):
        assert_shape(await service.list_async({"limit": 5}), page_type)


async def test_webhook_endpoint(target: Target) -> None:
    v1 = target.v1
    endpoint = await v1.webhook_endpoints.create_async(
        {
            "url": "https://example.com/hook",
            "enabled_events": ["transfer.created", "payout.paid"],
            "api_version": "2026-10-28.endive",
            "connect": True,
            "metadata": {"stack": "contract"},
        }
    )
    try:
        body = assert_shape(endpoint, stripe.WebhookEndpoint, "webhook_endpoint")
        assert body["secret"].startswith("whsec_")
        again = await v1.webhook_endpoints.retrieve_async(endpoint.id)
        assert "secret" not in assert_shape(again, stripe.WebhookEndpoint)
        off = await v1.webhook_endpoints.update_async(endpoint.id, {"disabled": True})
        assert assert_shape(off, stripe.WebhookEndpoint)["status"] == "disabled"
    finally:
        deleted = await v1.webhook_endpoints.delete_async(endpoint.id)
    assert body_of(deleted) == {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


async def test_external_accounts(api: Stripe) -> None:
    account = await api.ready_account()
    banks = api.v1.accounts.external_accounts
    added = await banks.create_async(
        account.id, {"external_account": "btok_us_verified", "metadata": {"n": "2"}}
    )
    body = assert_shape(added, stripe.BankAccount, "bank_account")
    assert body["default_for_currency"] is False
    chosen = await banks.update_async(account.id, added.id, {"default_for_currency": True})
    assert assert_shape(chosen, stripe.BankAccount)["default_for_currency"] is True
    page = await banks.list_async(account.id)
    assert_shape(page, ListObject[stripe.BankAccount])
    former = next(bank for bank in page.data if bank.id != added.id)
    assert former.default_for_currency is False
    removed = body_of(await banks.delete_async(account.id, former.id))
    assert set(removed) - {"currency"} == set(fixtures()["deleted_external_account"])
    whole = body_of(await api.v1.accounts.retrieve_async(account.id))
    assert list(problems(whole, stripe.Account)) == []
    assert [bank["id"] for bank in whole["external_accounts"]["data"]] == [added.id]


async def test_money_objects(api: Stripe) -> None:
    account = await api.ready_account()
    topup = await api.v1.topups.create_async({"amount": 90_000, "currency": "usd"})
    assert_shape(topup, stripe.Topup, "topup")
    transfer = await api.v1.transfers.create_async(
        {
            "amount": 5_000,
            "currency": "usd",
            "destination": account.id,
            "transfer_group": "statement_1",
            "description": "2026-10",
            "metadata": {"instruction_id": "ins_1", "attempt": "1"},
        }
    )
    body = assert_shape(transfer, stripe.Transfer, "transfer")
    assert (body["transfer_group"], body["description"]) == ("statement_1", "2026-10")
    reversal = await api.v1.transfers.reversals.create_async(transfer.id, {"amount": 1_000})
    assert_shape(reversal, stripe.TransferReversal, "transfer_reversal")
    after = assert_shape(await api.v1.transfers.retrieve_async(transfer.id), stripe.Transfer)
    assert (after["amount_reversed"], after["reversed"]) == (1_000, False)
    assert [item["id"] for item in after["reversals"]["data"]] == [reversal.id]
    as_account = {"stripe_account": account.id}
    payout = await api.v1.payouts.create_async(
        {"amount": 4_000, "currency": "usd", "statement_descriptor": "CREWLINE"}, as_account
    )
    assert assert_shape(payout, stripe.Payout, "payout")["status"] == "pending"
    paid = await api.settled(payout.id, account.id)
    assert assert_shape(paid, stripe.Payout, "payout")["status"] == "paid"
    balance = await api.v1.balance.retrieve_async(None, as_account)
    assert assert_shape(balance, stripe.Balance)["available"][0]["amount"] == 0


async def test_balance_transactions_tell_where_the_money_went(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(10_000)
    transfer = await api.v1.transfers.create_async(
        {"amount": 700, "currency": "usd", "destination": account.id}
    )
    sent = await api.v1.balance_transactions.retrieve_async(transfer.balance_transaction)
    body = assert_shape(sent, stripe.BalanceTransaction, "balance_transaction")
    assert (body["type"], body["net"], body["source"]) == ("transfer", -700, transfer.id)
    as_account = {"stripe_account": account.id}
    page = await api.v1.balance_transactions.list_async({"type": "payment"}, as_account)
    assert [(t["net"], t["source"]) for t in body_of(page)["data"]] == [
        (700, transfer.destination_payment)
    ]
    by_source = await api.v1.balance_transactions.list_async({"source": transfer.id})
    assert [t.id for t in by_source.data] == [sent.id]
    charge = await api.v1.charges.retrieve_async(transfer.destination_payment, None, as_account)
    assert assert_shape(charge, stripe.Charge)["source_transfer"] == transfer.id


async def test_every_event_is_well_formed(api: Stripe) -> None:
    account = await api.ready_account(number="000111111116")
    await api.top_up(10_000)
    transfer = await api.v1.transfers.create_async(
        {"amount": 900, "currency": "usd", "destination": account.id},
        {"idempotency_key": f"event-{account.id}"},
    )
    await api.v1.transfers.update_async(transfer.id, {"metadata": {"seen": "yes"}})
    payout = await api.v1.payouts.create_async(
        {"amount": 900, "currency": "usd"}, {"stripe_account": account.id}
    )
    await api.settled(payout.id, account.id)
    theirs = await api.v1.events.list_async({"limit": 100}, {"stripe_account": account.id})
    ours = await api.v1.events.list_async({"limit": 100})
    for page in (theirs, ours):
        for event in assert_shape(page, ListObject[stripe.Event])["data"]:
            subject = event["data"]["object"]
            cls = _SUBJECTS.get(subject["object"])
            if cls is not None:
                assert list(problems(subject, cls)) == [], event["type"]
    happened = [event["type"] for event in body_of(theirs)["data"]]
    assert happened[::-1][-4:] == [
        "payout.updated",
        "payout.updated",
        "payout.failed",
        "account.external_account.updated",
    ]
    assert {event["account"] for event in body_of(theirs)["data"]} == {account.id}
    mine = [e for e in body_of(ours)["data"] if e["data"]["object"].get("id") == transfer.id]
    assert [event["type"] for event in mine] == ["transfer.updated", "transfer.created"]
    assert mine[0]["data"]["previous_attributes"] == {"metadata": {"seen": None}}
    assert mine[1]["request"]["idempotency_key"] == f"event-{account.id}"
    assert all("account" not in event for event in mine)


_SUBJECTS: dict[str, type] = {
    "account": stripe.Account,
    "balance": stripe.Balance,
    "balance_settings": stripe.BalanceSettings,
    "bank_account": stripe.BankAccount,
    "capability": stripe.Capability,
    "payout": stripe.Payout,
    "topup": stripe.Topup,
    "transfer": stripe.Transfer,
}


async def test_balance_settings_change_the_schedule(api: Stripe) -> None:
    account = await api.ready_account(settings={"payouts": {"schedule": {"interval": "daily"}}})
    as_account = {"stripe_account": account.id}
    settings = await api.v1.balance_settings.update_async(
        {"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, as_account
    )
    body = assert_shape(settings, stripe.BalanceSettings, "balance_settings")
    assert body["payments"]["payouts"]["schedule"] == {"interval": "manual"}
    again = await api.v1.accounts.retrieve_async(account.id)
    assert again.settings.payouts.schedule.interval == "manual"


async def test_expansion_puts_objects_in_the_place_of_ids(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(10_000)
    transfer = await api.v1.transfers.create_async(
        {
            "amount": 100,
            "currency": "usd",
            "destination": account.id,
            "expand": ["destination", "balance_transaction", "destination_payment"],
        }
    )
    body = assert_shape(transfer, stripe.Transfer)
    assert body["destination"]["object"] == "account"
    assert body["balance_transaction"]["source"] == transfer.id
    assert body["destination_payment"]["amount"] == 100
    page = await api.v1.balance_transactions.list_async(
        {"source": transfer.id, "expand": ["data.source.destination"]}
    )
    assert body_of(page)["data"][0]["source"]["destination"]["id"] == account.id
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await api.v1.transfers.retrieve_async(transfer.id, {"expand": ["amount"]})
