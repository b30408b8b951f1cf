"""What a client owes comes before what it may spend, by whatever way money becomes available."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.funding.funding_flows import payment_return
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.payments.rail_objects import ReturnedMoney
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger

_AVAILABLE = ("client:org_client:available:USD",)


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    return await start_ledger(rpc)


async def _disputed(ledger: ServedLedger, amount_minor: int, currency: str = "USD") -> None:
    """A bank has taken back what the client paid by card, and it has nothing left."""
    now = ledger.rpc.clock()
    returned = _returned(amount_minor, now=now, currency=currency)
    booking = Booking(effective_at=now, recorded_at=now)
    await ledger.post(
        payment_return(returned, client_id="org_client", rail_id="pi_1", booking=booking)
    )


def _returned(
    amount_minor: int, *, now: datetime, currency: str = "USD", transaction_id: str = ""
) -> ReturnedMoney:
    return ReturnedMoney(
        transaction_id=transaction_id or f"txn_{uuid.uuid4().hex}",
        source_id="dp_1",
        kind="dispute",
        currency=currency,
        amount_minor=-amount_minor,
        fee_minor=0,
        created_at=now,
    )


async def _funds(ledger: ServedLedger, currency: str = "USD") -> tuple[int, int]:
    """What is available, and what is owed."""
    found = await ledger.send(ledger.stub.GetFunds, pb.GetFundsRequest())
    available, owed = (
        sum(one.amount_minor for one in some if one.currency == currency)
        for some in (found.available, found.owed)
    )
    return available, owed


async def test_what_a_project_gives_back_covers_it_first(ledger: ServedLedger) -> None:
    """Money that a bank took back already is not sent back once more."""
    await ledger.deposit(1_000)
    await ledger.project()
    await ledger.fund(1_000)
    await _disputed(ledger, 700)
    assert await _funds(ledger) == (0, 700)
    await ledger.state("CANCELLED", settled=True)
    assert await _funds(ledger) == (300, 0)
    asked = pb.RequestRefundRequest(
        request_id=str(uuid.uuid4()), amount=common_pb2.Money(amount_minor=301, currency="USD")
    )
    refused = await refusal(ledger.stub.RequestRefund, asked, token=ledger.token("CLIENT"))
    assert refused.reason == "INSUFFICIENT_FUNDS"


async def test_what_is_converted_covers_it_first(ledger: ServedLedger) -> None:
    await ledger.deposit(1_000)
    await _disputed(ledger, 700, "EUR")
    converting = pb.ConvertFundsRequest(
        request_id=str(uuid.uuid4()),
        client_id="org_client",
        amount=common_pb2.Money(amount_minor=1_000, currency="USD"),
        currency="EUR",
        rate="0.9",
        rate_source="ECB",
    )
    await ledger.send(ledger.stub.ConvertFunds, converting, token=ledger.token("OPERATOR"))
    assert await _funds(ledger, "EUR") == (200, 0)


async def test_what_goes_back_beside_a_refund_that_is_declined_is_covered(
    ledger: ServedLedger,
) -> None:
    """G5: each writes what the other has only read; nothing stays free beside what is owed."""
    await ledger.deposit(1_000)
    asked = pb.RequestRefundRequest(
        request_id=str(uuid.uuid4()), amount=common_pb2.Money(amount_minor=1_000, currency="USD")
    )
    refund = (await ledger.send(ledger.stub.RequestRefund, asked)).refund
    decline = pb.DeclineRefundRequest(
        request_id=str(uuid.uuid4()), refund_id=refund.refund_id, reason="changed my mind"
    )
    books = ledger.payouts.rail.funding.books
    attempts = 0

    async def take_back(work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        # What it sees from here on is what was there before the other one.
        assert await ledger.parts.store.balances(_AVAILABLE, session=work.session)
        if attempts == 1:
            await ledger.send(ledger.stub.DeclineRefund, decline)
        returned = _returned(700, now=work.now, transaction_id="txn_beside")
        await books.returned(work, returned, client_id="org_client", rail_id="pi_1")

    await ledger.transactions.run(take_back)
    assert await _funds(ledger) == (300, 0)
    assert attempts == 2
