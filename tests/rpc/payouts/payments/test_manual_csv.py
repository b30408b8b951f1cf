"""Payments that an operator takes to a bank: files out, outcomes in, and the ledger follows."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import grpc
import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.payouts.domain.ledger.accounts import MANUAL_CSV
from services.payouts.store.collections import ENTRIES
from services.payouts.store.payments.payout_rail_collections import BANK_OUTCOMES
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail
from tests.waiting import eventually

MANUAL = types_pb2.PAYOUT_RAIL_MANUAL_CSV
CONNECT = types_pb2.PAYOUT_RAIL_STRIPE_CONNECT
IBAN = "GB82 WEST 1234 5698 7654 32"
HEADER = "reference,outcome,value_date,bank_reference,code"


async def choose(rail: ServedRail, payee_id: str, wanted: Any = MANUAL) -> types_pb2.PayoutRails:
    request = pb.SetPayoutRailRequest(request_id=str(uuid.uuid4()), rail=wanted, reason="my bank")
    answer = await rail.send(rail.stub.SetPayoutRail, request, token=rail.payee(payee_id))
    found: types_pb2.PayoutRails = answer.payout_rails
    return found


async def give_bank(rail: ServedRail, payee_id: str, *, holder: str = "Ada Lovelace") -> None:
    request = pb.SetBankDetailsRequest(
        request_id=str(uuid.uuid4()),
        account_holder=holder,
        account_number=IBAN,
        bank_code="westgb2l",
        bank_name="Bank of Tests",
        bank_country="GB",
    )
    answer = await rail.send(rail.stub.SetBankDetails, request, token=rail.payee(payee_id))
    assert answer.payout_rails.bank_last_four == "5432"


async def waiting_for_export(rail: ServedRail, count: int) -> None:
    async def there() -> bool:
        answer = await rail.send(rail.stub.ListPayoutBatches, pb.ListPayoutBatchesRequest())
        return bool(sum(one.payments for one in answer.waiting) == count)

    await eventually(there, what=f"{count} payments wait for an export")


async def export(rail: ServedRail, request_id: str = "") -> types_pb2.PayoutBatch:
    request = pb.ExportPayoutsRequest(request_id=request_id or str(uuid.uuid4()), currency="USD")
    found: types_pb2.PayoutBatch = (await rail.send(rail.stub.ExportPayouts, request)).batch
    return found


async def tell(rail: ServedRail, *rows: str) -> pb.ImportPayoutOutcomesResponse:
    request = pb.ImportPayoutOutcomesRequest(
        request_id=str(uuid.uuid4()), csv="\n".join((HEADER, *rows))
    )
    answer: pb.ImportPayoutOutcomesResponse = await rail.send(
        rail.stub.ImportPayoutOutcomes, request
    )
    return answer


async def owing(rail: ServedRail, **holders: str) -> str:
    """A closed period that owes each 100, 200, ...; all by way of a bank."""
    await rail.funded()
    await rail.contractors(*holders)
    for place, (payee_id, holder) in enumerate(holders.items()):
        await rail.accept(payee_id, place + 1)
        await choose(rail, payee_id)
        await give_bank(rail, payee_id, holder=holder)
    return str((await rail.close()).pay_period_id)


async def balances(rail: ServedRail) -> dict[str, int]:
    return await rail.rail_balances(MANUAL_CSV)


async def told_so_far(rail: ServedRail) -> tuple[Any, ...]:
    """What outcomes may change: what was told, the ledger, and what payees see."""
    contents = await rail.rpc.contents()
    seen = [(one.statement_id, one.state, one.reason) for one in await rail.statements()]
    return contents[BANK_OUTCOMES], contents[ENTRIES], seen


async def test_from_the_order_to_the_bank_and_back(rail: ServedRail) -> None:
    """G2, G9, G14: exported once, told once, and every step is in the ledger."""
    period_id = await owing(rail, ctr_a="=HYPERLINK(1)", ctr_b="Bob", ctr_c="Cy")
    assert await rail.pay(period_id) == 3
    await waiting_for_export(rail, 3)
    request_id = str(uuid.uuid4())
    batch = await export(rail, request_id)
    again = await export(rail, request_id)
    assert (again.batch_id, again.csv, again.sha256) == (batch.batch_id, batch.csv, batch.sha256)
    rows = {row["payee_id"]: row for row in csv.DictReader(io.StringIO(batch.csv))}
    assert rows["ctr_a"]["account_holder"] == "'=HYPERLINK(1)"
    assert rows["ctr_b"]["account_number"] == "GB82WEST12345698765432"
    assert [rows[one]["amount"] for one in sorted(rows)] == ["1.00", "2.00", "3.00"]
    assert (batch.total_minor, batch.payments) == (600, 3)
    found = await refusal(
        rail.stub.ExportPayouts,
        pb.ExportPayoutsRequest(request_id=str(uuid.uuid4()), currency="USD"),
        token=rail.operator(),
    )
    assert found.reason == "NOTHING_TO_EXPORT"
    ordered = {
        "platform": -600, "in_flight": 0, "transferred": -600, "payout_in_flight": 600,
        "paid_out": 0,
    }  # fmt: skip

    async def booked() -> bool:
        return await balances(rail) == ordered

    await eventually(booked, what="the orders are booked")

    references = {payee_id: row["reference"] for payee_id, row in rows.items()}
    told = (
        f"{references['ctr_a']},paid,2026-11-30,FT1,",
        f"{references['ctr_b']},failed,2026-11-30,FT2,account_closed",
        "CWNONE,paid,2026-11-30,FT3,",
        f"{references['ctr_c']},settled,2026-11-30,FT4,",
        f"{references['ctr_c']},paid,30.11.2026,FT4,",
        f"{references['ctr_c']},returned,2026-11-30,FT4,",
    )
    answer = await tell(rail, *told)
    assert (answer.recorded, answer.repeated_rows, answer.refused) == (2, 0, 4)
    assert {row.line: row.problem for row in answer.rows if row.problem} == {
        4: "no such order",
        5: "outcome is paid, failed or returned",
        6: "value_date is a day such as 2026-11-30",
        7: "it was not told as paid; what never left has failed",
    }
    states = {one.payee_id: (one.state, one.reason) for one in await rail.statements()}
    assert states["ctr_a"] == (types_pb2.STATEMENT_STATE_PAID, "")
    assert states["ctr_b"] == (types_pb2.STATEMENT_STATE_FAILED, "ACCOUNT_CLOSED")
    assert states["ctr_c"][0] == types_pb2.STATEMENT_STATE_PAYING

    before = await told_so_far(rail)
    repeated = await tell(rail, *told[:2])
    assert (repeated.recorded, repeated.repeated_rows) == (0, 2)
    contrary = await tell(
        rail,
        f"{references['ctr_a']},failed,2026-11-30,FT1,",
        f"{references['ctr_a']},paid,2026-12-01,FT1,",
        f"{references['ctr_b']},paid,2026-11-30,FT2,",
    )
    assert contrary.refused == 3
    assert await told_so_far(rail) == before

    assert (await tell(rail, f"{references['ctr_a']},returned,2026-12-02,FT9,")).recorded == 1
    assert await balances(rail) == {
        "platform": -300, "in_flight": 0, "transferred": -300, "payout_in_flight": 300,
        "paid_out": 0,
    }  # fmt: skip
    # The file is as it was; beside each payment is what stands of what the bank has said.
    request = pb.GetPayoutBatchRequest(batch_id=batch.batch_id)
    shown = (await rail.send(rail.stub.GetPayoutBatch, request)).batch
    assert shown.csv == batch.csv
    assert {
        line.payee_id: (line.outcome, line.bank_reference, line.code) for line in shown.lines
    } == {
        "ctr_a": ("returned", "FT9", ""),
        "ctr_b": ("failed", "FT2", "account_closed"),
        "ctr_c": ("", "", ""),
    }
    # What came back is ordered anew, under another reference.
    assert await rail.pay(period_id) == 2
    await waiting_for_export(rail, 2)
    second = await export(rail)
    assert not {line.reference for line in second.lines} & set(references.values())
    assert set((await rail.parts.ledger.watch.look()).values()) <= {0}
    while await rail.parts.ledger.statement_audit.turn():
        pass
    assert await rail.transactions.run(rail.parts.ledger.statement_audit.findings) == []


async def test_bank_details_are_in_no_store_and_no_log_in_clear(
    rail: ServedRail, caplog: pytest.LogCaptureFixture
) -> None:
    period_id = await owing(rail, ctr_a="Ada Lovelace")
    await rail.pay(period_id)
    await waiting_for_export(rail, 1)
    await export(rail)
    stored = repr(await rail.rpc.contents())
    for secret in ("GB82WEST", "Lovelace", "12345698"):
        assert secret not in stored
        assert secret not in caplog.text


async def test_a_wrong_account_number_is_told_by_field_and_not_repeated(rail: ServedRail) -> None:
    await rail.contractors("ctr_a")
    request = pb.SetBankDetailsRequest(
        request_id=str(uuid.uuid4()),
        account_holder="Ada",
        account_number="GB83WEST12345698765432",
        bank_code="WESTGB2L",
        bank_name="Bank",
        bank_country="GB",
    )
    found = await refusal(rail.stub.SetBankDetails, request, token=rail.payee("ctr_a"))
    assert (found.code, found.reason) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "BANK_DETAILS_INVALID",
    )
    assert "GB83" not in str(found)


async def test_choices_are_kept_with_who_and_when(rail: ServedRail) -> None:
    await rail.contractors("ctr_a", country="DE")
    first = await choose(rail, "ctr_a")
    assert (first.rail, list(first.allowed)) == (MANUAL, [CONNECT, MANUAL])
    token = rail.operator()
    request = pb.SetPayoutRailRequest(
        request_id=str(uuid.uuid4()), rail=CONNECT, payee_id="ctr_a", reason="their wish"
    )
    answer = await rail.send(rail.stub.SetPayoutRail, request, token=token)
    choices = answer.payout_rails.choices
    assert [(one.rail, one.reason) for one in choices] == [
        (CONNECT, "their wish"),
        (MANUAL, "my bank"),
    ]
    assert choices[1].chosen_by == "ctr_a"
    assert choices[0].chosen_by != "ctr_a"
    found = await refusal(
        rail.stub.SetPayoutRail,
        pb.SetPayoutRailRequest(
            request_id=str(uuid.uuid4()), rail=types_pb2.PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS
        ),
        token=rail.payee("ctr_a"),
    )
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "PAYOUT_RAIL_NOT_ALLOWED",
    )
    stranger = await refusal(
        rail.stub.GetPayoutRails,
        pb.GetPayoutRailsRequest(payee_id="ctr_a"),
        token=rail.payee("ctr_x"),
    )
    assert stranger.reason == "PAYEE_NOT_FOUND"


async def test_without_bank_details_the_reason_is_told_and_then_it_goes(rail: ServedRail) -> None:
    """C12, C20: no payment waits without a reason that is shown."""
    await rail.funded()
    await rail.contractors("ctr_a")
    await rail.accept("ctr_a", 2)
    await choose(rail, "ctr_a")
    period_id = str((await rail.close()).pay_period_id)
    assert await rail.pay(period_id) == 0
    [statement] = await rail.statements()
    assert statement.reason == "BANK_DETAILS_MISSING"
    await give_bank(rail, "ctr_a")
    assert await rail.pay(period_id) == 1
    await waiting_for_export(rail, 1)


async def test_our_own_money_is_moved_between_rails_once(rail: ServedRail) -> None:
    """G3: the reference is the key; another amount under it is a conflict."""

    def funding(amount_minor: int, *, to: Any = MANUAL) -> pb.RecordRailFundingRequest:
        return pb.RecordRailFundingRequest(
            request_id=str(uuid.uuid4()),
            from_rail=CONNECT,
            to_rail=to,
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
            reference="FT-1",
        )

    for _ in range(2):
        await rail.send(rail.stub.RecordRailFunding, funding(500))
    assert (await balances(rail))["platform"] == 500
    for request, reason in (
        (funding(501), "ENTRY_CONFLICT"),
        (funding(500, to=CONNECT), "RAIL_FUNDING_INVALID"),
        (
            funding(500, to=types_pb2.PAYOUT_RAIL_STRIPE_GLOBAL_PAYOUTS),
            "PAYOUT_RAIL_UNAVAILABLE",
        ),
    ):
        found = await refusal(rail.stub.RecordRailFunding, request, token=rail.operator())
        assert found.reason == reason
    assert (await balances(rail))["platform"] == 500
