"""What vendors pass on to their contractors: recorded, answered, withdrawn."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import floors_pb2 as pb
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.payments.rail_collections import STATEMENTS
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_floors import HOUR, ServedFloors, load, row, start_floors, token


@pytest.fixture
async def floors(rpc: RpcHarness) -> ServedFloors:
    return await start_floors(rpc)


def passing_on(amount_minor: int, reference: str, **changes: Any) -> pb.RecordPassThroughRequest:
    fields = {
        "request_id": str(uuid.uuid4()),
        "contractor_id": "ctr_1",
        "amount": common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        "pay_date": "2026-01-31",
        "reference": reference,
    }
    return pb.RecordPassThroughRequest(**{**fields, **changes})


async def test_what_a_vendor_was_paid_and_what_reached_the_contractor(
    floors: ServedFloors,
) -> None:
    """§6, vendors included: the difference is open until it is passed on and not disputed."""
    await load(floors, row())
    await floors.project()
    await floors.fund(10_000, reserve_minor=1_000)
    await floors.contractors("ctr_1", vendor_id="org_v")
    await floors.rate_card("org_v")
    await floors.worked("ctr_1", HOUR, vendor_id="org_v")
    await floors.close()
    vendor, person = token(floors, "VENDOR", of="org_v"), token(floors, "CONTRACTOR", of="ctr_1")

    async def balance() -> tuple[int, int, int, int]:
        answer = await floors.send(
            floors.stub.ListPassThroughBalances,
            pb.ListPassThroughBalancesRequest(vendor_id="org_v"),
            token=token(floors, "OPERATOR"),
        )
        [one] = answer.balances
        return (
            one.owed.amount_minor,
            one.passed_on.amount_minor,
            one.confirmed.amount_minor,
            one.open.amount_minor,
        )

    assert await balance() == (0, 0, 0, 0)
    statements = floors.rpc.database.collection(STATEMENTS)
    await statements.update_many({}, {"$set": {"state": StatementState.PAID.value}})
    # A dollar for the answer and 1.60 up to the floor; the commission is the vendor's own.
    assert await balance() == (260, 0, 0, 260)
    recorded = await floors.send(
        floors.stub.RecordPassThrough, passing_on(200, "transfer 7"), token=vendor
    )
    assert await balance() == (260, 200, 0, 60)

    async def answered(*, received: bool, reason: str = "") -> None:
        await floors.send(
            floors.stub.AnswerPassThrough,
            pb.AnswerPassThroughRequest(
                request_id=str(uuid.uuid4()),
                pass_through_id=recorded.pass_through.pass_through_id,
                received=received,
                reason=reason,
            ),
            token=person,
        )

    await answered(received=False, reason="nothing has come")
    assert await balance() == (260, 0, 0, 260)
    await answered(received=True)
    assert await balance() == (260, 200, 200, 60)
    listed = await floors.send(
        floors.stub.ListPassThroughs, pb.ListPassThroughsRequest(), token=person
    )
    assert [one.reference for one in listed.pass_throughs] == ["transfer 7"]


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"contractor_id": "ctr_2"}, "CONTRACTOR_NOT_FOUND", "contractor_id"),
        ({"pay_date": "2026-02-30"}, "PAY_DATE_INVALID", "pay_date"),
        ({"pay_date": "2999-01-01"}, "PAY_DATE_INVALID", "pay_date"),
        ({"reference": "transfer 7"}, "REFERENCE_TAKEN", "reference"),
        (
            {"amount": common_pb2.Money(amount_minor=0, currency="USD")},
            "AMOUNT_INVALID",
            "amount.amount_minor",
        ),
    ],
)
async def test_a_wrong_passing_on_is_refused_by_field(
    floors: ServedFloors, changes: dict[str, Any], reason: str, field: str
) -> None:
    await load(floors, row())
    await floors.project()
    await floors.fund(10_000)
    await floors.contractors("ctr_1", vendor_id="org_v")
    await floors.worked("ctr_1", HOUR, vendor_id="org_v")
    vendor = token(floors, "VENDOR", of="org_v")
    await floors.send(floors.stub.RecordPassThrough, passing_on(100, "transfer 7"), token=vendor)
    before = await floors.rpc.contents()
    request = passing_on(100, **{"reference": "transfer 8", **changes})
    found = await refusal(floors.stub.RecordPassThrough, request, token=vendor)
    assert found.reason == reason
    assert found.metadata.get("field", field) == field
    assert await floors.rpc.contents() == before


async def test_a_wrong_passing_on_is_withdrawn_until_it_is_confirmed(floors: ServedFloors) -> None:
    """What was typed wrongly counts for nothing, and its reference is free for what is right."""
    await load(floors, row())
    await floors.project()
    await floors.fund(10_000)
    await floors.contractors("ctr_1", vendor_id="org_v")
    await floors.worked("ctr_1", HOUR, vendor_id="org_v")
    vendor = token(floors, "VENDOR", of="org_v")
    person = floors.rpc.mint.token("CONTRACTOR", subject_id="ctr_1")

    def withdrawing(pass_through_id: str) -> pb.WithdrawPassThroughRequest:
        return pb.WithdrawPassThroughRequest(
            request_id=str(uuid.uuid4()), pass_through_id=pass_through_id, reason="typed wrongly"
        )

    def answering(pass_through_id: str, *, received: bool) -> pb.AnswerPassThroughRequest:
        return pb.AnswerPassThroughRequest(
            request_id=str(uuid.uuid4()),
            pass_through_id=pass_through_id,
            received=received,
            reason="it was less",
        )

    async def recorded(amount_minor: int) -> str:
        request = passing_on(amount_minor, "transfer 7")
        made = await floors.send(floors.stub.RecordPassThrough, request, token=vendor)
        return str(made.pass_through.pass_through_id)

    wrong = await recorded(900)
    # A dispute does not keep a vendor from putting it right.
    await floors.send(floors.stub.AnswerPassThrough, answering(wrong, received=False), token=person)
    other = token(floors, "VENDOR", of="org_w")
    found = await refusal(floors.stub.WithdrawPassThrough, withdrawing(wrong), token=other)
    assert found.reason == "PASS_THROUGH_NOT_FOUND"
    for _ in range(2):
        gone = await floors.send(floors.stub.WithdrawPassThrough, withdrawing(wrong), token=vendor)
        assert (
            gone.pass_through.state,
            gone.pass_through.reference,
            gone.pass_through.withdrawn_because,
        ) == (pb.PASS_THROUGH_STATE_WITHDRAWN, "transfer 7", "typed wrongly")
    found = await refusal(
        floors.stub.AnswerPassThrough, answering(wrong, received=True), token=person
    )
    assert found.reason == "PASS_THROUGH_STATE_INVALID"
    right = await recorded(90)
    await floors.send(floors.stub.AnswerPassThrough, answering(right, received=True), token=person)
    found = await refusal(floors.stub.WithdrawPassThrough, withdrawing(right), token=vendor)
    assert found.reason == "PASS_THROUGH_STATE_INVALID"
    listed = await floors.send(
        floors.stub.ListPassThroughBalances, pb.ListPassThroughBalancesRequest(), token=vendor
    )
    [balance] = listed.balances
    assert (balance.passed_on.amount_minor, balance.confirmed.amount_minor) == (90, 90)
    assert balance.disputed.amount_minor == 0
    both = await floors.send(
        floors.stub.ListPassThroughs, pb.ListPassThroughsRequest(), token=vendor
    )
    assert [one.reference for one in both.pass_throughs] == ["transfer 7", "transfer 7"]
