"""Bank transfers: announced by clients, recorded and confirmed by operators, booked once."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError
from services.chassis.grpc_errors import RemoteError
from services.payouts.domain.funding.bank_transfers import normal_code, rail_id_of, transfer_code
from tests.rpc.harness import RpcHarness
from tests.rpc.payouts.served_ledger import start_ledger
from tests.rpc.payouts.served_rail import CLIENT, ServedRail

CONFIRMED = types_pb2.BANK_TRANSFER_STATE_CONFIRMED
FACTS: dict[str, Any] = {
    "value_date": "2026-03-02",
    "bank_reference": "NTRF 2026/0302-77",
    "sender": "Ada Ltd",
}


def client(rail: ServedRail, organisation_id: str = CLIENT) -> str:
    return rail.rpc.mint.token("CLIENT", organisation_id=organisation_id)


def money(amount_minor: int, currency: str = "USD") -> common_pb2.Money:
    return common_pb2.Money(amount_minor=amount_minor, currency=currency)


async def record(
    rail: ServedRail, amount_minor: int = 250_000, **changes: Any
) -> types_pb2.BankTransfer:
    wanted = {"client_id": CLIENT, **FACTS, **changes}
    request = pb.RecordBankTransferRequest(
        request_id=str(uuid.uuid4()), amount=money(amount_minor), **wanted
    )
    answer = await rail.send(rail.stub.RecordBankTransfer, request)
    transfer: types_pb2.BankTransfer = answer.bank_transfer
    return transfer


async def confirm(rail: ServedRail, transfer_id: str) -> types_pb2.BankTransfer:
    request = pb.ConfirmBankTransferRequest(
        request_id=str(uuid.uuid4()), bank_transfer_id=transfer_id
    )
    another = rail.rpc.mint.token("OPERATOR", subject_id="per_another")
    answer = await rail.send(rail.stub.ConfirmBankTransfer, request, token=another)
    transfer: types_pb2.BankTransfer = answer.bank_transfer
    return transfer


async def available(rail: ServedRail) -> list[tuple[int, str]]:
    found = await rail.send(rail.stub.GetFunds, pb.GetFundsRequest(), token=client(rail))
    return [(one.amount_minor, one.currency) for one in found.available]


async def refusal_of(call: Any) -> str:
    with pytest.raises(RemoteError) as refusal:
        await call
    return refusal.value.reason


async def test_a_transfer_counts_when_it_was_looked_at_twice(rail: ServedRail) -> None:
    """G3: once under the bank's reference, however often it is recorded and confirmed."""
    recorded = await record(rail)
    assert await available(rail) == []
    # The same again, as somebody else types it, is the same transfer.
    again = await record(rail, bank_reference="ntrf  2026/0302-77")
    assert again.bank_transfer_id == recorded.bank_transfer_id
    done = await asyncio.gather(*(confirm(rail, recorded.bank_transfer_id) for _ in range(4)))
    assert {one.state for one in done} == {CONFIRMED}
    assert await available(rail) == [(250_000, "USD")]
    after = await record(rail)
    assert (after.state, await available(rail)) == (CONFIRMED, [(250_000, "USD")])
    assert done[0].recorded_by
    assert done[0].confirmed_by


async def test_whoever_recorded_a_transfer_may_not_confirm_it(rail: ServedRail) -> None:
    """Two persons: the second look is another's."""
    recorded = await record(rail)
    own = pb.ConfirmBankTransferRequest(
        request_id=str(uuid.uuid4()), bank_transfer_id=recorded.bank_transfer_id
    )
    reason = await refusal_of(rail.send(rail.stub.ConfirmBankTransfer, own))
    assert reason == "SECOND_PERSON_NEEDED"
    assert await available(rail) == []
    done = await confirm(rail, recorded.bank_transfer_id)
    assert (done.recorded_by, done.confirmed_by) == ("per_operator", "per_another")
    assert await available(rail) == [(250_000, "USD")]


async def test_who_runs_the_platform_alone_confirms_what_they_recorded(rpc: RpcHarness) -> None:
    alone = await start_ledger(rpc, two_persons=False)
    operator = alone.token("OPERATOR")
    request = pb.RecordBankTransferRequest(
        request_id=str(uuid.uuid4()), amount=money(700), client_id=CLIENT, **FACTS
    )
    made = await alone.send(alone.stub.RecordBankTransfer, request, token=operator)
    confirming = pb.ConfirmBankTransferRequest(
        request_id=str(uuid.uuid4()), bank_transfer_id=made.bank_transfer.bank_transfer_id
    )
    done = await alone.send(alone.stub.ConfirmBankTransfer, confirming, token=operator)
    assert done.bank_transfer.state == CONFIRMED


async def test_a_reference_stands_for_one_transfer(rail: ServedRail) -> None:
    transfer = await record(rail)
    for changes in (
        {"amount_minor": 250_001},
        {"client_id": "org_other"},
        {"value_date": "2026-03-01"},
        {"sender": "Eve Ltd"},
    ):
        assert await refusal_of(record(rail, **changes)) == "BANK_REFERENCE_USED"
    early = record(rail, bank_reference="N2", value_date="2999-01-01")
    assert await refusal_of(early) == "BANK_TRANSFER_INVALID"
    reject = pb.RejectBankTransferRequest(
        request_id=str(uuid.uuid4()),
        bank_transfer_id=transfer.bank_transfer_id,
        reason="a salary of ours",
    )
    await rail.send(rail.stub.RejectBankTransfer, reject)
    late = confirm(rail, transfer.bank_transfer_id)
    assert await refusal_of(late) == "BANK_TRANSFER_STATE_INVALID"
    assert await refusal_of(record(rail)) == "BANK_REFERENCE_USED"
    assert await available(rail) == []


async def test_a_code_or_an_announcement_says_whose_it_is(rail: ServedRail) -> None:
    async def code_of(token: str) -> str:
        request = pb.CreateTransferReferenceRequest(request_id=str(uuid.uuid4()))
        answer = await rail.send(rail.stub.CreateTransferReference, request, token=token)
        return str(answer.code)

    code = await code_of(client(rail))
    assert await code_of(client(rail)) == code
    other = await code_of(client(rail, "org_other"))
    assert other != code
    by_code = await record(rail, client_id="", transfer_reference=code.lower().replace("-", " "))
    assert by_code.client_id == CLIENT
    mistyped = code[:-1] + ("2" if code[-1] != "2" else "3")
    wrong = record(rail, client_id="", transfer_reference=mistyped, bank_reference="N2")
    assert await refusal_of(wrong) == "TRANSFER_REFERENCE_NOT_FOUND"
    torn = record(rail, transfer_reference=other, bank_reference="N2")
    assert await refusal_of(torn) == "BANK_TRANSFER_INVALID"

    announce = pb.AnnounceBankTransferRequest(
        request_id=str(uuid.uuid4()), amount=money(90_000), sender="Ada Ltd"
    )
    answer = await rail.send(rail.stub.AnnounceBankTransfer, announce, token=client(rail))
    announced = answer.bank_transfer.bank_transfer_id
    # The bank took its price of it: what the bank states is what counts.
    arrived = await record(
        rail, 88_500, client_id="", bank_transfer_id=announced, bank_reference="N3"
    )
    assert arrived.bank_transfer_id == announced
    await confirm(rail, announced)
    assert await available(rail) == [(88_500, "USD")]
    listed = await rail.send(
        rail.stub.ListBankTransfers, pb.ListBankTransfersRequest(), token=client(rail)
    )
    assert [one.bank_transfer_id for one in listed.bank_transfers] == [
        announced,
        by_code.bank_transfer_id,
    ]
    assert {one.recorded_by for one in listed.bank_transfers} == {""}
    hidden = rail.send(
        rail.stub.GetBankTransfer,
        pb.GetBankTransferRequest(bank_transfer_id=announced),
        token=client(rail, "org_other"),
    )
    assert await refusal_of(hidden) == "BANK_TRANSFER_NOT_FOUND"


async def test_the_bank_is_a_rail_of_its_own_in_reconciliation(rail: ServedRail) -> None:
    """G14: money in the bank is never taken for money at the provider."""
    assert (await rail.deposit(7_000)).status == "succeeded"
    await confirm(rail, (await record(rail)).bank_transfer_id)
    await rail.check_books()
    answer = await rail.send(rail.stub.GetReconciliation, pb.GetReconciliationRequest())
    assert [
        (line.rail, line.ledger_platform_minor, line.has_provider) for line in answer.lines
    ] == [("stripe", 7_000, True), ("bank", 250_000, False)]
    assert await available(rail) == [(257_000, "USD")]


def test_codes_tell_typing_errors() -> None:
    code = transfer_code(123_456_789_012)
    body = code.replace("-", "")
    assert normal_code(f" {body.lower()} ") == code
    for place in range(3, len(body)):
        for letter in "2Z":
            wrong = body[:place] + letter + body[place + 1 :]
            if wrong != body:
                with pytest.raises(DomainError):
                    normal_code(wrong)
        swapped = body[: place - 1] + body[place] + body[place - 1] + body[place + 1 :]
        if swapped != body:
            with pytest.raises(DomainError):
                normal_code(swapped)


def test_references_stay_different_as_keys() -> None:
    texts = ["A B", "A_B", "A/B", "A-B", "A.B", "A_20B", "AB"]
    keys = {rail_id_of(text) for text in texts}
    assert len(keys) == len(texts)


async def test_a_reference_of_many_blanks_is_booked_all_the_same(rail: ServedRail) -> None:
    """As long as references may be, and nearly all of it what keys cannot have."""
    longest = "A" + " /" * 49 + "Z"
    recorded = await record(rail, bank_reference=longest)
    assert (await confirm(rail, recorded.bank_transfer_id)).state == CONFIRMED
    assert await available(rail) == [(250_000, "USD")]
    others = [longest, longest[:-1] + "Y", longest[:-1]]
    assert len({rail_id_of(text) for text in others}) == len(others)
