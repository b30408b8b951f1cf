"""What follows from corrections by hand: who is told of them, who is paid, what is owed."""

from __future__ import annotations

import json

import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.ledger import corrections
from tests.rpc.payouts.ledger.test_adjustments import (
    ABSORBED,
    AVAILABLE,
    VIA,
    balance,
    confirm,
    propose,
)
from tests.rpc.payouts.served_rail import CLIENT, ServedRail
from tests.waiting import eventually

JSON, HTML = pb.STATEMENT_FORMAT_JSON, pb.STATEMENT_FORMAT_HTML


async def document(
    rail: ServedRail, statement_id: str, form: pb.StatementFormat.ValueType
) -> bytes:
    request = pb.GetStatementDocumentRequest(statement_id=statement_id, format=form)
    found = await rail.send(rail.stub.GetStatementDocument, request)
    return bytes(found.content)


async def test_a_statement_tells_its_own_corrections_alone(rail: ServedRail) -> None:
    """Of its period, its payee and its currency; who is owed directly now is paid in person."""
    await rail.vendors("org_v1", "org_v2")
    await rail.contractors("ctr_a", vendor_id="org_v1")

    async def corrected(account: str, reason: str) -> None:
        absorbed = f"platform:absorbed:{account[-3:]}"
        gift = {absorbed: units_of(200), account: -units_of(200)}
        await confirm(rail, await propose(rail, gift, reason=reason))

    await corrected(VIA, "first")
    await rail.close()
    assert not await rail.parts.ledger.projection_store.is_paid_in_person("ctr_a")
    await corrected(VIA, "second")
    await corrected(VIA.replace("USD", "EUR"), "euro")
    await corrected(VIA.replace("org_v1", "org_v2"), "other vendor")
    await corrected("contractor:ctr_a:payable:USD", "direct")
    assert await rail.parts.ledger.projection_store.is_paid_in_person("ctr_a")
    await rail.close()
    told = []
    for one in await rail.statements():
        request = pb.GetStatementRequest(statement_id=one.statement_id)
        [line] = (await rail.send(rail.stub.GetStatement, request)).statement.lines
        told.append((one.payee_id, one.currency, *line.reasons))
    assert sorted(told) == [
        ("ctr_a", "USD", "direct"),
        ("org_v1", "EUR", "euro"),
        ("org_v1", "USD", "first"),
        ("org_v1", "USD", "second"),
        ("org_v2", "USD", "other vendor"),
    ]


async def test_a_statement_without_room_for_all_corrections_says_how_many_more(
    rail: ServedRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the sum, and what is not named is counted."""
    monkeypatch.setattr(corrections, "_TOLD_MAX", 2)
    await rail.contractors("ctr_a")
    payable = "contractor:ctr_a:payable:USD"
    for reason in ("first", "second", "third", "fourth", "fifth"):
        gift = {"platform:absorbed:USD": units_of(100), payable: -units_of(100)}
        await confirm(rail, await propose(rail, gift, reason=reason))
    await rail.close()
    [statement] = await rail.statements()
    assert statement.total_minor == 500
    told = json.loads(await document(rail, statement.statement_id, JSON))
    assert [one["reason"] for one in told["adjustments"]] == ["first", "second"]
    assert told["adjustments_left_out"] == 3
    page = (await document(rail, statement.statement_id, HTML)).decode()
    assert "3 more adjustments are in the sums" in page


async def test_what_a_client_is_given_covers_first_what_it_owes(rail: ServedRail) -> None:
    answer = await rail.deposit(10_000)
    await rail.project(hold_minor=7_000)
    await rail.stripe.control("reverse_topup", {"topup": answer.topup_id, "status": "reversed"})
    owed = f"client:{CLIENT}:owed:USD"

    async def taken_back() -> bool:
        return await balance(rail, owed) == units_of(7_000)

    await eventually(taken_back, what="the client owes what it has spent")
    await confirm(rail, await propose(rail, {ABSORBED: units_of(500), AVAILABLE: -units_of(500)}))
    assert (await balance(rail, owed), await balance(rail, AVAILABLE)) == (units_of(6_500), 0)
