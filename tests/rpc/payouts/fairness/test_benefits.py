"""Benefits: a part of every answer's price that is the person's, whoever engages them."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.ledger.money import units_of
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail

BENEFITS_BPS = 333


def _withdrawing(amount_minor: int, **changes: Any) -> pb.WithdrawBenefitsRequest:
    return pb.WithdrawBenefitsRequest(
        request_id=str(uuid.uuid4()),
        amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        **changes,
    )


async def _benefits_units(rail: ServedRail, contractor_id: str) -> int:
    answer = await rail.send(
        rail.stub.GetEarnings, pb.GetEarningsRequest(), token=rail.payee(contractor_id)
    )
    [earned] = answer.earnings
    return int(earned.benefits_units)


async def _working(rail: ServedRail) -> None:
    await rail.funded(benefits_bps=BENEFITS_BPS)
    await rail.vendors("org_v1")
    await rail.contractors("ctr_a", vendor_id="org_v1")
    await rail.accept("ctr_a", 100, vendor_id="org_v1")


async def test_benefits_go_to_the_person_though_a_vendor_is_paid(rail: ServedRail) -> None:
    await _working(rail)
    # 3.33 cents of each of 100 answers at a dollar: exact, not three or four.
    assert await _benefits_units(rail, "ctr_a") == units_of(333)
    token = rail.payee("ctr_a")
    made = await rail.send(rail.stub.WithdrawBenefits, _withdrawing(300), token=token)
    assert made.withdrawal.contractor_id == "ctr_a"
    assert await _benefits_units(rail, "ctr_a") == units_of(33)
    for payee_id in ("org_v1", "ctr_a"):
        await rail.open_account(payee_id)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    statements = {one.payee_id: one for one in await rail.until_all("PAID")}
    assert {payee: one.total_minor for payee, one in statements.items()} == {
        "org_v1": 100 * 110,
        "ctr_a": 300,
    }
    request = pb.GetStatementRequest(statement_id=statements["ctr_a"].statement_id)
    own = (await rail.send(rail.stub.GetStatement, request, token=token)).statement
    assert [(line.kind, line.amount_units, line.answers) for line in own.lines] == [
        ("benefits_withdrawal", units_of(300), 0)
    ]
    assert (await rail.check_books())["paid_out_minor"] == 100 * 110 + 300


async def test_benefits_go_to_a_provider_which_is_paid_from_the_bank(rail: ServedRail) -> None:
    await _working(rail)
    token = rail.payee("ctr_a")
    provider = pb.SetBenefitsProviderRequest(
        request_id=str(uuid.uuid4()), provider_id="fund", name="A fund", currency="USD"
    )
    await rail.send(rail.stub.SetBenefitsProvider, provider)
    request = _withdrawing(200, provider_id="fund", member_reference="M-7")
    made = await rail.send(rail.stub.WithdrawBenefits, request, token=token)
    assert await rail.send(rail.stub.WithdrawBenefits, request, token=token) == made
    assert (made.withdrawal.provider_id, made.withdrawal.member_reference) == ("fund", "M-7")
    assert await _benefits_units(rail, "ctr_a") == units_of(133)
    listed = await rail.send(
        rail.stub.ListBenefitsWithdrawals, pb.ListBenefitsWithdrawalsRequest(provider_id="fund")
    )
    assert list(listed.withdrawals) == [made.withdrawal]

    def remitting(amount_minor: int) -> pb.RemitBenefitsRequest:
        return pb.RemitBenefitsRequest(
            request_id=str(uuid.uuid4()),
            provider_id="fund",
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
            bank_reference="FT-1",
        )

    operator = rail.rpc.mint.token("OPERATOR")
    found = await refusal(rail.stub.RemitBenefits, remitting(201), token=operator)
    assert found.reason == "INSUFFICIENT_FUNDS"
    for _ in range(2):
        await rail.send(rail.stub.RemitBenefits, remitting(200))
    found = await refusal(rail.stub.RemitBenefits, remitting(100), token=operator)
    assert (found.code, found.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "REMITTANCE_REFERENCE_TAKEN",
    )
    owed = "benefits:fund:owed:USD"
    assert (await rail.parts.ledger.store.balances([owed]))[owed] == 0


async def test_no_more_is_taken_out_than_is_there_nor_to_nobody(rail: ServedRail) -> None:
    """G5: of 64 withdrawals at once as many go well as the account pays for."""
    await _working(rail)
    token = rail.payee("ctr_a")
    for request, reason in (
        (_withdrawing(334), "INSUFFICIENT_FUNDS"),
        (_withdrawing(99), "BENEFITS_BELOW_MINIMUM"),
        (_withdrawing(100, provider_id="nobody"), "BENEFITS_PROVIDER_NOT_FOUND"),
    ):
        found = await refusal(rail.stub.WithdrawBenefits, request, token=token)
        assert found.reason == reason
    below = await refusal(rail.stub.WithdrawBenefits, _withdrawing(99), token=token)
    assert below.message == "at least 1.00 USD is taken out at once"
    outcomes = await asyncio.gather(
        *(rail.send(rail.stub.WithdrawBenefits, _withdrawing(100), token=token) for _ in range(64)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, pb.WithdrawBenefitsResponse) for one in outcomes) == 3
    assert await _benefits_units(rail, "ctr_a") == units_of(33)


async def test_an_overturned_answer_takes_its_benefits_back(rail: ServedRail) -> None:
    await rail.funded(benefits_bps=BENEFITS_BPS)
    await rail.contractors("ctr_d")
    accepted = await rail.accept("ctr_d", 2)
    assert await _benefits_units(rail, "ctr_d") == 2 * 33_300
    await rail.take_back(accepted[:1], contractor_id="ctr_d")
    assert await _benefits_units(rail, "ctr_d") == 33_300
    cost = await rail.send(rail.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1"))
    assert (cost.benefits_units, cost.answers_paid) == (33_300, 1)
    assert cost.spent_units == 1_000_000 + 200_000 + 33_300


async def test_benefits_that_were_taken_out_are_all_that_the_platform_bears(
    rail: ServedRail,
) -> None:
    """G5: pay that is still there goes back; what came again with the answer makes good the loss.

    Of the contractor's other pay and benefits nothing is taken.
    """
    await rail.funded(benefits_bps=BENEFITS_BPS)
    await rail.contractors("ctr_d")
    accepted = await rail.accept("ctr_d", 100)
    token = rail.payee("ctr_d")
    await rail.send(rail.stub.WithdrawBenefits, _withdrawing(331), token=token)
    held, payable = "client:org_client:project:prj_1:held:USD", "contractor:ctr_d:payable:USD"
    absorbed, benefits = "platform:absorbed:USD", "contractor:ctr_d:benefits:USD"
    store = rail.parts.ledger.store
    before = await store.balances([held, payable, absorbed, benefits])
    assert before[benefits] == -20_000

    # An answer's benefits are 3.33 cents: of the first 2 are there, of the second none.
    await rail.take_back(accepted[:2], contractor_id="ctr_d")
    after = await store.balances([held, payable, absorbed, benefits])
    cost = 1_000_000 + 200_000 + 33_300
    assert after == {
        held: before[held] - 2 * cost,
        payable: before[payable] + 2 * 1_000_000,
        absorbed: 2 * 33_300 - 20_000,
        benefits: 0,
    }
    spent = await rail.send(rail.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1"))
    assert (spent.spent_units, spent.answers_paid) == (98 * cost, 98)

    await rail.accept_again(accepted[:2], contractor_id="ctr_d")
    assert await store.balances([held, payable, absorbed, benefits]) == {**before, absorbed: 0}
    traced = await rail.send(
        rail.stub.GetAnswerMoney, pb.GetAnswerMoneyRequest(assignment_id=accepted[1])
    )
    assert [entry.kind for entry in traced.entries] == [
        "accrual",
        "benefits_borne",
        "accrual_reversal",
        "accrual",
        "benefits_recovered",
    ]
