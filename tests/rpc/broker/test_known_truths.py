"""Truths that quality finds: their tasks come as control tasks to whoever has not had them."""

from __future__ import annotations

import uuid

import pytest

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from services.broker.domain.errors import ProjectNotFound
from services.broker.domain.known_truths import KnownTruth
from tests.rpc.broker.served import ServedBroker, a_task

POLICY = types_pb2.QualityPolicy(reject_below=0.05, gold_share_max=0.5, gold_answers_max=3)
TASKS = 6


async def _known(
    broker: ServedBroker, project_id: str, *task_ids: str, version: int = 1, serves: bool = True
) -> None:
    """As quality would tell."""
    await broker.broker.known_truths.changed(
        [
            KnownTruth(project_id=project_id, task_id=task_id, is_control=serves, version=version)
            for task_id in task_ids
        ]
    )


async def _worked(broker: ServedBroker, *people: str) -> tuple[types_pb2.Project, list[str]]:
    """A project whose tasks these people have done, and the tasks."""
    project = await broker.project(overlap=len(people), quality_policy=POLICY)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(TASKS)])
    for person in people:
        await broker.submit(person, await broker.claim(person, TASKS))
    found = await broker.send(
        broker.stub.ListTasks, pb.ListTasksRequest(project_id=project.project_id)
    )
    return project, [task.task_id for task in found.tasks]


async def _had(broker: ServedBroker, person: str, project_id: str) -> list[str]:
    """The tasks that somebody gets who claims until nothing comes."""
    had: list[str] = []
    while claimed := await broker.claim(person, 10, project_id=project_id):
        had += [a.task_id for a in claimed]
        await broker.submit(person, claimed)
    return had


@pytest.mark.parametrize("result_first", [True, False])
async def test_a_found_truth_measures_those_who_have_not_done_its_task(
    broker: ServedBroker, *, result_first: bool
) -> None:
    await broker.enrol("a", "b", "new")
    project, tasks = await _worked(broker, "a", "b")
    results = dict.fromkeys(tasks, "yes")
    if result_first:
        await broker.resolve(project.project_id, results)
    await _known(broker, project.project_id, tasks[0])
    if not result_first:
        await broker.resolve(project.project_id, results)
    # Twice is once.
    await _known(broker, project.project_id, tasks[0])
    price = project.answer_price_units_max
    assert await broker.reserved(project.project_id) == (TASKS * 2 + 3) * price
    await broker.post(project.project_id, [a_task(f"more{n}") for n in range(40)])
    assert tasks[0] in await _had(broker, "new", project.project_id)
    assert tasks[0] not in await _had(broker, "a", project.project_id)


async def test_what_is_taken_back_is_handed_out_no_more(broker: ServedBroker) -> None:
    await broker.enrol("a", "b", "new")
    project, tasks = await _worked(broker, "a", "b")
    await broker.resolve(project.project_id, dict.fromkeys(tasks, "yes"))
    await _known(broker, project.project_id, tasks[0])
    await _known(broker, project.project_id, tasks[0], version=3, serves=False)
    await _known(broker, project.project_id, tasks[0], version=2)  # late
    await broker.post(project.project_id, [a_task(f"more{n}") for n in range(40)])
    assert tasks[0] not in await _had(broker, "new", project.project_id)


async def test_what_serves_again_is_handed_out_again_and_costs_nothing_more(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b", "new")
    project, tasks = await _worked(broker, "a", "b")
    await broker.resolve(project.project_id, dict.fromkeys(tasks, "yes"))
    for version, serves in enumerate((True, False, True), 1):
        await _known(broker, project.project_id, tasks[0], version=version, serves=serves)
    assert await broker.reserved(project.project_id) == (
        (TASKS * 2 + 3) * project.answer_price_units_max
    )
    await broker.post(project.project_id, [a_task(f"more{n}") for n in range(40)])
    assert tasks[0] in await _had(broker, "new", project.project_id)


async def test_of_one_batch_the_newest_counts(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project, tasks = await _worked(broker, "a", "b")
    await broker.resolve(project.project_id, dict.fromkeys(tasks, "yes"))
    before = await broker.reserved(project.project_id)
    truths = [
        KnownTruth(
            project_id=project.project_id,
            task_id=tasks[0],
            is_control=version == 1,
            version=version,
        )
        for version in (2, 1)
    ]
    await broker.broker.known_truths.changed(truths)
    assert await broker.reserved(project.project_id) == before


async def test_an_ended_project_reserves_no_more(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project, tasks = await _worked(broker, "a", "b")
    await broker.resolve(project.project_id, dict.fromkeys(tasks, "yes"))
    await broker.send(
        broker.stub.CompleteProject,
        pb.CompleteProjectRequest(project_id=project.project_id, request_id=str(uuid.uuid4())),
    )
    before = await broker.reserved(project.project_id)
    await _known(broker, project.project_id, tasks[0])
    assert await broker.reserved(project.project_id) == before


async def test_what_was_posted_for_some_is_handed_to_nobody_else(broker: ServedBroker) -> None:
    await broker.enrol("a", "new")
    project = await broker.project(overlap=1, quality_policy=POLICY)
    await broker.post(project.project_id, [a_task("t", assignee_ids=["a"])])
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease])
    # There is money enough.
    await broker.post(project.project_id, [a_task(f"more{n}") for n in range(20)])
    await broker.resolve(project.project_id, {lease.task_id: "yes"})
    before = await broker.reserved(project.project_id)
    await _known(broker, project.project_id, lease.task_id)
    assert await broker.reserved(project.project_id) == before


async def test_a_project_that_is_not_known_yet_is_waited_for(broker: ServedBroker) -> None:
    with pytest.raises(ProjectNotFound):
        await _known(broker, "prj_unknown", "tsk_1")


async def test_a_posted_control_task_that_has_leaked_is_handed_out_no_more(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "new")
    project = await broker.project(overlap=1, quality_policy=POLICY)
    await broker.post(
        project.project_id,
        [a_task(f"t{n}") for n in range(20)] + [a_task("g", gold_label="yes")],
    )
    found = await broker.send(
        broker.stub.ListTasks, pb.ListTasksRequest(project_id=project.project_id)
    )
    [leaked] = [task.task_id for task in found.tasks if task.external_id == "g"]
    await _known(broker, project.project_id, leaked, serves=False)
    assert leaked not in await _had(broker, "new", project.project_id)


async def test_found_control_tasks_cost_no_more_than_the_share_of_what_is_reserved(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    project, tasks = await _worked(broker, "a", "b")
    await broker.resolve(project.project_id, dict.fromkeys(tasks, "yes"))
    # One after the other: what was found before counts.
    for task in tasks:
        await _known(broker, project.project_id, task)
    price = project.answer_price_units_max
    assert await broker.reserved(project.project_id) == (TASKS * 2 + TASKS) * price


async def test_where_no_control_tasks_are_handed_out_nothing_changes(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t")])
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease])
    await broker.resolve(project.project_id, {lease.task_id: "yes"})
    before = await broker.reserved(project.project_id)
    await _known(broker, project.project_id, lease.task_id)
    assert await broker.reserved(project.project_id) == before
