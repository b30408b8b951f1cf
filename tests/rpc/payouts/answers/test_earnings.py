"""What people see of their money agrees to the cent with the ledger, wherever it is on its way."""

from __future__ import annotations

import random

import grpc
import pytest

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from services.payouts.domain.answers.decisions import Verdict
from services.payouts.domain.ledger.money import whole_minor as minor
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger
from tests.rpc.payouts.served_rail import CLIENT, ServedRail


async def _earnings(rail: ServedRail, contractor_id: str) -> types_pb2.Earnings:
    token = rail.rpc.mint.token("CONTRACTOR", subject_id=contractor_id)
    answer = await rail.send(rail.stub.GetEarnings, pb.GetEarningsRequest(), token=token)
    return answer.earnings[0] if answer.earnings else types_pb2.Earnings()


async def _answers(rail: ServedRail, contractor_id: str) -> list[types_pb2.AnswerEarning]:
    """All pages, three answers each."""
    token = rail.rpc.mint.token("CONTRACTOR", subject_id=contractor_id)
    found: list[types_pb2.AnswerEarning] = []
    request = pb.ListEarningsRequest(page_size=3)
    while True:
        answer = await rail.send(rail.stub.ListEarnings, request, token=token)
        found += answer.answers
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def _pool(rail: ServedRail, vendor_id: str) -> dict[str, types_pb2.Earnings]:
    token = rail.rpc.mint.token("VENDOR", organisation_id=vendor_id)
    found: dict[str, types_pb2.Earnings] = {}
    request = pb.ListPoolEarningsRequest(page_size=1)
    while True:
        answer = await rail.send(rail.stub.ListPoolEarnings, request, token=token)
        for one in answer.contractors:
            found[one.contractor_id] = one.earnings[0] if one.earnings else types_pb2.Earnings()
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


def _sum(earnings: types_pb2.Earnings) -> int:
    return minor(earnings.accrued_units) + minor(earnings.stated_units) + minor(earnings.paid_units)


async def test_money_is_followed_from_the_answer_to_the_bank(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_1", "ctr_2", vendor_id="org_v1")
    await rail.contractors("ctr_d")
    await rail.open_account("org_v1")
    await rail.open_account("ctr_d")
    await rail.accept("ctr_1", 4, vendor_id="org_v1")
    await rail.accept("ctr_2", 2, vendor_id="org_v1")
    mine = await rail.accept("ctr_d", 5)
    await rail.take_back(mine[:2], contractor_id="ctr_d")

    earned = await _earnings(rail, "ctr_d")
    assert (
        minor(earned.accrued_units),
        minor(earned.stated_units),
        minor(earned.paid_units),
    ) == (300, 0, 0)
    assert (earned.currency, earned.answers) == ("USD", 3)
    listed = await _answers(rail, "ctr_d")
    assert sorted(one.assignment_id for one in listed) == sorted(mine)
    assert {one.assignment_id for one in listed if one.reversed} == set(mine[:2])
    assert [one.accrue_time.ToMicroseconds() for one in listed] == sorted(
        (one.accrue_time.ToMicroseconds() for one in listed), reverse=True
    )

    period = await rail.close()
    earned = await _earnings(rail, "ctr_1")
    assert (
        minor(earned.accrued_units),
        minor(earned.stated_units),
        earned.answers,
    ) == (0, 400, 4)
    await rail.accept("ctr_1", 1, vendor_id="org_v1")
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    earned = await _earnings(rail, "ctr_1")
    assert (
        minor(earned.accrued_units),
        minor(earned.stated_units),
        minor(earned.paid_units),
    ) == (100, 0, 400)
    pool = await _pool(rail, "org_v1")
    assert list(pool) == ["ctr_1", "ctr_2"]
    assert (pool["ctr_1"], minor(pool["ctr_2"].paid_units)) == (earned, 200)

    token = rail.rpc.mint.token("CLIENT", organisation_id=CLIENT)
    cost = await rail.send(
        rail.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1"), token=token
    )
    # Ten answers of 100: seven through a vendor at 10 %, and the platform's 20 % on all.
    assert (minor(cost.contractor_pay_units), minor(cost.vendor_commission_units)) == (
        1000,
        70,
    )
    assert (
        minor(cost.platform_fee_units),
        minor(cost.spent_units),
        cost.answers_paid,
    ) == (200, 1270, 10)
    assert minor(cost.held_units) == 500_000 - 1270


async def test_a_vendors_contractor_sees_the_own_part_of_its_statement(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_1", "ctr_2", "ctr_idle", vendor_id="org_v1")
    await rail.accept("ctr_1", 3, vendor_id="org_v1")
    await rail.accept("ctr_2", 1, vendor_id="org_v1")
    await rail.close()
    [whole] = await rail.statements()
    assert whole.total_minor == 440

    one = rail.rpc.mint.token("CONTRACTOR", subject_id="ctr_1")
    [listed] = await rail.statements(token=one)
    request = pb.GetStatementRequest(statement_id=whole.statement_id)
    seen = (await rail.send(rail.stub.GetStatement, request, token=one)).statement
    assert [(line.contractor_id, line.kind, minor(line.amount_units)) for line in seen.lines] == [
        ("ctr_1", "contractor_pay", 300)
    ]
    assert (seen.total_minor, seen.payee_id, seen.state) == (300, "org_v1", whole.state)
    assert (seen.hash, seen.transfer_id, seen.payout_id) == ("", "", "")
    assert (listed.statement_id, listed.total_minor) == (whole.statement_id, 300)

    for stranger in (
        rail.rpc.mint.token("CONTRACTOR", subject_id="ctr_idle"),
        rail.rpc.mint.token("VENDOR", organisation_id="org_v2"),
    ):
        found = await refusal(rail.stub.GetStatement, request, token=stranger)
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "STATEMENT_NOT_FOUND")
        assert await rail.statements(token=stranger) == []


async def test_statements_and_periods_are_listed_newest_first(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    for _ in range(3):
        await rail.accept("ctr_d", 1)
        await rail.close()
    statements = await rail.statements(token=rail.payee("ctr_d"))
    assert len(statements) == 3
    answer = await rail.send(rail.stub.ListPayPeriods, pb.ListPayPeriodsRequest(page_size=2))
    first = [period.pay_period_id for period in answer.pay_periods]
    rest = await rail.send(
        rail.stub.ListPayPeriods,
        pb.ListPayPeriodsRequest(page_size=10, page_token=answer.next_page_token),
    )
    ids = first + [period.pay_period_id for period in rest.pay_periods]
    assert len(first) == 2
    assert ids == sorted(set(ids), reverse=True)
    assert ids[1:] == [one.pay_period_id for one in statements]
    assert answer.pay_periods[1].statements == 1


async def test_a_projects_cost_is_its_clients_alone_to_see(rpc: RpcHarness) -> None:
    ledger = await start_ledger(rpc)
    await ledger.project()
    request = pb.GetProjectCostRequest(project_id="prj_1")
    stranger = ledger.token("CLIENT", organisation_id="org_other")
    missing = pb.GetProjectCostRequest(project_id="prj_2")
    for asked, token in ((request, stranger), (missing, stranger)):
        found = await refusal(ledger.stub.GetProjectCost, asked, token=token)
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    nothing = await ledger.send(ledger.stub.GetProjectCost, request)
    assert (
        nothing.currency,
        minor(nothing.spent_units),
        minor(nothing.held_units),
    ) == ("USD", 0, 0)


async def _balance(ledger: ServedLedger, name: str) -> int:
    return minor((await ledger.parts.store.balances([name])).get(name, 0))


@pytest.mark.parametrize("seed", range(3))
async def test_sums_hold_whatever_was_decided(rpc: RpcHarness, seed: int) -> None:
    """Any sequence of decisions: what people see adds up to what was taken from the hold."""
    chance = random.Random(seed)
    ledger = await start_ledger(rpc)
    await ledger.deposit(100_000)
    await ledger.project()
    await ledger.enrol("ctr_1", "ctr_2", "ctr_d")
    await ledger.fund(100_000)
    owners = {f"asn_{n}": chance.choice(["ctr_1", "ctr_2", "ctr_d"]) for n in range(25)}
    last: dict[str, Verdict] = {}
    for _ in range(60):
        assignment_id = chance.choice(list(owners))
        verdict = chance.choice([Verdict.ACCEPTED, Verdict.REJECTED])
        revision = _revision(last, assignment_id)
        await ledger.decide(
            assignment_id,
            contractor_id=owners[assignment_id],
            verdict=verdict,
            revision=revision,
        )
        last[f"{assignment_id}:{revision}"] = verdict
    standing = {key.split(":")[0]: verdict for key, verdict in last.items()}
    accepted = [key for key, verdict in standing.items() if verdict is Verdict.ACCEPTED]
    for contractor_id in ("ctr_1", "ctr_2", "ctr_d"):
        token = ledger.token("CONTRACTOR", subject_id=contractor_id)
        mine = [one for one in accepted if owners[one] == contractor_id]
        answer = await ledger.send(ledger.stub.GetEarnings, pb.GetEarningsRequest(), token=token)
        assert sum(_sum(one) for one in answer.earnings) == 100 * len(mine)
        assert sum(one.answers for one in answer.earnings) == len(mine)
        listed = await ledger.send(
            ledger.stub.ListEarnings, pb.ListEarningsRequest(page_size=1000), token=token
        )
        counted = [one for one in listed.answers if not one.reversed]
        assert sorted(one.assignment_id for one in counted) == sorted(mine)
    cost = await ledger.send(
        ledger.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1")
    )
    assert minor(cost.held_units) + minor(cost.spent_units) == 100_000
    assert cost.answers_paid == len(accepted)
    assert minor(cost.platform_fee_units) == -await _balance(ledger, "platform:fees:USD")
    commission = -await _balance(ledger, "vendor:org_vendor:commission:USD")
    assert minor(cost.vendor_commission_units) == commission


def _revision(last: dict[str, Verdict], assignment_id: str) -> int:
    return 1 + sum(key.startswith(f"{assignment_id}:") for key in last)


async def _stated_lines(rail: ServedRail, token: str) -> dict[str, int]:
    """What the caller's statements say that each contractor earned."""
    found: dict[str, int] = {}
    for listed in await rail.statements(token=token):
        request = pb.GetStatementRequest(statement_id=listed.statement_id)
        statement = (await rail.send(rail.stub.GetStatement, request, token=token)).statement
        assert statement.total_minor == listed.total_minor
        assert statement.total_minor == sum(minor(line.amount_units) for line in statement.lines)
        for line in statement.lines:
            found[line.contractor_id] = found.get(line.contractor_id, 0) + minor(line.amount_units)
    return found


async def _check_views(rail: ServedRail, people: dict[str, str]) -> None:
    """The contractors' own views, their vendor's and the statements', beside each other."""
    pool = await _pool(rail, "org_v1")
    whole = await _stated_lines(rail, rail.rpc.mint.token("VENDOR", organisation_id="org_v1"))
    for contractor_id, vendor_id in people.items():
        earned = await _earnings(rail, contractor_id)
        listed = await _answers(rail, contractor_id)
        kept = [one for one in listed if not one.reversed]
        assert _sum(earned) == sum(one.amount.amount_minor for one in kept)
        assert earned.answers == len(kept)
        own = await _stated_lines(rail, rail.payee(contractor_id))
        assert minor(earned.stated_units) + minor(earned.paid_units) == sum(own.values())
        assert own.keys() <= {contractor_id}
        if vendor_id:
            # Payments go on between two reads: only that they are one sum can be told.
            seen = pool[contractor_id]
            assert (minor(seen.accrued_units), seen.answers) == (
                minor(earned.accrued_units),
                earned.answers,
            )
            assert _sum(seen) == _sum(earned)
            assert own.get(contractor_id, 0) == whole.get(contractor_id, 0)


@pytest.mark.parametrize("seed", range(2))
async def test_what_people_see_agrees_whatever_happened(rail: ServedRail, seed: int) -> None:
    """Any sequence of accepting, taking back, closing and paying: every view tells the same."""
    chance = random.Random(seed)
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_1", "ctr_2", vendor_id="org_v1")
    await rail.contractors("ctr_d")
    await rail.open_account("org_v1")
    await rail.open_account("ctr_d")
    people = {"ctr_1": "org_v1", "ctr_2": "org_v1", "ctr_d": ""}
    standing: list[tuple[str, str]] = []
    closed: list[str] = []

    for step in range(30):
        what = chance.random()
        contractor_id = chance.choice(list(people))
        if what < 0.5:
            answers = chance.randint(1, 3)
            ids = await rail.accept(contractor_id, answers, vendor_id=people[contractor_id])
            standing += [(one, contractor_id) for one in ids]
        elif what < 0.8 and standing:
            taken, owner = standing.pop(chance.randrange(len(standing)))
            await rail.take_back([taken], contractor_id=owner)
        elif what < 0.9:
            period = await rail.close(minimum_minor=chance.choice([0, 250]))
            closed.append(period.pay_period_id)
        elif closed:
            await rail.pay(closed[-1])
        if step % 10 == 9:
            await _check_views(rail, people)
    closed.append((await rail.close()).pay_period_id)
    for period_id in closed:
        await rail.pay(period_id)
    await rail.until_all("PAID")
    await _check_views(rail, people)
    assert all([(await _earnings(rail, one)).stated_units == 0 for one in people])


async def test_only_the_right_roles_ask(rpc: RpcHarness) -> None:
    ledger = await start_ledger(rpc)
    for method, request, role in (
        ("GetEarnings", pb.GetEarningsRequest(), "VENDOR"),
        ("ListPoolEarnings", pb.ListPoolEarningsRequest(), "CONTRACTOR"),
        ("ListPayPeriods", pb.ListPayPeriodsRequest(), "CLIENT"),
    ):
        with pytest.raises(RemoteError) as refused:
            await ledger.send(getattr(ledger.stub, method), request, token=ledger.token(role))
        assert refused.value.reason == "ROLE_NOT_ADMITTED"
