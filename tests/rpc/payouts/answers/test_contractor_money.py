"""One contractor's money from accepted answers to the bank: it adds up, or says what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually


@pytest.fixture
async def served(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    async with rail_running(rpc, sandbox, reconcile_seconds=0.01) as found:
        await found.parts.reconciliation.mirroring.start()
        yield found


async def money(rail: ServedRail, contractor_id: str, *, token: str = "") -> Any:
    request = pb.GetContractorMoneyRequest(contractor_id=contractor_id)
    return await rail.send(rail.stub.GetContractorMoney, request, token=token)


def minor(amount: common_pb2.Money) -> int:
    assert amount.fraction == 0
    return int(amount.amount_minor)


def check_sum(one: pb.ContractorMoneySum) -> None:
    assert minor(one.unexplained) == 0
    assert sum(minor(kind.amount) for kind in one.earnings) == minor(one.earned)
    parts = (one.not_stated, one.stated, one.paid)
    assert sum(minor(part) for part in parts) == minor(one.earned)


async def test_money_is_followed_from_answers_to_the_line_at_the_bank(served: ServedRail) -> None:
    """C15: a payout is tied to its movements, a statement to both; what is not paid says why."""
    rail = served
    await rail.funded()
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")
    ids = await rail.accept("ctr_d", 5)
    await rail.take_back(ids[:1], contractor_id="ctr_d")

    [open_sum] = (await money(rail, "ctr_d")).sums
    check_sum(open_sum)
    assert {one.kind: minor(one.amount) for one in open_sum.earnings} == {
        "accrual": 500,
        "accrual_reversal": -100,
    }
    assert (minor(open_sum.not_stated), open_sum.why_not_stated) == (400, "PERIOD_OPEN")

    period = await rail.close()
    found = await money(rail, "ctr_d")
    check_sum(found.sums[0])
    assert (minor(found.sums[0].stated), found.sums[0].why_not_stated) == (400, "")
    [one] = found.statements
    assert one.statement.state == types_pb2.STATEMENT_STATE_CLOSED
    assert not one.HasField("bank_line")

    await rail.pay(period.pay_period_id)
    [paid] = await rail.until_all("PAID")

    async def read() -> Any:
        await rail.parts.reconciliation.mirroring.turn()
        answer = await money(rail, "ctr_d")
        return answer if len(answer.statements[0].movements) == 3 else None

    # Out of the platform's balance, into the payee's, and from there to the bank.
    found = await eventually(read, what="all movements are read")
    check_sum(found.sums[0])
    assert minor(found.sums[0].paid) == 400
    [one] = found.statements
    assert (one.statement.transfer_id, one.statement.payout_id) == (
        paid.transfer_id,
        paid.payout_id,
    )
    moved = [(item.account, item.type, minor(item.amount)) for item in one.movements]
    assert sorted(moved) == sorted(
        [
            ("platform", "transfer", -400),
            (account_id, "payment", 400),
            (account_id, "payout", -400),
        ]
    )
    assert all(item.balance_transaction_id.startswith("txn_") for item in one.movements)
    payout = await rail.stripe.v1.payouts.retrieve_async(
        paid.payout_id, {}, {"stripe_account": account_id}
    )
    assert one.bank_line.arrival_day
    assert one.bank_line.trace_id == payout.trace_id["value"] != ""


async def test_everybody_sees_their_own_and_no_more(served: ServedRail) -> None:
    rail = served
    await rail.funded()
    await rail.vendors("org_v1", "org_v2")
    await rail.contractors("ctr_a", vendor_id="org_v1")
    await rail.accept("ctr_a", 2, vendor_id="org_v1")
    await rail.open_account("org_v1")
    period = await rail.close(minimum_minor=10_000)
    for token in ("", rail.payee("ctr_a"), rail.payee("org_v1")):
        [one] = (await money(rail, "ctr_a", token=token)).sums
        check_sum(one)
        assert (one.vendor_id, minor(one.not_stated)) == ("org_v1", 200)
        # C12, C20: below the minimum it says so, and what the minimum is.
        assert (one.why_not_stated, one.minimum_minor) == ("BELOW_MINIMUM", 10_000)
    for stranger in (rail.payee("ctr_b"), rail.payee("org_v2")):
        found = await refusal(
            rail.stub.GetContractorMoney,
            pb.GetContractorMoneyRequest(contractor_id="ctr_a"),
            token=stranger,
        )
        assert (found.code, found.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "CONTRACTOR_MONEY_NOT_FOUND",
        )
    await rail.accept("ctr_a", 3, vendor_id="org_v1")
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID", period_id=period.pay_period_id)

    async def read() -> Any:
        await rail.parts.reconciliation.mirroring.turn()
        answer = await money(rail, "ctr_a", token=rail.payee("org_v1"))
        return answer if answer.statements[0].movements else None

    theirs = await eventually(read, what="the vendor sees its payment")
    assert theirs.statements[0].HasField("bank_line")
    # The commission of the vendor's statement is no part of the contractor's.
    assert minor(theirs.statements[0].amount) == 500
    mine = (await money(rail, "ctr_a", token=rail.payee("ctr_a"))).statements[0]
    assert minor(mine.amount) == 500
    assert (list(mine.movements), mine.HasField("bank_line")) == ([], False)
    # Nor are the vendor's total, which others' pay is in, and its payment theirs to see.
    seen, whole = mine.statement, theirs.statements[0].statement
    assert (seen.statement_id, seen.state) == (whole.statement_id, whole.state)
    assert (seen.total_minor, seen.rest_units) == (500, 0)
    assert whole.total_minor > 500
    assert (seen.transfer_id, seen.payout_id, seen.hash, seen.document_hash) == ("", "", "", "")
    assert whole.transfer_id
    assert whole.payout_id
