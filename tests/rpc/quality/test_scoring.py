"""Answers in, standings and rulings out: by replicas side by side, and with labels of nowhere."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as quality_pb
from services.quality.store.collections import RULINGS
from tests.rpc.quality.broker_events import STRUCTURED, TEXT, answers_submitted, submitted
from tests.rpc.quality.served import ACCEPTED, ServedQuality, new_quality


async def test_replicas_that_get_the_answers_of_one_task_at_once_complete_it(
    quality: ServedQuality,
) -> None:
    """Each sees only its own answer while it works: one of them must look again."""
    await quality.create()
    replicas = [quality, quality]
    second = await new_quality(quality.rpc)
    replicas[1] = ServedQuality(
        **{name: getattr(quality, name) for name in ServedQuality.__slots__} | {"quality": second}
    )
    for number in range(15):
        one = answers_submitted(submitted(f"t{number}", "a", "yes", overlap=2))
        other = answers_submitted(submitted(f"t{number}", "b", "yes", overlap=2))
        await asyncio.gather(replicas[0].submit(one), replicas[1].submit(other))
    counts = await quality.counts()
    assert (counts.answers_scored, counts.answers_accepted, counts.tasks_resolved) == (30, 30, 15)
    decided = await quality.rpc.events(events_pb2.AnswersDecided)
    ids = [answer.assignment_id for event in decided for answer in event.answers]
    assert len(ids) == len(set(ids)) == 30


ODD = "perhaps"
ORDERS = {
    "last": ["yes", "yes", ODD],
    "first": [ODD, "yes", "yes"],
    "between": ["yes", ODD, "yes"],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("together", [True, False])
async def test_an_answer_with_a_label_of_nowhere_goes_to_a_person_and_spoils_nothing(
    quality: ServedQuality, order: str, together: bool
) -> None:
    await quality.create()
    answers = [submitted("t", f"c{n}", label) for n, label in enumerate(ORDERS[order])]
    batches = [answers] if together else [[answer] for answer in answers]
    for batch in batches:
        await quality.submit(answers_submitted(*batch, submitted(f"u{len(batch)}", "x", "no")))
    (task,) = await _resolved(quality)
    assert (task.task_id, task.label, task.answers) == ("t", "yes", 2)
    decisions = await _decisions(quality)
    odd = f"t:c{ORDERS[order].index(ODD)}"
    assert {id_ for id_, found in decisions.items() if found == ("ACCEPTED", "AGREES")} == {
        f"t:c{n}" for n in range(3)
    } - {odd}
    assert decisions[odd] == ("IN_REVIEW", "DISPUTED")
    (waiting,) = await quality.waiting()
    assert (waiting.assignment_id, waiting.value) == (odd, ODD)
    assert dict(waiting.evidence) == {"error": "UNKNOWN_LABEL"}
    assert waiting.consensus_label == "", "the client judges blind"
    counts = await quality.counts()
    assert (counts.answers_accepted, counts.answers_in_review, counts.tasks_resolved) == (2, 1, 1)
    # The answer says nothing of its contractor's skill, and a repeat of all changes nothing.
    before = await quality.rpc.contents()
    await quality.submit(answers_submitted(*answers))
    assert await quality.rpc.contents() == before
    (result,) = await quality.decide((odd, ACCEPTED))
    assert result.decision == ACCEPTED


async def test_a_task_of_which_nobody_gave_a_label_is_resolved_without_one(
    quality: ServedQuality,
) -> None:
    await quality.create()
    for who in "ab":
        await quality.submit(answers_submitted(submitted("t", who, ODD, overlap=2)))
    (task,) = await _resolved(quality)
    assert (task.label, task.confidence, task.answers, task.resolved) == ("", 0.0, 0, True)
    assert await _decisions(quality) == {
        "t:a": ("IN_REVIEW", "DISPUTED"),
        "t:b": ("IN_REVIEW", "DISPUTED"),
    }


async def test_an_odd_label_after_the_others_does_not_make_one_look_unlikely(
    quality: ServedQuality,
) -> None:
    """Fast answers are refused where the truth is surely another: of two to one it is not."""
    await quality.create()
    said = (("a", "yes"), ("b", "yes"), ("c", "no"))
    fast = [submitted("t", who, label, overlap=4, seconds=0.1) for who, label in said]
    await quality.submit(answers_submitted(*fast))
    await quality.submit(answers_submitted(submitted("t", "odd", ODD, overlap=4)))
    decisions = await _decisions(quality)
    assert [decisions[f"t:{who}"][0] for who, _ in said] == ["ACCEPTED"] * 3
    ruling = await quality.rpc.database.collection(RULINGS).find_one({"_id": "t:c"})
    assert ruling is not None
    assert 0.05 < ruling["evidence"]["posterior"] < 0.5


async def test_gold_of_nowhere_is_no_gold_and_is_told_in_the_log(quality: ServedQuality) -> None:
    await quality.create()
    answers = [submitted("t", who, "yes", overlap=2, gold="perhaps") for who in "ab"]
    good = submitted("g", "a", "no", overlap=1, gold="no")
    with structlog.testing.capture_logs() as logs:
        await quality.submit(answers_submitted(*answers, good))
    told = [line for line in logs if line["event"] == "scoring.gold_unknown"]
    assert {(line["task_id"], line["log_level"]) for line in told} == {("t", "error")}
    assert set((await _decisions(quality)).values()) == {
        ("ACCEPTED", "AGREES"),
        ("ACCEPTED", "MATCHES_GOLD"),
    }
    counts = await quality.counts()
    assert (counts.tasks_resolved, counts.gold_tasks) == (2, 1)


async def test_text_has_no_labels_of_nowhere(quality: ServedQuality) -> None:
    await quality.create(kind=TEXT)
    answers = [submitted("t", who, f"any words of {who}", overlap=2) for who in "ab"]
    await quality.submit(answers_submitted(*answers, kind=TEXT))
    assert set((await _decisions(quality)).values()) == {("ACCEPTED", "TEXT_UNSAMPLED")}


async def test_answers_of_any_other_form_are_accepted_and_the_most_frequent_stands(
    quality: ServedQuality,
) -> None:
    await quality.create(kind=STRUCTURED)
    given = {"a": "[1]", "b": "[2]", "c": "[2]"}
    answers = [submitted("t", who, value) for who, value in given.items()]
    alike = [submitted("u", who, "[]", overlap=2) for who in "ab"]
    await quality.submit(answers_submitted(*answers, *alike, kind=STRUCTURED))
    decisions = await _decisions(quality)
    assert (len(decisions), set(decisions.values())) == (5, {("ACCEPTED", "STRUCTURED_UNSAMPLED")})
    resolved = {task.task_id: task for task in await _resolved(quality)}
    assert (resolved["t"].label, resolved["u"].label) == ("[2]", "[]")
    assert resolved["t"].confidence == pytest.approx(2 / 3)
    assert resolved["u"].confidence == 1.0
    assert {name: task.disputed for name, task in resolved.items()} == {"t": True, "u": False}
    for name, task in resolved.items():
        found = await quality.send(
            quality.stub.GetConsensus, quality_pb.GetConsensusRequest(task_id=name)
        )
        assert found.consensus.posterior
        found.consensus.ClearField("posterior")
        assert found.consensus == task
    sampled = [submitted("v", "a", "[3]", overlap=1)]
    await quality.submit(answers_submitted(*sampled, kind=STRUCTURED, review_share=1.0))
    assert [answer.assignment_id for answer in await quality.waiting()] == ["v:a"]


async def _resolved(quality: ServedQuality) -> list[types_pb2.Consensus]:
    events = await quality.rpc.events(events_pb2.TasksResolved)
    return [task for event in events for task in event.tasks]


async def _decisions(quality: ServedQuality) -> dict[str, tuple[str, str]]:
    """What was told of each answer; one that was told twice fails the test."""
    events = await quality.rpc.events(events_pb2.AnswersDecided)
    told = [answer for event in events for answer in event.answers]
    found = {
        answer.assignment_id: (
            types_pb2.Decision.Name(answer.decision).removeprefix("DECISION_"),
            answer.reason,
        )
        for answer in told
    }
    assert len(found) == len(told)
    return found
