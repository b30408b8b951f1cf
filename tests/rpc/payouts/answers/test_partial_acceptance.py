"""Answers accepted for another share of the pay than before: all of the change, or nothing."""

from __future__ import annotations

import pytest

from services.payouts.domain.answers.decisions import Verdict
from services.payouts.domain.errors import InsufficientFunds
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger

PAYABLE = "contractor:ctr_1:via:org_vendor:payable:USD"
WHOLE = 1_000_000
HALF = WHOLE // 2


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    """A client with money for half an answer, which is 65 of 130 minor units."""
    ledger = await start_ledger(rpc)
    await ledger.deposit(65)
    await ledger.project()
    await ledger.enrol("ctr_1")
    await ledger.fund(65)
    await ledger.accept("a1", pay_bps=5_000)
    return ledger


async def _earned(ledger: ServedLedger) -> tuple[int, int]:
    """What is payable, and what the project's book says of the pay; in units."""
    balances = await ledger.parts.store.balances([PAYABLE])
    book = await ledger.parts.books.get("prj_1")
    return -balances[PAYABLE], book.cost.pay_units


async def test_a_share_stands_until_the_greater_one_can_be_paid(ledger: ServedLedger) -> None:
    """G2: nothing half-written; the old share is not taken back without the new one."""
    assert await _earned(ledger) == (HALF, HALF)
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            await ledger.accept("a1", revision=2)
        assert await _earned(ledger) == (HALF, HALF)
    await ledger.deposit(130)
    for _ in range(2):
        await ledger.accept("a1", revision=2)
    assert await _earned(ledger) == (WHOLE, WHOLE)


async def test_the_others_of_its_batch_are_booked(ledger: ServedLedger) -> None:
    with pytest.raises(InsufficientFunds):
        await ledger.parts.accruals.decided(
            [
                *ledger.decisions("a1", revision=2),
                *ledger.decisions("a2", verdict=Verdict.REJECTED),
            ]
        )
    book = await ledger.parts.books.get("prj_1")
    assert (book.accepted, book.rejected) == (1, 1)
    assert await _earned(ledger) == (HALF, HALF)
