"""Refusals: the SDK raises the class, with the code and the parameter, that it raises at Stripe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import stripe

from tests.contract.sandbox_process import (
    SECRET_KEY,
    SandboxProcess,
    Stripe,
    account_params,
    error_of,
    headers_of,
)
from tests.waiting import eventually

_USD = {"amount": 100, "currency": "usd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call on the sandbox, given an account that may be paid, and how it is refused."""

    call: Callable[[Any, str], Awaitable[Any]]
    raises: type[stripe.StripeError]
    status: int
    code: str | None = None
    param: str | None = None


def transfer(**params: Any) -> Callable[[Any, str], Awaitable[Any]]:
    return lambda v1, account: v1.transfers.create_async({**_USD, "destination": account, **params})


def payout(**params: Any) -> Callable[[Any, str], Awaitable[Any]]:
    return lambda v1, account: v1.payouts.create_async(
        {**_USD, **params}, {"stripe_account": account}
    )


def account(**params: Any) -> Callable[[Any, str], Awaitable[Any]]:
    return lambda v1, _account: v1.accounts.create_async({**account_params(), **params})


_INVALID = stripe.InvalidRequestError

CASES = {
    "transfer beyond the balance": Case(
        call=transfer(currency="nok"), raises=_INVALID, status=400, code="balance_insufficient"
    ),
    "transfer to nobody": Case(
        call=transfer(destination="acct_nobody"),
        raises=_INVALID,
        status=400,
        code="resource_missing",
        param="destination",
    ),
    "transfer of nothing": Case(
        call=transfer(amount=0),
        raises=_INVALID,
        status=400,
        code="parameter_invalid_integer",
        param="amount",
    ),
    "transfer of less than nothing": Case(
        call=transfer(amount=-5),
        raises=_INVALID,
        status=400,
        code="parameter_invalid_integer",
        param="amount",
    ),
    "transfer of too much": Case(
        call=transfer(amount=10**12),
        raises=_INVALID,
        status=400,
        code="amount_too_large",
        param="amount",
    ),
    "transfer in no currency": Case(
        call=transfer(currency="xyz"), raises=_INVALID, status=400, param="currency"
    ),
    "transfer of part of a unit that has no parts": Case(
        call=transfer(currency="ugx", amount=150),
        raises=_INVALID,
        status=400,
        code="parameter_invalid_integer",
        param="amount",
    ),
    "transfer with too much metadata": Case(
        call=transfer(metadata={f"k{n}": "v" for n in range(51)}),
        raises=_INVALID,
        status=400,
        param="metadata",
    ),
    "transfer with a long metadata key": Case(
        call=transfer(metadata={"k" * 41: "v"}),
        raises=_INVALID,
        status=400,
        param=f"metadata[{'k' * 41}]",
    ),
    "transfer without an amount": Case(
        call=lambda v1, held: v1.transfers.create_async({"currency": "usd", "destination": held}),
        raises=_INVALID,
        status=400,
        code="parameter_missing",
        param="amount",
    ),
    "transfer that does not exist": Case(
        call=lambda v1, _: v1.transfers.retrieve_async("tr_nothing"),
        raises=_INVALID,
        status=404,
        code="resource_missing",
        param="transfer",
    ),
    "payout beyond the balance": Case(
        call=payout(), raises=_INVALID, status=400, code="balance_insufficient"
    ),
    "payout in a currency without a bank account": Case(
        call=payout(currency="nok"), raises=_INVALID, status=400
    ),
    "payout with a long descriptor": Case(
        call=payout(statement_descriptor="x" * 23),
        raises=_INVALID,
        status=400,
        param="statement_descriptor",
    ),
    "payout to a bank account of nobody's": Case(
        call=payout(destination="ba_nothing"),
        raises=_INVALID,
        status=400,
        code="resource_missing",
        param="destination",
    ),
    "in the name of an account that does not exist": Case(
        call=lambda v1, _: v1.balance.retrieve_async(None, {"stripe_account": "acct_nobody"}),
        raises=stripe.PermissionError,
        status=403,
        code="account_invalid",
    ),
    "account that does not exist": Case(
        call=lambda v1, _: v1.accounts.retrieve_async("acct_nobody"),
        raises=stripe.PermissionError,
        status=403,
        code="account_invalid",
    ),
    "account in no country": Case(
        call=account(country="ZZ"),
        raises=_INVALID,
        status=400,
        code="country_unsupported",
        param="country",
    ),
    "account with type and controller": Case(
        call=account(type="express"), raises=_INVALID, status=400, param="controller"
    ),
    "recipient agreement at home": Case(
        call=account(tos_acceptance={"service_agreement": "recipient"}),
        raises=_INVALID,
        status=400,
        param="tos_acceptance[service_agreement]",
    ),
    "terms accepted for somebody else": Case(
        call=account(tos_acceptance={"date": 1, "ip": "127.0.0.1"}),
        raises=_INVALID,
        status=400,
        param="tos_acceptance",
    ),
    "bank account number that is no test number": Case(
        call=account(
            external_account={
                "object": "bank_account",
                "country": "US",
                "currency": "usd",
                "routing_number": "110000000",
                "account_number": "12345",
            }
        ),
        raises=_INVALID,
        status=400,
        code="account_number_invalid",
        param="external_account[account_number]",
    ),
    "bank token that is none": Case(
        call=lambda v1, held: v1.accounts.external_accounts.create_async(
            held, {"external_account": "btok_nothing"}
        ),
        raises=_INVALID,
        status=400,
        code="resource_missing",
        param="external_account",
    ),
    "account link with a bad address": Case(
        call=lambda v1, held: v1.account_links.create_async(
            {
                "account": held,
                "type": "account_onboarding",
                "refresh_url": "nowhere",
                "return_url": "https://example.com",
            }
        ),
        raises=_INVALID,
        status=400,
        code="url_invalid",
        param="refresh_url",
    ),
    "page too long": Case(
        call=lambda v1, _: v1.transfers.list_async({"limit": 101}),
        raises=_INVALID,
        status=400,
        code="parameter_invalid_integer",
        param="limit",
    ),
    "cursor of another kind": Case(
        call=lambda v1, held: v1.transfers.list_async({"starting_after": held}),
        raises=_INVALID,
        status=400,
        code="resource_missing",
        param="starting_after",
    ),
    "manual payout itemised": Case(
        call=lambda v1, _: v1.balance_transactions.list_async({"payout": "po_nothing"}),
        raises=_INVALID,
        status=400,
        code="resource_missing",
        param="payout",
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_refusal(api: Stripe, name: str) -> None:
    case = CASES[name]
    held = await api.ready_account()
    await api.top_up(1_000)
    before = await api.control("ledger")
    with pytest.raises(stripe.StripeError) as refusal:
        await case.call(api.v1, held.id)
    error = refusal.value
    assert type(error) is case.raises, error
    # The client fills `.code` only for invalid requests; the body always has it.
    assert (error.http_status, error_of(error).get("code")) == (case.status, case.code), error
    if case.param is not None:
        assert isinstance(error, stripe.InvalidRequestError)
        assert error.param == case.param
    assert error.request_id is not None
    assert error.request_id.startswith("req_")
    assert error_of(error)["type"] == "invalid_request_error"
    assert await api.control("ledger") == before


async def test_transfer_before_onboarding(api: Stripe) -> None:
    fresh = await api.v1.accounts.create_async(account_params())
    await api.top_up(1_000)
    with pytest.raises(
        stripe.InvalidRequestError, match="at least one of the following"
    ) as refusal:
        await api.v1.transfers.create_async({**_USD, "destination": fresh.id})
    assert refusal.value.code == "insufficient_capabilities_for_transfer"
    with pytest.raises(stripe.InvalidRequestError) as unpaid:
        await api.v1.payouts.create_async(_USD, {"stripe_account": fresh.id})
    assert unpaid.value.code == "payouts_not_allowed"


async def test_reversal_refusals(api: Stripe) -> None:
    held = await api.ready_account()
    await api.top_up(1_000)
    sent = await api.v1.transfers.create_async({**_USD, "destination": held.id})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed") as too_much:
        await api.v1.transfers.reversals.create_async(sent.id, {"amount": 101})
    assert too_much.value.param == "amount"
    await api.v1.payouts.create_async({**_USD, "amount": 60}, {"stripe_account": held.id})
    with pytest.raises(stripe.InvalidRequestError) as spent:
        await api.v1.transfers.reversals.create_async(sent.id)
    assert spent.value.code == "balance_insufficient"
    await api.v1.transfers.reversals.create_async(sent.id, {"amount": 40})
    again = await api.v1.transfers.retrieve_async(sent.id)
    assert (again.amount_reversed, again.reversed) == (40, False)


async def test_account_with_money_cannot_be_deleted(api: Stripe) -> None:
    held = await api.ready_account()
    await api.top_up(1_000)
    sent = await api.v1.transfers.create_async({**_USD, "destination": held.id})
    with pytest.raises(stripe.InvalidRequestError, match="not zero"):
        await api.v1.accounts.delete_async(held.id)
    await api.v1.transfers.reversals.create_async(sent.id)
    await api.v1.accounts.delete_async(held.id)
    with pytest.raises(stripe.PermissionError):
        await api.v1.accounts.retrieve_async(held.id)
    with pytest.raises(stripe.InvalidRequestError):
        await api.v1.transfers.create_async({**_USD, "destination": held.id})


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "You did not provide an API key"),
        ("sk_test_wrong_key_abcd", "Invalid API Key provided: sk_test_**********abcd"),
    ],
)
async def test_wrong_keys(api: Stripe, key: str | None, message: str) -> None:
    status, headers, body = await api.raw("GET", "/v1/balance", key=key)
    assert status == 401
    assert headers["Request-Id"].startswith("req_")
    assert body["error"]["message"].startswith(message)
    if key is not None:
        with pytest.raises(stripe.AuthenticationError):
            await api.client_with(key=key).v1.balance.retrieve_async()


async def test_headers_of_every_answer(api: Stripe) -> None:
    for path, wanted in (("/v1/balance", 200), ("/v1/transfers/tr_1", 404), ("/v1/nothing", 404)):
        status, headers, _ = await api.raw("GET", path, headers={"Stripe-Version": "2024-06-20"})
        assert status == wanted
        assert headers["X-Sandbox"] == "crewline"
        assert headers["Request-Id"].startswith("req_")
        if "nothing" not in path:
            assert headers["Stripe-Version"] == "2024-06-20"
    _, _, body = await api.raw("GET", "/v1/nothing")
    assert body["error"]["message"].startswith("Unrecognized request URL (GET: /v1/nothing)")
    status, _, _ = await api.raw("GET", "/v1/balance", headers={"Stripe-Version": "tomorrow"})
    assert status == 400


async def test_basic_authentication_and_json_bodies(api: Stripe) -> None:
    auth = aiohttp.encode_basic_auth(SECRET_KEY, "")
    status, _, _ = await api.raw("GET", "/v1/balance", key=None, headers={"Authorization": auth})
    assert status == 200
    status, _, body = await api.raw(
        "POST", "/v1/topups", "{}", headers={"Content-Type": "application/json"}
    )
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")


async def test_limits_name_themselves_and_refill(
    new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession
) -> None:
    api = Stripe(new_process("--rate-limit=10", "--endpoint-rate-limit=5"), session)

    async def at_once(*calls: Callable[[], Awaitable[Any]]) -> list[stripe.RateLimitError]:
        answers = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert all(isinstance(answer, stripe.RateLimitError) for answer in refused), refused
        return [answer for answer in refused if isinstance(answer, stripe.RateLimitError)]

    v1 = api.v1
    of_one = await at_once(*[v1.balance.retrieve_async] * 20)
    assert of_one
    assert {error_of(limit)["code"] for limit in of_one} == {"rate_limit"}
    assert {headers_of(limit)["Stripe-Rate-Limited-Reason"] for limit in of_one} == {
        "endpoint-rate"
    }
    several = (v1.events, v1.transfers, v1.topups, v1.payouts, v1.accounts, v1.webhook_endpoints)
    of_all = await at_once(*[service.list_async for service in several for _ in range(4)])
    assert {headers_of(limit)["Stripe-Rate-Limited-Reason"] for limit in of_all} == {"global-rate"}

    async def passes() -> bool:
        return not await at_once(v1.balance.retrieve_async)

    await eventually(passes, what="the buckets filled again")


async def test_an_object_lock_is_told_from_a_limit(api: Stripe) -> None:
    lock = {"method": "GET", "path": "/v1/balance", "mode": "429", "code": "lock_timeout"}
    await api.control("fail_next", {**lock, "count": 1})
    with pytest.raises(stripe.RateLimitError) as refusal:
        await api.v1.balance.retrieve_async()
    assert error_of(refusal.value)["code"] == "lock_timeout"
    assert "Stripe-Rate-Limited-Reason" not in headers_of(refusal.value)
