"""The audit: whoever writes past the ledger is found, and no pay period closes meanwhile."""

from __future__ import annotations

import uuid
from datetime import timedelta

import grpc
import pytest
from prometheus_client import REGISTRY

from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.store.collections import AUDITS, BALANCES, ENTRIES
from services.payouts.store.ledger.audits import AuditStore
from services.payouts.usecases.ledger import ledger_audit
from services.payouts.usecases.ledger.ledger_audit import SETTLED, LedgerAudit
from tests.rpc.harness import Refusal, RpcHarness, refusal
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


async def _refused(ledger: ServedLedger) -> Refusal:
    """Why no pay period can be closed."""
    request = pb.ClosePayPeriodRequest(request_id=str(uuid.uuid4()))
    refused = await refusal(ledger.stub.ClosePayPeriod, request, token=ledger.token("OPERATOR"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOOKS_WRONG")
    return refused


@pytest.mark.parametrize("settled", [False, True], ids=["anew", "from the last"])
async def test_honest_books_pass_however_often_they_are_added_up(
    working: ServedLedger, monkeypatch: pytest.MonkeyPatch, *, settled: bool
) -> None:
    # A round takes several turns.
    monkeypatch.setattr(ledger_audit, "_ACCOUNTS_EACH_TURN", 2)
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
    await balances.update_one({"_id": account}, {"$inc": {"amount_units": -1}})
    await working.accept("beside")
    await _round(audit)
    found = await _findings(working)
    assert (pb.BOOK_FAULT_MISSTATED, account) in found
    # A cent from nowhere is also one too many in all.
    assert (pb.BOOK_FAULT_UNBALANCED, "") in found
    assert (await _refused(working)).metadata["currency"] == "USD"
    assert REGISTRY.get_sample_value("crewline_ledger_misstated_accounts") == 1
    await balances.update_one({"_id": account}, {"$inc": {"amount_units": 1}})
    await _round(audit)
    assert await _findings(working) == []
    assert REGISTRY.get_sample_value("crewline_ledger_misstated_accounts") == 0


async def test_a_transfer_between_balances_that_no_entry_made_is_found(
    working: ServedLedger,
) -> None:
    """The totals say nothing: only the sums of the entries do."""
    balances = working.rpc.database.collection(BALANCES)
    await balances.update_one({"_id": PAYABLE}, {"$inc": {"amount_units": -5}})
    await balances.update_one({"_id": FEES}, {"$inc": {"amount_units": 5}})
    assert await _findings(working) == []
    await _round(await _audit(working, settled=False))
    assert sorted(await _findings(working)) == [
        (pb.BOOK_FAULT_MISSTATED, account) for account in sorted((PAYABLE, FEES))
    ]
    assert (await _refused(working)).metadata["fault"] == "MISSTATED"


async def test_an_entry_that_was_deleted_is_found(working: ServedLedger) -> None:
    entries = working.rpc.database.collection(ENTRIES)
    victim = await entries.find_one({"kind": "accrual"})
    assert victim is not None
    await entries.delete_one({"_id": victim["_id"]})
    await _round(await _audit(working, settled=False))
    touched = {posting["account"] for posting in victim["postings"]}
    assert {account for _, account in await _findings(working)} == touched


async def test_what_may_not_be_overdrawn_and_is_stops_the_close(working: ServedLedger) -> None:
    """What one has too little another has too much: the totals say nothing."""
    balances = working.rpc.database.collection(BALANCES)
    there = await balances.find_one({"_id": HELD})
    assert there is not None
    moved = 7 - there["amount_units"]
    await balances.update_one({"_id": HELD}, {"$inc": {"amount_units": moved}})
    await balances.update_one({"_id": FEES}, {"$inc": {"amount_units": -moved}})
    assert await _findings(working) == [(pb.BOOK_FAULT_OVERDRAWN, HELD)]
    refused = await _refused(working)
    assert (refused.metadata["fault"], refused.metadata["account"]) == ("OVERDRAWN", HELD)
