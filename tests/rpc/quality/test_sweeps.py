"""Sweeps: what was judged before anybody was known is judged again, once, by one at a time."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.chassis.errors import StoreUnavailable
from services.chassis.ids import new_id
from services.quality.app import Quality
from services.quality.domain.records import ProjectRecord
from services.quality.domain.sweeps import LEASE
from services.quality.store.collections import COLLECTIONS, POOLS, SKILLS, STANDINGS, SWEEPS
from services.quality.usecases import sweeps as usecase
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import NOON, answers_submitted, submitted
from tests.rpc.quality.served import OPERATOR, ServedQuality


@dataclass(slots=True)
class _Time:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


async def _replica(quality: ServedQuality, time: _Time) -> Quality:
    return Quality(
        database=quality.rpc.database,
        transactions=await quality.rpc.prepare(COLLECTIONS),
        new_id=new_id,
        clock=time,
        sweep_hour_utc=11,
    )


async def _sweep(quality: ServedQuality, request_id: str = "") -> pb.SweepProjectResponse:
    request = pb.SweepProjectRequest(project_id="prj_1", request_id=request_id or str(uuid.uuid4()))
    response: pb.SweepProjectResponse = await quality.send(quality.stub.SweepProject, request)
    return response


async def _told(quality: ServedQuality, task_id: str) -> list[types_pb2.Consensus]:
    events = await quality.rpc.events(events_pb2.TasksResolved)
    return [task for event in events for task in event.tasks if task.task_id == task_id]


async def _misjudged(quality: ServedQuality) -> None:
    """Two who turn out to guess outvote one who turns out to know: on the first task of all."""
    await quality.create()
    await quality.submit(
        answers_submitted(*(submitted("first", who, said) for who, said in _FIRST.items()))
    )
    for number in range(20):
        truth = ("yes", "no")[number % 2]
        wrong = ("no", "yes")[number % 2]
        said = {"good": truth, "bad": wrong, "worse": wrong, "fine": truth}
        await quality.submit(
            answers_submitted(
                *(
                    submitted(f"g{number:02}", who, label, overlap=4, gold=truth)
                    for who, label in said.items()
                )
            )
        )


_FIRST = {"good": "yes", "bad": "no", "worse": "no"}


async def test_a_sweep_corrects_what_was_judged_too_early_and_tells_only_that(
    quality: ServedQuality,
) -> None:
    await _misjudged(quality)
    assert [task.label for task in await _told(quality, "first")] == ["no"]
    other = len(await _told(quality, "g00"))
    request_id = str(uuid.uuid4())
    done = await _sweep(quality, request_id)
    assert (done.tasks_scored, done.labels_changed) == (21, 1)
    told = await _told(quality, "first")
    assert [task.label for task in told] == ["no", "yes"]
    assert told[1].resolve_time.ToDatetime() >= told[0].resolve_time.ToDatetime()
    assert len(await _told(quality, "g00")) == other

    # The same request again is answered, and changes nothing.
    contents = await quality.rpc.contents()
    assert await _sweep(quality, request_id) == done
    assert await quality.rpc.contents() == contents
    counts = await quality.counts()
    assert (counts.tasks_resolved, counts.answers_scored) == (21, 83)


async def test_counters_are_the_sum_of_what_tasks_have_stored_after_pages_of_any_size(
    quality: ServedQuality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecase, "_TASKS_EACH_PAGE", 4)
    await _misjudged(quality)
    assert (await _sweep(quality)).tasks_scored == 21
    credited: dict[str, int] = {}
    async for standing in quality.rpc.database.collection(STANDINGS).find():
        for share in standing["credits"]["shares"]:
            for who in share["who"]:
                credited[who] = credited.get(who, 0) + 1
    counted = {
        row["contractor_id"]: row["counters"]["answers"]
        async for row in quality.rpc.database.collection(SKILLS).find()
    }
    assert credited == counted == {"good": 21, "bad": 21, "worse": 21, "fine": 20}


async def test_while_one_sweeps_another_is_refused_and_a_dead_one_is_taken_over(
    quality: ServedQuality,
) -> None:
    await _misjudged(quality)
    sweeps = quality.rpc.database.collection(SWEEPS)
    running: dict[str, Any] = {
        "owner": "org_other:1",
        "lease_until": datetime.now(NOON.tzinfo) + LEASE,
        "after": "g10",
        "tasks_scored": 12,
        "labels_changed": 0,
        "running_steps": 0,
        "seen_steps": 0,
        "answered": [],
        "night": "",
    }
    await sweeps.insert_one({"_id": "prj_1", **running})
    request = pb.SweepProjectRequest(project_id="prj_1", request_id=str(uuid.uuid4()))
    found = await refusal(quality.stub.SweepProject, request, token=quality.client)
    assert (found.code, found.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "SWEEP_RUNNING",
    )
    found = await refusal(quality.stub.SweepProject, request, token=quality.stranger)
    assert found.reason == "PROJECT_NOT_FOUND"
    past = datetime.now(NOON.tzinfo) - timedelta(seconds=1)
    await sweeps.update_one({"_id": "prj_1"}, {"$set": {"lease_until": past}})
    # Another begins anew; whoever was interrupted goes on where they stopped.
    assert (await _sweep(quality)).tasks_scored == 21
    mine = f"org_client:{request.request_id}"
    await sweeps.update_one(
        {"_id": "prj_1"}, {"$set": {**running, "owner": mine, "lease_until": past}}
    )
    assert (await _sweep(quality, request.request_id)).tasks_scored == 12 + 9


async def test_every_night_what_was_touched_is_swept_once_by_one_of_the_replicas(
    quality: ServedQuality,
) -> None:
    await _misjudged(quality)
    await quality.create("prj_quiet")
    time = _Time(NOON - timedelta(hours=2))
    replicas = [await _replica(quality, time) for _ in range(2)]

    async def night() -> int:
        await asyncio.gather(*(replica.sweeps.turn() for replica in replicas))
        pool = await quality.rpc.database.collection(POOLS).find_one({"_id": "prj_1"})
        assert pool is not None
        return int(pool.get("pages_swept", 0))

    assert await night() == 0
    time.now = NOON
    assert await night() == 1
    assert [task.label for task in await _told(quality, "first")] == ["no", "yes"]
    time.now += timedelta(minutes=1)
    assert await night() == 1
    # A new night: nothing was touched since. Then something is; but the hour is over.
    time.now += timedelta(days=1)
    assert await night() == 1
    await quality.submit(answers_submitted(*(submitted("late", w, "yes") for w in "abc")))
    time.now += timedelta(hours=8)
    replicas.append(await _replica(quality, time))
    assert await night() == 1
    time.now += timedelta(days=1, hours=-8)
    assert await night() == 2


async def test_what_follows_a_sweep_and_fails_is_done_with_its_repeat_or_the_next_night(
    quality: ServedQuality,
) -> None:
    await _misjudged(quality)
    project = await quality.quality.reading.project(OPERATOR, "prj_1")
    done: list[str] = []
    is_down = True

    async def fails(_: ProjectRecord) -> None:
        if is_down:
            raise StoreUnavailable("down")
        done.append("first")

    async def works(_: ProjectRecord) -> None:
        done.append("second")

    replica = await _replica(quality, _Time())
    replica.sweeps._then = (fails, works)
    with pytest.raises(StoreUnavailable):
        await replica.sweeps.sweep(project, owner="me")
    assert done == ["second"], "what does not depend on it is done"
    is_down = False
    first = await replica.sweeps.sweep(project, owner="me")
    assert done == ["second", "first", "second"]
    assert await replica.sweeps.sweep(project, owner="me") == first
    assert len(done) == 3, "once it is done, it is"
    # A process that dies between the two leaves it to the night.
    is_down = True
    with pytest.raises(StoreUnavailable):
        await replica.sweeps.sweep(project, owner="other")
    is_down, done = False, []
    assert await replica.sweeps.turn() is False
    assert done == ["first", "second"]
