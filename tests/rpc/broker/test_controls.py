"""Control tasks that are handed out by a project itself, among the others."""

from __future__ import annotations

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from tests.rpc.broker.served import ServedBroker, a_task, request_id
from tests.rpc.harness import refusal

POLICY = types_pb2.QualityPolicy(reject_below=0.05, gold_share_max=0.5, gold_answers_max=3)


async def _external_ids(broker: ServedBroker, project_id: str) -> dict[str, str]:
    found = await broker.send(
        broker.stub.ListTasks, pb.ListTasksRequest(project_id=project_id, page_size=200)
    )
    return {task.task_id: task.external_id for task in found.tasks}


async def test_controls_come_among_the_others_once_to_each_and_no_more_than_paid_for(
    broker: ServedBroker,
) -> None:
    people = [f"c{n}" for n in range(6)]
    await broker.enrol(*people)
    project = await broker.project(overlap=6, quality_policy=POLICY)
    await broker.post(
        project.project_id,
        [a_task(f"t{n}") for n in range(30)]
        + [a_task(f"g{n}", gold_label="yes") for n in range(10)],
    )
    # 30 tasks for six answers each, and 10 controls for three.
    price = project.answer_price_units_max
    assert await broker.reserved(project.project_id) == (30 * 6 + 10 * 3) * price
    names = await _external_ids(broker, project.project_id)
    met: dict[str, list[str]] = {}
    for person in people:
        while claimed := await broker.claim(person, 10):
            met.setdefault(person, []).extend(names[a.task_id] for a in claimed)
            await broker.submit(person, claimed)
    for person, had in met.items():
        assert len(set(had)) == len(had), "nothing twice"
        assert sum(name.startswith("t") for name in had) == 30, person
    controls = [name for had in met.values() for name in had if name.startswith("g")]
    assert controls, "at a share of a half, some come"
    assert max(controls.count(name) for name in set(controls)) <= 3
    # Everyone begins at a place of their own.
    firsts = {next((n for n in had if n.startswith("g")), "") for had in met.values()}
    assert len(firsts - {""}) > 1


async def test_a_project_is_complete_without_the_results_of_its_controls(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1, quality_policy=POLICY)
    await broker.post(project.project_id, [a_task("t1"), a_task("g1", gold_label="yes")])
    completing = pb.CompleteProjectRequest(request_id=request_id(), project_id=project.project_id)
    refused = await refusal(broker.stub.CompleteProject, completing, token=broker.client)
    assert refused.reason == "TASKS_UNRESOLVED"
    names = await _external_ids(broker, project.project_id)
    [task_id] = [task_id for task_id, name in names.items() if name == "t1"]
    while claimed := await broker.claim("a", 2):
        await broker.submit("a", claimed)
    await broker.resolve(project.project_id, {task_id: "yes"})
    completing.request_id = request_id()
    done = await broker.send(broker.stub.CompleteProject, completing)
    assert done.project.state == types_pb2.PROJECT_STATE_COMPLETED


async def test_where_nothing_ordinary_is_left_no_control_comes_alone(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1, quality_policy=POLICY)
    await broker.post(project.project_id, [a_task(f"g{n}", gold_label="yes") for n in range(10)])
    assert await broker.claim("a", 10) == []
