"""Idempotency keys as Stripe defines them: what is kept, what is not, and for whom."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import stripe

from tests.contract.sandbox_process import (
    Stripe,
    account_params,
    body_of,
    error_of,
    headers_of,
)
from tests.waiting import eventually

_DAY_SECONDS = 24 * 3600


def transfer_to(account: str, amount: int = 100) -> dict[str, Any]:
    return {"amount": amount, "currency": "usd", "destination": account}


def keyed(key: str, **more: Any) -> dict[str, Any]:
    return {"idempotency_key": key, **more}


async def test_the_same_call_is_done_once_and_answered_alike(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    key = f"once-{account.id}"
    first = await api.v1.transfers.create_async(transfer_to(account.id), keyed(key))
    second = await api.v1.transfers.create_async(transfer_to(account.id), keyed(key))
    assert body_of(second) == body_of(first)
    headers = first.last_response.headers, second.last_response.headers
    assert "Idempotent-Replayed" not in headers[0]
    assert headers[1]["Idempotent-Replayed"] == "true"
    assert headers[1]["Original-Request"] == headers[0]["Request-Id"] != headers[1]["Request-Id"]
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert len(page.data) == 1


async def test_the_answer_is_the_first_one_even_when_the_object_changed_since(api: Stripe) -> None:
    key = "stale-answer"
    account = await api.v1.accounts.create_async(account_params(), keyed(key))
    await api.v1.accounts.update_async(account.id, {"metadata": {"later": "1"}})
    again = await api.v1.accounts.create_async(account_params(), keyed(key))
    assert body_of(again) == body_of(account)


@pytest.mark.parametrize(
    "change", [{"amount": 101}, {"description": "other"}, {"metadata": {"attempt": "2"}}]
)
async def test_a_key_with_other_parameters_is_an_idempotency_error(
    api: Stripe, change: dict[str, Any]
) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    key = f"other-{account.id}"
    await api.v1.transfers.create_async(transfer_to(account.id), keyed(key))
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refusal:
        await api.v1.transfers.create_async({**transfer_to(account.id), **change}, keyed(key))
    assert refusal.value.http_status == 400
    # The refusal is not kept: the first call's answer still is.
    again = await api.v1.transfers.create_async(transfer_to(account.id), keyed(key))
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


async def test_a_key_on_another_endpoint_is_an_idempotency_error(api: Stripe) -> None:
    key = "another-endpoint"
    await api.v1.topups.create_async({"amount": 5, "currency": "usd"}, keyed(key))
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await api.v1.accounts.create_async(account_params(), keyed(key))


async def test_keys_of_different_accounts_do_not_meet(api: Stripe) -> None:
    await api.top_up(1_000)
    made = []
    for _ in range(2):
        account = await api.ready_account()
        await api.v1.transfers.create_async(transfer_to(account.id))
        payout = await api.v1.payouts.create_async(
            {"amount": 100, "currency": "usd"}, keyed("shared", stripe_account=account.id)
        )
        made.append(payout.id)
    assert made[0] != made[1]


async def test_a_refusal_in_execution_is_kept_for_a_day(api: Stripe) -> None:
    account = await api.ready_account()
    # No other test puts Swedish crowns into the platform's balance.
    params = {**transfer_to(account.id), "currency": "sek"}
    key = f"refused-{account.id}"
    with pytest.raises(stripe.InvalidRequestError) as first:
        await api.v1.transfers.create_async(params, keyed(key))
    assert first.value.code == "balance_insufficient"
    await api.top_up(200, "sek")
    with pytest.raises(stripe.InvalidRequestError) as kept:
        await api.v1.transfers.create_async(params, keyed(key))
    assert kept.value.code == "balance_insufficient"
    assert headers_of(kept.value)["Idempotent-Replayed"] == "true"
    assert kept.value.json_body == first.value.json_body
    other_key = await api.v1.transfers.create_async(params, keyed(key + ":2"))
    assert other_key.amount == 100
    await api.control("clock/advance", {"seconds": _DAY_SECONDS + 1})
    after = await api.v1.transfers.create_async(params, keyed(key))
    assert "Idempotent-Replayed" not in after.last_response.headers


async def test_an_old_key_does_the_work_again(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    first = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    await api.control("clock/advance", {"seconds": _DAY_SECONDS - 60})
    replayed = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert replayed.id == first.id
    await api.control("clock/advance", {"seconds": 61})
    paid_twice = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert paid_twice.id != first.id


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"currency": "usd", "destination": "acct_1", "amount": 5, "colour": "red"},
         "parameter_unknown"),
        ({"currency": "usd", "amount": 5}, "parameter_missing"),
        ({"currency": "usd", "destination": "acct_1", "amount": "many"},
         "parameter_invalid_integer"),
    ],
)  # fmt: skip
async def test_a_validation_failure_is_not_kept(
    api: Stripe, params: dict[str, Any], code: str
) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    key = f"invalid-{account.id}"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await api.v1.transfers.create_async(params, keyed(key))
    assert refusal.value.code == code
    done = await api.v1.transfers.create_async(transfer_to(account.id), keyed(key))
    assert "Idempotent-Replayed" not in done.last_response.headers


@pytest.mark.parametrize(
    ("mode", "status"), [("429", 429), ("409", 409)], ids=["limited", "in use"]
)
async def test_a_refusal_before_execution_is_not_kept(api: Stripe, mode: str, status: int) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.control("fail_next", {"path": "/v1/transfers", "mode": mode, "count": 1})
    with pytest.raises(stripe.StripeError) as refusal:
        await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert refusal.value.http_status == status
    done = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert "Idempotent-Replayed" not in done.last_response.headers


@pytest.mark.parametrize(("mode", "done"), [("500_after_commit", 1), ("500_before_commit", 0)])
async def test_a_server_fault_is_kept_whether_or_not_the_work_was_done(
    api: Stripe, mode: str, done: int
) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.control("fail_next", {"path": "/v1/transfers", "mode": mode, "count": 1})
    replayed = []
    for _ in range(2):
        with pytest.raises(stripe.APIError) as fault:
            await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
        assert fault.value.http_status == 500
        replayed.append(headers_of(fault.value).get("Idempotent-Replayed"))
    assert replayed == [None, "true"]
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert len(page.data) == done
    balance = (await api.control("ledger"))["usd"]["connected_balances_minor"]
    assert balance.get(account.id, 0) == 100 * done


async def test_a_lost_answer_is_found_by_its_key(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.control("fail_next", {"path": "/v1/transfers", "mode": "drop_response", "count": 1})
    with pytest.raises(stripe.APIConnectionError):
        await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    found = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert found.last_response.headers["Idempotent-Replayed"] == "true"
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert [transfer.id for transfer in page.data] == [found.id]


async def test_the_clients_own_retries_find_a_lost_answer(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    await api.control("fail_next", {"path": "/v1/transfers", "mode": "drop_response", "count": 1})
    retrying = api.client_with(retries=2)
    transfer = await retrying.v1.transfers.create_async(
        {"amount": 100, "currency": "usd", "destination": account.id}
    )
    assert transfer.last_response is not None
    page = await api.v1.transfers.list_async({"destination": account.id})
    assert [held.id for held in page.data] == [transfer.id]


async def test_a_call_under_way_keeps_its_key_to_itself(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    slow = {"path": "/v1/transfers", "mode": "delay", "seconds": 60, "count": 1}
    await api.control("fail_next", slow)
    first = asyncio.create_task(
        api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    )

    async def is_under_way() -> bool:
        return bool((await api.control("healthz"))["faults_armed"] == 0)

    await eventually(is_under_way, what="the slow call is being executed")
    with pytest.raises(stripe.APIError, match="another in-progress request") as refusal:
        await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert (refusal.value.http_status, error_of(refusal.value)["code"]) == (
        409,
        "idempotency_key_in_use",
    )
    await api.control("clear_faults", {})
    transfer = await first
    after = await api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id))
    assert after.id == transfer.id


async def test_sixty_four_at_once_make_one(api: Stripe) -> None:
    account = await api.ready_account()
    await api.top_up(1_000)
    calls = [
        api.v1.transfers.create_async(transfer_to(account.id), keyed(account.id)) for _ in range(64)
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    ids = {answer.id for answer in answers if not isinstance(answer, BaseException)}
    others = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(ids) == 1
    assert all(isinstance(a, stripe.APIError) and a.http_status == 409 for a in others)
    ledger = (await api.control("ledger"))["usd"]
    assert ledger["connected_balances_minor"][account.id] == 100


async def test_a_key_of_more_than_255_characters_is_refused(api: Stripe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        await api.v1.topups.create_async({"amount": 5, "currency": "usd"}, keyed("k" * 256))
