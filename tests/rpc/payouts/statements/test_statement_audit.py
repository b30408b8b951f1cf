"""The audit of statements: what is not as it was frozen, booked or paid is found."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.reconciliation.clearing import OpenItem
from services.payouts.domain.statements.statement_audits import stuck
from services.payouts.store.collections import ENTRIES
from services.payouts.store.payments.rail_collections import STATEMENTS
from services.payouts.store.reconciliation.mirror_collections import (
    CLEARING_ACKNOWLEDGEMENTS,
    CLEARING_ITEMS,
    STATEMENT_AUDITS,
)
from tests.contract.sandbox_process import SandboxProcess
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_rail import ServedRail, rail_running
from tests.waiting import eventually


@pytest.fixture
async def paid(rpc: RpcHarness, sandbox: SandboxProcess) -> AsyncIterator[ServedRail]:
    """Two periods: one payee is paid in the first, the other carries over to the second."""
    async with rail_running(rpc, sandbox) as rail:
        await rail.funded()
        await rail.vendors("org_v1")
        await rail.contractors("ctr_d")
        await rail.contractors("ctr_a", vendor_id="org_v1")
        for payee_id in ("ctr_d", "org_v1"):
            await rail.open_account(payee_id)
        await rail.accept("ctr_d", 5)
        await rail.accept("ctr_a", 1, vendor_id="org_v1")
        period = await rail.close(minimum_minor=200)
        await rail.pay(period.pay_period_id)
        await rail.until_all("PAID")
        await rail.accept("ctr_a", 2, vendor_id="org_v1")
        period = await rail.close()
        await rail.pay(period.pay_period_id)
        await rail.until_all("PAID", period_id=period.pay_period_id)
        await audit(rail)
        yield rail


async def audit(rail: ServedRail) -> None:
    await rail.rpc.database.collection(STATEMENT_AUDITS).delete_many({})
    while await rail.parts.ledger.statement_audit.turn():
        pass


async def findings(rail: ServedRail) -> list[tuple[str, str, int, int]]:
    answer = await rail.send(rail.stub.GetBooksCheck, pb.GetBooksCheckRequest())
    return [
        (
            pb.BookFault.Name(one.fault).removeprefix("BOOK_FAULT_"),
            one.account or one.entry_id,
            one.expected_units,
            one.found_units,
        )
        for one in answer.findings
        if one.fault >= pb.BOOK_FAULT_STATEMENT_CHANGED
    ]


async def is_closable(rail: ServedRail) -> bool:
    request = pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()), minimum_minor=1)
    try:
        await rail.send(rail.stub.ClosePayPeriod, request)
    except Exception:
        found = await refusal(
            rail.stub.ClosePayPeriod,
            pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()), minimum_minor=1),
            token=rail.operator(),
        )
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOOKS_WRONG")
        return False
    return True


async def statement(rail: ServedRail, payee_id: str) -> dict[str, Any]:
    found = await rail.rpc.database.collection(STATEMENTS).find_one(
        {"payee_id": payee_id, "state": "PAID"}
    )
    assert found is not None
    return found


async def test_statements_that_are_right_are_found_right(paid: ServedRail) -> None:
    """G16: paid once, failed and paid again, carried over: nothing of that is a fault."""
    rail = paid
    assert await findings(rail) == []
    one = await statement(rail, "ctr_d")
    await rail.stripe.control(
        "fail_payout", {"payout": one["payout_id"], "failure_code": "account_closed"}
    )

    async def failed() -> bool:
        return any(found.reason == "ACCOUNT_CLOSED" for found in await rail.statements())

    await eventually(failed, what="the bank sent it back")
    await audit(rail)
    assert await findings(rail) == []
    assert await is_closable(rail)


async def test_a_statement_that_was_changed_is_found_and_nothing_is_closed(
    paid: ServedRail,
) -> None:
    """G16, G17: whoever gives somebody a line more, or a larger total, is found."""
    rail = paid
    statements = rail.rpc.database.collection(STATEMENTS)
    one = await statement(rail, "ctr_d")
    name = f"statement:{one['_id']}:USD"
    await statements.update_one({"_id": one["_id"]}, {"$set": {"total_minor": 900}})
    await audit(rail)
    assert await findings(rail) == [
        ("STATEMENT_CHANGED", name, 5_000_000, 9_000_000),
        ("PERIOD_INCOMPLETE", one["period_id"], 6_100_000, 10_100_000),
    ]
    assert not await is_closable(rail)
    await statements.replace_one({"_id": one["_id"]}, one)
    await statements.update_one({"_id": one["_id"]}, {"$set": {"lines.0.4": 5_000_001}})
    await audit(rail)
    assert [fault for fault, *_ in await findings(rail)] == ["STATEMENT_CHANGED"]
    await statements.update_one({"_id": one["_id"]}, {"$set": {"lines": []}})
    await audit(rail)
    assert [fault for fault, *_ in await findings(rail)] == ["STATEMENT_CHANGED"]
    await statements.replace_one({"_id": one["_id"]}, one)
    await audit(rail)
    assert await findings(rail) == []


async def test_a_paid_statement_has_exactly_one_payment(paid: ServedRail) -> None:
    """G16: none, two, or one that the statement does not know of: each is found."""
    rail = paid
    entries = rail.rpc.database.collection(ENTRIES)
    one = await statement(rail, "ctr_d")
    name = f"statement:{one['_id']}:USD"
    entry = await entries.find_one({"_id": f"payout_paid:pay.{one['_id']}:1"})
    assert entry is not None
    await entries.insert_one({**entry, "_id": f"payout_paid:pay.{one['_id']}:2"})
    await audit(rail)
    assert await findings(rail) == [("STATEMENT_PAYMENT", name, 5_000_000, 10_000_000)]
    await entries.delete_many({"_id": {"$regex": f"^payout_paid:pay.{one['_id']}"}})
    await audit(rail)
    assert await findings(rail) == [("STATEMENT_PAYMENT", name, 5_000_000, 0)]
    await entries.insert_one(entry)
    await rail.rpc.database.collection(STATEMENTS).update_one(
        {"_id": one["_id"]}, {"$set": {"state": "TRANSFERRED"}}
    )
    await audit(rail)
    assert await findings(rail) == [("STATEMENT_PAYMENT", name, 0, 5_000_000)]


async def test_a_statement_is_what_was_booked_and_a_period_is_what_was_earned(
    paid: ServedRail,
) -> None:
    """G16, G17: statement = sum of lines = sum of entries; nothing of a period gets lost."""
    rail = paid
    entries = rail.rpc.database.collection(ENTRIES)
    one = await statement(rail, "org_v1")
    closing = await entries.find_one({"_id": f"statement:{one['_id']}:0"})
    assert closing is not None
    await entries.delete_one({"_id": closing["_id"]})
    await audit(rail)
    [(fault, _, expected, found)] = await findings(rail)
    assert (fault, expected, found) == ("STATEMENT_MISBOOKED", 3_300_000, 0)
    await entries.insert_one(closing)

    accrual = await entries.find_one({"kind": "accrual", "contractor_id": "ctr_a"})
    assert accrual is not None
    await entries.delete_one({"_id": accrual["_id"]})
    await audit(rail)
    [(fault, period_id, expected, found)] = await findings(rail)
    assert (fault, period_id) == ("PERIOD_INCOMPLETE", "pp_000001")
    assert found - expected == 1_100_000


async def test_what_is_on_its_way_for_too_long_stops_closing(paid: ServedRail) -> None:
    """G15, G16: after two weeks a person has to look before anything else is closed."""
    rail = paid
    await rail.rpc.database.collection(CLEARING_ITEMS).insert_one(
        {
            "_id": "payout:pay.lost:1#0",
            "side": "ledger",
            "account": "rail:stripe:payout_in_flight:USD",
            "currency": "USD",
            "amount_units": 70_000,
            "at": datetime.now(UTC) - timedelta(days=15),
            "type": "payout_sent",
            "source": "st_lost",
            "group": "pay.lost",
            "settled": False,
        }
    )
    assert await findings(rail) == [("CLEARING_OLD", "rail:stripe:payout_in_flight:USD", 0, 70_000)]
    assert not await is_closable(rail)


async def test_what_an_operator_knows_of_stops_nothing_for_some_days(paid: ServedRail) -> None:
    """G15, G16: one item, for a reason, while it is what it was; the closed period names it."""
    rail, account = paid, "rail:stripe:payout_in_flight:USD"
    items = rail.rpc.database.collection(CLEARING_ITEMS)
    for name, units in (("lost", 70_000), ("other", 10_000)):
        await items.insert_one(
            {
                "_id": f"payout:pay.{name}:1#0",
                "side": "ledger",
                "account": account,
                "currency": "USD",
                "amount_units": units,
                "at": datetime.now(UTC) - timedelta(days=15),
                "type": "payout_sent",
                "source": f"st_{name}",
                "group": f"pay.{name}",
                "settled": False,
            }
        )

    def acknowledging(group: str) -> pb.AcknowledgeClearingItemRequest:
        return pb.AcknowledgeClearingItemRequest(
            request_id=str(uuid.uuid4()),
            account=account,
            group=group,
            reason="The bank looks for it; case 4711",
            days=3,
        )

    unknown = await refusal(
        rail.stub.AcknowledgeClearingItem, acknowledging("pay.never"), token=rail.operator()
    )
    assert unknown.reason == "CLEARING_ITEM_NOT_FOUND"
    answer = await rail.send(rail.stub.AcknowledgeClearingItem, acknowledging("pay.lost"))
    known = answer.item.acknowledgement
    assert known.until_time.seconds - known.acknowledge_time.seconds == 3 * 24 * 3600
    assert known.acknowledged_by
    assert [(one[0], one[3]) for one in await findings(rail)] == [("CLEARING_OLD", 10_000)]
    assert not await is_closable(rail)
    await items.delete_one({"group": "pay.other"})
    assert await findings(rail) == []
    listed = await rail.send(rail.stub.ListClearingItems, pb.ListClearingItemsRequest())
    assert [one.acknowledgement.reason for one in listed.items] == [
        "The bank looks for it; case 4711"
    ]
    period = await rail.close()
    assert list(period.clearing_set_aside) == [f"{account} pay.lost"]
    # More of it is another matter, and so is another week.
    await items.update_one({"group": "pay.lost"}, {"$inc": {"amount_units": 1}})
    assert [one[0] for one in await findings(rail)] == ["CLEARING_OLD"]
    await items.update_one({"group": "pay.lost"}, {"$inc": {"amount_units": -1}})
    assert await findings(rail) == []
    await rail.rpc.database.collection(CLEARING_ACKNOWLEDGEMENTS).update_many(
        {}, {"$set": {"until": datetime.now(UTC)}}
    )
    assert not await is_closable(rail)


def test_only_what_is_older_than_it_may_be_is_stuck() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    item = OpenItem(
        account="rail:stripe:in_flight:USD",
        currency="USD",
        group="pay.1",
        statement_id="st_1",
        amount_units=-5,
        opened_at=now - timedelta(days=14),
    )
    assert stuck([item], now=now, longest=timedelta(days=14)) == []
    assert len(stuck([item], now=now + timedelta(seconds=1), longest=timedelta(days=14))) == 1
