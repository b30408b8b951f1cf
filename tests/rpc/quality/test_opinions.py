"""Second opinions: asked of the skilled, blind, and what comes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import REJECTED, ServedQuality

CREW = "abcdef"


async def _skilled(quality: ServedQuality) -> None:
    """Everyone of the crew has shown that they know; f, who would be asked first, is a's colleague.

    All others are of vendors of their own.
    """
    answers = [
        submitted(
            f"g{n:02}",
            who,
            "yes",
            overlap=6,
            gold="yes",
            organisation_id="org_a" if who == "f" else f"org_{who}",
        )
        for n in range(15)
        for who in CREW
    ]
    await quality.submit(answers_submitted(*answers))


def _opinion(asked: events_pb2.AskedOpinion, label: str) -> broker_pb2.SubmittedAnswer:
    answer = submitted(asked.task_id, asked.contractor_id, label, organisation_id="org_x")
    answer.opinion_id = asked.opinion_id
    return answer


def _then(moment: datetime) -> datetime:
    return moment


async def _asked(quality: ServedQuality) -> list[events_pb2.AskedOpinion]:
    events = await quality.rpc.events(events_pb2.OpinionsAsked)
    return [opinion for event in events for opinion in event.opinions]


async def _latest(quality: ServedQuality, assignment_id: str) -> tuple[str, int, str]:
    told = [
        answer
        for event in await quality.rpc.events(events_pb2.AnswersDecided)
        for answer in event.answers
        if answer.assignment_id == assignment_id
    ]
    last = max(told, key=lambda answer: answer.revision)
    return types_pb2.Decision.Name(last.decision), last.revision, last.reason


@pytest.fixture
async def appealed(quality: ServedQuality) -> ServedQuality:
    """`a` of vendor `org_a` has said no where others said yes; it was rejected, and appealed."""
    await quality.create()
    await _skilled(quality)
    said = {"a": "no", "b": "yes", "c": "yes"}
    await quality.submit(
        answers_submitted(
            *(
                submitted("t", who, label, organisation_id=f"org_{who}")
                for who, label in said.items()
            ),
            review_share=1.0,
        )
    )
    await quality.decide(("t:a", REJECTED))
    await quality.send(
        quality.stub.FileAppeal,
        pb.FileAppealRequest(assignment_id="t:a", statement="it is no"),
        token=quality.contractor("a"),
    )
    return quality


@pytest.mark.parametrize(
    ("said", "end"),
    [("no", "DECISION_ACCEPTED"), ("yes", "DECISION_REJECTED")],
)
async def test_an_opinion_of_another_vendor_settles_an_appeal(
    appealed: ServedQuality, said: str, end: str
) -> None:
    [asked] = await _asked(appealed)
    assert asked.contractor_id == "e", "nobody who has answered, and nobody of org_a"
    assert asked.purpose == events_pb2.OPINION_PURPOSE_APPEAL
    answer = _opinion(asked, said)
    for _ in range(2):
        await appealed.submit(answers_submitted(answer))
    decision, revision, _ = await _latest(appealed, "t:a")
    assert (decision, revision) == (end, 4)
    # The opinion is paid work, and none of the task's answers.
    assert (await _latest(appealed, answer.assignment_id))[0] == "DECISION_ACCEPTED"
    found = await appealed.send(appealed.stub.GetConsensus, pb.GetConsensusRequest(task_id="t"))
    assert (found.consensus.answers, found.consensus.label) == (3, said)
    assert found.consensus.gold_source == types_pb2.GOLD_SOURCE_ADJUDICATION
    [appeal] = (
        await appealed.send(
            appealed.stub.ListAppeals, pb.ListAppealsRequest(), token=appealed.operator
        )
    ).appeals
    assert (appeal.decided_by, appeal.opinion_value) == ("SECOND_OPINION", said)


async def test_who_does_not_answer_is_followed_by_others_and_then_by_an_operator(
    appealed: ServedQuality,
) -> None:
    now = appealed.rpc.clock()
    for days in (2.1, 4.2, 6.3):
        late = now + timedelta(days=days)
        await appealed.quality.fairness.overdue(clock=partial(_then, late)).turn()
    asked = await _asked(appealed)
    # Their time counts from when each was asked: nobody is asked about the same twice.
    assert len({one.contractor_id for one in asked}) == len(asked) >= 2
    decision, revision, reason = await _latest(appealed, "t:a")
    assert (decision, revision, reason) == ("DECISION_IN_REVIEW", 3, "APPEALED")


async def test_a_disputed_task_is_adjudicated_where_the_policy_says_so(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await _skilled(quality)
    said = {"a": "no", "b": "yes"}
    message = answers_submitted(
        *(
            submitted("t", who, label, overlap=2, organisation_id=f"org_{who}")
            for who, label in said.items()
        ),
        review_disputed=True,
    )
    message.quality_policy.adjudicate = True
    await quality.submit(message)
    [asked] = await _asked(quality)
    assert asked.purpose == events_pb2.OPINION_PURPOSE_ADJUDICATION
    await quality.submit(answers_submitted(_opinion(asked, "no")))
    found = await quality.send(quality.stub.GetConsensus, pb.GetConsensusRequest(task_id="t"))
    assert found.consensus.label == "no"
    assert found.consensus.gold_source == types_pb2.GOLD_SOURCE_ADJUDICATION
    assert (await _latest(quality, "t:a"))[0] == "DECISION_ACCEPTED"


async def test_an_appeal_against_a_known_answer_that_was_wrong_takes_it_back(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await _skilled(quality)
    # One more known answer, which is wrong: only a, b and c were asked. z fails it, and others.
    wrong = [
        submitted("w", who, "yes", overlap=4, gold="yes", organisation_id=f"org_{who}")
        for who in "abc"
    ]
    failed = [
        submitted(f"g{n:02}", "z", "no", overlap=7, gold="yes", organisation_id="org_z")
        for n in range(8)
    ]
    last = submitted("w", "z", "no", overlap=4, gold="yes", organisation_id="org_z")
    await quality.submit(answers_submitted(*wrong, *failed, last))
    assert (await _latest(quality, "w:z"))[2] == "FAILED_GOLD"
    quality_of_z = pb.GetContractorQualityRequest(contractor_id="z", project_id="prj_1")

    async def known_of_z() -> tuple[int, int]:
        found = await quality.send(
            quality.stub.GetContractorQuality, quality_of_z, token=quality.operator
        )
        return found.quality[0].gold_right, found.quality[0].gold_answers

    assert await known_of_z() == (0, 9)
    await quality.send(
        quality.stub.FileAppeal,
        pb.FileAppealRequest(assignment_id="w:z", statement="the known answer is wrong"),
        token=quality.contractor("z"),
    )
    [asked] = await _asked(quality)
    assert asked.contractor_id in {"d", "e", "f"}
    await quality.submit(answers_submitted(_opinion(asked, "no")))
    assert (await _latest(quality, "w:z"))[:2] == ("DECISION_ACCEPTED", 3)
    # The client's truth is doubted: nobody is measured by it any more.
    assert await known_of_z() == (0, 8)
    found = await quality.send(quality.stub.GetConsensus, pb.GetConsensusRequest(task_id="w"))
    assert found.consensus.gold_source == types_pb2.GOLD_SOURCE_UNSPECIFIED
