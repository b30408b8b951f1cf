"""Answers on the bus become decisions: each once, whatever the order, the batches and repeats."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence

import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import types_pb2
from crewline.vendors.v1 import types_pb2 as vendors_pb2
from deploy.local.servers import NatsServer
from services.chassis.bus import Bus
from services.chassis.mongo import MongoDatabase
from services.quality.store.collections import ANSWERS, RULINGS, SKILLS
from tests.bus.quality_chain import QualityChain, running
from tests.rpc.quality.broker_events import (
    CHOICE,
    LABELS,
    PAIRWISE,
    TEXT,
    answers_submitted,
    project_created,
    submitted,
)

ACCEPTED, REJECTED, IN_REVIEW = (
    types_pb2.DECISION_ACCEPTED,
    types_pb2.DECISION_REJECTED,
    types_pb2.DECISION_IN_REVIEW,
)


@pytest.fixture
async def chain(
    database: MongoDatabase,
    bus: Bus,
    nats_server: NatsServer,
    run_name: str,
    request: pytest.FixtureRequest,
) -> AsyncIterator[QualityChain]:
    await nats_server.apply_topology(prefix=run_name)
    async with running(
        database=database, bus=bus, prefix=run_name, replicas=getattr(request, "param", 1)
    ) as chain:
        await chain.tell(project_created())
        yield chain
        assert await chain.dead_letters() == 0


def _in_parts(
    answers: Sequence[broker_pb2.SubmittedAnswer], size: int
) -> list[broker_pb2.AnswersSubmitted]:
    return [
        answers_submitted(*answers[start : start + size]) for start in range(0, len(answers), size)
    ]


@pytest.mark.parametrize("chain", [1, 3], indirect=True, ids=["alone", "three replicas"])
async def test_every_answer_and_task_is_told_once_in_any_order_and_batching(
    chain: QualityChain,
) -> None:
    draw = random.Random(7)
    answers = [
        submitted(f"t{task}", f"c{(task + n) % 10}", draw.choice(["yes", "yes", "no"]))
        for task in range(40)
        for n in range(3)
    ]
    # The last task lacks its third answer for now.
    late = answers.pop()
    draw.shuffle(answers)
    messages = _in_parts(answers, 7)
    draw.shuffle(answers)
    messages += _in_parts(answers, 11)
    draw.shuffle(messages)
    await chain.tell(*messages)

    decided, resolved = await chain.decided(), await chain.resolved()
    assert resolved.keys() == {f"t{task}" for task in range(39)}
    open_ones = {"t39:c9", "t39:c0"}
    assert decided.keys() == {answer.assignment_id for answer in answers} - open_ones
    assert {task.answers for task in resolved.values()} == {3}
    tallies = await chain.tallies()
    assert (tallies["scored"], tallies["accepted"], tallies["resolved"]) == (119, 117, 39)

    await chain.tell(answers_submitted(late), *messages[:5], answers_submitted(late))
    decided, resolved = await chain.decided(), await chain.resolved()
    assert (len(decided), len(resolved)) == (120, 40)
    tallies = await chain.tallies()
    assert (tallies["scored"], tallies["accepted"], tallies["resolved"]) == (120, 120, 40)
    assert await chain.database.collection(ANSWERS).count_documents({}) == 120
    skills = [skill async for skill in chain.database.collection(SKILLS).find()]
    assert {skill["contractor_id"]: skill["counters"]["answers"] for skill in skills} == {
        f"c{number}": 12 for number in range(10)
    }


async def test_a_decision_says_all_that_paying_needs(chain: QualityChain) -> None:
    await chain.tell(
        answers_submitted(*(submitted("t", who, "yes", overlap=2) for who in ("c1", "c2")))
    )
    found = (await chain.decided())["t:c1"]
    assert (found.task_id, found.contractor_id, found.organisation_id) == ("t", "c1", "org_vendor")
    assert found.engagement == vendors_pb2.ENGAGEMENT_VENDOR
    assert (found.decision, found.reason) == (ACCEPTED, "AGREES")
    assert found.HasField("decide_time")
    task = (await chain.resolved())["t"]
    assert (task.project_id, task.label, task.answers, task.resolved) == ("prj_1", "yes", 2, True)
    assert task.confidence > 0.5


def _careless(gold_tasks: int) -> list[broker_pb2.SubmittedAnswer]:
    """Gold that `bad` gets wrong, and so many right that refusing the wrong is not held."""
    return [
        submitted(f"g{n}", who, "no" if who == "bad" else "yes", overlap=12, gold="yes")
        for n in range(gold_tasks)
        for who in (*"abcdefghijk", "bad")
    ]


def _outvoted(*, seconds: float = 5.0) -> list[broker_pb2.SubmittedAnswer]:
    return [
        submitted("t", who, "no" if who in ("bad", "new") else "yes", overlap=6, seconds=seconds)
        for who in ("a", "b", "c", "d", "new", "bad")
    ]


async def test_who_fails_gold_often_is_refused_where_the_truth_is_another(
    chain: QualityChain,
) -> None:
    await chain.tell(answers_submitted(*_careless(12)))
    await chain.tell(answers_submitted(*_outvoted()))
    decided = await chain.decided()
    assert (decided["t:bad"].decision, decided["t:bad"].reason) == (REJECTED, "FAILED_GOLD")
    # The one who disagrees as much, but has no such record, is accepted and paid.
    assert (decided["t:new"].decision, decided["t:new"].reason) == (ACCEPTED, "DISPUTED")
    assert (decided["g0:a"].decision, decided["g0:a"].reason) == (ACCEPTED, "MATCHES_GOLD")
    ruling = await chain.database.collection(RULINGS).find_one({"_id": "t:bad"})
    assert ruling is not None
    evidence = ruling["evidence"]
    assert (evidence["gold_right"], evidence["gold_total"]) == (0, 12)
    assert evidence["gold_accuracy_upper"] < evidence["gold_accuracy_floor"]
    assert evidence["posterior"] < evidence["reject_below"] == 0.05
    assert (ruling["state"], ruling["ruled_by"]) == ("rejected", "machine")
    refused = [a for a in decided.values() if a.decision == REJECTED]
    assert {answer.contractor_id for answer in refused} == {"bad"}
    tallies = await chain.tallies()
    assert tallies["rejected"] == len(refused)
    assert tallies["accepted"] + tallies["rejected"] == tallies["scored"] == 150
    assert (tallies["gold"], tallies["resolved"]) == (12, 13)


async def test_answers_to_control_tasks_are_decided_at_once_and_tell_what_was_true(
    chain: QualityChain,
) -> None:
    await chain.tell(
        answers_submitted(
            submitted("g", "a", "no", overlap=5, gold="yes"),
            submitted("t", "a", "no", overlap=5),
        )
    )
    decided = await chain.decided()
    assert decided.keys() == {"g:a"}
    assert (decided["g:a"].reason, decided["g:a"].gold_label) == ("DISPUTED", "yes")
    assert await chain.resolved() == {}


async def test_two_failures_may_be_bad_luck(chain: QualityChain) -> None:
    await chain.tell(answers_submitted(*_careless(2)))
    await chain.tell(answers_submitted(*_outvoted()))
    assert {a.decision for a in (await chain.decided()).values()} == {ACCEPTED}


async def test_preferences_are_never_refused_by_machine(chain: QualityChain) -> None:
    def preference(answer: broker_pb2.SubmittedAnswer) -> broker_pb2.SubmittedAnswer:
        names = {"yes": "model_a", "no": "model_b", "": ""}
        answer.value, answer.gold_label = names[answer.value], names[answer.gold_label]
        return answer

    answers = [preference(answer) for answer in (*_careless(12), *_outvoted(seconds=0.1))]
    await chain.tell(*(answers_submitted(a, kind=PAIRWISE, reject_below=0.5) for a in answers))
    decided = await chain.decided()
    assert len(decided) == 150
    assert {answer.decision for answer in decided.values()} == {ACCEPTED}
    assert {decided["t:bad"].reason, decided["t:a"].reason} == {"DISPUTED", "AGREES"}


@pytest.mark.parametrize("kind", [TEXT, PAIRWISE, CHOICE], ids=["text", "pairwise", "choice"])
async def test_about_the_share_that_was_asked_for_is_reviewed(
    chain: QualityChain, kind: common_pb2.WorkKind.ValueType
) -> None:
    label = (*LABELS[kind], "any text")[0]
    answers = [submitted(f"t{n}", "c", label, overlap=1) for n in range(300)]
    await chain.tell(
        *(
            answers_submitted(*answers[at : at + 50], kind=kind, review_share=0.2)
            for at in range(0, 300, 50)
        )
    )
    decided = await chain.decided()
    reviewed = {id_ for id_, answer in decided.items() if answer.decision == IN_REVIEW}
    assert {decided[id_].reason for id_ in reviewed} == {"SAMPLED"}
    assert {a.decision for id_, a in decided.items() if id_ not in reviewed} == {ACCEPTED}
    assert 35 < len(reviewed) < 90
    tallies = await chain.tallies()
    assert (tallies["in_review"], tallies["accepted"]) == (len(reviewed), 300 - len(reviewed))
    assert len(await chain.resolved()) == 300


async def test_an_answer_with_an_unknown_label_is_neither_lost_nor_in_the_way(
    chain: QualityChain,
) -> None:
    odd = submitted("t1", "odd", "perhaps")
    rest = [submitted("t1", who, "yes") for who in ("a", "b")]
    other = [submitted("t2", who, "no") for who in ("a", "b", "c")]
    gold = submitted("t3", "a", "no", overlap=1, gold="nonsense")
    await chain.tell(
        answers_submitted(rest[0], odd, *other, gold),
        answers_submitted(*(submitted("t9", "a", "no", overlap=1),), project_id="prj_2"),
        answers_submitted(odd, rest[1]),
    )
    decided = await chain.decided()
    assert (decided["t1:odd"].decision, decided["t1:odd"].reason) == (IN_REVIEW, "DISPUTED")
    assert {a.decision for id_, a in decided.items() if id_ != "t1:odd"} == {ACCEPTED}
    assert len(decided) == 8
    resolved = await chain.resolved()
    assert {task_id: task.label for task_id, task in resolved.items()} == {
        "t1": "yes",
        "t2": "no",
        "t3": "no",
        "t9": "no",
    }
    tallies = await chain.tallies()
    assert (tallies["scored"], tallies["in_review"], tallies["accepted"]) == (7, 1, 6)
