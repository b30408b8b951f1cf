"""What contractors are offered, and what a vendor sees of its pool."""

from __future__ import annotations

import pytest

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.assignments import AssignmentState
from services.broker.domain.offers import pace_of
from services.chassis.errors import Kind
from services.chassis.grpc_errors import RemoteError
from tests.rpc.broker.served import ServedBroker, a_task, request_id


async def _offers(broker: ServedBroker, contractor_id: str) -> list[types_pb2.Offer]:
    """All pages, one offer each."""
    found: list[types_pb2.Offer] = []
    request = pb.ListOffersRequest(page_size=1)
    while True:
        token = broker.contractor(contractor_id)
        answer = await broker.send(broker.stub.ListOffers, request, token=token)
        found += answer.offers
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def test_offers_are_what_may_be_claimed(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    fitting = await broker.project(name="birds")
    paused = await broker.project(name="paused")
    draft = await broker.project(name="draft", held_units=0)
    elsewhere = await broker.project(
        name="elsewhere", eligibility=types_pb2.Eligibility(countries=["NO"])
    )
    named = await broker.project(name="named")
    empty = await broker.project(name="empty")
    for project in (fitting, paused, elsewhere):
        await broker.post(project.project_id, [a_task(f"t{n}") for n in range(3)])
    await broker.post(named.project_id, [a_task("n1", assignee_ids=["a"])])
    await broker.send(
        broker.stub.PauseProject,
        pb.PauseProjectRequest(request_id=request_id(), project_id=paused.project_id),
    )

    offers = {offer.name: offer for offer in await _offers(broker, "a")}
    assert {name: offer.tasks_open for name, offer in offers.items()} == {"birds": 3, "named": 1}
    assert [offer.name for offer in await _offers(broker, "b")] == ["birds"]
    birds = offers["birds"]
    assert (birds.pay.amount_minor, birds.instructions) == (5, "Is there a bird?")
    assert not birds.HasField("hourly_pay")
    assert not birds.HasField("acceptance_rate")
    assert draft.project_id != empty.project_id

    leases = await broker.claim("a", 2, project_id=fitting.project_id)
    await broker.submit("a", leases[:1])
    assert {o.name: o.tasks_open for o in await _offers(broker, "a")} == {"birds": 1, "named": 1}
    await broker.claim("a", 5, project_id=fitting.project_id)
    assert [offer.name for offer in await _offers(broker, "a")] == ["named"]


async def test_what_others_are_at_is_not_offered(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(3)])
    leases = await broker.claim("a", 2)
    assert [offer.tasks_open for offer in await _offers(broker, "b")] == [1]
    await broker.claim("b", 1)
    # Nothing is resolved, but every answer that is wanted is under way.
    assert await _offers(broker, "b") == []
    await broker.send(
        broker.stub.ReleaseAssignments,
        pb.ReleaseAssignmentsRequest(
            leases=[
                pb.Lease(assignment_id=a.assignment_id, lease_token=a.lease_token) for a in leases
            ],
            reason="blurred",
        ),
        token=broker.contractor("a"),
    )
    assert [offer.tasks_open for offer in await _offers(broker, "b")] == [2]
    assert await _offers(broker, "a") == []
    # Looking takes nothing: all that was counted can be claimed.
    assert len(await broker.claim("b", 50)) == 2


async def test_offers_are_counted_to_a_bound_beyond_what_memory_holds(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    broker.broker.candidates._bytes_max = 1
    large, small = await broker.project(overlap=1), await broker.project(overlap=1)
    await broker.post(large.project_id, [a_task(f"t{n}") for n in range(700)])
    await broker.post(large.project_id, [a_task(f"n{n}", assignee_ids=["b"]) for n in range(450)])
    await broker.post(small.project_id, [a_task("t")])
    for person in ("a", "b", "a"):
        found = {offer.project_id: offer.tasks_open for offer in await _offers(broker, person)}
        assert found == {large.project_id: 500, small.project_id: 1}


async def test_the_usual_time_says_what_an_hour_pays(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1, pay=common_pb2.Money(amount_minor=7, currency="USD"))
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(4)])
    leases = await broker.claim("a", 2)
    await broker.submit("a", leases)
    await broker.decide(leases[0].assignment_id, AssignmentState.ACCEPTED)
    await broker.decide(leases[1].assignment_id, AssignmentState.REJECTED)
    await broker.broker.news.tasks_resolved(
        [
            {
                "_id": lease.task_id,
                "project_id": project.project_id,
                "label": "yes",
                "confidence": 0.9,
                "resolved_at": broker.rpc.clock(),
            }
            for lease in leases
        ]
    )
    [offer] = await _offers(broker, "b")
    # Both answers took 3.5 seconds: 7 cents each is 7,200 cents an hour.
    assert (offer.usual_seconds, offer.hourly_pay.amount_minor) == (3.5, 7200)
    assert (offer.acceptance_rate, offer.tasks_open) == (0.5, 2)


async def test_who_may_not_work_is_told_so(broker: ServedBroker) -> None:
    await broker.enrol("idle", is_active=False)
    for contractor_id, organisation_id, reason in (
        ("nobody", "org_vendor", "CONTRACTOR_NOT_FOUND"),
        ("idle", "org_vendor", "CONTRACTOR_NOT_ACTIVE"),
        ("idle", "org_other", "CONTRACTOR_NOT_FOUND"),
    ):
        token = broker.contractor(contractor_id, organisation_id=organisation_id)
        with pytest.raises(RemoteError) as refused:
            await broker.send(broker.stub.ListOffers, pb.ListOffersRequest(), token=token)
        assert refused.value.reason == reason
        assert refused.value.kind in (Kind.NOT_FOUND, Kind.PRECONDITION)


async def test_a_vendor_sees_what_its_own_have_done(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    await broker.enrol("s", organisation_id="org_other")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(4)])
    leases = await broker.claim("a", 3)
    await broker.submit("a", leases)
    await broker.decide(leases[0].assignment_id, AssignmentState.ACCEPTED)
    await broker.decide(leases[1].assignment_id, AssignmentState.IN_REVIEW)

    vendor = broker.rpc.mint.token("VENDOR", organisation_id="org_vendor")
    found: list[types_pb2.ContractorActivity] = []
    request = pb.ListPoolActivityRequest(page_size=1)
    while True:
        answer = await broker.send(broker.stub.ListPoolActivity, request, token=vendor)
        found += answer.contractors
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    assert [one.contractor_id for one in found] == ["a", "b"]
    done, idle = found
    assert (done.answers_submitted, done.answers_accepted, done.answers_in_review) == (3, 1, 1)
    assert (done.answers_rejected, done.active_seconds) == (0, 10.5)
    assert done.last_submit_time.seconds > 0
    assert (idle.answers_submitted, idle.HasField("last_submit_time")) == (0, False)


def test_the_pace_is_of_what_was_measured() -> None:
    pace = pace_of([0.0, 4.0, 10.0, 6.0], accepted=3, rejected=1)
    assert (pace.usual_seconds, pace.acceptance_rate) == (6.0, 0.75)
    nothing = pace_of([0.0], accepted=0, rejected=0)
    assert (nothing.usual_seconds, nothing.acceptance_rate) == (0.0, None)
