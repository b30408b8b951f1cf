"""Answers that are rejected after they were paid: what the platform bears, and has back."""

from __future__ import annotations

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.answers.decisions import Verdict
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import whole_minor as minor
from services.payouts.domain.payments.rail_flows import statement_close
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind, StatementLine
from services.payouts.domain.statements.statements import Statement
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_ledger import start_ledger

HELD = "client:org_client:project:prj_1:held:USD"
PAYABLE = "contractor:ctr_1:via:org_vendor:payable:USD"
COMMISSION = "vendor:org_vendor:commission:USD"


async def test_an_answer_overturned_after_it_was_paid_costs_the_platform(
    rpc: RpcHarness,
) -> None:
    working = await start_ledger(rpc)
    await working.deposit(100_000)
    await working.project()
    await working.enrol("ctr_1")
    await working.fund(60_000)
    await working.accept("a1")
    line = StatementLine(
        period_id="p1",
        contractor_id="ctr_1",
        project_id="prj_1",
        answers=1,
        pay_units=1_000_000,
        commission_units=100_000,
    )
    statement = Statement(
        statement_id="st_1",
        period_id="p1",
        payee=Payee(kind=PayeeKind.VENDOR, payee_id="org_vendor"),
        currency="USD",
        lines=(line,),
    )
    now = working.rpc.clock()
    await working.post(
        statement_close(statement, booking=Booking(effective_at=now, recorded_at=now))
    )
    await working.decide("a1", verdict=Verdict.REJECTED, revision=2)
    balances = await working.parts.store.balances(
        [HELD, PAYABLE, "statement:st_1:USD", "platform:absorbed:USD"]
    )
    assert {account: minor(units) for account, units in balances.items()} == {
        HELD: -60_000,
        PAYABLE: 0,
        "statement:st_1:USD": -110,
        "platform:absorbed:USD": 130,
    }
    # Accepted after all, it is paid already: the client pays us back, and has it back if not.
    repaid = {**balances, HELD: balances[HELD] + 1_300_000, "platform:absorbed:USD": 0}
    cost = pb.GetProjectCostRequest(project_id="prj_1")
    for revision, verdict, wanted, spent_units in (
        (3, Verdict.ACCEPTED, repaid, 1_300_000),
        (4, Verdict.REJECTED, balances, 0),
        (5, Verdict.ACCEPTED, repaid, 1_300_000),
    ):
        for _ in range(2):
            await working.decide("a1", verdict=verdict, revision=revision)
        assert await working.parts.store.balances(balances) == wanted
        assert (await working.send(working.stub.GetProjectCost, cost)).spent_units == spent_units
    balance = await working.parts.inspection.trial_balance()
    assert (balance.totals_units, balance.accruals) == ({"USD": 0}, 1)
    traced = await working.send(
        working.stub.GetAnswerMoney,
        pb.GetAnswerMoneyRequest(assignment_id="a1"),
        token=working.token("OPERATOR"),
    )
    assert sorted(entry.kind for entry in traced.entries) == [
        "accrual", "accrual_absorption", "accrual_absorption", "loss_repaid", "loss_repaid",
    ]  # fmt: skip
    vendor = working.token("VENDOR")
    seen = await working.send(
        working.stub.ListEntries, pb.ListEntriesRequest(account=PAYABLE), token=vendor
    )
    assert [entry.kind for entry in seen.entries] == ["accrual", "statement_close"]
    assert {p.account for e in seen.entries for p in e.postings} == {PAYABLE, COMMISSION}
