"""People decide what machines left to them: once, on their own projects, with a reason."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import grpc
import pytest

from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.chassis.timestamps import timestamp
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import NOON, TEXT, answers_submitted, submitted
from tests.rpc.quality.served import ACCEPTED, REJECTED, ServedQuality, review

ANSWERS = [f"t{number}:a" for number in range(5)]


@pytest.fixture
async def reviews(quality: ServedQuality) -> ServedQuality:
    """Five answers that wait for a person, and one of another client's project."""
    await quality.create()
    await quality.create("prj_2", client_id="org_stranger")
    for number in range(5):
        answer = submitted(f"t{number}", "a", "yes", overlap=1)
        await quality.submit(answers_submitted(answer, review_share=1.0))
    foreign = submitted("f", "a", "yes", overlap=1)
    await quality.submit(answers_submitted(foreign, project_id="prj_2", review_share=1.0))
    return quality


async def test_what_waits_is_listed_oldest_first_without_naming_the_contractor(
    reviews: ServedQuality,
) -> None:
    seen, token = [], ""
    for _ in range(5):
        page = await reviews.send(
            reviews.stub.ListReviews,
            pb.ListReviewsRequest(project_id="prj_1", page_size=2, page_token=token),
        )
        seen += list(page.answers)
        token = page.next_page_token
        if not token:
            break
    assert [answer.assignment_id for answer in seen] == ANSWERS
    first = seen[0]
    # The client judges blind.
    assert (first.task_id, first.value, first.consensus_label) == ("t0", "yes", "")
    assert (first.reason, first.revision) == ("SAMPLED", 1)
    assert first.evidence == {}
    shown = await reviews.send(
        reviews.stub.ListReviews,
        pb.ListReviewsRequest(project_id="prj_1"),
        token=reviews.operator,
    )
    assert shown.answers[0].consensus_label == "yes"
    assert shown.answers[0].evidence["review_share"] == "1.0"
    assert first.contractor_pseudonym.startswith("anon_")
    assert {answer.contractor_pseudonym for answer in seen} == {first.contractor_pseudonym}
    (foreign,) = (
        await reviews.send(
            reviews.stub.ListReviews,
            pb.ListReviewsRequest(project_id="prj_2"),
            token=reviews.operator,
        )
    ).answers
    assert foreign.contractor_pseudonym != first.contractor_pseudonym


async def test_a_decision_is_told_once_and_counted(reviews: ServedQuality) -> None:
    found = await reviews.decide(("t0:a", ACCEPTED), ("t1:a", REJECTED))
    assert [(one.assignment_id, one.decision, one.revision) for one in found] == [
        ("t0:a", ACCEPTED, 2),
        ("t1:a", REJECTED, 2),
    ]
    assert [answer.assignment_id for answer in await reviews.waiting()] == ANSWERS[2:]
    counts = await reviews.counts()
    assert (counts.answers_accepted, counts.answers_rejected, counts.answers_in_review) == (1, 1, 3)
    told = await _told(reviews)
    assert [(a.assignment_id, a.decision, a.reason) for a in told] == [
        ("t0:a", ACCEPTED, "REVIEWED"),
        ("t1:a", REJECTED, "REVIEWED"),
    ]
    assert {(a.contractor_id, a.organisation_id, a.task_id[0]) for a in told} == {
        ("a", "org_vendor", "t")
    }


async def test_the_same_again_is_answered_alike_and_changes_nothing(reviews: ServedQuality) -> None:
    first = await reviews.decide(("t0:a", REJECTED))
    before = await reviews.rpc.contents()
    assert await reviews.decide(("t0:a", REJECTED)) == first
    assert await reviews.decide(("t0:a", REJECTED), ("t0:a", REJECTED)) == [*first, *first]
    assert await reviews.rpc.contents() == before


async def test_what_is_decided_stays_so(reviews: ServedQuality) -> None:
    await reviews.decide(("t0:a", REJECTED))
    before = await reviews.rpc.contents()
    (found,) = await reviews.decide(("t0:a", ACCEPTED))
    assert (found.error.reason, dict(found.error.metadata)) == (
        "DECISION_FINAL",
        {"assignment_id": "t0:a", "state": "rejected"},
    )
    assert await reviews.rpc.contents() == before


async def test_both_ways_at_once_has_one_winner(reviews: ServedQuality) -> None:
    found = await asyncio.gather(
        *(reviews.decide(("t0:a", way)) for way in (ACCEPTED, REJECTED) for _ in range(5))
    )
    outcomes = [one for (one,) in found]
    winners = {one.decision for one in outcomes if not one.error.reason}
    assert len(winners) == 1
    assert sum(one.error.reason == "DECISION_FINAL" for one in outcomes) == 5
    assert len(await _told(reviews)) == 1


async def test_in_one_request_the_first_of_two_ways_counts(reviews: ServedQuality) -> None:
    first, second = await reviews.decide(("t0:a", ACCEPTED), ("t0:a", REJECTED))
    assert first.decision == ACCEPTED
    assert second.error.reason == "DECISION_FINAL"
    assert len(await _told(reviews)) == 1


async def test_bad_decisions_are_told_one_by_one_and_the_good_ones_made(
    reviews: ServedQuality,
) -> None:
    found = await reviews.decide(
        ("t0:a", ACCEPTED), ("nobody's", ACCEPTED), ("f:a", ACCEPTED), ("t1:a", REJECTED)
    )
    assert [one.error.reason for one in found] == ["", "ANSWER_NOT_FOUND", "ANSWER_NOT_FOUND", ""]
    assert [one.assignment_id for one in found] == ["t0:a", "nobody's", "f:a", "t1:a"]
    assert len(await _told(reviews)) == 2
    (left,) = await reviews.decide(("f:a", ACCEPTED), token=reviews.stranger)
    assert left.decision == ACCEPTED


async def test_an_answer_that_was_never_in_review_is_final(reviews: ServedQuality) -> None:
    await reviews.submit(answers_submitted(submitted("done", "a", "yes", overlap=1)))
    before = await reviews.rpc.contents()
    agreed, refused = await reviews.decide(("done:a", ACCEPTED), ("done:a", REJECTED))
    assert (agreed.decision, agreed.revision) == (ACCEPTED, 1)
    assert refused.error.reason == "DECISION_FINAL"
    assert await reviews.rpc.contents() == before


async def test_a_decision_says_why(reviews: ServedQuality) -> None:
    request = review(("t0:a", REJECTED), ("t1:a", REJECTED))
    request.decisions[0].reason = "   "
    response = await reviews.send(reviews.stub.DecideReviews, request)
    assert [one.error.reason for one in response.results] == ["REASON_MISSING", ""]
    assert response.results[0].error.field == "reason"


async def test_nobody_decides_about_their_own_answer(reviews: ServedQuality) -> None:
    token = reviews.rpc.mint.token("CLIENT", subject_id="a")
    (found,) = await reviews.decide(("t0:a", ACCEPTED), token=token)
    assert found.error.reason == "OWN_ANSWER"
    assert len(await reviews.waiting()) == 5


async def test_strangers_see_nothing_and_decide_nothing(reviews: ServedQuality) -> None:
    before = await reviews.rpc.contents()
    found = await refusal(
        reviews.stub.ListReviews, pb.ListReviewsRequest(project_id="prj_1"), token=reviews.stranger
    )
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    results = await reviews.decide(("t0:a", ACCEPTED), token=reviews.stranger)
    assert [one.error.reason for one in results] == ["ANSWER_NOT_FOUND"]
    assert await reviews.rpc.contents() == before


async def _told(reviews: ServedQuality) -> list[events_pb2.DecidedAnswer]:
    """Second decisions, as they were told."""
    events = await reviews.rpc.events(events_pb2.AnswersDecided)
    return [answer for event in events for answer in event.answers if answer.revision == 2]


async def test_every_decision_tells_what_time_the_answer_took(reviews: ServedQuality) -> None:
    """Fair pay: also a later one, by a person; the floor is tested by it."""
    await reviews.decide(("t0:a", ACCEPTED))
    [told] = await _told(reviews)
    assert told.active_seconds == 5.0
    assert told.claim_time == timestamp(NOON - timedelta(minutes=1))
    assert told.submit_time.ToDatetime() > told.claim_time.ToDatetime()


async def test_part_of_the_pay_is_for_what_can_be_right_in_part(quality: ServedQuality) -> None:
    await quality.create(kind=TEXT)
    await quality.create("prj_2")
    text = submitted("t", "a", "some words", overlap=1)
    await quality.submit(
        answers_submitted(text, kind=TEXT, review_share=1.0),
        answers_submitted(
            submitted("c", "a", "yes", overlap=1), project_id="prj_2", review_share=1.0
        ),
    )

    def half(assignment_id: str, decision: types_pb2.Decision.ValueType) -> pb.ReviewDecision:
        return pb.ReviewDecision(
            assignment_id=assignment_id, decision=decision, reason="half of it", pay_bps=5_000
        )

    response = await quality.send(
        quality.stub.DecideReviews,
        pb.DecideReviewsRequest(
            decisions=[half("c:a", ACCEPTED), half("t:a", REJECTED), half("t:a", ACCEPTED)]
        ),
    )
    assert [result.error.reason for result in response.results] == [
        "PART_NOT_POSSIBLE",
        "PART_NOT_POSSIBLE",
        "",
    ]
    events = await quality.rpc.events(events_pb2.AnswersDecided)
    [told] = [a for e in events for a in e.answers if a.decision == ACCEPTED]
    assert (told.assignment_id, told.pay_bps) == ("t:a", 5_000)


async def test_what_a_reviewer_says_is_true_becomes_known(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1), review_share=1.0))
    decision = pb.ReviewDecision(
        assignment_id="t:a", decision=REJECTED, reason="clause 3", label="maybe"
    )
    request = pb.DecideReviewsRequest(decisions=[decision])
    response = await quality.send(quality.stub.DecideReviews, request)
    assert response.results[0].error.reason == "UNKNOWN_LABEL"
    request.decisions[0].label = "no"
    await quality.send(quality.stub.DecideReviews, request)
    found = await quality.send(quality.stub.GetConsensus, pb.GetConsensusRequest(task_id="t"))
    assert found.consensus.label == "no"
    assert found.consensus.gold_source == types_pb2.GOLD_SOURCE_REVIEW
