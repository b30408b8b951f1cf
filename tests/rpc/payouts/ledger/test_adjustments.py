"""Corrections by two persons: proposed by one operator, confirmed by another, booked once."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.payouts.v1 import adjustments_pb2 as adjusting
from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.grpc_errors import RemoteError
from services.payouts.domain.ledger.flows import accrual_key
from services.payouts.domain.ledger.money import units_of
from services.payouts.store.ledger.adjustments import ADJUSTMENTS
from tests.rpc.harness import Refusal, refusal
from tests.rpc.payouts.answers.test_contractor_money import minor
from tests.rpc.payouts.served_rail import CLIENT, ServedRail
from tests.rpc.payouts.statements.test_statement_documents import PDF, paper, text_of

STATES = adjusting.AdjustmentState
DIRECT = "contractor:ctr_d:payable:USD"
VIA = "contractor:ctr_a:via:org_v1:payable:USD"
COMMISSION = "vendor:org_v1:commission:USD"
ABSORBED = "platform:absorbed:USD"
AVAILABLE = f"client:{CLIENT}:available:USD"
REASON = "two answers of 3 March were paid at the old rate"


def ada(rail: ServedRail) -> str:
    return rail.rpc.mint.token("OPERATOR", subject_id="per_ada")


def bob(rail: ServedRail) -> str:
    return rail.rpc.mint.token("OPERATOR", subject_id="per_bob")


def proposing(
    postings: dict[str, int] | None = None, **changes: Any
) -> adjusting.ProposeAdjustmentRequest:
    wanted = {"request_id": str(uuid.uuid4()), "reason": REASON, **changes}
    return adjusting.ProposeAdjustmentRequest(
        postings=[
            adjusting.ProposedPosting(account=account, amount_units=amount_units)
            for account, amount_units in (postings or {}).items()
        ],
        **wanted,
    )


async def propose(
    rail: ServedRail, postings: dict[str, int] | None = None, **changes: Any
) -> adjusting.Adjustment:
    request = proposing(postings, **changes)
    answer = await rail.send(rail.stub.ProposeAdjustment, request, token=ada(rail))
    proposal: adjusting.Adjustment = answer.adjustment
    return proposal


def confirming(proposal: adjusting.Adjustment) -> adjusting.ConfirmAdjustmentRequest:
    return adjusting.ConfirmAdjustmentRequest(
        request_id=str(uuid.uuid4()), adjustment_id=proposal.adjustment_id
    )


async def confirm(rail: ServedRail, proposal: adjusting.Adjustment) -> adjusting.Adjustment:
    answer = await rail.send(rail.stub.ConfirmAdjustment, confirming(proposal), token=bob(rail))
    done: adjusting.Adjustment = answer.adjustment
    return done


async def journal(rail: ServedRail) -> dict[str, types_pb2.Entry]:
    answer = await rail.send(rail.stub.ListEntries, pb.ListEntriesRequest(page_size=1000))
    return {entry.entry_id: entry for entry in answer.entries}


async def balance(rail: ServedRail, account: str) -> int:
    return (await rail.parts.ledger.store.balances([account])).get(account, 0)


async def refused(rail: ServedRail, method: Any, request: Any, *, token: str = "") -> Refusal:
    return await refusal(method, request, token=token or ada(rail))


async def working(rail: ServedRail) -> None:
    await rail.funded()
    await rail.vendors("org_v1")
    await rail.contractors("ctr_d")
    await rail.contractors("ctr_a", vendor_id="org_v1")
    await rail.accept("ctr_d", 5)
    await rail.accept("ctr_a", 3, vendor_id="org_v1")


async def test_whoever_proposes_may_not_confirm(rail: ServedRail) -> None:
    """Two persons: nothing is booked before another operator has agreed, and then once."""
    await working(rail)
    gift = {ABSORBED: units_of(200), DIRECT: -units_of(200)}
    proposal = await propose(rail, gift, document="letter 7")
    before = await journal(rail)
    found = await refused(rail, rail.stub.ConfirmAdjustment, confirming(proposal))
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SECOND_PERSON_NEEDED",
    )
    assert "another operator" in found.message
    assert await journal(rail) == before
    # Two at once, and one more later: one entry.
    done = await asyncio.gather(*(confirm(rail, proposal) for _ in range(8)))
    done.append(await confirm(rail, proposal))
    assert {(one.state, one.entry_id, one.resolved_by) for one in done} == {
        (STATES.ADJUSTMENT_STATE_CONFIRMED, done[0].entry_id, "per_bob")
    }
    after = await journal(rail)
    assert after.keys() - before.keys() == {done[0].entry_id}
    entry = after[done[0].entry_id]
    assert (entry.kind, entry.reason) == ("pay_adjustment", REASON)
    assert (entry.approval.proposed_by, entry.approval.confirmed_by, entry.approval.document) == (
        "per_ada",
        "per_bob",
        "letter 7",
    )
    assert await balance(rail, DIRECT) == -units_of(500 + 200)
    late = adjusting.DeclineAdjustmentRequest(
        request_id=str(uuid.uuid4()), adjustment_id=proposal.adjustment_id, reason="no"
    )
    assert (await refused(rail, rail.stub.DeclineAdjustment, late)).reason == "ADJUSTMENT_RESOLVED"


async def test_a_request_proposes_once_and_a_declined_proposal_is_never_booked(
    rail: ServedRail,
) -> None:
    await working(rail)
    gift = {ABSORBED: units_of(200), DIRECT: -units_of(200)}
    request = proposing(gift)
    first, second = await asyncio.gather(
        *(rail.send(rail.stub.ProposeAdjustment, request, token=t) for t in (ada(rail), bob(rail)))
    )
    assert first.adjustment.adjustment_id == second.adjustment.adjustment_id
    other = proposing({ABSORBED: 1, DIRECT: -1}, request_id=request.request_id)
    token = rail.rpc.mint.token("OPERATOR", subject_id="per_cyd")
    found = await refused(rail, rail.stub.ProposeAdjustment, other, token=token)
    assert (found.reason, found.metadata["field"]) == ("ADJUSTMENT_INVALID", "request_id")
    # Whoever proposed it may take it back.
    decline = adjusting.DeclineAdjustmentRequest(
        request_id=str(uuid.uuid4()),
        adjustment_id=first.adjustment.adjustment_id,
        reason="the rate was right",
    )
    declined = await rail.send(rail.stub.DeclineAdjustment, decline, token=ada(rail))
    assert declined.adjustment.declined_because == "the rate was right"
    found = await refused(
        rail, rail.stub.ConfirmAdjustment, confirming(first.adjustment), token=bob(rail)
    )
    assert found.reason == "ADJUSTMENT_RESOLVED"
    # One that nobody looked at is over in time.
    waiting = await propose(rail, gift)
    await rail.rpc.database.collection(ADJUSTMENTS).update_one(
        {"_id": waiting.adjustment_id}, {"$set": {"expires_at": rail.rpc.clock()}}
    )
    found = await refused(rail, rail.stub.ConfirmAdjustment, confirming(waiting), token=bob(rail))
    assert found.reason == "ADJUSTMENT_RESOLVED"
    listed = {
        state: [
            one.adjustment_id
            for one in (
                await rail.send(
                    rail.stub.ListAdjustments,
                    adjusting.ListAdjustmentsRequest(
                        state=STATES.Value(f"ADJUSTMENT_STATE_{state}")
                    ),
                )
            ).adjustments
        ]
        for state in ("PROPOSED", "DECLINED", "EXPIRED", "CONFIRMED")
    }
    assert listed == {
        "PROPOSED": [],
        "DECLINED": [first.adjustment.adjustment_id],
        "EXPIRED": [waiting.adjustment_id],
        "CONFIRMED": [],
    }
    assert await balance(rail, DIRECT) == -units_of(500)


async def test_what_is_adjusted_is_a_line_of_the_next_statement_with_its_reason(
    rail: ServedRail,
) -> None:
    """G17: given and taken, directly and through a vendor; the books hold, and it is paid."""
    await working(rail)
    await confirm(rail, await propose(rail, {ABSORBED: units_of(200), DIRECT: -units_of(200)}))
    taken = await propose(
        rail,
        {VIA: units_of(50) + 1_234, COMMISSION: -units_of(5), AVAILABLE: -units_of(45) - 1_234},
        reason="an answer was paid twice",
    )
    await confirm(rail, taken)
    for payee_id in ("ctr_d", "org_v1"):
        await rail.open_account(payee_id)
    await rail.close()
    await rail.pay((await rail.statements())[0].pay_period_id)
    statements = {one.payee_id: one for one in await rail.until_all("PAID")}
    assert {payee: one.total_minor for payee, one in statements.items()} == {
        "ctr_d": 700,
        # 300 and a tenth of it as commission, less 50.1234, and 5 more: rounded down.
        "org_v1": 284,
    }

    async def lines(payee_id: str, token: str = "") -> list[tuple[str, str, int, list[str]]]:
        request = pb.GetStatementRequest(statement_id=statements[payee_id].statement_id)
        found = (await rail.send(rail.stub.GetStatement, request, token=token)).statement
        return [
            (one.kind, one.contractor_id, one.amount_units, list(one.reasons))
            for one in found.lines
        ]

    assert ("adjustment", "ctr_d", units_of(200), [REASON]) in await lines("ctr_d")
    of_vendor = await lines("org_v1")
    taken_line = ("adjustment", "ctr_a", -units_of(50) - 1_234, ["an answer was paid twice"])
    assert taken_line in of_vendor
    assert ("adjustment", "", units_of(5), ["an answer was paid twice"]) in of_vendor
    assert taken_line in await lines("org_v1", rail.payee("ctr_a"))
    document = await paper(rail, statements["ctr_d"].statement_id, token=rail.payee("ctr_d"))
    [told] = json.loads(document.content)["adjustments"]
    assert (told["pay_units"], told["reason"]) == (units_of(200), REASON)
    assert "confirmed_by" not in told
    # Of what was corrected of both, the contractor sees no commission.
    own = await paper(rail, statements["org_v1"].statement_id, token=rail.payee("ctr_a"))
    [told] = json.loads(own.content)["adjustments"]
    assert (told["pay_units"], told["commission_units"]) == (-units_of(50) - 1_234, 0)
    printed = await paper(rail, statements["ctr_d"].statement_id, PDF, token=rail.payee("ctr_d"))
    assert "Adjustments, and why" in text_of(printed.content)
    # All of a person's money is explained.
    for contractor_id in ("ctr_d", "ctr_a"):
        money = await rail.send(
            rail.stub.GetContractorMoney,
            pb.GetContractorMoneyRequest(contractor_id=contractor_id),
        )
        assert [minor(one.unexplained) for one in money.sums] == [0]
    await rail.check_books()
    while await rail.parts.ledger.audit.turn():
        pass
    assert await rail.parts.ledger.audit.report() == []


async def test_no_more_is_taken_than_is_there(rail: ServedRail) -> None:
    """G5: a correction makes nobody's account negative; what is not enough books nothing."""
    await working(rail)
    proposals = [
        await propose(rail, {DIRECT: units_of(300), AVAILABLE: -units_of(300)}) for _ in range(3)
    ]
    outcomes = await asyncio.gather(
        *(confirm(rail, one) for one in proposals), return_exceptions=True
    )
    failures = [one for one in outcomes if isinstance(one, RemoteError)]
    assert [one.reason for one in failures] == ["INSUFFICIENT_FUNDS"] * 2
    assert await balance(rail, DIRECT) == -units_of(200)


async def test_an_entry_is_reversed_once_by_whomever(rail: ServedRail) -> None:
    """G2: by hand or by a rejection, whichever comes first; never twice."""
    await rail.funded()
    await rail.contractors("ctr_d")
    by_hand, rejected, both = await rail.accept("ctr_d", 3)
    key = {name: accrual_key(assignment_id=name, revision=1) for name in (by_hand, rejected, both)}
    available = await balance(rail, AVAILABLE)
    proposal = await propose(rail, reverses_entry_id=key[by_hand])
    assert {one.account: one.amount_units for one in proposal.postings}[DIRECT] == units_of(100)
    again = await propose(rail, reverses_entry_id=key[by_hand])
    done = await confirm(rail, proposal)
    assert done.entry_id == f"reversal:{key[by_hand]}"
    found = await refused(rail, rail.stub.ConfirmAdjustment, confirming(again), token=bob(rail))
    assert (found.reason, "by hand" in found.message) == ("ENTRY_REVERSED", True)
    assert await balance(rail, DIRECT) == -units_of(200)
    # The answer is rejected after that: it was taken back already.
    await rail.take_back([by_hand], contractor_id="ctr_d")
    assert await balance(rail, DIRECT) == -units_of(200)
    waiting = await propose(rail, reverses_entry_id=key[rejected])
    await rail.take_back([rejected], contractor_id="ctr_d")
    found = await refused(rail, rail.stub.ConfirmAdjustment, confirming(waiting), token=bob(rail))
    assert (found.reason, "by the platform" in found.message) == ("ENTRY_REVERSED", True)
    # Both at once.
    last = await propose(rail, reverses_entry_id=key[both])
    await asyncio.gather(
        confirm(rail, last), rail.take_back([both], contractor_id="ctr_d"), return_exceptions=True
    )
    assert await balance(rail, DIRECT) == 0
    assert await balance(rail, AVAILABLE) == available
    cost = await rail.send(rail.stub.GetProjectCost, pb.GetProjectCostRequest(project_id="prj_1"))
    assert (cost.spent_units, cost.answers_paid) == (0, 0)
    # A correction can be reversed like anything else, and its reversal cannot.
    gift = await confirm(rail, await propose(rail, {ABSORBED: 500, DIRECT: -500}))
    undone = await confirm(rail, await propose(rail, reverses_entry_id=gift.entry_id))
    assert (await journal(rail))[undone.entry_id].kind == "pay_reversal"
    assert await balance(rail, DIRECT) == 0
    found = await refused(
        rail, rail.stub.ProposeAdjustment, proposing(reverses_entry_id=undone.entry_id)
    )
    assert found.reason == "ENTRY_NOT_REVERSIBLE"


async def test_what_left_or_is_frozen_is_not_reversed_by_hand(rail: ServedRail) -> None:
    await working(rail)
    await rail.open_account("ctr_d")
    start = rail.rpc.clock()
    then = Timestamp()
    then.FromDatetime(start - timedelta(seconds=1))
    open_then = await propose(rail, {ABSORBED: 1, DIRECT: -1}, effective_time=then)
    period = await rail.close()
    await rail.pay(period.pay_period_id)
    by_kind = {entry.kind: name for name, entry in (await journal(rail)).items()}
    for kind, words in (
        ("statement_close", "frozen statement"),
        ("transfer_sent", "way back"),
        ("client_deposit", "reported it"),
        ("project_hold", "project's own book"),
    ):
        request = proposing(reverses_entry_id=by_kind[kind])
        found = await refused(rail, rail.stub.ProposeAdjustment, request)
        assert (found.code, found.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "ENTRY_NOT_REVERSIBLE",
        )
        assert words in found.message
    # Nor does anything count from a time whose period is sealed.
    early = proposing({ABSORBED: 1, DIRECT: -1}, effective_time=then)
    late = confirming(open_then)
    for found in (
        await refused(rail, rail.stub.ProposeAdjustment, early),
        await refused(rail, rail.stub.ConfirmAdjustment, late, token=bob(rail)),
    ):
        assert (found.reason, found.metadata["field"]) == ("PERIOD_SEALED", "effective_time")
    assert await balance(rail, DIRECT) == 0


async def test_what_cannot_be_booked_is_not_proposed(rail: ServedRail) -> None:
    await rail.contractors("ctr_d")
    held = f"client:{CLIENT}:project:prj_1:held:USD"
    frozen = "statement:pp_000001.contractor.ctr_d.USD:USD"
    cases: list[tuple[dict[str, int], str]] = [
        ({ABSORBED: 2, DIRECT: -1}, "ENTRY_UNBALANCED"),
        ({ABSORBED: 1, "platform:fees:EUR": -1}, "ENTRY_UNBALANCED"),
        ({ABSORBED: 1}, "ADJUSTMENT_INVALID"),
        ({}, "ADJUSTMENT_INVALID"),
        # Two payees have two statements.
        ({DIRECT: 1, COMMISSION: -1}, "ADJUSTMENT_INVALID"),
        ({DIRECT: 1, VIA: -1}, "ADJUSTMENT_INVALID"),
        ({ABSORBED: 1, "contractor:ctr_x:payable:USD": -1}, "ACCOUNT_NOT_FOUND"),
        ({ABSORBED: 1, "client:org_x:available:USD": -1}, "ACCOUNT_NOT_FOUND"),
        ({ABSORBED: 1, "nobody:USD": -1}, "ACCOUNT_INVALID"),
        ({"rail:stripe:platform:USD": 1, AVAILABLE: -1}, "ACCOUNT_NOT_ADJUSTABLE"),
        ({held: 1, AVAILABLE: -1}, "ACCOUNT_NOT_ADJUSTABLE"),
        ({frozen: 1, DIRECT: -1}, "ACCOUNT_NOT_ADJUSTABLE"),
    ]
    for postings, reason in cases:
        found = await refused(rail, rail.stub.ProposeAdjustment, proposing(postings))
        assert found.reason == reason, postings
    late = proposing({ABSORBED: 1, DIRECT: -1})
    late.effective_time.FromDatetime(rail.rpc.clock() + timedelta(days=1))
    found = await refused(rail, rail.stub.ProposeAdjustment, late)
    assert (found.reason, found.metadata["field"]) == ("ADJUSTMENT_INVALID", "effective_time")
    missing = proposing(reverses_entry_id="accrual:asn_x:1")
    assert (await refused(rail, rail.stub.ProposeAdjustment, missing)).reason == "ENTRY_NOT_FOUND"
