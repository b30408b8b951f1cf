"""Refunds and exchanges over the wire and on the real database: held once, resolved once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError
from services.chassis.ids import new_id
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.store.funding.refunds import RefundStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.funding.incoming_books import Arrived, IncomingBooks
from services.payouts.usecases.funding.refunds import Refunds
from tests.rpc.harness import RpcHarness, refusal
from tests.rpc.payouts.served_ledger import ServedLedger, start_ledger

AVAILABLE = "client:org_client:available:USD"
BANK = "rail:bank:platform:USD"


@pytest.fixture
async def ledger(rpc: RpcHarness) -> ServedLedger:
    return await start_ledger(rpc)


def _usd(amount_minor: int) -> common_pb2.Money:
    return common_pb2.Money(amount_minor=amount_minor, currency="USD")


def _asking(amount_minor: int) -> pb.RequestRefundRequest:
    return pb.RequestRefundRequest(request_id=str(uuid.uuid4()), amount=_usd(amount_minor))


async def _asked(ledger: ServedLedger, amount_minor: int) -> types_pb2.Refund:
    answer = await ledger.send(ledger.stub.RequestRefund, _asking(amount_minor))
    refund: types_pb2.Refund = answer.refund
    return refund


def _paying(refund_id: str, *, paid: int = 0, reference: str = "F1") -> pb.PayRefundRequest:
    return pb.PayRefundRequest(
        request_id=str(uuid.uuid4()),
        refund_id=refund_id,
        bank_reference=reference,
        paid=_usd(paid) if paid else None,
    )


def _declining(refund_id: str, reason: str = "no") -> pb.DeclineRefundRequest:
    return pb.DeclineRefundRequest(request_id=str(uuid.uuid4()), refund_id=refund_id, reason=reason)


async def _balance(ledger: ServedLedger, account: str) -> int:
    """In minor units, on the client's side."""
    found = await ledger.parts.store.balances([account])
    return -found.get(account, 0) // 10_000


async def _tried(call: Awaitable[Any]) -> str:
    """Why it was refused; empty if it was not."""
    try:
        await call
    except DomainError as err:
        return err.reason
    return ""


def _refunds(ledger: ServedLedger) -> Refunds:
    """Those of another process."""

    async def no_receipt(_work: UnitOfWork, _arrived: Arrived) -> None:
        raise AssertionError("nothing has arrived")

    store = LedgerStore(database=ledger.rpc.database)
    return Refunds(
        transactions=ledger.transactions,
        ledger=store,
        refunds=RefundStore(database=ledger.rpc.database),
        books=IncomingBooks(ledger=store, write_receipt=no_receipt),
        clock=ledger.rpc.clock,
        new_id=new_id,
        expires_after=timedelta(days=14),
    )


async def test_held_money_is_not_available_and_a_part_of_it_is_sent(ledger: ServedLedger) -> None:
    """G4: available = posted - held; what is not sent is available again."""
    await ledger.deposit(1000)
    refund = await _asked(ledger, 700)
    assert await _balance(ledger, AVAILABLE) == 300
    refused = await refusal(ledger.stub.RequestRefund, _asking(301), token=ledger.token("CLIENT"))
    assert refused.reason == "INSUFFICIENT_FUNDS"
    answer = await ledger.send(
        ledger.stub.PayRefund, _paying(refund.refund_id, paid=450), token=ledger.token("OPERATOR")
    )
    assert answer.refund.state == types_pb2.REFUND_STATE_PAID
    assert answer.refund.paid == _usd(450)
    assert await _balance(ledger, AVAILABLE) == 550
    assert await _balance(ledger, BANK) == 450
    assert await _balance(ledger, f"client:org_client:hold:{refund.refund_id}:USD") == 0


async def test_sixty_four_at_once_never_take_more_than_there_is(ledger: ServedLedger) -> None:
    """G4, G5, C17: holds and project holds side by side on one balance (blnk 181)."""
    await ledger.deposit(1000)
    await ledger.project()

    async def take(number: int) -> str:
        if number % 2:
            return await _tried(ledger.send(ledger.stub.RequestRefund, _asking(90)))
        return await _tried(ledger.fund(90))

    outcomes = await asyncio.gather(*(take(number) for number in range(64)))
    taken = outcomes.count("")
    # A call that lost every race is told so, and has taken nothing.
    assert set(outcomes) <= {"", "INSUFFICIENT_FUNDS", "WRITE_CONTENTION"}
    assert 1 <= taken <= 11
    assert await _balance(ledger, AVAILABLE) == 1000 - 90 * taken
    while await _tried(ledger.send(ledger.stub.RequestRefund, _asking(90))) == "":
        taken += 1
    assert (taken, await _balance(ledger, AVAILABLE)) == (11, 10)


async def test_a_hold_resolves_once_whoever_comes_first(ledger: ServedLedger) -> None:
    """G4, C17: paid, declined and expired at once, many times (blnk PR 171)."""
    await ledger.deposit(1000)
    refund_id = (await _asked(ledger, 600)).refund_id
    operator = ledger.token("OPERATOR")
    due = ledger.rpc.clock() - timedelta(seconds=1)
    await ledger.rpc.database.collection("refunds").update_one(
        {"_id": refund_id}, {"$set": {"expires_at": due}}
    )
    expiring = _refunds(ledger)
    outcomes = await asyncio.gather(
        *(
            _tried(ledger.send(ledger.stub.PayRefund, _paying(refund_id, paid=n), token=operator))
            for n in range(100, 108)
        ),
        *(
            _tried(ledger.send(ledger.stub.DeclineRefund, _declining(refund_id, f"{n}")))
            for n in range(8)
        ),
        expiring.turn(),
    )
    # Or its time was over before any of them.
    assert outcomes[:16].count("") <= 1
    assert set(outcomes[:16]) <= {"", "REFUND_RESOLVED", "WRITE_CONTENTION"}
    entries = await ledger.rpc.database.collection("entries").distinct(
        "_id", {"_id": {"$regex": "^funds_hold_resolved:"}}
    )
    assert entries == [f"funds_hold_resolved:{refund_id}"]
    sent = await _balance(ledger, BANK)
    assert await _balance(ledger, AVAILABLE) == 1000 - sent
    assert await _balance(ledger, f"client:org_client:hold:{refund_id}:USD") == 0


async def test_the_same_resolution_again_is_nothing_and_another_is_refused(
    ledger: ServedLedger,
) -> None:
    await ledger.deposit(1000)
    refund_id = (await _asked(ledger, 600)).refund_id
    operator = ledger.token("OPERATOR")
    for _ in range(2):
        await ledger.send(ledger.stub.PayRefund, _paying(refund_id), token=operator)
    assert await _balance(ledger, BANK) == 600
    for method, request in (
        (ledger.stub.PayRefund, _paying(refund_id, reference="F2")),
        (ledger.stub.PayRefund, _paying(refund_id, paid=599)),
        (ledger.stub.DeclineRefund, _declining(refund_id)),
    ):
        refused = await refusal(method, request, token=operator)
        assert refused.reason == "REFUND_RESOLVED"


async def test_what_nobody_resolves_expires_and_is_available_again(ledger: ServedLedger) -> None:
    """G4: by its time alone, once."""
    await ledger.deposit(1000)
    refund_id = (await _asked(ledger, 600)).refund_id
    refunds = RefundStore(database=ledger.rpc.database)
    found = await refunds.get(refund_id)
    assert found is not None
    collection = ledger.rpc.database.collection("refunds")
    parts = _refunds(ledger)
    await parts.turn()
    assert await _balance(ledger, AVAILABLE) == 400
    due = ledger.rpc.clock() - timedelta(seconds=1)
    await collection.update_one({"_id": refund_id}, {"$set": {"expires_at": due}})
    for _ in range(2):
        await parts.turn()
    assert await _balance(ledger, AVAILABLE) == 1000
    listed = await ledger.send(ledger.stub.ListRefunds, pb.ListRefundsRequest())
    assert [one.state for one in listed.refunds] == [types_pb2.REFUND_STATE_EXPIRED]


async def test_nobody_sees_or_resolves_anothers_refund(ledger: ServedLedger) -> None:
    await ledger.deposit(1000)
    refund_id = (await _asked(ledger, 600)).refund_id
    stranger = ledger.token("CLIENT", organisation_id="org_else")
    listed = await ledger.send(ledger.stub.ListRefunds, pb.ListRefundsRequest(), token=stranger)
    assert not listed.refunds
    refused = await refusal(ledger.stub.DeclineRefund, _declining(refund_id), token=stranger)
    assert refused.reason == "REFUND_NOT_FOUND"
    refused = await refusal(
        ledger.stub.PayRefund, _paying(refund_id, paid=601), token=ledger.token("OPERATOR")
    )
    assert (refused.reason, refused.metadata["field"]) == ("AMOUNT_INVALID", "paid.amount_minor")
    # Whoever asked may think better of it.
    await ledger.send(ledger.stub.DeclineRefund, _declining(refund_id))
    assert await _balance(ledger, AVAILABLE) == 1000


# Exchanges


def _converting(ledger: ServedLedger, amount_minor: int, **changes: Any) -> pb.ConvertFundsRequest:
    named: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "client_id": "org_client",
        "amount": _usd(amount_minor),
        "currency": "EUR",
        "rate": "0.9137",
        "rate_source": "ECB",
    }
    return pb.ConvertFundsRequest(**(named | changes))


async def test_a_conversion_is_open_until_the_money_is_changed(ledger: ServedLedger) -> None:
    """G1, G15: and told with its rate, source and time."""
    await ledger.deposit(10_000)
    operator = ledger.token("OPERATOR")
    answer = await ledger.send(ledger.stub.ConvertFunds, _converting(ledger, 8001), token=operator)
    conversion = answer.conversion
    assert conversion.given == common_pb2.Money(amount_minor=7310, fraction=5137, currency="EUR")
    funds = await ledger.send(ledger.stub.GetFunds, pb.GetFundsRequest())
    assert {money.currency: money.amount_minor for money in funds.available} == {
        "EUR": 7310,
        "USD": 1999,
    }
    entry_id = f"fx_conversion:{conversion.conversion_id}"
    told = await ledger.send(ledger.stub.ListEntries, pb.ListEntriesRequest(), token=operator)
    [entry] = [entry for entry in told.entries if entry.entry_id == entry_id]
    assert (entry.exchange.rate, entry.exchange.source) == ("0.9137", "ECB")

    def settling(received: int) -> pb.SettleConversionRequest:
        return pb.SettleConversionRequest(
            request_id=str(uuid.uuid4()),
            conversion_id=conversion.conversion_id,
            paid=_usd(8001),
            received=common_pb2.Money(amount_minor=received, currency="EUR"),
            rate="0.915",
            rate_source="bank F7",
            rate_time=timestamp(ledger.rpc.clock().replace(microsecond=0)),
        )

    first = settling(7320)
    await ledger.send(ledger.stub.SettleConversion, first, token=operator)
    again = pb.SettleConversionRequest()
    again.CopyFrom(first)
    again.request_id = str(uuid.uuid4())
    await ledger.send(ledger.stub.SettleConversion, again, token=operator)
    refused = await refusal(ledger.stub.SettleConversion, settling(7321), token=operator)
    assert refused.reason == "ENTRY_CONFLICT"
    left = await ledger.parts.store.balances(
        [f"fx:USD:EUR:clearing:{currency}" for currency in ("USD", "EUR")]
    )
    assert set(left.values()) == {0}
    gain = await ledger.parts.store.balances(["platform:exchange:EUR"])
    assert gain == {"platform:exchange:EUR": -(7320 * 10_000 - 73_105_137)}
    assert set((await ledger.parts.inspection.trial_balance()).totals_units.values()) == {0}
    await ledger.parts.chain.chain.advance()
    assert await ledger.parts.chain.audit.round() == []


async def test_conversions_are_listed_with_rates_and_what_the_bank_made_of_them(
    ledger: ServedLedger,
) -> None:
    """G15: newest first, page by page; other entries are none of them."""
    await ledger.deposit(10_000)
    operator = ledger.token("OPERATOR")
    made = []
    for _ in range(3):
        request = _converting(ledger, 1_000)
        answer = await ledger.send(ledger.stub.ConvertFunds, request, token=operator)
        made.append(answer.conversion.conversion_id)
    await ledger.send(
        ledger.stub.SettleConversion,
        pb.SettleConversionRequest(
            request_id=str(uuid.uuid4()),
            conversion_id=made[0],
            paid=_usd(1_000),
            received=common_pb2.Money(amount_minor=914, currency="EUR"),
            rate="0.914",
            rate_source="bank F7",
            rate_time=timestamp(ledger.rpc.clock().replace(microsecond=0)),
        ),
        token=operator,
    )
    first = await ledger.send(
        ledger.stub.ListConversions, pb.ListConversionsRequest(page_size=2), token=operator
    )
    rest = await ledger.send(
        ledger.stub.ListConversions,
        pb.ListConversionsRequest(page_size=2, page_token=first.next_page_token),
        token=operator,
    )
    listed = [*first.conversions, *rest.conversions]
    assert [one.conversion_id for one in listed] == made[::-1]
    assert rest.next_page_token == ""
    assert {(one.client_id, one.exchange.rate, one.exchange.source) for one in listed} == {
        ("org_client", "0.9137", "ECB")
    }
    assert all(one.HasField("create_time") for one in listed)
    assert [one.settlement.rate for one in listed] == ["", "", "0.914"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": common_pb2.Money(amount_minor=10_001, currency="USD")}, "INSUFFICIENT_FUNDS"),
        ({"rate": ""}, "FX_RATE_UNKNOWN"),
        ({"rate_source": ""}, "FX_RATE_INVALID"),
        ({"currency": "USD"}, "CURRENCY_MISMATCH"),
        ({"currency": "XYZ"}, "CURRENCY_UNSUPPORTED"),
        ({"rate": "0"}, "ENTRY_INVALID"),
    ],
)
async def test_what_cannot_be_converted_is_told(
    ledger: ServedLedger, changes: dict[str, Any], reason: str
) -> None:
    await ledger.deposit(10_000)
    refused = await refusal(
        ledger.stub.ConvertFunds,
        _converting(ledger, 8001, **changes),
        token=ledger.token("OPERATOR"),
    )
    assert refused.reason == reason
    assert await _balance(ledger, AVAILABLE) == 10_000


async def test_a_conversion_that_is_none_is_not_settled(ledger: ServedLedger) -> None:
    request = pb.SettleConversionRequest(
        request_id=str(uuid.uuid4()),
        conversion_id="fxc_none",
        paid=_usd(1),
        received=_usd(1),
        rate="1",
        rate_source="x",
        rate_time=timestamp(ledger.rpc.clock()),
    )
    refused = await refusal(ledger.stub.SettleConversion, request, token=ledger.token("OPERATOR"))
    assert refused.reason == "CONVERSION_NOT_FOUND"
