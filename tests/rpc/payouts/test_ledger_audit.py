"""The audit: whoever writes past the ledger is found, and no pay period closes meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import grpc
import pytest

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.audits import Fault
from services.payouts.store.audits import AuditStore
from services.payouts.store.collections import AUDITS, BALANCES, ENTRIES
from services.payouts.usecases.ledger_audit import SETTLED, LedgerAudit
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger
from tests.waiting import eventually

HELD = "client:org_client:project:prj_1:held:USD"
PAYABLE = "contractor:ctr_1:via:org_vendor:payable:USD"
FEES = "platform:fees:USD"


@pytest.fixture
async def working(rpc: RpcHarness) -> ServedLedger:
    ledger = await start_ledger(rpc)
    await ledger.deposit(100_000)
    await ledger.project()
    await ledger.enrol("ctr_1", "ctr_d")
    await ledger.fund(60_000)
    await ledger.accept("a1", "a2")
    await ledger.accept("a3", contractor_id="ctr_d")
    return ledger


async def _audit(ledger: ServedLedger, *, settled: bool) -> LedgerAudit:
    """One for which what is recorded so far is settled, and nothing later; or nothing at all."""
    edge = ledger.rpc.clock()
    # Times are kept to the millisecond: what comes next is later.
    await eventually(lambda: ledger.rpc.clock() > edge + timedelta(milliseconds=2), what="later")
    moment = edge + timedelta(milliseconds=1) + SETTLED if settled else edge
    return LedgerAudit(
        transactions=ledger.transactions,
        audits=AuditStore(database=ledger.rpc.database),
        reads=ledger.parts.reads,
        clock=lambda: moment,
    )


async def _round(audit: LedgerAudit) -> None:
    while await audit.turn():
        pass


async def _findings(ledger: ServedLedger) -> list[tuple[int, str]]:
    found = await ledger.send(
        ledger.stub.GetBooksCheck, pb.GetBooksCheckRequest(), token=ledger.token("OPERATOR")
    )
    return [(one.fault, one.account) for one in found.findings]


def _closing() -> pb.ClosePayPeriodRequest:
    return pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()))


@pytest.mark.parametrize("settled", [False, True], ids=["anew", "from the last"])
async def test_honest_books_pass_however_often_they_are_added_up(
    working: ServedLedger, *, settled: bool
) -> None:
    for number in range(3):
        await working.accept(f"more{number}")
        await _round(await _audit(working, settled=settled))
        await working.accept(f"later{number}")
        await _round(await _audit(working, settled=False))
        assert await _findings(working) == []
    checked = await working.rpc.database.collection(AUDITS).count_documents({})
    assert checked == await working.rpc.database.collection(BALANCES).count_documents({})


@pytest.mark.parametrize("account", [HELD, PAYABLE, FEES])
async def test_a_balance_that_somebody_wrote_is_found_and_stops_the_close(
    working: ServedLedger, account: str
) -> None:
    audit = await _audit(working, settled=True)
    await _round(audit)
    balances = working.rpc.database.collection(BALANCES)
    await balances.update_one({"_id": account}, {"$inc": {"amount_minor": -1}})
    await working.accept("beside")
    await _round(audit)
    found = await _findings(working)
    assert (pb.BOOK_FAULT_MISSTATED, account) in found
    # A cent from nowhere is also one too many in all.
    assert (pb.BOOK_FAULT_UNBALANCED, "") in found
    refused = await refusal(
        working.stub.ClosePayPeriod, _closing(), token=working.token("OPERATOR")
    )
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOOKS_WRONG")
    assert refused.metadata["currency"] == "USD"
    await balances.update_one({"_id": account}, {"$inc": {"amount_minor": 1}})
    await _round(audit)
    assert await _findings(working) == []


async def test_a_transfer_between_balances_that_no_entry_made_is_found(
    working: ServedLedger,
) -> None:
    """The totals say nothing: only the sums of the entries do."""
    balances = working.rpc.database.collection(BALANCES)
    await balances.update_one({"_id": PAYABLE}, {"$inc": {"amount_minor": -5}})
    await balances.update_one({"_id": FEES}, {"$inc": {"amount_minor": 5}})
    assert await _findings(working) == []
    await _round(await _audit(working, settled=False))
    assert sorted(await _findings(working)) == [
        (pb.BOOK_FAULT_MISSTATED, account) for account in sorted((PAYABLE, FEES))
    ]


async def test_an_entry_that_was_deleted_is_found(working: ServedLedger) -> None:
    entries = working.rpc.database.collection(ENTRIES)
    victim = await entries.find_one({"kind": "accrual"})
    assert victim is not None
    await entries.delete_one({"_id": victim["_id"]})
    await _round(await _audit(working, settled=False))
    touched = {posting["account"] for posting in victim["postings"]}
    assert {account for _, account in await _findings(working)} == touched


async def test_what_may_not_be_overdrawn_and_is_stops_the_close(working: ServedLedger) -> None:
    async def report(change: Callable[[int], int]) -> set[Fault]:
        balances = working.rpc.database.collection(BALANCES)
        there = await balances.find_one({"_id": HELD})
        assert there is not None
        await balances.update_one(
            {"_id": HELD}, {"$set": {"amount_minor": change(there["amount_minor"])}}
        )
        return {finding.fault for finding in await working.parts.audit.report()}

    assert await report(lambda _: 7) == {Fault.OVERDRAWN, Fault.UNBALANCED}
