"""Clients' payments: booked once, when the rail itself says so; and what of them goes back."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import stripe

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from services.payouts.store.payments.webhooks import WebhookStore
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import CLIENT, FLAGS, ServedRail, rail_running
from tests.waiting import eventually

NEEDS_PAYER = types_pb2.PAYMENT_STATE_NEEDS_PAYER
SUCCEEDED = types_pb2.PAYMENT_STATE_SUCCEEDED
FEE_OF_100_DOLLARS = 320


def client(rail: ServedRail, organisation_id: str = CLIENT) -> str:
    return rail.rpc.mint.token("CLIENT", organisation_id=organisation_id)


async def create(rail: ServedRail, amount_minor: int = 10_000) -> types_pb2.Payment:
    request = pb.CreatePaymentRequest(
        request_id=str(uuid.uuid4()),
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        description="May's work",
    )
    answer = await rail.send(rail.stub.CreatePayment, request, token=client(rail))
    payment: types_pb2.Payment = answer.payment
    return payment


async def get(rail: ServedRail, payment_id: str) -> types_pb2.Payment:
    request = pb.GetPaymentRequest(payment_id=payment_id)
    answer = await rail.send(rail.stub.GetPayment, request, token=client(rail))
    payment: types_pb2.Payment = answer.payment
    return payment


async def until(rail: ServedRail, payment_id: str, state: int) -> types_pb2.Payment:
    async def there() -> types_pb2.Payment | None:
        found = await get(rail, payment_id)
        return found if found.state == state else None

    found: types_pb2.Payment = await eventually(there, what=f"{payment_id} is {state}")
    return found


async def confirm(rail: ServedRail, payment: types_pb2.Payment, method: str) -> Any:
    """What the client's page does at the provider's form."""
    return await rail.stripe.v1.payment_intents.confirm_async(
        payment.provider_id, {"payment_method": method}
    )


async def paid(rail: ServedRail, amount_minor: int = 10_000) -> types_pb2.Payment:
    payment = await create(rail, amount_minor)
    await confirm(rail, payment, "pm_card_visa")
    return await until(rail, payment.payment_id, SUCCEEDED)


async def funds(rail: ServedRail) -> tuple[int, int]:
    """What is available, and what is owed."""
    found = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(), token=client(rail))
    return (
        sum(one.amount_minor for one in found.available),
        sum(one.amount_minor for one in found.owed),
    )


async def until_funds(rail: ServedRail, available_minor: int, owed_minor: int = 0) -> None:
    async def there() -> bool:
        return await funds(rail) == (available_minor, owed_minor)

    await eventually(there, what=f"{available_minor} available and {owed_minor} owed")


async def balance_units(rail: ServedRail, account: str) -> int:
    balances = await rail.parts.ledger.store.balances([account])
    return balances.get(account, 0)


async def test_a_client_pays_by_card_and_the_books_are_the_providers(rail: ServedRail) -> None:
    """G12, G14: booked once for what the rail itself says; its price is the platform's cost."""
    payment = await create(rail)
    assert payment.state == NEEDS_PAYER
    assert payment.client_secret.startswith(f"{payment.provider_id}_secret_")
    assert await funds(rail) == (0, 0)
    await confirm(rail, payment, "pm_card_visa")
    done = await until(rail, payment.payment_id, SUCCEEDED)

    assert (done.client_secret, done.fee.amount_minor) == ("", FEE_OF_100_DOLLARS)
    assert done.HasField("available_time")
    assert await funds(rail) == (10_000, 0)
    assert await balance_units(rail, "platform:payment_costs:USD") == FEE_OF_100_DOLLARS * 10_000
    said = await rail.check_books()
    assert said["platform_balance_minor"] == 10_000 - FEE_OF_100_DOLLARS
    # Others neither see it nor list it, and a list tells no secrets.
    request = pb.GetPaymentRequest(payment_id=payment.payment_id)
    with pytest.raises(RemoteError) as refusal:
        await rail.send(rail.stub.GetPayment, request, token=client(rail, "org_other"))
    assert refusal.value.reason == "PAYMENT_NOT_FOUND"
    await create(rail)
    listed = await rail.send(rail.stub.ListPayments, pb.ListPaymentsRequest(), token=client(rail))
    assert [one.state for one in listed.payments] == [NEEDS_PAYER, SUCCEEDED]
    assert {one.client_secret for one in listed.payments} == {""}


async def test_a_declined_card_is_told_and_may_be_followed_by_another(rail: ServedRail) -> None:
    payment = await create(rail)
    with pytest.raises(stripe.CardError):
        await confirm(rail, payment, "pm_card_visa_chargeDeclinedInsufficientFunds")

    async def told() -> bool:
        found = await get(rail, payment.payment_id)
        return (found.state, found.reason) == (NEEDS_PAYER, "insufficient_funds")

    await eventually(told, what="the payment says why")
    assert await funds(rail) == (0, 0)
    await confirm(rail, payment, "pm_card_authenticationRequired")
    assert (await get(rail, payment.payment_id)).state == NEEDS_PAYER
    await rail.stripe.control("authenticate_payment", {"payment_intent": payment.provider_id})
    assert (await until(rail, payment.payment_id, SUCCEEDED)).reason == ""
    await rail.check_books()


@pytest.mark.parametrize(
    "mode", ["drop_response", "500_after_commit", "500_before_commit", "429", "409"]
)
async def test_a_payment_whose_answer_is_lost_is_found_and_is_one(
    rail: ServedRail, mode: str
) -> None:
    """G9, G10, C2: unknown is looked up; no second payment is asked for where one was made."""
    fault = {"method": "POST", "path": "/v1/payment_intents", "mode": mode, "count": 1}
    await rail.stripe.control("fail_next", fault)
    payment = await create(rail)
    # On a slow machine the look-up may be over before the call is.
    assert payment.state in (types_pb2.PAYMENT_STATE_CREATING, NEEDS_PAYER)
    found = await until(rail, payment.payment_id, NEEDS_PAYER)
    assert found.client_secret
    assert len((await rail.stripe.v1.payment_intents.list_async()).data) == 1
    await confirm(rail, found, "pm_card_visa")
    await until(rail, payment.payment_id, SUCCEEDED)
    await rail.check_books()


async def test_news_twice_late_and_out_of_order_books_once(rail: ServedRail) -> None:
    """G3, G12, C8: a refund told of before its payment, and everything told of twice."""
    rail.hooks.open = False
    payment = await create(rail)
    await confirm(rail, payment, "pm_card_visa")
    await rail.stripe.v1.refunds.create_async(
        {"payment_intent": payment.provider_id, "amount": 700}
    )

    async def arrived() -> bool:
        return any(b"charge.refunded" in payload for _, payload, _ in rail.hooks.received)

    await eventually(arrived, what="all notifications were sent")
    rail.hooks.open = True
    told = [one for one in rail.hooks.received if b"payment_intent" in one[1]]
    for endpoint, payload, signature in [*reversed(told), *told]:
        request = pb.ReceiveWebhookRequest(endpoint=endpoint, payload=payload, signature=signature)
        await rail.send(rail.stub.ReceiveWebhook, request)
    await until_funds(rail, 9_300)
    await until_handled(rail)
    assert await funds(rail) == (9_300, 0)
    await rail.check_books()


async def until_handled(rail: ServedRail) -> None:
    webhooks = WebhookStore(database=rail.rpc.database)

    async def handled() -> bool:
        return await webhooks.count_pending() == 0

    await eventually(handled, what="every notification was looked into")


async def test_a_refund_beyond_what_is_available_is_owed_until_money_comes(
    rail: ServedRail,
) -> None:
    """G5, G14: what goes back is booked whatever is left; the rest is owed, and seen by all."""
    payment = await paid(rail)
    await rail.project(hold_minor=6_000)
    await rail.stripe.v1.refunds.create_async({"payment_intent": payment.provider_id})
    await until_funds(rail, 0, 6_000)
    await rail.check_books()
    assert await balance_units(rail, f"client:{CLIENT}:owed:USD") == 6_000 * 10_000

    await paid(rail, 5_000)
    await until_funds(rail, 0, 1_000)
    await paid(rail, 5_000)
    await until_funds(rail, 4_000, 0)
    await rail.check_books()


async def test_a_dispute_takes_its_price_and_gives_it_back_when_won(rail: ServedRail) -> None:
    payment = await paid(rail)
    await rail.project(hold_minor=4_000)
    intent = await rail.stripe.v1.payment_intents.retrieve_async(payment.provider_id)
    dispute = await rail.stripe.control("dispute", {"charge": intent.latest_charge})
    await until_funds(rail, 0, 4_000)
    costs = (FEE_OF_100_DOLLARS + 1_500) * 10_000
    assert await balance_units(rail, "platform:payment_costs:USD") == costs
    await rail.check_books()
    await rail.stripe.control("close_dispute", {"dispute": dispute["id"], "status": "won"})
    # What had been covered is available again; what was owed is owed no more.
    await until_funds(rail, 6_000, 0)
    assert await balance_units(rail, "platform:payment_costs:USD") == FEE_OF_100_DOLLARS * 10_000
    await rail.check_books()


async def test_a_bank_debit_is_booked_when_the_bank_has_paid_even_untold(
    rpc: RpcHarness, tmp_path: Path
) -> None:
    """G13: no notification arrives; the payment is asked for until it has ended."""
    flags = (*FLAGS, "--bank-debit-seconds=3600", "--payment-hold-seconds=7200")
    process = SandboxProcess(tmp_path / "debit.sqlite3", *flags).start()
    try:
        async with rail_running(rpc, process, poll_seconds=0.2) as rail:
            rail.hooks.open = False
            payment = await create(rail)
            await confirm(rail, payment, "pm_usBankAccount_success")
            await until(rail, payment.payment_id, types_pb2.PAYMENT_STATE_PROCESSING)
            assert await funds(rail) == (0, 0)
            await rail.stripe.control("clock/advance", {"seconds": 3601})
            done = await until(rail, payment.payment_id, SUCCEEDED)
            assert done.fee.amount_minor == 80
            # In the client's funds, and at the provider, but nobody can be paid with it yet.
            balance = await rail.parts.rail.stripe.platform_balances()
            assert [(one.available_minor, one.pending_minor) for one in balance] == [(0, 9_920)]
            assert await funds(rail) == (10_000, 0)
            await rail.check_books()
    finally:
        process.kill()


async def test_what_went_back_is_booked_by_whoever_finds_the_payment(
    rpc: RpcHarness, tmp_path: Path
) -> None:
    """G12, G13: nobody asks for a payment that is booked again, so its refunds go with it."""
    process = SandboxProcess(tmp_path / "late.sqlite3", *FLAGS).start()
    try:
        async with rail_running(rpc, process, poll_seconds=3_600.0) as rail:
            rail.hooks.open = False
            payment = await create(rail)
            await confirm(rail, payment, "pm_card_visa")
            await rail.stripe.v1.refunds.create_async(
                {"payment_intent": payment.provider_id, "amount": 700}
            )
            for _ in range(2):
                await rail.parts.rail.funding.deposits.drive(payment.payment_id, poll=True)
                assert await funds(rail) == (9_300, 0)
            await rail.check_books()
    finally:
        process.kill()


async def test_money_that_the_provider_holds_pays_nobody_yet(
    rpc: RpcHarness, tmp_path: Path
) -> None:
    """§3.2: payees are paid of what is available; what is refused before is paid after, once."""
    flags = (*FLAGS, "--payment-hold-seconds=3")
    process = SandboxProcess(tmp_path / "held.sqlite3", *flags).start()
    try:
        async with rail_running(rpc, process) as rail:
            await paid(rail)
            await rail.project(hold_minor=5_000)
            await rail.contractors("ctr_1")
            await rail.open_account("ctr_1")
            await rail.accept("ctr_1", 5)
            period = await rail.close()
            await rail.pay(period.pay_period_id)
            (refused,) = await rail.until_all("FAILED")
            assert refused.reason == "BALANCE_INSUFFICIENT"

            async def available() -> bool:
                balances = await rail.parts.rail.stripe.platform_balances()
                return balances[0].pending_minor == 0

            await eventually(available, what="the provider lets go of the money")
            await rail.pay(period.pay_period_id)
            await rail.until_all("PAID")
            assert (await rail.check_books())["paid_out_minor"] == 500
    finally:
        process.kill()
