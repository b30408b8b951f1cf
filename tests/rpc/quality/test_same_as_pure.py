"""The service on a real database is the pure scorer: whatever replicas, batches and crashes do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import service_pb2 as pb
from crewline.quality.v1 import types_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.quality.app import Quality
from services.quality.domain.skills import Skills
from services.quality.domain.stream import Stream
from services.quality.domain.types import Answer, Kind, PoolSkill, Task
from services.quality.store.collections import ANSWERS, POOLS, SKILLS
from services.quality.usecases.outcome import Outcome
from tests.rpc.quality.broker_events import CHOICE, LABELS, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality, new_quality

OVERLAP, TASKS, PEOPLE = 4, 60, 12


class _Crash(Exception):
    """The process is gone before its transaction commits."""


@dataclass(slots=True, kw_only=True)
class _Crashes:
    """Some transactions end when all is written and nothing is committed."""

    draw: random.Random
    count: int = 0

    def befall(self, replica: Quality) -> None:
        """From now on."""
        conclusions = replica.scoring._conclusions
        announce = conclusions._announce

        def announce_or_crash(work: UnitOfWork, outcome: Outcome) -> None:
            announce(work, outcome)
            if self.draw.random() < 0.3:
                self.count += 1
                raise _Crash

        conclusions._announce = announce_or_crash


def _answers(seed: int) -> list[broker_pb2.SubmittedAnswer]:
    """Of people between near-perfect and near-random; every sixth task is known."""
    draw = random.Random(seed)
    found = []
    for task in range(TASKS):
        truth = draw.choice(LABELS[CHOICE])
        for who in draw.sample(range(PEOPLE), OVERLAP):
            right = draw.random() < 0.95 - 0.4 * who / PEOPLE
            said = truth if right else next(la for la in LABELS[CHOICE] if la != truth)
            gold = truth if task % 6 == 0 else ""
            found.append(submitted(f"t{task:02}", f"c{who}", said, overlap=OVERLAP, gold=gold))
    draw.shuffle(found)
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_replicas_with_crashes_and_repeats_give_what_the_pure_scorer_gives(
    quality: ServedQuality, seed: int
) -> None:
    await quality.create()
    draw = random.Random(seed)
    answers = _answers(seed)
    second = await new_quality(quality.rpc)
    replicas = [quality.quality, second]
    crashes = _Crashes(draw=random.Random(seed))
    for replica in replicas:
        crashes.befall(replica)

    async def deliver(at: int, batch: Sequence[broker_pb2.SubmittedAnswer]) -> None:
        """Again and again, by whichever replica is up, until one acknowledges it."""
        for attempt in range(50):
            served = ServedQuality(
                **{name: getattr(quality, name) for name in ServedQuality.__slots__}
                | {"quality": replicas[(at + attempt) % 2]}
            )
            try:
                await served.submit(answers_submitted(*batch))
            except _Crash:
                continue
            return
        pytest.fail("it crashed every time")

    batches = []
    while answers:
        size = draw.randint(1, 25)
        batches.append(answers[:size])
        answers = answers[size:]
    repeats = [draw.sample(batch, len(batch)) for batch in draw.sample(batches, len(batches) // 2)]
    for start in range(0, len(batches), 2):
        pair = batches[start : start + 2]
        await asyncio.gather(*(deliver(at, batch) for at, batch in enumerate(pair)))
    for batch in repeats:
        await deliver(0, batch)
    assert crashes.count > 3
    await _compare(quality, seed)


async def _compare(quality: ServedQuality, seed: int) -> None:
    rows = await quality.rpc.database.collection(ANSWERS).find().sort("seq", 1).to_list(None)
    assert [row["seq"] for row in rows] == list(range(1, TASKS * OVERLAP + 1))
    golds = {a.task_id: a.gold_label for a in _answers(seed) if a.gold_label}
    skills = Skills(pool=PoolSkill(project_id="prj_1"))
    stream = Stream(skills=skills)
    for row in rows:
        task = Task(
            task_id=row["task_id"],
            project_id="prj_1",
            kind=Kind.CHOICE,
            overlap=OVERLAP,
            labels=LABELS[CHOICE],
            gold=golds.get(row["task_id"]),
        )
        answer = Answer(
            assignment_id=row["_id"],
            task_id=row["task_id"],
            contractor_id=row["contractor_id"],
            label=row["label"],
        )
        stream.arrive(task, answer)
    told = await _consensus(quality)
    assert len(told) == TASKS
    for move in stream.moves():
        found = told[move.after.task.task_id]
        assert (found.label, found.resolved) == (move.after.scored.label, True)
        posterior = {share.label: share.probability for share in found.posterior}
        expected = {label: move.after.scored.posterior.get(label, 0.0) for label in posterior}
        assert posterior == pytest.approx(expected, abs=1e-9)
        assert found.raw_confidence == pytest.approx(move.after.scored.confidence, abs=1e-9)
    pool = await quality.rpc.database.collection(POOLS).find_one({"_id": "prj_1"})
    assert pool is not None
    increments = skills.increments()
    assert {name: n for name, n in pool["counters"].items() if n} == increments.pool
    stored = {
        row["contractor_id"]: {name: n for name, n in row["counters"].items() if n}
        async for row in quality.rpc.database.collection(SKILLS).find()
    }
    assert stored == increments.skills


async def _consensus(quality: ServedQuality) -> dict[str, types_pb2.Consensus]:
    request = pb.ListConsensusRequest(project_id="prj_1", page_size=500)
    response = await quality.send(quality.stub.ListConsensus, request)
    return {found.task_id: found for found in response.consensus}
