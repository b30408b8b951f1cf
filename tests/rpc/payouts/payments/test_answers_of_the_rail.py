"""What follows from each answer of the rail, row by row, against a sandbox over HTTP.

| Answer | Test |
|---|---|
| 2xx | test_rail_payments: statements are paid to the cent |
| 400/404 after execution | test_rail_payments: a platform without money; here: no second transfer |
| 400 parameters, 401 | here: a wrong key of ours is put right, and the same attempt goes on |
| 429, 409, 500, no answer | test_rail_trouble: a call that fails pays exactly once |
| 400 idempotency_error | here: other parameters under the key freeze the payment |
| no answer, and the key forgotten | here: looked up first, and never sent blindly |
| v2, any failure | test_global_payouts: goes on under the same key |
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.clock import utc_now
from services.payouts.domain.payments.instructions import Freeze, LegState
from services.payouts.store.payments.rail_collections import PAYOUT_ACCOUNTS
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_rail import FLAGS, ServedRail, rail_running
from tests.waiting import eventually

DAY = timedelta(days=1)


class Shifted:
    """A clock that is ahead by as much as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
async def later(rpc: RpcHarness, tmp_path: Path) -> AsyncIterator[tuple[ServedRail, Shifted]]:
    """Payouts whose clock can be moved, and a sandbox where recipients wait a day for transfers."""
    clock = Shifted()
    rpc.clock = clock
    process = SandboxProcess(
        tmp_path / "stripe.sqlite3", *FLAGS, "--recipient-hold-seconds=86400"
    ).start()
    try:
        async with rail_running(rpc, process) as served:
            yield served, clock
    finally:
        process.kill()


async def owing(rail: ServedRail, payee_id: str = "ctr_a", *, country: str = "US") -> str:
    """A closed period that owes 200; returns its id."""
    await rail.funded(hold_minor=50_000)
    await rail.contractors(payee_id, country=country)
    await rail.accept(payee_id, 2)
    return str((await rail.close()).pay_period_id)


async def transfers(rail: ServedRail) -> list[int]:
    found = await rail.stripe.v1.transfers.list_async({"limit": 100})
    return [one.amount for one in found.data]


async def test_a_key_of_ours_that_is_wrong_is_put_right_and_the_attempt_goes_on(
    rail: ServedRail,
) -> None:
    """401: nothing was executed and the key is unused, so the same attempt is sent again."""
    period_id = await owing(rail)
    await rail.open_account("ctr_a")
    stripe = rail.parts.rail.stripe
    right = stripe._connection.client
    await stripe.close()
    key, stripe._connection._secret_key = stripe._connection._secret_key, "sk_test_wrong"
    await rail.pay(period_id)
    assert right is not stripe._connection.client

    async def turned_away() -> bool:
        counts = await rail.parts.rail.instructions.count()
        return sum(counts.values()) == 1

    await eventually(turned_away, what="the payment is ordered")
    await stripe.close()
    stripe._connection._secret_key = key
    [paid] = await rail.until_all("PAID")
    found = await rail.parts.rail.instructions.get(f"pay.{paid.statement_id}")
    assert found is not None
    assert (found.transfer.attempt, await transfers(rail)) == (1, [200])


async def test_other_parameters_under_a_key_freeze_the_payment(rail: ServedRail) -> None:
    """C4: the key means another amount: nothing is sent until an operator has looked.

    G11: then it is looked up, and what is provably not there is paid under another key, once.
    """
    period_id = await owing(rail)
    account_id = await rail.open_account("ctr_a")
    [statement] = await rail.statements()
    await rail.stripe.v1.transfers.create_async(
        {"amount": 199, "currency": "usd", "destination": account_id},
        {"idempotency_key": f"pay.{statement.statement_id}:1:transfer"},
    )
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "KEY_MISMATCH"
    found = await rail.parts.rail.instructions.get(f"pay.{statement.statement_id}")
    assert found is not None
    assert found.freeze is Freeze.KEY_MISMATCH
    assert await transfers(rail) == [199]
    assert await rail.pay(period_id) == 0
    request = pb.ResumePaymentRequest(
        request_id=str(uuid.uuid4()), statement_id=statement.statement_id, reason="it was a test"
    )
    assert await rail.send(rail.stub.ResumePayment, request) == pb.ResumePaymentResponse(
        state=types_pb2.STATEMENT_STATE_PAYING, reason="OUTCOME_UNKNOWN"
    )

    async def ordered_again() -> bool:
        return await rail.pay(period_id) == 1

    await eventually(ordered_again, what="the key is over")
    await rail.until_all("PAID")
    assert await transfers(rail) == [200, 199]
    # What goes on is left as it is; what was never ordered is not found.
    answer = await rail.send(rail.stub.ResumePayment, request)
    assert answer.state == types_pb2.STATEMENT_STATE_PAID
    request.statement_id = "st_none"
    found_none = await refusal(rail.stub.ResumePayment, request, token=rail.operator())
    assert found_none.reason == "PAYMENT_NOT_FOUND"


async def test_a_key_that_is_forgotten_is_looked_up_and_never_sent_blindly(
    later: tuple[ServedRail, Shifted],
) -> None:
    """C2: after a day nobody knows the key any more: sending it again would pay twice."""
    rail, clock = later
    period_id = await owing(rail)
    await rail.open_account("ctr_a")
    rail.hooks.open = False
    fault = {"method": "POST", "path": "/v1/transfers"}
    await rail.stripe.control("fail_next", {**fault, "mode": "drop_response", "count": 1})
    await rail.pay(period_id)
    [statement] = await rail.statements()
    instruction_id = f"pay.{statement.statement_id}"

    async def in_doubt() -> bool:
        found = await rail.parts.rail.instructions.get(instruction_id)
        return found is not None and found.leg.state is LegState.UNKNOWN

    await eventually(in_doubt, what="nobody knows what became of the transfer")
    await rail.stripe.control("fail_next", {**fault, "mode": "409", "count": 1000})
    await rail.stop_loops()
    clock.ahead = DAY + timedelta(minutes=5)
    await rail.stripe.control("clock/advance", {"seconds": clock.ahead.total_seconds()})
    await rail.stripe.control("clear_faults", {})
    await rail.restart_loops()
    await rail.until_all("PAID")
    assert await transfers(rail) == [200]
    found = await rail.parts.rail.instructions.get(instruction_id)
    assert found is not None
    assert found.transfer.attempt == 1


async def test_what_takes_a_day_to_settle_is_paid_out_after_that_day(
    later: tuple[ServedRail, Shifted],
) -> None:
    """C11: people elsewhere have what was transferred a day later; no payout goes before."""
    rail, _ = later
    period_id = await owing(rail, country="KE")
    account_id = await rail.open_account("ctr_a")
    await rail.pay(period_id)
    await rail.until_all("TRANSFERRED")
    options = {"stripe_account": account_id}
    assert (await rail.stripe.v1.payouts.list_async({}, options)).data == []
    found = await rail.parts.rail.instructions.get(
        f"pay.{(await rail.statements())[0].statement_id}"
    )
    assert found is not None
    assert found.payout is None
    await rail.stripe.control("clock/advance", {"seconds": 86_401})
    await rail.until_all("PAID")
    payouts = (await rail.stripe.v1.payouts.list_async({}, options)).data
    assert [(one.status, one.amount) for one in payouts] == [("paid", 200)]


async def test_money_in_an_account_that_is_closed_to_us_is_told_and_taken_back(
    later: tuple[ServedRail, Shifted],
) -> None:
    """C12, C13: it cannot leave from there any more: the payee is told, and it is owed again."""
    rail, _ = later
    period_id = await owing(rail, country="KE")
    account_id = await rail.open_account("ctr_a")
    await rail.pay(period_id)
    await rail.until_all("TRANSFERRED")
    # The payee takes our access away, and no notification tells.
    rail.hooks.open = False
    await rail.stripe.control("deauthorize", {"account": account_id})
    [failed] = await rail.until_all("FAILED")
    assert (failed.reason, await transfers(rail)) == ("ACCOUNT_INVALID", [200])
    await rail.stripe.control("clock/advance", {"seconds": 86_401})
    answer = await rail.send(
        rail.stub.TakeBackPayment,
        pb.TakeBackPaymentRequest(
            request_id=str(uuid.uuid4()), statement_id=failed.statement_id, reason="closed to us"
        ),
    )
    assert answer.reason == "TRANSFER_REVERSED"
    said = await rail.check_books()
    assert (said["transferred_net_minor"], said["connected_balance_minor"]) == (0, 0)


async def test_money_that_would_be_changed_on_the_way_is_not_sent(rail: ServedRail) -> None:
    """C12, §4.2-4: what arrives in another currency never leaves for a bank; the payee is told."""
    period_id = await owing(rail, country="DE")
    account_id = await rail.open_account("ctr_a")
    banks = rail.stripe.v1.accounts.external_accounts
    there = {one.currency: one.id for one in (await banks.list_async(account_id)).data}
    assert set(there) == {"eur", "usd"}
    await banks.delete_async(account_id, there["usd"])

    async def known(*currencies: str) -> bool:
        kept = await rail.rpc.database.collection(PAYOUT_ACCOUNTS).find_one({"_id": "ctr_a"})
        return kept is not None and kept["bank_currencies"] == list(currencies)

    await eventually(lambda: known("EUR"), what="the bank account is gone")
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert (failed.reason, await transfers(rail)) == ("INVALID_CURRENCY", [])
    await banks.create_async(account_id, {"external_account": "btok_us_verified"})
    await eventually(lambda: known("EUR", "USD"), what="another one is there")
    assert await rail.pay(period_id) == 1
    await rail.until_all("PAID")
    assert await transfers(rail) == [200]
    await rail.check_books()


async def test_a_balance_that_owes_eats_no_transfer(rail: ServedRail) -> None:
    """C10: a negative balance of the payee's is seen before anything is sent, and told."""
    period_id = await owing(rail)
    account_id = await rail.open_account("ctr_a")
    await rail.stripe.control("adjust_balance", {"account": account_id, "amount": -150})
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "CONNECTED_BALANCE_NEGATIVE"
    assert await transfers(rail) == []
    await rail.stripe.control("adjust_balance", {"account": account_id, "amount": 150})
    assert await rail.pay(period_id) == 1
    await rail.until_all("PAID")
    assert await transfers(rail) == [200]


async def test_another_bank_account_is_paid_by_itself(rail: ServedRail) -> None:
    """C7: what a bank has refused goes on, once, when the payee has named another one."""
    period_id = await owing(rail)
    account_id = await rail.open_account("ctr_a", number="000111111113")
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "ACCOUNT_CLOSED"
    await rail.stripe.v1.accounts.external_accounts.create_async(
        account_id,
        {"external_account": "btok_us_verified", "default_for_currency": True},
    )
    [paid] = await rail.until_all("PAID")
    assert paid.transfer_id == failed.transfer_id
    payouts = (await rail.stripe.v1.payouts.list_async({}, {"stripe_account": account_id})).data
    assert sorted(one.status for one in payouts) == ["failed", "paid"]
    await rail.check_books()


async def test_money_in_a_dead_account_is_taken_back_once_and_goes_another_way(
    rail: ServedRail,
) -> None:
    """C7, C13, C18: the failure is shown; the transfer is reversed, the debt restored once."""
    period_id = await owing(rail)
    await rail.open_account("ctr_a", number="000111111113")
    await rail.pay(period_id)
    [failed] = await rail.until_all("FAILED")
    assert failed.reason == "ACCOUNT_CLOSED"
    request = pb.TakeBackPaymentRequest(
        request_id=str(uuid.uuid4()), statement_id=failed.statement_id, reason="closed for good"
    )
    for _ in range(2):
        answer = await rail.send(rail.stub.TakeBackPayment, request)
        assert answer.reason == "TRANSFER_REVERSED"
    said = await rail.check_books()
    assert (said["transferred_net_minor"], said["connected_balance_minor"]) == (0, 0)
    token = rail.payee("ctr_a")
    await rail.send(
        rail.stub.SetBankDetails,
        pb.SetBankDetailsRequest(
            request_id=str(uuid.uuid4()),
            account_holder="Ada",
            account_number="000123456789",
            bank_code="110000000",
            bank_name="Bank",
            bank_country="US",
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
    assert await transfers(rail) == [200]
    found = await refusal(
        rail.stub.TakeBackPayment,
        pb.TakeBackPaymentRequest(
            request_id=str(uuid.uuid4()), statement_id="st_none", reason="none"
        ),
        token=rail.operator(),
    )
    assert found.reason == "PAYMENT_NOT_FOUND"
