"""Silence accepts and pays: everything that nobody decided in time, once, and nothing before."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from crewline.quality.v1 import events_pb2, types_pb2
from services.chassis.timestamps import timestamp
from services.quality import announcements
from services.quality.store.collections import COLLECTIONS, POOLS, RULINGS
from services.quality.store.deadlines import DeadlineStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.usecases import decision_deadline
from services.quality.usecases.decision_deadline import DecisionDeadline
from tests.rpc.quality.broker_events import NOON, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality

THREE_WEEKS = timedelta(hours=504)
SOON = timedelta(seconds=60)
"""By then all answers of these tests were given."""


@dataclass(slots=True)
class _Time:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


async def _deadline(quality: ServedQuality, time: _Time) -> DecisionDeadline:
    database = quality.rpc.database
    return DecisionDeadline(
        transactions=await quality.rpc.prepare(COLLECTIONS),
        deadlines=DeadlineStore(database=database),
        rulings=RulingStore(database=database),
        projects=ProjectStore(database=database, writer_id="wrt_test"),
        announce=announcements.outcome,
        clock=time,
    )


async def _told(quality: ServedQuality) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for event in await quality.rpc.events(events_pb2.AnswersDecided):
        for answer in event.answers:
            assert answer.reason != "DEADLINE" or answer.decision == types_pb2.DECISION_ACCEPTED
            found.setdefault(answer.assignment_id, []).append((answer.reason, answer.revision))
    return found


async def test_what_nobody_decided_in_time_is_accepted_and_nothing_before(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(
        answers_submitted(
            *(submitted("done", who, "yes") for who in "abc"),
            submitted("open", "a", "yes"),
        )
    )
    await quality.submit(
        answers_submitted(submitted("looked", "a", "yes", overlap=1), review_share=1.0)
    )
    before = await _told(quality)
    time = _Time(NOON + THREE_WEEKS - SOON)
    deadline = await _deadline(quality, time)
    assert not await deadline.turn()
    assert await _told(quality) == before

    # In between, one more comes.
    late = submitted("open", "late", "no")
    late.submit_time.CopyFrom(timestamp(NOON + timedelta(hours=1)))
    await quality.submit(answers_submitted(late))
    time.now = NOON + THREE_WEEKS + SOON
    assert not await deadline.turn()
    told = await _told(quality)
    assert told["open:a"] == [("DEADLINE", 1)]
    assert told["looked:a"] == [("SAMPLED", 1), ("DEADLINE", 2)]
    assert {told[f"done:{who}"][0][0] for who in "abc"} == {"AGREES"}
    assert "open:late" not in told
    counts = await quality.counts()
    assert (counts.answers_accepted, counts.answers_in_review) == (5, 0)

    # Again, it finds nothing; an hour later it finds the last; and the task may still be completed.
    contents = await quality.rpc.contents()
    assert not await deadline.turn()
    assert await quality.rpc.contents() == contents
    time.now += timedelta(hours=1)
    await deadline.turn()
    pool = await quality.rpc.database.collection(POOLS).find_one({"_id": "prj_1"})
    assert pool is not None
    assert "due_at" not in pool
    await quality.submit(answers_submitted(submitted("open", "c", "yes")))
    told = await _told(quality)
    assert (told["open:late"], told["open:c"]) == ([("DEADLINE", 1)], [("AGREES", 1)])
    assert told["open:a"] == [("DEADLINE", 1)]
    time.now = NOON + 2 * THREE_WEEKS
    await deadline.turn()
    assert await _told(quality) == told


async def test_the_projects_own_hours_count(quality: ServedQuality) -> None:
    await quality.create(decision_hours=2)
    message = answers_submitted(submitted("t", "a", "yes"))
    message.quality_policy.decision_hours = 2
    await quality.submit(message)
    time = _Time(NOON + timedelta(hours=2) - SOON)
    deadline = await _deadline(quality, time)
    await deadline.turn()
    assert await _told(quality) == {}
    time.now = NOON + timedelta(hours=2) + SOON
    await deadline.turn()
    assert await _told(quality) == {"t:a": [("DEADLINE", 1)]}


async def test_what_waits_for_an_operator_is_theirs_to_decide(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(submitted("t", "a", "yes", overlap=1), review_share=1.0))
    held = {"under": "brk_1", "reason": "failed_gold", "ruled_by": "m", "note": "", "clause": ""}
    await quality.rpc.database.collection(RULINGS).update_one(
        {"_id": "t:a"}, {"$set": {"withheld": held, "reason": "held"}}
    )
    before = await _told(quality)
    await (await _deadline(quality, _Time(NOON + 2 * THREE_WEEKS))).turn()
    assert await _told(quality) == before
    ruling = await quality.rpc.database.collection(RULINGS).find_one({"_id": "t:a"})
    assert ruling is not None
    assert ruling["state"] == "in_review"


async def test_several_replicas_walk_all_of_it_in_small_steps_and_each_answer_once(
    quality: ServedQuality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_deadline, "_ANSWERS_EACH_STEP", 7)
    for project in ("prj_1", "prj_2"):
        await quality.create(project)
        await quality.submit(
            answers_submitted(
                *(submitted(f"{project}-t{n}", "a", "yes") for n in range(30)),
                project_id=project,
            )
        )
    time = _Time(NOON + THREE_WEEKS + SOON)
    replicas = [await _deadline(quality, time) for _ in range(2)]
    for _ in range(12):
        more = await asyncio.gather(*(replica.turn() for replica in replicas))
        if not any(more):
            break
    told = await _told(quality)
    assert len(told) == 60
    assert Counter(tuple(one) for one in told.values()) == {(("DEADLINE", 1),): 60}
    assert (await quality.counts()).answers_accepted == 30
