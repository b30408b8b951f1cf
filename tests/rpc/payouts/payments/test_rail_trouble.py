"""Calls that go wrong at the worst moment: every statement is paid, and none twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.payouts.domain.payments.instructions import Instruction, LegState
from services.payouts.domain.payments.rail import Outcome
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually

MODES = ("drop_response", "500_after_commit", "500_before_commit", "429", "409")
PAYEES = ("ctr_0", "ctr_1", "ctr_2", "ctr_3")


async def owing(rail: ServedRail) -> str:
    """A closed period that owes four payees 100, 200, 300 and 400; returns its id."""
    await rail.funded()
    await rail.contractors(*PAYEES)
    for place, payee_id in enumerate(PAYEES):
        await rail.accept(payee_id, place + 1)
    await asyncio.gather(*(rail.open_account(payee_id) for payee_id in PAYEES))
    return str((await rail.close()).pay_period_id)


async def objects_of(rail: ServedRail) -> tuple[list[Any], list[Any]]:
    """Every transfer and every payout that the sandbox ever made."""
    transfers = (await rail.stripe.v1.transfers.list_async({"limit": 100})).data
    payouts: list[Any] = []
    for account_id in {transfer.destination for transfer in transfers}:
        options = {"stripe_account": account_id}
        payouts += (await rail.stripe.v1.payouts.list_async({"limit": 100}, options)).data
    return transfers, payouts


async def check_paid_once(rail: ServedRail) -> None:
    await rail.until_all("PAID", timeout_seconds=90)
    transfers, payouts = await objects_of(rail)
    assert sorted(one.amount for one in transfers) == [100, 200, 300, 400]
    assert sorted(one.amount for one in payouts) == [100, 200, 300, 400]
    assert (await rail.check_books())["paid_out_minor"] == 1_000


@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/payouts"])
@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_fails_pays_exactly_once(rail: ServedRail, mode: str, path: str) -> None:
    """C2, C5, §3.3: whatever is kept under the key, or not; the next key only on proof."""
    period_id = await owing(rail)
    fault = {"method": "POST", "path": path, "mode": mode, "count": 3}
    await rail.stripe.control("fail_next", fault)
    assert await rail.pay(period_id) == 4
    await check_paid_once(rail)
    assert (await rail.stripe.control("healthz"))["faults_armed"] == 0


async def test_trouble_everywhere_without_any_webhook(rail: ServedRail) -> None:
    period_id = await owing(rail)
    rail.hooks.open = False
    for path in ("/v1/transfers", "/v1/payouts"):
        for mode in MODES:
            await rail.stripe.control(
                "fail_next", {"method": "POST", "path": path, "mode": mode, "count": 1}
            )
    await rail.stripe.control(
        "fail_next", {"method": "GET", "path": "/v1/transfers", "mode": "429", "count": 1}
    )
    assert await rail.pay(period_id) == 4
    await check_paid_once(rail)


@pytest.mark.parametrize("sent", [False, True], ids=["before the call", "before its outcome"])
async def test_a_process_that_dies_around_the_call_is_resumed(
    rail: ServedRail, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    period_id = await owing(rail)
    stripe_rail = rail.parts.rail.stripe
    send, killed = stripe_rail.send, []

    async def dying(instruction: Instruction) -> Outcome:
        if instruction.instruction_id not in killed:
            killed.append(instruction.instruction_id)
            if sent:
                await send(instruction)
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)
        return await send(instruction)

    monkeypatch.setattr(stripe_rail, "send", dying)
    await rail.pay(period_id)
    await eventually(lambda: len(killed) == 4, what="four payments died")
    found = await rail.parts.rail.instructions.get_many(killed)
    assert {one.transfer.sends for one in found.values()} == {1}
    await check_paid_once(rail)
    found = await rail.parts.rail.instructions.get_many(killed)
    assert {one.transfer.attempt for one in found.values()} == {1}
    assert {one.transfer.state for one in found.values()} == {LegState.CONFIRMED}


async def test_two_processes_pay_side_by_side(
    rail: ServedRail, rpc: RpcHarness, sandbox: SandboxProcess
) -> None:
    async with rail_running(rpc, sandbox) as other:
        period_id = await owing(rail)
        counts = await asyncio.gather(rail.pay(period_id), other.pay(period_id))
        assert sum(counts) == 4
        await check_paid_once(rail)


async def test_a_sandbox_that_is_killed_and_restarted(
    rail: ServedRail, sandbox: SandboxProcess
) -> None:
    period_id = await owing(rail)
    sandbox.kill()
    assert await rail.pay(period_id) == 4
    instructions = rail.parts.rail.instructions

    async def all_tried() -> bool:
        counts = await instructions.count()
        return sum(counts.values()) == 4

    await eventually(all_tried, what="instructions are committed")
    sandbox.restart()
    await check_paid_once(rail)
