"""Answers in, standings and rulings out: by replicas side by side, and with labels of nowhere."""

from __future__ import annotations

import asyncio

from crewline.quality.v1 import events_pb2
from crewline.quality.v1 import service_pb2 as pb
from tests.rpc.quality.broker_events import TEXT, answers_submitted, submitted
from tests.rpc.quality.served import ServedQuality, new_quality


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
