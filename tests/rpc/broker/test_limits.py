"""The largest requests that the rules allow are done, and answers of any size come in parts."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest

from crewline.broker.v1 import events_pb2, types_pb2
from crewline.broker.v1 import service_pb2 as pb
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.projects import LABELS_BYTES_MAX
from services.chassis.grpc_limits import MESSAGE_BYTES_MAX
from services.chassis.paging import page_token
from tests.rpc.broker.served import ServedBroker, a_project_request, a_task, stream
from tests.rpc.harness import TIMEOUT_SECONDS, refusal

LONG = "ä" * 30_000
PAGES_MAX = 50


async def _paged(broker: ServedBroker, method: str, request: Any, items: str, token: str) -> Any:
    """All items of a list, page by page; how many each page had."""
    found, sizes = [], []
    for _ in range(PAGES_MAX):
        page = await broker.send(getattr(broker.stub, method), request, token=token)
        assert page.ByteSize() < MESSAGE_BYTES_MAX
        found += getattr(page, items)
        sizes.append(len(getattr(page, items)))
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    return found, sizes


async def test_tasks_with_large_data_are_listed_in_shorter_pages(broker: ServedBroker) -> None:
    project = await broker.project()
    for start in (0, 80):
        rows = [
            a_task(f"t{n:03}", data_json=json.dumps({"text": LONG}, ensure_ascii=False))
            for n in range(start, start + 80)
        ]
        assert (await broker.post(project.project_id, rows)).posted == 80
    request = pb.ListTasksRequest(project_id=project.project_id, page_size=1000)
    found, sizes = await _paged(broker, "ListTasks", request, "tasks", broker.client)
    assert [task.external_id for task in found] == [f"t{n:03}" for n in range(160)]
    assert max(sizes) < 80


async def test_long_answers_come_out_whole_in_lists_and_streams(broker: ServedBroker) -> None:
    people = ("a", "b", "c")
    await broker.enrol(*people)
    project = await broker.project(kind=common_pb2.WORK_KIND_TEXT, labels=[], overlap=3)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(50)])
    task_ids = set()
    for who in people:
        leases = await broker.claim(who, 50)
        task_ids |= {lease.task_id for lease in leases}
        results = await broker.submit(who, leases, LONG)
        assert not any(result.error.reason for result in results)
    await broker.resolve(project.project_id, dict.fromkeys(task_ids, LONG))
    request = pb.ListResultsRequest(project_id=project.project_id, page_size=1000)
    listed, sizes = await _paged(broker, "ListResults", request, "results", broker.client)
    assert [result.task_id for result in listed] == sorted(task_ids)
    assert {answer.value for result in listed for answer in result.answers} == {LONG}
    assert sum(len(result.answers) for result in listed) == 150
    assert len(sizes) > 2
    call = broker.stub.StreamResults(
        pb.StreamResultsRequest(project_id=project.project_id),
        timeout=TIMEOUT_SECONDS,
        metadata=(("authorization", f"Bearer {broker.client}"),),
    )
    streamed = [result async for message in call for result in message.results]
    assert streamed == listed
    history, _ = await _paged(
        broker,
        "ListAssignments",
        pb.ListAssignmentsRequest(),
        "assignments",
        broker.contractor("a"),
    )
    assert len({assignment.assignment_id for assignment in history}) == 50
    events = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert sum(len(event.answers) for event in events) == 150


async def test_a_project_as_large_as_may_be_can_be_told_and_worked_on(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    label = "ä" * (LABELS_BYTES_MAX // 1000 // 2 - 3)
    labels = [f"{n:03}" + label for n in range(1000)]
    project = await broker.project(
        labels=labels,
        instructions="ä" * 20_000,
        eligibility=types_pb2.Eligibility(
            countries=["KE"] + ["PH"] * 299, vendor_ids=["org_vendor"] + ["v" * 64] * 499
        ),
    )
    [event] = await broker.rpc.events(events_pb2.ProjectCreated)
    assert list(event.project.labels) == labels
    await broker.post(project.project_id, [a_task("t", gold_label=labels[0])])
    [result] = await broker.submit("a", await broker.claim("a"), labels[999])
    assert result.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    listed = await broker.send(broker.stub.ListProjects, pb.ListProjectsRequest())
    assert [found.project_id for found in listed.projects] == [project.project_id]
    asking = (
        '<View><Text name="t" value="$image"/><TextArea name="a" toName="t"/><Header value="{}"/>'
        "</View>"
    )
    config = asking.format("ä" * (50_000 - len(asking) + 2))
    written = await broker.project(kind=0, labels=[], label_config=config)
    assert (written.label_config, len(config)) == (config, 50_000)


async def test_labels_that_would_not_fit_an_event_are_refused(broker: ServedBroker) -> None:
    labels = [f"{n:03}" + "ä" * 197 for n in range(1000)]
    before = await broker.rpc.contents()
    found = await refusal(
        broker.stub.CreateProject, a_project_request(labels=labels), token=broker.client
    )
    assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "LABELS_INVALID")
    assert found.fields == ("labels",)
    assert await broker.rpc.contents() == before


@pytest.mark.parametrize("position", ["-1", "1.5", "none", "9" * 40, ""])
async def test_forged_positions_are_no_page_tokens(broker: ServedBroker, position: str) -> None:
    project = await broker.project()
    tasks = pb.ListTasksRequest(
        project_id=project.project_id,
        page_token=page_token(position, scope=f"tasks:{project.project_id}"),
    )
    own = pb.ListAssignmentsRequest(page_token=page_token(position, scope="assignments:a:"))
    for method, request, token in (
        (broker.stub.ListTasks, tasks, broker.client),
        (broker.stub.ListAssignments, own, broker.contractor("a")),
    ):
        if position:
            found = await refusal(method, request, token=token)
            assert (found.reason, found.fields) == ("PAGE_TOKEN_INVALID", ("page_token",))
        else:
            await broker.send(method, request, token=token)


async def test_a_stream_posts_to_one_project(broker: ServedBroker) -> None:
    one, other = await broker.project(), await broker.project(name="other")
    posting = stream(
        pb.PostTasksRequest(project_id=one.project_id, tasks=[a_task("t1")]),
        pb.PostTasksRequest(tasks=[a_task("t2")]),
        pb.PostTasksRequest(project_id=other.project_id, tasks=[a_task("t3")]),
    )
    found = await refusal(broker.stub.PostTasks, posting, token=broker.client)
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    tasks = (await broker.rpc.contents())["tasks"]
    assert sorted(task["external_id"] for task in tasks) == ["t1", "t2"]


async def test_long_results_are_taken_in_bounded_batches_and_come_out_in_pages(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project(
        kind=0,
        labels=[],
        overlap=1,
        label_config='<View><Text name="t" value="$t"/><Labels name="l" toName="t">'
        '<Label value="x"/></Labels></View>',
    )
    data = json.dumps({"t": "words"})
    await broker.post(project.project_id, [a_task(f"t{n}", data_json=data) for n in range(30)])
    value = {"start": 0, "end": 4, "labels": ["x"], "text": LONG}
    region = {"from_name": "l", "to_name": "t", "type": "labels", "value": value}
    result = json.dumps([region] * 4, ensure_ascii=False)
    assert 200_000 < len(result.encode()) <= 262_144
    leases = await broker.claim("a", 30)
    answered = await broker.send(
        broker.stub.SubmitAnswers,
        pb.SubmitAnswersRequest(
            answers=[
                pb.NewAnswer(
                    assignment_id=lease.assignment_id,
                    lease_token=lease.lease_token,
                    result_json=result,
                )
                for lease in leases
            ]
        ),
        token=broker.contractor("a"),
    )
    assert not [told.error for told in answered.results if told.error.reason]
    # The value says where; the words themselves are in the result alone.
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert all(len(answer.value) < 500 for answer in event.answers)
    await broker.resolve(project.project_id, {lease.task_id: "[]" for lease in leases})
    request = pb.ListResultsRequest(project_id=project.project_id, page_size=1000)
    listed, sizes = await _paged(broker, "ListResults", request, "results", broker.client)
    assert {answer.result_json for found in listed for answer in found.answers} == {result}
    assert [found.task_id for found in listed] == sorted(lease.task_id for lease in leases)
    assert len(sizes) > 1
    history, sizes = await _paged(
        broker,
        "ListAssignments",
        pb.ListAssignmentsRequest(page_size=1000),
        "assignments",
        broker.contractor("a"),
    )
    assert len({line.assignment_id for line in history}) == 30
    assert {line.result_json for line in history} == {result}
    assert len(sizes) > 1
