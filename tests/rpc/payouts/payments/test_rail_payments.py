"""From a deposit to money at people's banks: the ledger and the provider agree to the cent."""

from __future__ import annotations

import uuid

import grpc
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from crewline.payouts.v1.events_pb2 import StatementChanged
from services.payouts.domain.ledger.money import whole_minor
from services.payouts.store.payments.rail_collections import STATEMENTS
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import CLIENT, STATES, ServedRail, depositing
from tests.waiting import eventually

PAID = types_pb2.STATEMENT_STATE_PAID


async def test_a_deposit_becomes_the_clients_funds_once(rail: ServedRail) -> None:
    request = depositing(12_345)
    first = await rail.send(rail.stub.CreateDeposit, request)
    again = await rail.send(rail.stub.CreateDeposit, request)

    assert (first.status, again) == ("succeeded", first)
    funds = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(client_id="org_client"))
    assert [(one.amount_minor, one.currency) for one in funds.available] == [(12_345, "USD")]
    assert (await rail.check_books())["topped_up_minor"] == 12_345


@pytest.mark.parametrize(
    ("amount_minor", "currency", "reason"),
    [
        (0, "USD", "AMOUNT_INVALID"),
        (-5, "USD", "AMOUNT_INVALID"),
        (100, "XXX", "CURRENCY_UNSUPPORTED"),
        (1, "BHD", "RAIL_UNITS_INVALID"),
    ],
)
async def test_a_deposit_that_cannot_be_is_refused_and_leaves_nothing(
    rail: ServedRail, amount_minor: int, currency: str, reason: str
) -> None:
    before = await rail.rpc.contents()
    found = await refusal(
        rail.stub.CreateDeposit,
        depositing(amount_minor, currency=currency),
        token=rail.operator(),
    )
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert await rail.rpc.contents() == before


async def test_statements_are_paid_to_the_cent(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_a", "ctr_b", vendor_id="org_v1")
    await rail.contractors("ctr_d")
    await rail.accept("ctr_a", 3, vendor_id="org_v1")
    await rail.accept("ctr_b", 2, vendor_id="org_v1")
    await rail.accept("ctr_d", 4)
    for payee_id in ("org_v1", "ctr_d"):
        await rail.open_account(payee_id)

    period = await rail.close()
    assert period.statements == 2
    assert await rail.pay(period.pay_period_id) == 2
    statements = await rail.until_all("PAID")

    totals = {one.payee_id: one.total_minor for one in statements}
    assert totals == {"org_v1": 5 * 110, "ctr_d": 4 * 100}
    said = await rail.check_books()
    assert said["paid_out_minor"] == 950
    assert (await rail.period(period.pay_period_id)).statements_paid == 2
    assert await rail.pay(period.pay_period_id) == 0
    changes = await rail.rpc.events(StatementChanged)
    for payee_id in totals:
        told = [(one.version, one.state) for one in changes if one.payee_id == payee_id]
        assert [version for version, _ in told] == list(range(1, len(told) + 1))
        states = [state for _, state in told]
        assert states == sorted(states)
        assert states[-1] == PAID


async def test_a_statement_is_what_the_currency_can_be_paid_in(rail: ServedRail) -> None:
    """G8: banks take whole forint; the rest is said on the statement, and stays the payee's."""
    await rail.send(rail.stub.CreateDeposit, depositing(500_000, currency="HUF"))
    await rail.project(currency="HUF", pay_units=12_345 * 10_000, floor_reserve_bps=0)
    funding = pb.FundProjectRequest(
        request_id=str(uuid.uuid4()),
        project_id="prj_1",
        amount=common_pb2.Money(amount_minor=200_000, currency="HUF"),
    )
    client = rail.rpc.mint.token("CLIENT", organisation_id=CLIENT)
    await rail.send(rail.stub.FundProject, funding, token=client)
    await rail.contractors("ctr_d", country="HU")
    await rail.accept("ctr_d", 3)
    await rail.open_account("ctr_d")

    period = await rail.close()
    assert await rail.pay(period.pay_period_id) == 1
    [statement] = await rail.until_all("PAID")
    assert (statement.total_minor, statement.rest_units) == (37_000, 35 * 10_000)
    assert (await rail.stripe.control("ledger"))["huf"]["paid_out_minor"] == 37_000
    # What was carried on is on the next one.
    await rail.accept("ctr_d", 1)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    [statement] = await rail.until_all("PAID", period_id=period.pay_period_id)
    assert (statement.total_minor, statement.rest_units) == (12_300, 80 * 10_000)


async def test_a_large_period_is_ordered_in_parts(rail: ServedRail) -> None:
    """Each call looks at so many statements and says how many remain; none is left out or twice."""
    await rail.funded()
    payees = [f"ctr_{number}" for number in range(5)]
    await rail.contractors(*payees)
    for payee_id in payees:
        await rail.accept(payee_id, 1)
    # Who has no account, yet stays first, keeps no part of the others waiting.
    for payee_id in payees[2:]:
        await rail.open_account(payee_id)
    period = await rail.close()
    rail.parts.rail.orders._each_call = 2
    resume_after, told = "", []
    for _ in range(4):
        request = pb.PayStatementsRequest(
            request_id=str(uuid.uuid4()),
            pay_period_id=period.pay_period_id,
            resume_after=resume_after,
        )
        answer = await rail.send(rail.stub.PayStatements, request)
        assert await rail.send(rail.stub.PayStatements, request) == answer
        told.append((answer.instructions, answer.remaining))
        resume_after = answer.resume_after
        if not resume_after:
            break
    assert told == [(0, 3), (2, 1), (1, 0)]
    for bad in ("CLOSED:pp_000009.contractor.ctr_1.USD", "PAID:pp_000001.x", "x"):
        request = pb.PayStatementsRequest(
            request_id=str(uuid.uuid4()), pay_period_id=period.pay_period_id, resume_after=bad
        )
        found = await refusal(rail.stub.PayStatements, request, token=rail.operator())
        assert (found.reason, found.fields) == ("PAY_POSITION_INVALID", ("resume_after",))


async def test_payees_see_their_own_statements_only(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1", "org_v2")
    await rail.contractors("ctr_a", vendor_id="org_v1")
    await rail.contractors("ctr_d")
    await rail.accept("ctr_a", 2, vendor_id="org_v1")
    await rail.accept("ctr_d", 1)
    await rail.close()

    everybody = await rail.statements()
    assert {one.payee_id for one in everybody} == {"org_v1", "ctr_d"}
    for payee_id in ("org_v1", "ctr_d"):
        own = await rail.statements(token=rail.payee(payee_id))
        assert [one.payee_id for one in own] == [payee_id]
        request = pb.GetStatementRequest(statement_id=own[0].statement_id)
        answer = await rail.send(rail.stub.GetStatement, request, token=rail.payee(payee_id))
        lines = answer.statement.lines
        assert sum(whole_minor(line.amount_units) for line in lines) == own[0].total_minor
        stranger = rail.payee("org_v2")
        found = await refusal(rail.stub.GetStatement, request, token=stranger)
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "STATEMENT_NOT_FOUND")
    # Who is paid by a vendor sees the own part of the vendor's, without the commission.
    [part] = await rail.statements(token=rail.payee("ctr_a"))
    assert (part.payee_id, part.total_minor) == ("org_v1", 200)
    vendor = (await rail.statements(token=rail.payee("org_v1")))[0]
    full = await rail.send(
        rail.stub.GetStatement, pb.GetStatementRequest(statement_id=vendor.statement_id)
    )
    kinds = {
        (line.kind, line.contractor_id, whole_minor(line.amount_units))
        for line in full.statement.lines
    }
    assert kinds == {("contractor_pay", "ctr_a", 200), ("vendor_commission", "", 20)}


async def test_who_is_not_onboarded_fails_with_a_reason_and_is_paid_later(
    rail: ServedRail,
) -> None:
    await rail.funded()
    await rail.contractors("ctr_d", "ctr_e")
    await rail.accept("ctr_d", 2)
    await rail.accept("ctr_e", 3)
    account_id = await rail.open_account("ctr_e", onboard=False)
    period = await rail.close()

    assert await rail.pay(period.pay_period_id) == 0
    failed = await rail.until_all("FAILED")
    assert {one.payee_id: one.reason for one in failed} == {
        "ctr_d": "PAYOUT_ACCOUNT_MISSING",
        "ctr_e": "TRANSFERS_DISABLED",
    }
    await rail.onboard("ctr_e", account_id)
    await rail.open_account("ctr_d")
    assert await rail.pay(period.pay_period_id) == 2
    paid = await rail.until_all("PAID")
    assert [one.reason for one in paid] == ["", ""]
    assert (await rail.check_books())["paid_out_minor"] == 500


async def test_a_platform_without_money_owes_until_it_has_some(rail: ServedRail) -> None:
    """C1, C3, G11: a refusal that the rail keeps for a day is left behind with its key."""
    await rail.funded(hold_minor=1_000)
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 8)
    period = await rail.close()
    # Somebody took the money out of the platform's balance by hand.
    other = await rail.stripe.ready_account()
    await rail.stripe.v1.transfers.create_async(
        {"amount": 1_500, "currency": "usd", "destination": other.id}
    )
    assert await rail.pay(period.pay_period_id) == 1
    failed = (await rail.until_all("FAILED"))[0]
    assert (failed.reason, failed.transfer_id) == ("BALANCE_INSUFFICIENT", "")

    await rail.stripe.top_up(5_000)
    assert await rail.pay(period.pay_period_id) == 1
    paid = (await rail.until_all("PAID"))[0]
    transfers = await rail.stripe.v1.transfers.list_async({"destination": account_id})
    assert [one.id for one in transfers.data] == [paid.transfer_id]


async def test_a_statement_that_was_altered_is_not_paid_and_all_others_are(
    rail: ServedRail,
) -> None:
    """G17: what is paid is what was frozen; whoever changes one stops that one alone."""
    await rail.funded()
    payees = ("ctr_a", "ctr_b", "ctr_d")
    await rail.contractors(*payees)
    for payee_id in payees:
        await rail.open_account(payee_id)
        await rail.accept(payee_id, 2)
    period = await rail.close()
    statements = rail.rpc.database.collection(STATEMENTS)
    # More for one, and what makes no sense for another.
    await statements.update_one({"payee_id": "ctr_a"}, {"$set": {"lines.0.4": 9_000_000}})
    await statements.update_one({"payee_id": "ctr_b"}, {"$set": {"lines": [["pp"]]}})
    assert await rail.pay(period.pay_period_id) == 1

    async def told() -> dict[str, str]:
        found = await rail.statements()
        names = {one.payee_id: one.reason or STATES.Name(one.state) for one in found}
        return names if names["ctr_d"] == "STATEMENT_STATE_PAID" else {}

    assert await eventually(told, what="the third is paid") == {
        "ctr_a": "STATEMENT_ALTERED",
        "ctr_b": "STATEMENT_ALTERED",
        "ctr_d": "STATEMENT_STATE_PAID",
    }
    assert [one.amount for one in (await rail.stripe.v1.transfers.list_async({})).data] == [200]


async def test_a_bank_that_sends_the_money_back_is_told_and_tried_again(rail: ServedRail) -> None:
    """C7: what failed is dispatched again once, from where the money lies."""
    await rail.funded()
    await rail.contractors("ctr_d")
    account_id = await rail.open_account("ctr_d")
    await rail.accept("ctr_d", 8)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    paid = (await rail.until_all("PAID"))[0]

    await rail.stripe.control(
        "fail_payout", {"payout": paid.payout_id, "failure_code": "account_closed"}
    )
    failed = (await rail.until_all("FAILED"))[0]
    assert failed.reason == "ACCOUNT_CLOSED"
    said = await rail.check_books()
    assert said["connected_balances_minor"][account_id] == 800
    assert await rail.pay(period.pay_period_id) == 1
    again = (await rail.until_all("PAID"))[0]
    assert again.payout_id != paid.payout_id
    assert again.transfer_id == paid.transfer_id
    assert (await rail.check_books())["paid_out_minor"] == 800


async def test_paying_needs_a_closed_period(rail: ServedRail) -> None:
    await rail.funded(hold_minor=1_000)
    for period_id, code, reason in (
        ("pp_999999", grpc.StatusCode.NOT_FOUND, "PAY_PERIOD_NOT_FOUND"),
        ("pp_000001", grpc.StatusCode.FAILED_PRECONDITION, "PERIOD_STATE_WRONG"),
    ):
        request = pb.PayStatementsRequest(request_id=str(uuid.uuid4()), pay_period_id=period_id)
        found = await refusal(rail.stub.PayStatements, request, token=rail.operator())
        assert (found.code, found.reason) == (code, reason)
