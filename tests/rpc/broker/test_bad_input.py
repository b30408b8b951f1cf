"""Bad calls to the broker: the right code, a reason, the field, and nothing written."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from tests.rpc.bad_requests import check_repeat, check_rules
from tests.rpc.broker.served import (
    SERVICE,
    ServedBroker,
    a_project_request,
    a_task,
    request_id,
    stream,
)
from tests.rpc.harness import check_admission, check_bytes, refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
BY_CONTRACTOR = {
    "ClaimAssignments",
    "RenewAssignments",
    "ReleaseAssignments",
    "SubmitAnswers",
    "ListAssignments",
    "ListOffers",
}
STEPS = {
    "ActivateProject": pb.ActivateProjectRequest,
    "PauseProject": pb.PauseProjectRequest,
    "ResumeProject": pb.ResumeProjectRequest,
    "CompleteProject": pb.CompleteProjectRequest,
    "CancelProject": pb.CancelProjectRequest,
}


def _valid() -> dict[str, Message]:
    lease = pb.Lease(assignment_id="a", lease_token="t")
    return {
        "CreateProject": a_project_request(
            eligibility=types_pb2.Eligibility(
                countries=["KE"],
                languages=["en"],
                skills=["s"],
                vendor_ids=["v"],
                regions=["KE-30"],
            ),
            quality_policy=types_pb2.QualityPolicy(reject_below=0.1, clauses={"X": "1"}),
        ),
        "GetProject": pb.GetProjectRequest(project_id="p"),
        "ListProjects": pb.ListProjectsRequest(),
        **{name: kind(request_id=request_id(), project_id="p") for name, kind in STEPS.items()},
        "PostTasks": pb.PostTasksRequest(project_id="p", tasks=[a_task("t")]),
        "GetTask": pb.GetTaskRequest(task_id="t"),
        "ListTasks": pb.ListTasksRequest(project_id="p"),
        "ClaimAssignments": pb.ClaimAssignmentsRequest(request_id=request_id(), max_assignments=1),
        "RenewAssignments": pb.RenewAssignmentsRequest(leases=[lease]),
        "ReleaseAssignments": pb.ReleaseAssignmentsRequest(leases=[lease], reason="r"),
        "SubmitAnswers": pb.SubmitAnswersRequest(
            answers=[pb.NewAnswer(assignment_id="a", lease_token="t", value="yes")]
        ),
        "ListAssignments": pb.ListAssignmentsRequest(),
        "ListOffers": pb.ListOffersRequest(),
        "ListTemplates": pb.ListTemplatesRequest(),
        "CheckLabelConfig": pb.CheckLabelConfigRequest(label_config="<View/>", data_json=["{}"]),
        "ListPoolActivity": pb.ListPoolActivityRequest(),
        "ListResults": pb.ListResultsRequest(project_id="p"),
        "StreamResults": pb.StreamResultsRequest(project_id="p"),
        "GetProjectProgress": pb.GetProjectProgressRequest(project_id="p"),
    }


async def test_nobody_gets_in_without_a_token_of_the_right_role(broker: ServedBroker) -> None:
    before = await broker.rpc.contents()
    assert await check_admission(broker.channel, SERVICE, mint=broker.rpc.mint) > 100
    assert await check_bytes(broker.channel, SERVICE, mint=broker.rpc.mint) > 60
    assert await broker.rpc.contents() == before


async def test_every_rule_of_every_request_is_enforced(broker: ServedBroker) -> None:
    def token(method: str) -> str:
        if method == "ListPoolActivity":
            return broker.rpc.mint.token("VENDOR")
        return broker.contractor("a") if method in BY_CONTRACTOR else broker.client

    before = await broker.rpc.contents()
    refused = await check_rules(broker.channel, SERVICE, _valid(), tokens=token)
    assert refused > 60
    assert await broker.rpc.contents() == before


@pytest.mark.parametrize(
    "method",
    ["GetProject", "ListTasks", "ListResults", "StreamResults", "GetProjectProgress", *STEPS],
)
@pytest.mark.parametrize("whose", ["nobody", "another client"])
async def test_other_peoples_projects_are_not_there(
    broker: ServedBroker, method: str, whose: str
) -> None:
    project = await broker.project()
    request = _valid()[method]
    request.project_id = project.project_id if whose == "another client" else "prj_none"  # type: ignore[attr-defined]
    token = broker.rpc.mint.token("CLIENT", organisation_id="org_stranger")
    before = await broker.rpc.contents()
    found = await refusal(getattr(broker.stub, method), request, token=token)
    assert (found.code, found.reason) == (NOT_FOUND, "PROJECT_NOT_FOUND")
    assert await broker.rpc.contents() == before


async def test_other_peoples_tasks_are_not_there(broker: ServedBroker) -> None:
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    listed = await broker.send(
        broker.stub.ListTasks, pb.ListTasksRequest(project_id=project.project_id)
    )
    request = pb.GetTaskRequest(task_id=listed.tasks[0].task_id)
    assert (await broker.send(broker.stub.GetTask, request)).task.external_id == "t1"
    token = broker.rpc.mint.token("CLIENT", organisation_id="org_stranger")
    found = await refusal(broker.stub.GetTask, request, token=token)
    assert (found.code, found.reason) == (NOT_FOUND, "TASK_NOT_FOUND")
    posting = stream(pb.PostTasksRequest(project_id=project.project_id, tasks=[a_task("t2")]))
    found = await refusal(broker.stub.PostTasks, posting, token=token)
    assert (found.code, found.reason) == (NOT_FOUND, "PROJECT_NOT_FOUND")


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"labels": ["only"]}, "LABELS_INVALID", "labels"),
        ({"kind": common_pb2.WORK_KIND_TEXT}, "LABELS_INVALID", "labels"),
        (
            {"pay": common_pb2.Money(amount_minor=0, currency="USD")},
            "PAY_INVALID",
            "pay.amount_minor",
        ),
        (
            {"pay": common_pb2.Money(amount_minor=-1, currency="USD")},
            "PAY_INVALID",
            "pay.amount_minor",
        ),
        ({"lease_seconds": 2}, "LEASE_INVALID", "lease_seconds"),
        ({"overlap": 3, "overlap_max": 2}, "OVERLAP_INVALID", "overlap_max"),
        (
            {"quality_policy": types_pb2.QualityPolicy(clauses={"not a reason": "1"})},
            "POLICY_INVALID",
            "quality_policy.clauses",
        ),
        (
            {"quality_policy": types_pb2.QualityPolicy(tolerance=float("inf"))},
            "POLICY_INVALID",
            "quality_policy.tolerance",
        ),
    ],
)
async def test_a_project_that_cannot_be_is_refused(
    broker: ServedBroker, changes: dict[str, Any], reason: str, field: str
) -> None:
    before = await broker.rpc.contents()
    found = await refusal(
        broker.stub.CreateProject, a_project_request(**changes), token=broker.client
    )
    assert (found.code, found.reason, found.fields) == (INVALID, reason, (field,))
    assert await broker.rpc.contents() == before


@pytest.mark.parametrize(
    ("state", "method"),
    [
        ("DRAFT", "ActivateProject"),
        ("DRAFT", "PauseProject"),
        ("DRAFT", "ResumeProject"),
        ("DRAFT", "CompleteProject"),
        ("FUNDED", "PauseProject"),
        ("FUNDED", "ResumeProject"),
        ("LIVE", "ActivateProject"),
        ("LIVE", "ResumeProject"),
    ],
)
async def test_a_step_from_the_wrong_state_is_refused(
    broker: ServedBroker, state: str, method: str
) -> None:
    held = 0 if state == "DRAFT" else 1000
    project = await broker.project(held_units=held, activate=state == "LIVE")
    before = await broker.rpc.contents()
    found = await refusal(
        getattr(broker.stub, method),
        STEPS[method](request_id=request_id(), project_id=project.project_id),
        token=broker.client,
    )
    assert (found.code, found.reason) == (PRECONDITION, "PROJECT_STATE_WRONG")
    assert found.metadata["state"] == state
    assert await broker.rpc.contents() == before


@pytest.mark.parametrize(
    ("led_by", "method"),
    [
        ([], "ActivateProject"),
        (["ActivateProject"], "PauseProject"),
        (["ActivateProject", "PauseProject"], "ResumeProject"),
        (["ActivateProject"], "CompleteProject"),
        ([], "CancelProject"),
    ],
)
async def test_a_request_id_moves_a_project_once(
    broker: ServedBroker, led_by: list[str], method: str
) -> None:
    project = await broker.project(activate=False)
    other = await broker.project(activate=False, name="other")
    for name in led_by:
        step = STEPS[name](request_id=request_id(), project_id=project.project_id)
        await broker.send(getattr(broker.stub, name), step)
    await check_repeat(
        broker.rpc,
        getattr(broker.stub, method),
        STEPS[method](request_id=request_id(), project_id=project.project_id),
        token=broker.client,
        changes={"project_id": other.project_id},
    )


async def test_a_project_with_open_tasks_does_not_complete(broker: ServedBroker) -> None:
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    found = await refusal(
        broker.stub.CompleteProject,
        pb.CompleteProjectRequest(request_id=request_id(), project_id=project.project_id),
        token=broker.client,
    )
    assert (found.code, found.reason) == (PRECONDITION, "TASKS_UNRESOLVED")


async def test_bad_rows_are_told_one_by_one_and_the_good_ones_posted(
    broker: ServedBroker,
) -> None:
    project = await broker.project(overlap=2, held_units=67_500 * 2 * 3)
    await broker.post(project.project_id, [a_task("there")])
    rows = [
        a_task("good"),
        a_task(""),
        a_task("x" * 201),
        a_task("list", data_json="[]"),
        a_task("large", data_json='{"a": "%s"}' % ("x" * 70_000)),
        a_task("gold", gold_label="perhaps"),
        a_task("twice", assignee_ids=["c", "c"]),
        a_task("there"),
        a_task("there", data_json='{"other": 1}'),
        a_task("good"),
        a_task("also good"),
        a_task("too dear"),
    ]
    response = await broker.post(project.project_id, rows)
    told = [(e.row, e.error.reason, e.error.field) for e in response.errors]
    assert sorted(told) == [
        (1, "FIELD_VIOLATION", "external_id"),
        (2, "FIELD_VIOLATION", "external_id"),
        (3, "DATA_INVALID", "data_json"),
        (4, "FIELD_VIOLATION", "data_json"),
        (5, "GOLD_INVALID", "gold_label"),
        (6, "FIELD_VIOLATION", "assignee_ids"),
        (8, "TASK_CHANGED", "external_id"),
        (11, "FUNDS_SHORT", ""),
    ]
    assert (response.posted, response.duplicates, response.refused) == (2, 2, 8)
    project_now = await broker.send(
        broker.stub.GetProject, pb.GetProjectRequest(project_id=project.project_id)
    )
    assert project_now.project.tasks_posted == 3


async def test_a_draft_takes_no_tasks(broker: ServedBroker) -> None:
    project = await broker.project(held_units=0)
    found = await refusal(
        broker.stub.PostTasks,
        stream(pb.PostTasksRequest(project_id=project.project_id, tasks=[a_task("t")])),
        token=broker.client,
    )
    assert (found.code, found.reason) == (PRECONDITION, "PROJECT_STATE_WRONG")


@pytest.mark.parametrize("method", ["ListProjects", "ListTasks", "ListResults", "ListAssignments"])
@pytest.mark.parametrize("token", ["nonsense", "W10", "e30", "WyIxIiwgImFiYyJd"])
async def test_page_tokens_of_nowhere_are_refused(
    broker: ServedBroker, method: str, token: str
) -> None:
    project = await broker.project()
    request: Any = _valid()[method]
    request.page_token = token
    if hasattr(request, "project_id"):
        request.project_id = project.project_id
    caller = broker.contractor("a") if method == "ListAssignments" else broker.client
    found = await refusal(getattr(broker.stub, method), request, token=caller)
    assert (found.code, found.reason, found.fields) == (
        INVALID,
        "PAGE_TOKEN_INVALID",
        ("page_token",),
    )


async def test_who_may_not_claim_is_told_why(broker: ServedBroker) -> None:
    await broker.enrol("a")
    await broker.enrol("gone", is_active=False)
    project = await broker.project()
    elsewhere = await broker.project(
        eligibility=types_pb2.Eligibility(countries=["PH"]), name="elsewhere"
    )
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(120)])

    async def refused(
        contractor: str, organisation: str = "org_vendor", **fields: Any
    ) -> tuple[grpc.StatusCode, str]:
        found = await refusal(
            broker.stub.ClaimAssignments,
            pb.ClaimAssignmentsRequest(request_id=request_id(), max_assignments=50, **fields),
            token=broker.contractor(contractor, organisation_id=organisation),
        )
        return found.code, found.reason

    assert await refused("unknown") == (NOT_FOUND, "CONTRACTOR_NOT_FOUND")
    assert await refused("a", "org_other") == (NOT_FOUND, "CONTRACTOR_NOT_FOUND")
    assert await refused("gone") == (PRECONDITION, "CONTRACTOR_NOT_ACTIVE")
    assert await refused("a", project_id="prj_none") == (NOT_FOUND, "PROJECT_NOT_FOUND")
    closed = elsewhere.project_id
    assert await refused("a", project_id=closed) == (NOT_FOUND, "PROJECT_NOT_FOUND")
    assert len(await broker.claim("a", 50)) == 50
    assert len(await broker.claim("a", 50)) == 50
    assert await refused("a") == (grpc.StatusCode.RESOURCE_EXHAUSTED, "CLAIMS_EXHAUSTED")


async def test_a_request_id_is_used_for_one_request(broker: ServedBroker) -> None:
    request = a_project_request()
    first = await broker.send(broker.stub.CreateProject, request)
    again = await broker.send(broker.stub.CreateProject, request)
    assert first == again
    request.name = "another"
    found = await refusal(broker.stub.CreateProject, request, token=broker.client)
    assert (found.code, found.reason, found.fields) == (
        INVALID,
        "REQUEST_ID_REUSED",
        ("request_id",),
    )
    found_projects = await broker.send(broker.stub.ListProjects, pb.ListProjectsRequest())
    assert len(found_projects.projects) == 1
