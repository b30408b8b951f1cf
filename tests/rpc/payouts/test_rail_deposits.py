"""Deposits: asked for under a stored key, booked once, whoever tells of them and however often."""

from __future__ import annotations

from pathlib import Path

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_rail import FLAGS, ServedRail, rail_running
from tests.waiting import eventually


async def available(rail: ServedRail) -> list[int]:
    answer = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"))
    return [one.amount_minor for one in answer.available]


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
