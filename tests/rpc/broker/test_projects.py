"""Projects from draft to settled, and what their clients read out of them, over gRPC."""

from __future__ import annotations

import grpc

from crewline.broker.v1 import events_pb2, types_pb2
from crewline.broker.v1 import service_pb2 as pb
from services.broker.domain.assignments import AssignmentState
from services.chassis.clock import utc_now
from tests.rpc.broker.served import ServedBroker, a_project_request, a_task, request_id
from tests.rpc.harness import refusal


async def test_steps_are_recorded_with_who_when_and_why(broker: ServedBroker) -> None:
    project = await broker.project()
    paused = await broker.send(
        broker.stub.PauseProject,
        pb.PauseProjectRequest(
            request_id=request_id(), project_id=project.project_id, reason="unclear"
        ),
    )
    assert paused.project.state == types_pb2.PROJECT_STATE_PAUSED
    steps = [(c.from_state, c.to_state, c.actor) for c in paused.project.history]
    assert steps == [
        ("DRAFT", "FUNDED", "payouts"),
        ("FUNDED", "LIVE", "per_client"),
        ("LIVE", "PAUSED", "per_client"),
    ]
    assert paused.project.history[-1].reason == "unclear"


async def test_what_a_policy_says_is_kept_and_told_to_quality(broker: ServedBroker) -> None:
    await broker.enrol("a")
    policy = types_pb2.QualityPolicy(
        reject_below=0.125,
        review_share=0.25,
        review_disputed=True,
        adjudicate=True,
        error_cost_answers=20.0,
        decision_hours=48,
        clauses={"FAILED_GOLD": "2.1: look at the whole image", "SAMPLED": "5"},
        gold_share_max=0.25,
        gold_answers_max=7,
        tolerance=0.5,
    )
    project = await broker.project(
        quality_policy=policy, overlap=2, overlap_max=5, expected_seconds=12.5
    )
    assert project.quality_policy == policy
    assert (project.overlap, project.overlap_max) == (2, 5)
    await broker.post(project.project_id, [a_task("t1")])
    leases = await broker.claim("a")
    await broker.submit("a", leases)
    [created] = await broker.rpc.events(events_pb2.ProjectCreated)
    assert (created.project.quality_policy, created.project.overlap_max) == (policy, 5)
    assert created.project.expected_seconds == project.expected_seconds == 12.5
    [told] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert told.quality_policy == policy
    [answer] = told.answers
    assert (answer.overlap, answer.overlap_max) == (2, 5)
    assert answer.claim_time == leases[0].claim_time


async def test_a_fixed_overlap_has_no_most(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=2, overlap_max=2)
    await broker.post(project.project_id, [a_task("t1")])
    await broker.submit("a", await broker.claim("a"))
    [told] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert (told.answers[0].overlap, told.answers[0].overlap_max) == (2, 0)


async def test_a_paused_project_hands_out_nothing_but_takes_what_was_claimed(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1"), a_task("t2")])
    [lease] = await broker.claim("a")
    await broker.send(
        broker.stub.PauseProject,
        pb.PauseProjectRequest(request_id=request_id(), project_id=project.project_id),
    )
    assert await broker.claim("a") == []
    [result] = await broker.submit("a", [lease])
    assert result.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    await broker.send(
        broker.stub.ResumeProject,
        pb.ResumeProjectRequest(request_id=request_id(), project_id=project.project_id),
    )
    assert len(await broker.claim("a")) == 1


async def test_a_cancelled_project_is_settled_when_its_last_lease_is_over(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    [lease] = await broker.claim("a")
    await broker.send(
        broker.stub.CancelProject,
        pb.CancelProjectRequest(
            request_id=request_id(), project_id=project.project_id, reason="done with it"
        ),
    )
    assert await broker.claim("b") == []
    assert await broker.broker.projects.settle() == 0
    [result] = await broker.submit("a", [lease])
    assert result.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    assert await broker.broker.projects.settle() == 1
    assert await broker.broker.projects.settle() == 0
    *_, told = await broker.rpc.events(events_pb2.ProjectStateChanged)
    assert (told.settled, told.answers_submitted, told.state) == (
        True,
        1,
        types_pb2.PROJECT_STATE_CANCELLED,
    )


async def test_results_show_answers_under_pseudonyms(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1", gold_label="yes"), a_task("t2")])
    leases: list[types_pb2.Assignment] = []
    for person in ("a", "b"):
        leases = await broker.claim(person, 2)
        await broker.submit(person, leases)
        for lease in leases:
            await broker.decide(lease.assignment_id, AssignmentState.ACCEPTED)
    await broker.broker.news.tasks_resolved(
        [
            {
                "_id": task_id,
                "project_id": project.project_id,
                "label": "yes",
                "confidence": 0.9,
                "answers": 2,
                "resolved_at": utc_now(),
            }
            for task_id in {lease.task_id for lease in leases}
        ]
    )
    listed = await broker.send(
        broker.stub.ListResults,
        pb.ListResultsRequest(project_id=project.project_id, page_size=1),
    )
    rest = await broker.send(
        broker.stub.ListResults,
        pb.ListResultsRequest(
            project_id=project.project_id, page_size=1, page_token=listed.next_page_token
        ),
    )
    assert rest.next_page_token == ""
    results = [*listed.results, *rest.results]
    metadata = (("authorization", f"Bearer {broker.client}"),)
    streamed = [
        result
        async for message in broker.stub.StreamResults(
            pb.StreamResultsRequest(project_id=project.project_id), timeout=10, metadata=metadata
        )
        for result in message.results
    ]
    assert streamed == results
    assert {result.external_id: result.is_gold for result in results} == {"t1": True, "t2": False}
    people = {a.contractor_pseudonym for result in results for a in result.answers}
    assert len(people) == 2
    assert not people & {"a", "b"}
    progress = await broker.progress(project.project_id)
    assert (progress.tasks_resolved, progress.answers_accepted) == (2, 4)
    completed = await broker.send(
        broker.stub.CompleteProject,
        pb.CompleteProjectRequest(request_id=request_id(), project_id=project.project_id),
    )
    assert completed.project.state == types_pb2.PROJECT_STATE_COMPLETED


async def test_contractors_see_the_work_and_not_the_money(broker: ServedBroker) -> None:
    await broker.enrol("a")
    draft = await broker.project(held_units=0)
    live = await broker.project()
    seen = await broker.send(
        broker.stub.GetProject,
        pb.GetProjectRequest(project_id=live.project_id),
        token=broker.contractor("a"),
    )
    assert (seen.project.instructions, seen.project.pay.amount_minor) == ("Is there a bird?", 5)
    assert (seen.project.held_units, seen.project.client_id) == (0, "")
    found = await broker.send(broker.stub.ListProjects, pb.ListProjectsRequest(page_size=1))
    assert found.projects[0].project_id in (draft.project_id, live.project_id)
    assert found.next_page_token


async def test_contractors_see_what_they_may_do_and_what_they_have_done(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    elsewhere = types_pb2.Eligibility(countries=["US"])
    closed = await broker.project(eligibility=elsewhere)
    draft = await broker.project(held_units=0)
    for project_id in (closed.project_id, draft.project_id, "prj_none"):
        found = await refusal(
            broker.stub.GetProject,
            pb.GetProjectRequest(project_id=project_id),
            token=broker.contractor("a"),
        )
        assert (found.reason, found.message) == ("PROJECT_NOT_FOUND", "no such project")

    here = await broker.project(eligibility=types_pb2.Eligibility(countries=["KE"]))
    await broker.post(here.project_id, [a_task("one")])
    await broker.claim("a", project_id=here.project_id)
    await broker.enrol("a", "b", version=2, country="US")
    request = pb.GetProjectRequest(project_id=here.project_id)
    seen = await broker.send(broker.stub.GetProject, request, token=broker.contractor("a"))
    assert seen.project.project_id == here.project_id, "the work is their own still"
    gone = await refusal(broker.stub.GetProject, request, token=broker.contractor("b"))
    assert gone.reason == "PROJECT_NOT_FOUND"


async def test_a_project_for_a_region_is_for_those_who_live_there(broker: ServedBroker) -> None:
    await broker.enrol("a", "b", "c", region="KE-30")
    await broker.enrol("b", version=2, region="KE-47")
    await broker.enrol("c", version=2, region="")
    wanted = types_pb2.Eligibility(countries=["KE", "US"], regions=["KE-30"])
    there = await broker.project(eligibility=wanted)
    assert list(there.eligibility.regions) == ["KE-30"]
    await broker.post(there.project_id, [a_task("one")])
    request = pb.GetProjectRequest(project_id=there.project_id)
    seen = await broker.send(broker.stub.GetProject, request, token=broker.contractor("a"))
    assert seen.project.project_id == there.project_id
    for elsewhere in ("b", "c"):
        gone = await refusal(broker.stub.GetProject, request, token=broker.contractor(elsewhere))
        assert gone.reason == "PROJECT_NOT_FOUND"
    strange = a_project_request(
        eligibility=types_pb2.Eligibility(countries=["KE"], regions=["KE-30", "US-CA"])
    )
    refused = await refusal(broker.stub.CreateProject, strange, token=broker.client)
    assert (refused.reason, refused.fields) == ("ELIGIBILITY_INVALID", ("eligibility.regions",))


async def test_a_region_that_nobody_has_makes_no_project(broker: ServedBroker) -> None:
    """G17: a project for a mistyped region is for nobody, and its price for the country's row."""
    before = await broker.rpc.contents()
    mistyped = a_project_request(
        eligibility=types_pb2.Eligibility(countries=["KE", "US"], regions=["KE-30", "US-CX"])
    )
    refused = await refusal(broker.stub.CreateProject, mistyped, token=broker.client)
    assert refused.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (refused.reason, refused.fields) == ("REGION_INVALID", ("eligibility.regions",))
    assert refused.metadata["region"] == "US-CX"
    assert refused.metadata["nearest"].startswith("US-CA (California), ")
    assert "US-CX" in refused.message
    assert await broker.rpc.contents() == before


async def test_a_region_of_before_is_read_and_heard_of(broker: ServedBroker) -> None:
    """What was taken when only the form was looked at stays what it is, here and in events."""
    there = await broker.project(
        eligibility=types_pb2.Eligibility(countries=["KE"], regions=["KE-30"])
    )
    await broker.rpc.database.collection("projects").update_one(
        {"_id": there.project_id}, {"$set": {"eligibility.regions": ["KE-48"]}}
    )
    await broker.enrol("a", region="KE-48")
    await broker.enrol("b", region="KE-30")
    request = pb.GetProjectRequest(project_id=there.project_id)
    read = await broker.send(broker.stub.GetProject, request)
    assert list(read.project.eligibility.regions) == ["KE-48"]
    seen = await broker.send(broker.stub.GetProject, request, token=broker.contractor("a"))
    assert seen.project.project_id == there.project_id
    gone = await refusal(broker.stub.GetProject, request, token=broker.contractor("b"))
    assert gone.reason == "PROJECT_NOT_FOUND"


async def test_a_trace_goes_on_in_the_events_that_a_call_causes(broker: ServedBroker) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for sent in (trace, "no trace"):
        await broker.stub.CreateProject(
            a_project_request(),
            timeout=10,
            metadata=(("authorization", f"Bearer {broker.client}"), ("traceparent", sent)),
        )
    rows = await broker.rpc.database.collection("outbox").find().sort("recorded_at").to_list(None)
    assert [row["headers"].get("traceparent") for row in rows] == [trace, None]
