"""Global Payouts: from the financial account to banks where Connect does not reach, in one call."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.ledger.accounts import STRIPE_GLOBAL
from services.payouts.domain.payments.instructions import Doubt, LegState
from services.payouts.store.payments.rail_collections import INSTRUCTIONS
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.reconciliation.test_reconciliation import days, unmatched
from tests.rpc.payouts.served_rail import ServedRail, global_rail_running
from tests.waiting import eventually

GLOBAL = types_pb2.PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS
PAYMENTS = "/v2/money_management/outbound_payments"
CLOSED_ACCOUNT = "000111111113"


@pytest.fixture
async def rail(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Payouts that Connect reaches from the US only where it does by itself."""
    async with global_rail_running(rpc, sandbox) as served:
        yield served


async def fund(rail: ServedRail, amount_minor: int) -> None:
    """Money goes to the financial account, and somebody says so."""
    await rail.stripe.control("fund_financial_account", {"amount": amount_minor})
    request = pb.RecordRailFundingRequest(
        request_id=str(uuid.uuid4()),
        from_rail=types_pb2.PAYOUT_RAIL_STRIPE_CONNECT,
        to_rail=GLOBAL,
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        reference=f"po_{uuid.uuid4().hex}",
    )
    await rail.send(rail.stub.RecordRailFunding, request)


async def open_recipient(rail: ServedRail, payee_id: str, *, number: str = "") -> str:
    """A recipient that has told everything; returns its id."""
    request = pb.CreatePayoutAccountRequest(request_id=str(uuid.uuid4()), email="p@example.com")
    token = rail.payee(payee_id)
    made = await rail.send(rail.stub.CreatePayoutAccount, request, token=token)
    account_id: str = made.payout_account.account_id
    assert not made.payout_account.payouts_enabled
    assert len(made.payout_account.requirements_due) > 0
    await complete(rail, payee_id, account_id, number=number)
    return account_id


async def complete(rail: ServedRail, payee_id: str, account_id: str, *, number: str = "") -> None:
    body = {"account": account_id} | ({"account_number": number} if number else {})
    await rail.stripe.control("complete_recipient", body)

    async def ready() -> bool:
        answer = await rail.send(
            rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=rail.payee(payee_id)
        )
        return bool(answer.payout_account.payouts_enabled)

    await eventually(ready, what=f"{payee_id} may be paid")


async def owing(rail: ServedRail, *payee_ids: str, funds_minor: int = 5_000) -> str:
    """A closed period that owes 100, 200, ... to people in Kenya."""
    await rail.funded(hold_minor=50_000)
    if funds_minor:
        await fund(rail, funds_minor)
    await rail.contractors(*payee_ids, country="KE")
    for place, payee_id in enumerate(payee_ids):
        await rail.accept(payee_id, place + 1)
        await open_recipient(rail, payee_id)
    return str((await rail.close()).pay_period_id)


async def payments(rail: ServedRail) -> list[Any]:
    """Every outbound payment that the sandbox ever made."""
    money = rail.stripe.client.v2.money_management
    return list((await money.outbound_payments.list_async({"limit": 100})).data)


async def check_books(rail: ServedRail) -> None:
    """G14: the sandbox's money at this rail is the ledger's."""
    said = (await rail.stripe.control("ledger"))["usd"]
    assert said["conserved"] is True
    ledger = await rail.rail_balances(STRIPE_GLOBAL)
    assert ledger["in_flight"] == 0
    assert ledger["platform"] + ledger["payout_in_flight"] == said["financial_balance_minor"]
    assert ledger["paid_out"] == said["outbound_paid_minor"]
    answer = await rail.send(rail.stub.GetReconciliation, pb.GetReconciliationRequest())
    [line] = [one for one in answer.lines if one.rail == STRIPE_GLOBAL]
    assert line.has_provider
    assert line.ledger_platform_minor == line.provider_platform_minor == ledger["platform"]


async def test_people_whom_connect_does_not_reach_are_paid_in_one_call(rail: ServedRail) -> None:
    period_id = await owing(rail, "ctr_a", "ctr_b")
    view = await rail.send(
        rail.stub.GetPayoutRails, pb.GetPayoutRailsRequest(), token=rail.payee("ctr_a")
    )
    assert view.payout_rails.rail == GLOBAL
    assert await rail.pay(period_id) == 2
    paid = await rail.until_all("PAID")
    made = {one.id: one for one in await payments(rail)}
    assert sorted(one.amount.value for one in made.values()) == [100, 200]
    assert {one.payout_id for one in paid} == set(made)
    assert {one.transfer_id for one in paid} == {""}
    await check_books(rail)
    assert await rail.pay(period_id) == 0


@pytest.mark.parametrize(
    ("mode", "sends"),
    [
        # The payment is there: the key answers with it.
        ("500_after_commit", 2),
        # Nothing is there: the key goes on until it is.
        ("500_before_commit", 4),
    ],
)
async def test_a_call_that_fails_goes_on_under_the_same_key(
    rail: ServedRail, mode: str, sends: int
) -> None:
    """C2, C5: §3.3, last row: the second version goes on, so the same key is sent again."""
    period_id = await owing(rail, "ctr_a")
    # No thin event tells what the answer did not.
    rail.hooks.open = False
    await rail.stripe.control(
        "fail_next", {"method": "POST", "path": PAYMENTS, "mode": mode, "count": 3}
    )
    await rail.pay(period_id)
    await rail.until_all("PAID")
    assert len(await payments(rail)) == 1
    [found] = (
        await rail.parts.rail.instructions.get_many(
            [f"pay.{one.statement_id}" for one in await rail.statements()]
        )
    ).values()
    assert (found.leg.attempt, found.leg.sends) == (1, sends)
    await check_books(rail)


async def test_a_refusal_keeps_the_money_for_its_key_until_the_cause_is_gone(
    rail: ServedRail,
) -> None:
    """G10, G11, C1, C3: insufficient funds are refused, shown, and paid under the same key."""
    period_id = await owing(rail, "ctr_a", funds_minor=0)
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "INSUFFICIENT_FUNDS"
    parked = await rail.parts.rail.instructions.get(f"pay.{failed.statement_id}")
    assert parked is not None
    assert parked.leg.state is LegState.PARKED
    # What the key may still spend is not owed again.
    assert (await rail.rail_balances(STRIPE_GLOBAL))["in_flight"] == -100
    await fund(rail, 5_000)
    assert await rail.pay(period_id) == 1
    await rail.until_all("PAID")
    [made] = await payments(rail)
    assert made.metadata["attempt"] == "1"
    await check_books(rail)


async def test_what_a_bank_sends_back_is_owed_again_and_paid_to_another_account(
    rail: ServedRail,
) -> None:
    """C7: returned after it was posted, with the reason shown; then another bank account."""
    period_id = await owing(rail, "ctr_a")
    await rail.pay(period_id)
    [paid] = await rail.until_all("PAID")
    await rail.stripe.control(
        "return_outbound_payment",
        {"outbound_payment": paid.payout_id, "reason": "payout_method_closed"},
    )
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "PAYOUT_METHOD_CLOSED"
    await check_books(rail)
    assert await rail.pay(period_id) == 1
    await rail.until_all("PAID")
    made = await payments(rail)
    assert sorted(one.status for one in made) == ["posted", "returned"]
    assert {one.metadata["attempt"] for one in made} == {"1", "2"}
    await check_books(rail)


async def test_a_refused_bank_account_leads_to_another_rail(rail: ServedRail) -> None:
    """C13: what failed is paid on another rail once the payee chooses it, and only there."""
    period_id = await owing(rail, "ctr_a")
    account = await rail.send(
        rail.stub.GetPayoutAccount, pb.GetPayoutAccountRequest(), token=rail.payee("ctr_a")
    )
    await complete(rail, "ctr_a", account.payout_account.account_id, number=CLOSED_ACCOUNT)
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "PAYOUT_METHOD_DOES_NOT_EXIST"
    token = rail.payee("ctr_a")
    await rail.send(
        rail.stub.SetBankDetails,
        pb.SetBankDetailsRequest(
            request_id=str(uuid.uuid4()),
            account_holder="Ada",
            account_number="0123456789",
            bank_code="EQBLKENA",
            bank_name="Equity",
            bank_country="KE",
        ),
        token=token,
    )
    await rail.send(
        rail.stub.SetPayoutRail,
        pb.SetPayoutRailRequest(
            request_id=str(uuid.uuid4()), rail=types_pb2.PAYOUT_RAIL_MANUAL_CSV
        ),
        token=token,
    )
    assert await rail.pay(period_id) == 1

    async def waits() -> bool:
        listed = await rail.send(rail.stub.ListPayoutBatches, pb.ListPayoutBatchesRequest())
        return [one.payments for one in listed.waiting] == [1]

    await eventually(waits, what="the payment waits for an operator")
    assert [one.status for one in await payments(rail)] == ["failed"]
    await check_books(rail)


async def test_without_any_webhook_it_is_asked_for(rail: ServedRail) -> None:
    """C6, G13: a thin event that never comes delays, and loses nothing."""
    period_id = await owing(rail, "ctr_a")
    rail.hooks.open = False
    await rail.pay(period_id)
    await rail.until_all("PAID")
    await check_books(rail)


async def test_thin_events_are_proved_and_repeats_are_known(rail: ServedRail) -> None:
    """G12: a thin event is verified with its own secret, and told once."""
    period_id = await owing(rail, "ctr_a")
    await rail.pay(period_id)
    await rail.until_all("PAID")
    posted = [one for one in rail.hooks.received if b"outbound_payment.posted" in one[1]]
    endpoint, payload, signature = posted[0]
    assert endpoint == "v2"
    request = pb.ReceiveWebhookRequest(endpoint=endpoint, payload=payload, signature=signature)
    assert (await rail.send(rail.stub.ReceiveWebhook, request)).duplicate
    other = pb.ReceiveWebhookRequest(endpoint="platform", payload=payload, signature=signature)
    with pytest.raises(Exception, match="signature"):
        await rail.send(rail.stub.ReceiveWebhook, other)


async def test_a_payment_that_cannot_move_keeps_nobody_else_from_being_paid(
    rail: ServedRail,
) -> None:
    """G10: it stays where its key may still spend the money; all others are ordered."""
    period_id = await owing(rail, "ctr_a", "ctr_b", funds_minor=0)
    await rail.pay(period_id)
    await rail.until_all("FAILED")
    statements = {one.payee_id: one.statement_id for one in await rail.statements()}
    # An earlier call of the one was never answered, and its payee has another account now.
    await rail.rpc.database.collection(INSTRUCTIONS).update_one(
        {"_id": f"pay.{statements['ctr_a']}"},
        {"$set": {"transfer.doubt": Doubt.UNANSWERED.value, "destination": "acct_before"}},
    )
    await fund(rail, 5_000)
    assert await rail.pay(period_id) == 1
    paid_state = types_pb2.STATEMENT_STATE_PAID

    async def paid() -> set[str]:
        return {one.payee_id for one in await rail.statements() if one.state == paid_state}

    assert await eventually(paid, what="the other one is paid") == {"ctr_b"}
    assert len(await payments(rail)) == 1


async def until_alone(rail: ServedRail, count: int) -> list[pb.UnmatchedMovement]:
    """So many movements of the financial account have no other side."""
    found: list[pb.UnmatchedMovement] = []

    async def there() -> bool:
        nonlocal found
        await rail.parts.reconciliation.mirroring.turn()
        found = [one for one in await unmatched(rail) if one.account == "global"]
        day = (await days(rail)).get("global")
        return len(found) == count and day is not None

    await eventually(there, what=f"{count} are not matched")
    return found


async def test_each_payment_has_its_other_side(rpc: RpcHarness, sandbox: SandboxProcess) -> None:
    """G14, C15: by the instruction that both sides name; what nobody explains is a line alone."""
    impatient = {"reconcile_seconds": 0.001, "reconcile_grace_seconds": 0.001}
    async with global_rail_running(rpc, sandbox, **impatient) as rail:
        await rail.parts.reconciliation.mirroring.start()
        period_id = await owing(rail, "ctr_a", "ctr_b")
        await rail.pay(period_id)
        await rail.until_all("PAID")
        await until_alone(rail, 0)
        day = (await days(rail))["global"]
        assert day.provider.amount_minor == day.ledger.amount_minor == -300
        assert (day.matched_provider, day.matched_ledger) == (day.provider, day.ledger)
        assert day.unexplained.amount_minor == 0

        # A bank sends one back and nobody tells us: the money is there, and in no entry.
        rail.hooks.open = False
        paid = next(one for one in await payments(rail) if one.amount.value == 200)
        await rail.stripe.control("return_outbound_payment", {"outbound_payment": paid.id})
        found = await until_alone(rail, 3)
        assert {one.account for one in found} == {"global"}
        assert {one.source for one in found} == {paid.id}
        assert (await days(rail))["global"].unexplained.amount_minor == 200
        # It is found out, and both sides are the same again.
        rail.parts.reconciliation.sweeps._paid_round_began_at = None
        assert (await rail.parts.reconciliation.sweeps.paid()).changed == 1
        await until_alone(rail, 0)
        day = (await days(rail))["global"]
        assert (day.provider.amount_minor, day.unexplained.amount_minor) == (-100, 0)

        # Somebody pays by hand, past us.
        ours = next(one for one in await payments(rail) if one.amount.value == 100)
        money = rail.stripe.client.v2.money_management
        await money.outbound_payments.create_async(
            {
                "amount": {"value": 7, "currency": "usd"},
                "from": {
                    "financial_account": getattr(ours, "from")["financial_account"],
                    "currency": "usd",
                },
                "to": {"recipient": ours.to.recipient},
            }
        )
        [alone] = await until_alone(rail, 1)
        assert (alone.account, alone.amount.amount_minor, alone.side) == ("global", -7, "provider")
        day = (await days(rail))["global"]
        assert (day.unexplained.amount_minor, day.unmatched_provider_count) == (-7, 1)
