"""Deposits: asked for under a stored key, booked once, whoever tells of them and however often."""

from __future__ import annotations

from pathlib import Path

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.funding.deposits import Method
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import FLAGS, ServedRail, rail_running
from tests.waiting import eventually


async def available(rail: ServedRail) -> list[int]:
    answer = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"))
    return [one.amount_minor for one in answer.available]


async def eventually_available(rail: ServedRail, amount_minor: int) -> None:
    async def there() -> bool:
        return await available(rail) == [amount_minor]

    await eventually(there, what=f"{amount_minor} are available")


async def until_booked(rail: ServedRail, amount_minor: int) -> None:
    async def booked() -> bool:
        return await available(rail) == [amount_minor]

    await eventually(booked, what="the deposit is booked")
    assert (await rail.check_books())["topped_up_minor"] == amount_minor


@pytest.mark.parametrize(
    "mode", ["drop_response", "500_after_commit", "500_before_commit", "429", "409"]
)
async def test_a_call_that_fails_brings_the_money_once(rail: ServedRail, mode: str) -> None:
    fault = {"method": "POST", "path": "/v1/topups", "mode": mode, "count": 1}
    await rail.stripe.control("fail_next", fault)
    answer = await rail.deposit(7_000)
    assert answer.status == "pending"
    await until_booked(rail, 7_000)
    assert len((await rail.stripe.v1.topups.list_async()).data) == 1


@pytest.mark.parametrize("told", [True, False], ids=["by a notification", "by asking"])
async def test_money_that_takes_its_time_is_booked_when_it_is_there(
    rpc: RpcHarness, tmp_path: Path, told: bool
) -> None:
    flags = (*FLAGS, "--topup-seconds=0.4")
    process = SandboxProcess(tmp_path / "slow.sqlite3", *flags).start()
    try:
        # With notifications nobody asks in time, and without them only asking helps.
        async with rail_running(rpc, process, poll_seconds=600 if told else 0.2) as rail:
            rail.hooks.open = told
            answer = await rail.deposit(7_000)
            assert (answer.status, await available(rail)) == ("pending", [])
            await until_booked(rail, 7_000)
    finally:
        process.kill()


async def test_a_provider_that_is_away_gets_the_order_later(
    rail: ServedRail, sandbox: SandboxProcess
) -> None:
    sandbox.kill()
    answer = await rail.deposit(7_000)
    assert (answer.status, answer.topup_id) == ("pending", "")
    sandbox.restart()
    await until_booked(rail, 7_000)


@pytest.mark.parametrize(
    ("status", "told"),
    [("reversed", True), ("failed", True), ("canceled", False)],
    ids=["reversed", "failed after all", "canceled in silence"],
)
async def test_a_top_up_that_the_bank_takes_back_is_owed(
    rail: ServedRail, status: str, told: bool
) -> None:
    """G12, G13, G14: booked once, whoever tells of it; what was spent the client owes."""
    answer = await rail.deposit(10_000)
    await rail.project(hold_minor=7_000)
    sweeps = rail.parts.reconciliation.sweeps
    assert (await sweeps.topups()).changed == 0
    rail.hooks.open = told
    await rail.stripe.control("reverse_topup", {"topup": answer.topup_id, "status": status})
    if not told:
        sweeps._topups_round_began_at = None
        swept = await sweeps.topups()
        assert (swept.looked_at, swept.changed) == (1, 1)

    async def owed() -> bool:
        funds = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"))
        found = [*funds.available, *funds.owed]
        return [one.amount_minor for one in found if one.amount_minor] == [7_000]

    await eventually(owed, what="what is not there any more is owed")
    request = pb.GetPaymentRequest(payment_id=answer.deposit_id)
    payment = (await rail.send(rail.stub.GetPayment, request)).payment
    assert (payment.state, payment.reason) == (types_pb2.PAYMENT_STATE_FAILED, status)
    # The same news again, and another look, are nothing.
    deposits = rail.parts.rail.deposits
    for _ in range(2):
        assert await deposits.changed(Method.TOP_UP, answer.topup_id)
    said = await rail.check_books()
    assert (said["topped_up_minor"], said["platform_balance_minor"]) == (0, 0)
    # The next money covers it first, and the clearing accounts are empty.
    await rail.deposit(9_000)
    await eventually_available(rail, 2_000)


async def test_what_was_taken_back_before_it_was_booked_never_came(
    rpc: RpcHarness, tmp_path: Path
) -> None:
    process = SandboxProcess(tmp_path / "late.sqlite3", *FLAGS, "--topup-seconds=0.2").start()
    try:
        async with rail_running(rpc, process, poll_seconds=600) as rail:
            rail.hooks.open = False
            answer = await rail.deposit(7_000)

            async def arrived() -> bool:
                found = await rail.stripe.v1.topups.retrieve_async(answer.topup_id)
                return bool(found.status == "succeeded")

            await eventually(arrived, what="the money is there")
            await rail.stripe.control("reverse_topup", {"topup": answer.topup_id})
            assert await rail.parts.rail.deposits.changed(Method.TOP_UP, answer.topup_id)
            assert await available(rail) == []
    finally:
        process.kill()
