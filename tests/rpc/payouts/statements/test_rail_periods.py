"""Pay periods: every accrual is on exactly one statement, whatever happens while one is closed."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import WriteContention
from services.chassis.mongo import Document
from services.chassis.timestamps import timestamp
from services.payouts.domain.ledger.money import whole_minor
from services.payouts.metrics.rail import PERIOD_CLOSING_SECONDS
from services.payouts.store.statements import statements as statements_store
from services.payouts.store.statements.statement_records import MadeStatement, statement_document
from services.payouts.store.statements.statements import StatementStore
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually


def closing(*, end_time: Timestamp | None = None) -> pb.ClosePayPeriodRequest:
    return pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()), end_time=end_time)


async def test_what_is_below_the_minimum_comes_up_again(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d", "ctr_e")
    await rail.accept("ctr_d", 2)
    await rail.accept("ctr_e", 7)
    first = await rail.close(minimum_minor=500)
    assert [one.total_minor for one in await rail.statements()] == [700]
    nothing_new = await rail.close(minimum_minor=500)
    assert nothing_new.statements == 0
    await rail.accept("ctr_d", 3)
    third = await rail.close(minimum_minor=500)

    found = await rail.statements()
    assert [(one.pay_period_id, one.payee_id, one.total_minor) for one in found] == [
        (third.pay_period_id, "ctr_d", 500),
        (first.pay_period_id, "ctr_e", 700),
    ]
    full = await rail.send(
        rail.stub.GetStatement, pb.GetStatementRequest(statement_id=found[0].statement_id)
    )
    assert [(line.answers, whole_minor(line.amount_units)) for line in full.statement.lines] == [
        (5, 500)
    ]


async def test_periods_follow_each_other_without_a_gap(rail: ServedRail) -> None:
    first, second = await rail.close(), await rail.close()
    assert first.end_time == second.start_time
    ahead = await rail.period("pp_000003")
    assert ahead.state == types_pb2.PAY_PERIOD_STATE_OPEN
    assert (ahead.start_time, ahead.HasField("end_time")) == (second.end_time, False)


async def test_a_repeated_request_closes_one_period(rail: ServedRail) -> None:
    request = closing()
    answers = [await rail.send(rail.stub.ClosePayPeriod, request) for _ in range(3)]
    assert {answer.pay_period.pay_period_id for answer in answers} == {"pp_000001"}
    assert (await rail.period("pp_000002")).state == types_pb2.PAY_PERIOD_STATE_OPEN


async def test_an_end_in_the_past_leaves_the_rest_to_the_next_period(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    await rail.accept("ctr_d", 2)
    await asyncio.sleep(0.002)
    cut = rail.rpc.clock()
    await asyncio.sleep(0.002)
    await rail.accept("ctr_d", 3)
    answer = await rail.send(rail.stub.ClosePayPeriod, closing(end_time=timestamp(cut)))
    assert answer.pay_period.end_time == timestamp(cut)
    await rail.close()
    totals = [(one.pay_period_id, one.total_minor) for one in await rail.statements()]
    assert totals == [("pp_000002", 300), ("pp_000001", 200)]


@pytest.mark.parametrize("offset_seconds", [60, -3600])
async def test_an_end_that_cannot_be_is_refused(rail: ServedRail, offset_seconds: int) -> None:
    before = await rail.rpc.contents()
    end = timestamp(rail.rpc.clock() + timedelta(seconds=offset_seconds))
    found = await refusal(rail.stub.ClosePayPeriod, closing(end_time=end), token=rail.operator())
    assert (found.code, found.reason, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "PERIOD_END_INVALID",
        ("end_time",),
    )
    assert await rail.rpc.contents() == before


async def test_closing_beside_a_stream_of_accruals_loses_none(rail: ServedRail) -> None:
    await rail.funded()
    payees = [f"ctr_{number}" for number in range(6)]
    await rail.contractors(*payees)
    accepted = dict.fromkeys(payees, 0)
    done = asyncio.Event()

    async def work(payee_id: str) -> None:
        while not done.is_set() and accepted[payee_id] < 400:
            # On a busy machine closings can win every attempt: the bus would bring it again.
            with contextlib.suppress(WriteContention):
                await rail.accept(payee_id, 3)
                accepted[payee_id] += 3

    workers = [asyncio.create_task(work(payee_id)) for payee_id in payees]
    for _ in range(6):
        before = sum(accepted.values())
        await rail.send(rail.stub.ClosePayPeriod, closing())
        await eventually(lambda: sum(accepted.values()) > before, what="work goes on")  # noqa: B023
    # Who has lost every attempt so far comes through once the others have done theirs.
    await eventually(lambda: min(accepted.values()) > 0, what="each is paid", timeout_seconds=90)
    done.set()
    await asyncio.gather(*workers)
    await rail.close()

    statements = await rail.statements()
    assert len({one.pay_period_id for one in statements}) >= 4
    answers: dict[str, int] = {}
    for one in statements:
        answers[one.payee_id] = answers.get(one.payee_id, 0) + one.total_minor // 100
    assert answers == accepted
    # Nothing is left where answers are accrued.
    for payee_id in payees:
        account = f"contractor:{payee_id}:payable:USD"
        balances = await rail.parts.ledger.store.balances([account])
        assert balances == {account: 0}


class Killed(Exception):
    """Stands for SIGKILL in the middle of a closing."""


async def test_a_closing_that_dies_half_way_is_resumed(
    rail: ServedRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rail.funded()
    payees = [f"ctr_{number:03d}" for number in range(120)]
    await rail.contractors(*payees)
    await rail.accept_each(
        [payee_id for place, payee_id in enumerate(payees) for _ in range(place % 3 + 1)]
    )
    insert, calls = StatementStore.insert, 0

    async def dying(self: StatementStore, statements: Any, **arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed
        return await insert(self, statements, **arguments)

    await rail.stop_loops()
    monkeypatch.setattr(StatementStore, "insert", dying)
    await rail.send(rail.stub.ClosePayPeriod, closing())
    with pytest.raises(Killed):
        await rail.parts.rail.periods.turn()
    half = await rail.period("pp_000001")
    assert half.state == types_pb2.PAY_PERIOD_STATE_CLOSING
    assert half.statements == 50

    await rail.restart_loops()

    async def closed() -> bool:
        return (await rail.period("pp_000001")).state == types_pb2.PAY_PERIOD_STATE_CLOSED

    await eventually(closed, what="the closing is finished by the next process")
    statements = await rail.statements()
    assert len(statements) == 120
    assert sum(one.total_minor for one in statements) == 100 * sum(i % 3 + 1 for i in range(120))
    assert set((await rail.parts.ledger.watch.look()).values()) == {0}


async def test_a_statement_that_cannot_be_made_keeps_no_other_from_being_made(
    rail: ServedRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a vendor with very many people can be more than the database takes as one."""
    await rail.funded()
    payees = [f"ctr_{number:02d}" for number in range(8)]
    await rail.contractors(*payees)
    await rail.accept_each(payees)
    write = statement_document

    def large(made: MadeStatement, closed_at: datetime) -> Document:
        ballast = (
            {"ballast": bytes(17_000_000)} if made.statement.payee.payee_id == "ctr_05" else {}
        )
        return {**write(made, closed_at), **ballast}

    monkeypatch.setattr(statements_store, "statement_document", large)
    await rail.send(rail.stub.ClosePayPeriod, closing())

    async def others() -> list[types_pb2.Statement]:
        found = await rail.statements()
        return found if len(found) == 7 else []

    made = await eventually(others, what="the others' statements")
    assert {one.payee_id for one in made} == set(payees) - {"ctr_05"}
    assert (await rail.period("pp_000001")).state == types_pb2.PAY_PERIOD_STATE_CLOSING
    # Nobody is paid of it meanwhile, which operators are told.
    found = await refusal(
        rail.stub.PayStatements,
        pb.PayStatementsRequest(request_id=str(uuid.uuid4()), pay_period_id="pp_000001"),
        token=rail.operator(),
    )
    assert found.code == grpc.StatusCode.FAILED_PRECONDITION
    await eventually(lambda: PERIOD_CLOSING_SECONDS._value.get() > 0, what="it is measured")
    # Its money is still owed, and comes when it can be made.
    monkeypatch.undo()

    async def closed() -> bool:
        return (await rail.period("pp_000001")).state == types_pb2.PAY_PERIOD_STATE_CLOSED

    rail.parts.rail.periods.wake()
    await eventually(closed, what="the period is closed")
    assert len(await rail.statements()) == 8
    await eventually(lambda: PERIOD_CLOSING_SECONDS._value.get() == 0, what="nothing stays open")
    assert set((await rail.parts.ledger.watch.look()).values()) == {0}


async def test_an_answer_taken_back_while_its_period_closes_is_paid_net(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    ids = await rail.accept("ctr_d", 3)
    await rail.stop_loops()
    await rail.send(rail.stub.ClosePayPeriod, closing())
    # The end has passed, its statements are not made yet.
    await rail.take_back(ids[:1], contractor_id="ctr_d")
    await rail.restart_loops()

    async def closed() -> bool:
        return (await rail.period("pp_000001")).state == types_pb2.PAY_PERIOD_STATE_CLOSED

    await eventually(closed, what="the period is closed")
    assert await rail.statements() == []
    await rail.close()
    assert [one.total_minor for one in await rail.statements()] == [200]


async def test_a_vendors_statement_of_a_thousand_contractors(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    workers = [f"ctr_{number:04d}" for number in range(1_000)]
    await rail.contractors(*workers, vendor_id="org_v1")
    await rail.accept_each(workers, vendor_id="org_v1")
    period = await rail.close()
    assert period.statements == 1
    statement = (await rail.statements())[0]
    # More claims than one entry has postings.
    assert statement.total_minor == 1_000 * 110
    full = await rail.send(
        rail.stub.GetStatement, pb.GetStatementRequest(statement_id=statement.statement_id)
    )
    assert len(full.statement.lines) == 1_001
    await rail.open_account("org_v1")
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    assert (await rail.check_books())["paid_out_minor"] == 110_000
