"""Adaptive overlap, known tasks and calibration, over the bus: as the pure stream says."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.mongo import MongoDatabase
from services.quality.domain.skills import Skills
from services.quality.domain.stream import Stream
from services.quality.domain.types import Answer, Kind, PoolSkill, Task
from services.quality.store.collections import ANSWERS, POOLS, STANDINGS
from tests.bus.quality_chain import QualityChain, running
from tests.rpc.quality.broker_events import answers_submitted, project_created, submitted


@pytest.fixture
async def chain(
    database: MongoDatabase, bus: Bus, nats_server: NatsServer, run_name: str
) -> AsyncIterator[QualityChain]:
    await nats_server.apply_topology(prefix=run_name)
    async with running(database=database, bus=bus, prefix=run_name, replicas=2) as chain:
        await chain.tell(project_created())
        yield chain
        assert await chain.dead_letters() == 0


def _crowd(tasks: int, people: int, *, gold_share: float) -> list[broker_pb2.SubmittedAnswer]:
    draw = random.Random(11)
    answers = []
    for number in range(tasks):
        truth = draw.choice(["yes", "no"])
        wrong = "no" if truth == "yes" else "yes"
        known = truth if draw.random() < gold_share else ""
        for who in draw.sample(range(people), 4):
            said = truth if draw.random() < 0.6 + 0.03 * who else wrong
            answers.append(submitted(f"t{number}", f"c{who}", said, overlap=4, gold=known))
    draw.shuffle(answers)
    return answers


async def test_two_replicas_in_any_batches_score_as_the_pure_stream_in_the_order_of_recording(
    chain: QualityChain,
) -> None:
    answers = _crowd(60, 10, gold_share=0.2)
    draw, messages, rest = random.Random(3), [], list(answers)
    while rest:
        size = draw.randint(1, 17)
        messages.append(answers_submitted(*rest[:size]))
        rest = rest[size:]
    await chain.tell(*messages, *messages[:6])

    recorded = [row async for row in chain.database.collection(ANSWERS).find().sort("seq", 1)]
    assert [row["seq"] for row in recorded] == list(range(1, 241))
    told = {answer.assignment_id: answer for answer in answers}
    stream = Stream(skills=Skills(pool=PoolSkill(project_id="prj_1")))
    for row in recorded:
        answer = told[row["_id"]]
        stream.arrive(
            Task(
                task_id=answer.task_id,
                project_id="prj_1",
                kind=Kind.CHOICE,
                overlap=4,
                labels=("yes", "no"),
                gold=answer.gold_label or None,
            ),
            Answer(
                assignment_id=answer.assignment_id,
                task_id=answer.task_id,
                contractor_id=answer.contractor_id,
                label=answer.value,
            ),
        )
    stored = {row["_id"]: row async for row in chain.database.collection(STANDINGS).find()}
    assert len(stored) == 60
    for task_id, row in stored.items():
        standing = stream.standing(task_id)
        assert standing is not None
        posterior = standing.scored.posterior
        assert row["shares"] == [posterior.get(told[i].value, 0.0) for i in row["answer_ids"]]
        assert (row["label"], row["raw_confidence"]) == (
            standing.scored.label,
            standing.scored.confidence,
        )


async def test_a_task_in_doubt_asks_for_more_and_one_that_is_sure_does_not(
    chain: QualityChain,
) -> None:
    def answer(task: str, who: str, said: str, overlap: int = 2) -> broker_pb2.SubmittedAnswer:
        found = submitted(task, who, said, overlap=overlap)
        found.overlap_max = 6
        return found

    # Four who are nearly always right, so that two of them alike are sure.
    await chain.tell(
        answers_submitted(
            *(
                submitted(f"g{n}", who, "yes" if n % 2 else "no", overlap=4, gold=gold)
                for n in range(60)
                for gold in ["yes" if n % 2 else "no"]
                for who in "abcd"
            )
        )
    )
    await chain.tell(
        answers_submitted(answer("sure", "a", "yes"), answer("sure", "b", "yes")),
        answers_submitted(answer("doubt", "a", "yes"), answer("doubt", "b", "no")),
    )
    needs = {
        need.task_id: need.overlap
        for event in await chain.told(events_pb2.MoreAnswersNeeded)
        for need in event.tasks
    }
    assert needs.keys() == {"doubt"}
    assert 2 < needs["doubt"] <= 6
    resolved = await chain.resolved()
    assert "sure" in resolved
    assert "doubt" not in resolved
    assert not [id_ for id_ in await chain.decided() if id_.startswith("doubt")]
    assert (await chain.tallies())["saved"] == 4

    # The broker may still tell of the overlap of before.
    people = iter("cdef")
    for _ in range(4):
        await chain.tell(answers_submitted(answer("doubt", next(people), "yes")))
        if "doubt" in await chain.resolved():
            break
    task = (await chain.resolved())["doubt"]
    assert (task.label, task.resolved) == ("yes", True)
    assert {id_ for id_ in await chain.decided() if id_.startswith("doubt")} == {
        row["_id"] async for row in chain.database.collection(ANSWERS).find({"task_id": "doubt"})
    }
    assert (await chain.tallies())["saved"] == 4 + 6 - task.answers


async def test_calibration_is_fitted_on_known_tasks_and_applied_to_what_is_told(
    chain: QualityChain,
) -> None:
    """A crowd that errs together is surer than it is right."""
    draw = random.Random(5)
    known = []
    for number in range(60):
        alike = draw.random() < 0.35
        truth = draw.choice(["yes", "no"])
        wrong = "no" if truth == "yes" else "yes"
        known += [
            submitted(f"g{number}", who, wrong if alike else truth, overlap=3, gold=truth)
            for who in "abc"
        ]
    await chain.tell(*(answers_submitted(*known[at : at + 30]) for at in range(0, 180, 30)))
    await chain.tell(answers_submitted(*(submitted("t", who, "yes") for who in "abc")))
    pool = await chain.database.collection(POOLS).find_one({"_id": "prj_1"})
    assert pool is not None
    assert pool["samples"] == 60
    assert pool["calibration"]["temperature"] > 1.2
    assert pool["calibration_version"] >= 2
    task = (await chain.resolved())["t"]
    assert 0.5 < task.confidence < task.raw_confidence
