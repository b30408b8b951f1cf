"""Statements with more lines than one document, one message or one file holds."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from structlog.testing import capture_logs

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.store.statements import statement_parts
from services.payouts.store.statements.document_collections import STATEMENT_PARTS
from services.payouts.usecases.statements import statement_papers
from services.payouts.wire import rail as wire
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually

PEOPLE = tuple(f"ctr_{number}" for number in range(7))


@pytest.fixture
async def vendor(rail: ServedRail, monkeypatch: pytest.MonkeyPatch) -> ServedRail:
    """org_v1 with seven contractors, each with as many answers as its place; two lines a part."""
    monkeypatch.setattr(statement_parts, "PART_LINES", 2)
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors(*PEOPLE, vendor_id="org_v1")
    for place, contractor_id in enumerate(PEOPLE):
        await rail.accept(contractor_id, place + 1, vendor_id="org_v1")
    return rail


async def content(rail: ServedRail, statement_id: str, *, token: str = "") -> bytes:
    """The JSON file, part after part."""
    whole: bytes = b""
    offset = 0
    for _ in range(1_000):
        request = pb.GetStatementDocumentRequest(
            statement_id=statement_id, format=pb.STATEMENT_FORMAT_JSON, offset=offset
        )
        found = await rail.send(rail.stub.GetStatementDocument, request, token=token)
        whole += found.content
        offset = found.next_offset
        if not offset:
            return whole
        assert offset == len(whole)
    raise AssertionError("it does not end")


async def test_a_vendor_with_more_people_than_a_document_holds_is_stated_and_paid(
    vendor: ServedRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_papers, "_PART_BYTES", 1_000)
    await vendor.open_account("org_v1")
    period = await vendor.close()
    [statement] = await vendor.statements()
    request = pb.GetStatementRequest(statement_id=statement.statement_id)
    full = (await vendor.send(vendor.stub.GetStatement, request)).statement
    of_people = [line for line in full.lines if line.contractor_id]
    assert [(line.contractor_id, line.answers) for line in of_people] == [
        (contractor_id, place + 1) for place, contractor_id in enumerate(PEOPLE)
    ]
    assert full.lines_left_out == 0
    parts = vendor.rpc.database.collection(STATEMENT_PARTS)
    assert await parts.count_documents({"statement_id": statement.statement_id}) == 4

    told = await content(vendor, statement.statement_id)
    assert len(told) > 1_000
    assert hashlib.sha256(told).hexdigest() == statement.document_hash
    assert len(json.loads(told)["lines"]) == 7

    assert await vendor.pay(period.pay_period_id) == 1
    await vendor.until_all("PAID")
    assert (await vendor.check_books())["paid_out_minor"] == statement.total_minor


async def test_each_of_them_sees_the_own_part(vendor: ServedRail) -> None:
    await vendor.close()
    token = vendor.payee("ctr_5")
    [own] = await vendor.statements(token=token)
    assert own.total_minor == 600
    request = pb.GetStatementRequest(statement_id=own.statement_id)
    [line] = (await vendor.send(vendor.stub.GetStatement, request, token=token)).statement.lines
    assert (line.contractor_id, line.answers) == ("ctr_5", 6)
    part = json.loads(await content(vendor, own.statement_id, token=token))
    assert [one["contractor_id"] for one in part["lines"]] == ["ctr_5"]
    assert await vendor.statements(token=vendor.payee("ctr_stranger")) == []
    # Each of the periods that they are on, the newest first, and no other.
    await vendor.accept("ctr_0", 1, vendor_id="org_v1")
    await vendor.close()
    assert len(await vendor.statements(token=vendor.payee("ctr_0"))) == 2
    assert len(await vendor.statements(token=token)) == 1


async def test_what_is_too_little_comes_up_again_with_all_of_its_lines(vendor: ServedRail) -> None:
    await vendor.close(minimum_minor=100_000)
    assert await vendor.statements() == []
    await vendor.close()
    [statement] = await vendor.statements()
    request = pb.GetStatementRequest(statement_id=statement.statement_id)
    full = (await vendor.send(vendor.stub.GetStatement, request)).statement
    assert sum(line.answers for line in full.lines if line.contractor_id) == 28


async def test_a_part_that_is_missing_stops_its_own_payment_alone(vendor: ServedRail) -> None:
    await vendor.contractors("ctr_direct")
    await vendor.accept("ctr_direct", 3)
    await vendor.open_account("org_v1")
    await vendor.open_account("ctr_direct")
    period = await vendor.close()
    of_vendor = f"{period.pay_period_id}.vendor.org_v1.USD"
    parts = vendor.rpc.database.collection(STATEMENT_PARTS)
    assert (await parts.delete_one({"_id": f"{of_vendor}/0002"})).deleted_count == 1
    assert await vendor.pay(period.pay_period_id) == 1

    async def paid() -> str:
        found = {one.payee_id: one for one in await vendor.statements()}
        is_paid = found["ctr_direct"].state == types_pb2.STATEMENT_STATE_PAID
        return found["org_v1"].reason if is_paid else ""

    assert await eventually(paid, what="the other is paid") == "STATEMENT_ALTERED"
    request = pb.GetStatementRequest(statement_id=of_vendor)
    found = await refusal(vendor.stub.GetStatement, request, token=vendor.operator())
    assert found.reason == "STATEMENT_ALTERED"


async def test_a_part_that_is_missing_of_what_was_carried_over_is_not_taken_for_less(
    vendor: ServedRail,
) -> None:
    """It has no hash that would tell: the period waits, and nothing is lost."""
    first = await vendor.close(minimum_minor=100_000)
    parts = vendor.rpc.database.collection(STATEMENT_PARTS)
    lost = await parts.find_one_and_delete({"_id": f"{first.pay_period_id}.vendor.org_v1.USD/0002"})
    assert lost is not None
    order = pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()))
    closing = (await vendor.send(vendor.stub.ClosePayPeriod, order)).pay_period
    with capture_logs() as logs:
        await eventually(
            lambda: [one for one in logs if one.get("reason") == "STATEMENT_ALTERED"],
            what="it is said",
        )
    assert await vendor.statements() == []
    await parts.insert_one(lost)
    vendor.parts.rail.periods.wake()

    async def closed() -> bool:
        state = (await vendor.period(closing.pay_period_id)).state
        return state == types_pb2.PAY_PERIOD_STATE_CLOSED

    await eventually(closed, what="the period is closed")
    [statement] = await vendor.statements()
    request = pb.GetStatementRequest(statement_id=statement.statement_id)
    full = (await vendor.send(vendor.stub.GetStatement, request)).statement
    assert sum(line.answers for line in full.lines if line.contractor_id) == 28


async def test_a_message_tells_how_many_lines_it_has_no_room_for(
    vendor: ServedRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LINES_MAX", 5)
    await vendor.close()
    [statement] = await vendor.statements()
    request = pb.GetStatementRequest(statement_id=statement.statement_id)
    full = (await vendor.send(vendor.stub.GetStatement, request)).statement
    assert len([line for line in full.lines if line.contractor_id]) == 5
    assert full.lines_left_out == 2
