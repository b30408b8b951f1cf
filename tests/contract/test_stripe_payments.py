"""Payments by card and bank, refunds and disputes: shaped as Stripe's, and true to the money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
import stripe
from stripe import ListObject

from tests.contract.sandbox_process import SandboxProcess, Stripe, body_of
from tests.contract.stripe_types import absent_from, fixtures, problems

# Members that Stripe's examples show and its documents call optional: they come only when asked.
_WHEN_ASKED = {"refunds", "source", "application_fee", "authorization_code"}


def assert_shape(answer: Any, cls: Any, fixture: str) -> dict[str, Any]:
    body: dict[str, Any] = body_of(answer)
    assert list(problems(body, cls)) == []
    absent = [line for line in absent_from(body, fixtures()[fixture])
              if line.partition(":")[0].rpartition(".")[2] not in _WHEN_ASKED]  # fmt: skip
    assert absent == []
    return body


async def pay(api: Stripe, amount: int, method: str) -> Any:
    intent = await api.v1.payment_intents.create_async({"amount": amount, "currency": "usd"})
    return await api.v1.payment_intents.confirm_async(intent.id, {"payment_method": method})


async def platform_total(api: Stripe) -> int:
    balance = body_of(await api.v1.balance.retrieve_async())
    return sum(
        one["amount"]
        for part in ("available", "pending")
        for one in balance[part]
        if one["currency"] == "usd"
    )


@pytest.fixture
async def own(new_process: Callable[..., SandboxProcess], session: aiohttp.ClientSession) -> Stripe:
    return Stripe(
        new_process("--bank-debit-seconds=3600", "--payment-hold-seconds=172800"), session
    )


async def test_a_payment_and_its_objects_are_stripes(own: Stripe) -> None:
    """§4.2-3: intent, charge, refund and dispute have the members and types that Stripe's have."""
    asked = await own.v1.payment_intents.create_async(
        {"amount": 10_000, "currency": "usd", "metadata": {"deposit_id": "dep_1"}}
    )
    body = assert_shape(asked, stripe.PaymentIntent, "payment_intent")
    assert body["status"] == "requires_payment_method"
    assert body["client_secret"].startswith(f"{body['id']}_secret_")
    paid = await own.v1.payment_intents.confirm_async(
        asked.id,
        {"payment_method": "pm_card_visa", "expand": ["latest_charge.balance_transaction"]},
    )
    charge = body_of(paid)["latest_charge"]
    transaction = charge["balance_transaction"]
    assert (transaction["amount"], transaction["fee"], transaction["net"]) == (10_000, 320, 9_680)
    assert list(problems(transaction, stripe.BalanceTransaction)) == []
    assert_shape(await own.v1.charges.retrieve_async(charge["id"]), stripe.Charge, "charge")
    refund = await own.v1.refunds.create_async({"charge": charge["id"], "amount": 400})
    assert_shape(refund, stripe.Refund, "refund")
    disputed = await own.control("dispute", {"charge": charge["id"], "amount": 9_600})
    dispute = await own.v1.disputes.retrieve_async(disputed["id"])
    taken = assert_shape(dispute, stripe.Dispute, "dispute")["balance_transactions"]
    assert [(one["amount"], one["fee"], one["net"]) for one in taken] == [(-9_600, 1_500, -11_100)]
    assert await platform_total(own) == 9_680 - 400 - 11_100
    for service, cls in (
        (own.v1.payment_intents, stripe.PaymentIntent),
        (own.v1.refunds, stripe.Refund),
        (own.v1.disputes, stripe.Dispute),
        (own.v1.events, stripe.Event),
    ):
        page = body_of(await service.list_async({"limit": 50}))
        assert list(problems(page, ListObject[cls])) == []  # type: ignore[valid-type]
        assert page["data"]
    assert (await own.control("ledger"))["usd"]["conserved"] is True


async def test_a_declined_payment_is_kept_and_may_be_tried_again(own: Stripe) -> None:
    intent = await own.v1.payment_intents.create_async({"amount": 5_000, "currency": "usd"})
    params = {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            await own.v1.payment_intents.confirm_async(
                intent.id, params, {"idempotency_key": f"once-{intent.id}"}
            )
        assert refusal.value.code == "card_declined"
    after = assert_shape(
        await own.v1.payment_intents.retrieve_async(intent.id),
        stripe.PaymentIntent,
        "payment_intent",
    )
    assert after["status"] == "requires_payment_method"
    assert after["last_payment_error"]["decline_code"] == "insufficient_funds"
    failed = body_of(await own.v1.charges.retrieve_async(after["latest_charge"]))
    assert (failed["status"], failed["balance_transaction"]) == ("failed", None)
    types = [event.type for event in (await own.v1.events.list_async({"limit": 50})).data]
    assert types.count("payment_intent.payment_failed") == 1
    paid = await own.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as twice:
        await own.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert twice.value.code == "payment_intent_unexpected_state"


async def test_what_takes_its_time_takes_it(own: Stripe) -> None:
    """§4.2-2: a payment's money is pending until available_on, and no transfer can use it."""
    account = await own.ready_account()
    acting = await pay(own, 1_000, "pm_card_authenticationRequired")
    assert (acting.status, body_of(acting)["next_action"]["type"]) == (
        "requires_action",
        "use_stripe_sdk",
    )
    await own.control("authenticate_payment", {"payment_intent": acting.id})
    debit = await pay(own, 2_000, "pm_usBankAccount_success")
    bounced = await pay(own, 2_000, "pm_usBankAccount_insufficientFunds")
    assert (debit.status, bounced.status) == ("processing", "processing")
    await own.control("clock/advance", {"seconds": 3_601})
    for intent, status in ((debit, "succeeded"), (bounced, "requires_payment_method")):
        assert (await own.v1.payment_intents.retrieve_async(intent.id)).status == status
    total = 1_000 - 59 + 2_000 - 16
    assert await platform_total(own) == total
    transfer = {"amount": 900, "currency": "usd", "destination": account.id}
    with pytest.raises(stripe.InvalidRequestError) as early:
        await own.v1.transfers.create_async(transfer)
    assert early.value.code == "balance_insufficient"
    await own.control("clock/advance", {"seconds": 172_800})
    assert (await own.v1.transfers.create_async(transfer)).id
    assert await platform_total(own) == total - 900


async def test_what_was_won_or_not_taken_comes_back(own: Stripe) -> None:
    paid = await pay(own, 6_000, "pm_card_createDispute")
    dispute = (await own.v1.disputes.list_async({"payment_intent": paid.id})).data[0]
    before = await platform_total(own)
    won = await own.control("close_dispute", {"dispute": dispute.id, "status": "won"})
    assert [one["net"] for one in won["balance_transactions"]] == [-7_500, 7_500]
    assert await platform_total(own) == before + 7_500
    other = await pay(own, 3_000, "pm_card_visa")
    refund = await own.v1.refunds.create_async({"payment_intent": other.id})
    failed = await own.control("fail_refund", {"refund": refund.id})
    assert list(problems(failed, stripe.Refund)) == []
    after = await own.v1.charges.retrieve_async(other.latest_charge)
    assert (after.amount_refunded, after.refunded) == (0, False)
    assert (await own.control("ledger"))["usd"]["conserved"] is True
