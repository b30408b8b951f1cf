"""From a posted task to a decided answer, over gRPC."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from crewline.broker.v1 import events_pb2, types_pb2
from crewline.broker.v1 import service_pb2 as pb
from services.broker.domain.assignments import AssignmentState
from services.broker.usecases.claiming import Claim
from services.chassis.clock import utc_now
from tests.rpc.broker.served import ServedBroker, a_task, new_broker, request_id
from tests.rpc.harness import RpcHarness


async def test_an_answer_goes_from_claim_to_event(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    posted = await broker.post(project.project_id, [a_task("t1", gold_label="yes")])
    assert (posted.posted, posted.refused) == (1, 0)
    [lease] = await broker.claim("a", 5)
    assert lease.pay.amount_minor == 5
    assert "gold" not in str(lease).lower()
    [result] = await broker.submit("a", [lease])
    assert result.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    [answer] = event.answers
    assert (answer.assignment_id, answer.value, answer.gold_label, answer.overlap) == (
        lease.assignment_id,
        "yes",
        "yes",
        2,
    )
    progress = await broker.progress(project.project_id)
    assert (progress.tasks_posted, progress.answers_submitted) == (1, 1)


async def test_overlap_is_exact_and_nobody_answers_twice(broker: ServedBroker) -> None:
    people = [f"c{n}" for n in range(6)]
    await broker.enrol(*people)
    project = await broker.project(overlap=3)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(40)])
    got: list[tuple[str, str]] = []

    async def work(person: str) -> None:
        while leases := await broker.claim(person, 7, project_id=project.project_id):
            got.extend((person, lease.task_id) for lease in leases)
            await broker.submit(person, leases)

    await asyncio.gather(*(work(person) for person in people))
    assert len(got) == len(set(got)) == 120
    for task_id in {task for _, task in got}:
        assert len([task for _, task in got if task == task_id]) == 3


async def test_two_replicas_never_hand_out_a_slot_twice(
    broker: ServedBroker, rpc: RpcHarness
) -> None:
    people = [f"c{n}" for n in range(8)]
    await broker.enrol(*people)
    project = await broker.project(overlap=2)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(60)])
    replicas = [broker.broker, await new_broker(rpc)]
    got: list[tuple[str, str]] = []

    async def work(number: int, person: str) -> None:
        for turn in range(60):
            # Each person goes to and fro between the replicas.
            claiming = replicas[(number + turn) % 2].claiming
            claim = Claim(
                contractor_id=person,
                organisation_id="org_vendor",
                request_id=request_id(),
                project_id=project.project_id,
                count=4,
            )
            [outcome] = await claiming.claim([claim])
            assert isinstance(outcome, list), outcome
            got.extend((person, each.assignment.task_id) for each in outcome)
            if not outcome:
                return

    await asyncio.gather(*(work(n, person) for n, person in enumerate(people)))
    assert len(got) == len(set(got))
    slots = await rpc.database.collection("assignments").count_documents({})
    assert slots == len(got) <= 120


async def test_a_replica_whose_memory_is_stale_gives_nobody_a_task_twice(
    broker: ServedBroker, rpc: RpcHarness
) -> None:
    await broker.enrol("a", "b", "z")
    project = await broker.project(overlap=3)
    await broker.post(project.project_id, [a_task("t1")])
    stale = await new_broker(rpc)

    async def claim_there(person: str) -> int:
        claim = Claim(
            contractor_id=person,
            organisation_id="org_vendor",
            request_id=request_id(),
            project_id=project.project_id,
            count=1,
        )
        [outcome] = await stale.claiming.claim([claim])
        assert isinstance(outcome, list), outcome
        return len(outcome)

    # The other replica remembers two free slots; the second is then taken behind its back.
    assert await claim_there("z") == 1
    assert len(await broker.claim("a")) == 1
    assert await claim_there("b") == 0
    # Its last slot is free indeed, but not for who has the task already: only the key knows.
    assert await claim_there("a") == 0


async def test_slots_that_a_replica_lost_sight_of_are_found_again(
    broker: ServedBroker, rpc: RpcHarness
) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    other = await new_broker(rpc)
    [lease] = await broker.claim("a")
    claim = Claim(
        contractor_id="b",
        organisation_id="org_vendor",
        request_id=request_id(),
        project_id=project.project_id,
        count=1,
    )
    assert await other.claiming.claim([claim]) == [[]]
    await broker.send(
        broker.stub.ReleaseAssignments,
        pb.ReleaseAssignmentsRequest(leases=[lease_of(lease)], reason="blurred"),
        token=broker.contractor("a"),
    )
    assert await broker.claim("a") == []
    other.candidates.forget(project.project_id)
    [[again]] = await other.claiming.claim([claim])  # type: ignore[misc]
    assert again.assignment.task_id == lease.task_id


async def test_tasks_go_first_to_those_whom_they_name(broker: ServedBroker) -> None:
    await broker.enrol("a", "b", "c")
    project = await broker.project(overlap=1)
    await broker.post(
        project.project_id, [a_task("open"), a_task("named", assignee_ids=["b", "c"])]
    )
    by_person = {
        person: {lease.data_json for lease in await broker.claim(person, 5)}
        for person in ("b", "c", "a")
    }
    assert by_person == {
        "b": {'{"image": "named"}', '{"image": "open"}'},
        "c": {'{"image": "named"}'},
        "a": set(),
    }


async def test_a_repeated_claim_returns_the_first_ones(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(9)])
    again = request_id()
    first = await broker.claim("a", 3, repeat=again)
    second = await broker.claim("a", 3, repeat=again)
    assert sorted(a.assignment_id for a in first) == sorted(a.assignment_id for a in second)
    assert len(await broker.claim("a", 3)) == 3


async def test_a_repeated_answer_is_answered_as_the_first_time(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    leases = await broker.claim("a")
    await broker.submit("a", leases)
    before = await broker.rpc.contents()
    [again] = await broker.submit("a", leases)
    assert again.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED
    [other] = await broker.submit("a", leases, value="no")
    assert other.error.reason == "ALREADY_SUBMITTED"
    assert await broker.rpc.contents() == before


async def test_one_bad_answer_spoils_no_other(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(3)])
    good, bad, lost = await broker.claim("a", 3)
    [foreign] = await broker.claim("b")
    response = await broker.send(
        broker.stub.SubmitAnswers,
        pb.SubmitAnswersRequest(
            answers=[
                _answer(good, "yes"),
                _answer(bad, "perhaps"),
                _answer(lost, "yes", token="other"),
                _answer(foreign, "yes"),
                pb.NewAnswer(assignment_id="none", lease_token="t", value="yes"),
                _answer(good, "yes"),
            ]
        ),
        token=broker.contractor("a"),
    )
    reasons = [result.error.reason for result in response.results]
    assert reasons == [
        "",
        "VALUE_INVALID",
        "LEASE_LOST",
        "ASSIGNMENT_NOT_FOUND",
        "ASSIGNMENT_NOT_FOUND",
        "",
    ]
    [event] = await broker.rpc.events(events_pb2.AnswersSubmitted)
    assert [answer.assignment_id for answer in event.answers] == [good.assignment_id]


async def test_a_lease_that_ran_out_goes_to_somebody_else_and_takes_no_answer(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1, lease_seconds=5)
    await broker.post(project.project_id, [a_task("t1")])
    [late] = await broker.claim("a")
    assert await broker.claim("b") == []
    await age(broker, late.assignment_id)
    [refused] = await broker.submit("a", [late])
    assert refused.error.reason == "LEASE_LOST"
    assert await broker.broker.leases.expire() == 1
    [lease] = await broker.claim("b")
    assert lease.task_id == late.task_id
    assert lease.assignment_id != late.assignment_id
    [refused] = await broker.submit("a", [late])
    assert refused.error.reason == "LEASE_LOST"
    [taken] = await broker.submit("b", [lease])
    assert taken.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED


async def test_a_named_task_comes_back_to_its_contractor(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1", assignee_ids=["a"])])
    [late] = await broker.claim("a")
    await age(broker, late.assignment_id)
    await broker.broker.leases.expire()
    broker.broker.candidates.forget(project.project_id)
    [again] = await broker.claim("a")
    assert again.task_id == late.task_id
    assert again.assignment_id != late.assignment_id


async def test_a_task_that_was_claimed_ahead_and_never_shown_may_come_back(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1"), a_task("t2")])
    shown, ahead = await broker.claim("a", 2)
    for lease, unseen in ((shown, False), (ahead, True)):
        await broker.send(
            broker.stub.ReleaseAssignments,
            pb.ReleaseAssignmentsRequest(leases=[lease_of(lease)], reason="left", unseen=unseen),
            token=broker.contractor("a"),
        )
    [again] = await broker.claim("a", 2)
    assert again.task_id == ahead.task_id
    assert again.assignment_id != ahead.assignment_id
    [late] = await broker.submit("a", [ahead])
    assert late.error.reason == "LEASE_LOST"


async def test_what_is_claimed_can_be_gone_on_with_elsewhere(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1"), a_task("t2")])
    done, held = await broker.claim("a", 2)
    await broker.submit("a", [done])
    response = await broker.send(
        broker.stub.ListAssignments, pb.ListAssignmentsRequest(), token=broker.contractor("a")
    )
    lines = {line.assignment_id: line for line in response.assignments}
    again = lines[held.assignment_id]
    assert (again.data_json, again.lease_token) == (held.data_json, held.lease_token)
    assert (again.claim_time, again.pay) == (held.claim_time, held.pay)
    assert held.claim_time.seconds < held.lease_expire_time.seconds
    # What is answered is not shown again: a list of answers stays small.
    assert lines[done.assignment_id].data_json == ""


async def test_renewing_moves_the_end_of_a_lease(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    [lease] = await broker.claim("a")
    await age(broker, lease.assignment_id, seconds=-30)
    response = await broker.send(
        broker.stub.RenewAssignments,
        pb.RenewAssignmentsRequest(
            leases=[lease_of(lease), pb.Lease(assignment_id="none", lease_token="t")]
        ),
        token=broker.contractor("a"),
    )
    renewed, unknown = response.results
    ends = renewed.lease_expire_time.ToDatetime(tzinfo=utc_now().tzinfo)
    assert ends > utc_now() + timedelta(seconds=800)
    assert unknown.error.reason == "ASSIGNMENT_NOT_FOUND"


async def test_decisions_are_applied_by_revision_and_counted_once(broker: ServedBroker) -> None:
    await broker.enrol("a")
    project = await broker.project()
    await broker.post(project.project_id, [a_task("t1")])
    [lease] = await broker.claim("a")
    await broker.submit("a", [lease])
    key = lease.assignment_id
    await broker.decide(key, AssignmentState.ACCEPTED, revision=2)
    await broker.decide(key, AssignmentState.IN_REVIEW, revision=1)
    await broker.decide(key, AssignmentState.ACCEPTED, revision=2)
    progress = await broker.progress(project.project_id)
    assert (progress.answers_accepted, progress.answers_in_review) == (1, 0)
    await broker.decide(key, AssignmentState.REJECTED, revision=3, reason="FAILED_GOLD")
    progress = await broker.progress(project.project_id)
    assert (progress.answers_accepted, progress.answers_rejected) == (0, 1)
    response = await broker.send(
        broker.stub.ListAssignments, pb.ListAssignmentsRequest(), token=broker.contractor("a")
    )
    [line] = response.assignments
    assert (line.decision_reason, line.value) == ("FAILED_GOLD", "yes")


async def test_suspended_people_and_vendors_get_no_new_work(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(4)])
    [lease] = await broker.claim("a")
    await broker.enrol("a", version=2, is_active=False)
    # What was begun can still be delivered, and is paid.
    [result] = await broker.submit("a", [lease])
    assert result.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED


def lease_of(assignment: types_pb2.Assignment) -> pb.Lease:
    return pb.Lease(assignment_id=assignment.assignment_id, lease_token=assignment.lease_token)


def _answer(assignment: types_pb2.Assignment, value: str, *, token: str = "") -> pb.NewAnswer:
    return pb.NewAnswer(
        assignment_id=assignment.assignment_id,
        lease_token=token or assignment.lease_token,
        value=value,
    )


async def age(broker: ServedBroker, assignment_id: str, *, seconds: int = 1) -> None:
    """Moves the lease's end into the past (or so far into the future), as time would."""
    await broker.rpc.database.collection("assignments").update_one(
        {"_id": assignment_id},
        {"$set": {"lease_expires_at": utc_now() - timedelta(seconds=seconds)}},
    )
