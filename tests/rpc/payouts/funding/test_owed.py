"""What a client owes comes before what it may spend, by whatever way money becomes available."""

from __future__ import annotations

import uuid

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.payouts.domain.funding.funding_flows import payment_return
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.payments.rail_objects import ReturnedMoney
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    return await start_ledger(rpc)


async def _disputed(ledger: ServedLedger, amount_minor: int, currency: str = "USD") -> None:
    """A bank has taken back what the client paid by card, and it has nothing left."""
    now = ledger.rpc.clock()
    returned = ReturnedMoney(
        transaction_id=f"txn_{uuid.uuid4().hex}",
        source_id="dp_1",
        kind="dispute",
        currency=currency,
        amount_minor=-amount_minor,
        fee_minor=0,
        created_at=now,
    )
    booking = Booking(effective_at=now, recorded_at=now)
    await ledger.post(
        payment_return(returned, client_id="org_client", rail_id="pi_1", booking=booking)
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
