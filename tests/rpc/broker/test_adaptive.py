"""Adaptive overlap over gRPC: tasks in doubt get more answers, and what was not needed is free."""

from __future__ import annotations

import pytest

from crewline.broker.v1 import events_pb2
from crewline.broker.v1 import service_pb2 as pb
from services.broker.domain.errors import TaskNotFound
from services.broker.usecases.claiming import Claim
from tests.rpc.broker.served import ServedBroker, a_task, new_broker, request_id
from tests.waiting import eventually

# In units: the pay, 15 % at most for a vendor, 20 % for the platform.
PRICE = 50_000 + 7_500 + 10_000
"""Pay, commission of at most 15 % and a fee of 20 %, each rounded up."""


async def test_a_task_in_doubt_gets_more_answers_by_others_up_to_its_most(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b", "c", "d")
    project = await broker.project(overlap=1, overlap_max=3)
    await broker.post(project.project_id, [a_task("t1")])
    [first] = await broker.claim("a")
    await broker.submit("a", [first])
    assert await broker.claim("b") == []
    await broker.need(project.project_id, {first.task_id: 2})
    # Late, and again: nothing more is asked for.
    await broker.need(project.project_id, {first.task_id: 2})
    await broker.need(project.project_id, {first.task_id: 1})
    assert await broker.claim("a") == []
    [second] = await broker.claim("b")
    assert second.task_id == first.task_id
    assert await broker.claim("c") == []
    await broker.submit("b", [second])
    # More than the most is the most.
    await broker.need(project.project_id, {first.task_id: 9})
    [third] = await broker.claim("c")
    assert await broker.claim("d") == []
    await broker.submit("c", [third])
    told = [a for e in await broker.rpc.events(events_pb2.AnswersSubmitted) for a in e.answers]
    # What quality counts with stays what the project began with.
    assert [(a.overlap, a.overlap_max) for a in told] == [(1, 3)] * 3
    [task] = (
        await broker.send(broker.stub.ListTasks, pb.ListTasksRequest(project_id=project.project_id))
    ).tasks
    assert task.overlap == 3


async def test_a_need_that_came_early_or_for_nothing_of_ours_is_an_error(
    broker: ServedBroker,
) -> None:
    project = await broker.project(overlap=1, overlap_max=3)
    await broker.post(project.project_id, [a_task("t1")])
    before = await broker.rpc.contents()
    with pytest.raises(TaskNotFound):
        await broker.need(project.project_id, {"tsk_nobody": 2})
    assert await broker.rpc.contents() == before


async def test_another_replica_finds_what_is_asked_for(broker: ServedBroker) -> None:
    other = await new_broker(broker.rpc)
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1, overlap_max=2)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(3)])
    claimed = await broker.claim("a", 3)
    await broker.submit("a", claimed)

    async def claim_there() -> list[str]:
        claim = Claim(
            contractor_id="b",
            organisation_id="org_vendor",
            request_id=request_id(),
            project_id=project.project_id,
            count=3,
        )
        [outcome] = await other.claiming.claim([claim])
        assert isinstance(outcome, list), outcome
        return [each.assignment.task_id for each in outcome]

    assert await claim_there() == []
    await broker.need(project.project_id, {claimed[1].task_id: 2})
    assert await eventually(claim_there, what="the task in doubt") == [claimed[1].task_id]


async def test_money_for_answers_that_were_not_asked_for_is_free_with_the_result(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b", "c")
    # Room for one task of at most three answers, and not for two.
    project = await broker.project(overlap=1, overlap_max=3, held_units=5 * PRICE)
    posted = await broker.post(project.project_id, [a_task("t1"), a_task("t2")])
    assert (posted.posted, posted.errors[0].error.reason) == (1, "FUNDS_SHORT")
    assert await broker.reserved(project.project_id) == 3 * PRICE
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease])
    await broker.resolve(project.project_id, {lease.task_id: "yes"})
    assert await broker.reserved(project.project_id) == PRICE
    # Once: a result that comes again, or is scored anew, frees nothing more.
    await broker.resolve(project.project_id, {lease.task_id: "yes"})
    await broker.need(project.project_id, {lease.task_id: 3})
    assert await broker.reserved(project.project_id) == PRICE
    assert await broker.claim("b") == []
    posted = await broker.post(project.project_id, [a_task("t2")])
    assert posted.posted == 1
    assert await broker.reserved(project.project_id) == 4 * PRICE


async def test_tasks_that_name_their_contractors_get_their_answers_only(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b", "c")
    project = await broker.project(overlap=1, overlap_max=5)
    await broker.post(project.project_id, [a_task("t1", assignee_ids=["a", "b"])])
    assert await broker.reserved(project.project_id) == 2 * PRICE
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease])
    await broker.need(project.project_id, {lease.task_id: 3})
    assert await broker.claim("c") == []
    [told] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert (told.answers[0].overlap, told.answers[0].overlap_max) == (2, 0)
