"""One answer's money, from its acceptance to the bank, as each may see it."""

from __future__ import annotations

import grpc

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from tests.rpc.harness import refusal
from tests.rpc.payouts.served_rail import ServedRail

PAID = types_pb2.STATEMENT_STATE_PAID


async def _traced(
    rail: ServedRail, assignment_id: str, token: str = ""
) -> pb.GetAnswerMoneyResponse:
    found: pb.GetAnswerMoneyResponse = await rail.send(
        rail.stub.GetAnswerMoney, pb.GetAnswerMoneyRequest(assignment_id=assignment_id), token=token
    )
    return found


async def test_an_answer_is_followed_from_its_acceptance_to_the_bank(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    [answer, *_] = await rail.accept("ctr_d", 3)
    await rail.open_account("ctr_d")
    own = rail.payee("ctr_d")
    booked = await _traced(rail, answer, own)
    [entry] = booked.entries
    assert {posting.account for posting in entry.postings} == {"contractor:ctr_d:payable:USD"}
    [waiting] = booked.payments
    assert (waiting.statement_id, waiting.state) == ("", 0)
    assert waiting.pay_period_id == "pp_000001"

    period = await rail.close()
    await rail.pay(period.pay_period_id)
    [statement] = await rail.until_all("PAID")
    [paid] = (await _traced(rail, answer, own)).payments
    assert (paid.statement_id, paid.state) == (statement.statement_id, PAID)
    assert (paid.transfer_id, paid.payout_id) == (statement.transfer_id, statement.payout_id)
    assert paid.payout_id.startswith("po_")
    # Operators see every leg of it.
    [whole] = (await _traced(rail, answer)).entries
    assert sum(posting.amount_units for posting in whole.postings) == 0
    assert len(whole.postings) > 1


async def test_what_is_carried_over_is_on_the_statement_that_has_it(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    [early] = await rail.accept("ctr_d", 1)
    first = await rail.close(minimum_minor=500)
    [carried] = (await _traced(rail, early)).payments
    assert (carried.pay_period_id, carried.statement_id) == (first.pay_period_id, "")
    await rail.accept("ctr_d", 6)
    second = await rail.close(minimum_minor=500)
    [stated] = (await _traced(rail, early)).payments
    assert stated.pay_period_id == first.pay_period_id
    assert stated.statement_id.startswith(second.pay_period_id)


async def test_what_is_taken_back_is_told_beside_what_was_booked(rail: ServedRail) -> None:
    await rail.funded()
    await rail.contractors("ctr_d")
    [answer] = await rail.accept("ctr_d", 1)
    await rail.take_back([answer], contractor_id="ctr_d")
    traced = await _traced(rail, answer, rail.payee("ctr_d"))
    booked, undone = traced.entries
    assert undone.reverses_entry_id == booked.entry_id
    assert sum(posting.amount_units for entry in traced.entries for posting in entry.postings) == 0
    assert [payment.entry_id for payment in traced.payments] == [booked.entry_id, undone.entry_id]


async def test_a_vendors_answers_are_the_vendors_and_their_contractors_to_follow(
    rail: ServedRail,
) -> None:
    await rail.funded()
    await rail.vendors("org_v1", "org_v2")
    await rail.contractors("ctr_a", "ctr_b", vendor_id="org_v1")
    [answer] = await rail.accept("ctr_a", 1, vendor_id="org_v1")
    by_vendor = await _traced(rail, answer, rail.payee("org_v1"))
    assert {posting.account.split(":")[0] for posting in by_vendor.entries[0].postings} == {
        "contractor",
        "vendor",
    }
    assert (await _traced(rail, answer, rail.payee("ctr_a"))).entries
    for stranger in (rail.payee("ctr_b"), rail.payee("org_v2")):
        found = await refusal(
            rail.stub.GetAnswerMoney,
            pb.GetAnswerMoneyRequest(assignment_id=answer),
            token=stranger,
        )
        assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "ANSWER_NOT_BOOKED")
    await rail.open_account("org_v1")
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    await rail.until_all("PAID")
    [vendors] = (await _traced(rail, answer, rail.payee("org_v1"))).payments
    assert vendors.transfer_id
    assert vendors.payout_id
    # The payment is the vendor's; that it was made is its contractor's to know.
    [theirs] = (await _traced(rail, answer, rail.payee("ctr_a"))).payments
    assert (theirs.statement_id, theirs.state) == (vendors.statement_id, PAID)
    assert (theirs.transfer_id, theirs.payout_id, theirs.reason) == ("", "", "")
    # An id that begins alike is another answer's.
    longer = await refusal(
        rail.stub.GetAnswerMoney,
        pb.GetAnswerMoneyRequest(assignment_id=answer[:-1] or "x"),
        token=rail.operator(),
    )
    assert longer.reason == "ANSWER_NOT_BOOKED"
