"""Vendors' scorecards: sums over contractors and projects, for the vendor and for operators."""

from __future__ import annotations

import pytest

from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from services.quality.domain.accuracy import wilson
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import CHOICE, TEXT, answers_submitted, submitted
from tests.rpc.quality.served import REJECTED, ServedQuality


async def _cards(quality: ServedQuality, token: str) -> dict[int, types_pb2.VendorScorecard]:
    response = await quality.send(
        quality.stub.GetVendorScorecard,
        pb.GetVendorScorecardRequest(vendor_id="org_vendor"),
        token=token,
    )
    return {card.kind: card for card in response.scorecards}


async def test_a_scorecard_sums_up_a_vendors_contractors_by_kind(quality: ServedQuality) -> None:
    await quality.create("prj_1")
    await quality.create("prj_2")
    await quality.create("prj_3", kind=TEXT)
    known = [
        submitted(f"g{n}", who, "no" if (who, n) == ("b", 0) else "yes", overlap=2, gold="yes")
        for n in range(10)
        for who in ("a", "b")
    ]
    await quality.submit(answers_submitted(*known))
    foreign = submitted("f", "x", "yes", overlap=1, gold="yes", organisation_id="org_other")
    again = submitted("h", "a", "yes", overlap=1)
    await quality.submit(
        answers_submitted(foreign),
        answers_submitted(again, project_id="prj_2", review_share=1.0),
        answers_submitted(
            submitted("w", "a", "some words", overlap=1), project_id="prj_3", kind=TEXT
        ),
    )
    await quality.decide(("h:a", REJECTED))
    vendor = quality.rpc.mint.token("VENDOR", organisation_id="org_vendor")
    cards = await _cards(quality, vendor)
    assert cards == await _cards(quality, quality.operator)
    choice, text = cards[CHOICE], cards[TEXT]
    assert (choice.contractors, choice.answers, text.contractors, text.answers) == (2, 21, 1, 1)
    assert choice.gold_accuracy.value == pytest.approx(19 / 20)
    low, high = wilson(19, 20)
    assert (choice.gold_accuracy.low, choice.gold_accuracy.high) == pytest.approx((low, high))
    assert choice.acceptance.weight == 21
    assert choice.acceptance.value == pytest.approx(20 / 21)
    assert not choice.HasField("appeals_upheld")
    assert not text.HasField("gold_accuracy")
    # An appeal that is upheld counts for the vendor, and so does the answer.
    await quality.send(
        quality.stub.FileAppeal,
        pb.FileAppealRequest(assignment_id="h:a", statement="it is"),
        token=vendor,
    )
    [appeal] = (
        await quality.send(
            quality.stub.ListAppeals, pb.ListAppealsRequest(), token=quality.operator
        )
    ).appeals
    await quality.send(
        quality.stub.DecideAppeals,
        pb.DecideAppealsRequest(
            decisions=[
                pb.AppealDecision(
                    appeal_id=appeal.appeal_id, state=types_pb2.APPEAL_STATE_UPHELD, note="it is"
                )
            ]
        ),
        token=quality.operator,
    )
    choice = (await _cards(quality, vendor))[CHOICE]
    assert (choice.appeals_upheld.value, choice.appeals_upheld.weight) == (1.0, 1.0)
    assert choice.acceptance.value == 1.0


async def test_nobody_sees_anothers_scorecard(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1)))
    other = quality.rpc.mint.token("VENDOR", organisation_id="org_other")
    for token, vendor_id in ((other, "org_vendor"), (quality.operator, "org_nobody")):
        refused = await refusal(
            quality.stub.GetVendorScorecard,
            pb.GetVendorScorecardRequest(vendor_id=vendor_id),
            token=token,
        )
        assert refused.reason == "VENDOR_NOT_FOUND"
    response = await quality.send(
        quality.stub.GetVendorScorecard,
        pb.GetVendorScorecardRequest(vendor_id="org_other"),
        token=other,
    )
    assert list(response.scorecards) == []
