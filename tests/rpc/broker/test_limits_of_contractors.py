"""Limits that quality sets for contractors, and what a decision tells them."""

from __future__ import annotations

from datetime import timedelta

import grpc

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from services.broker.domain.assignments import AssignmentState
from services.broker.domain.limits import limits_key
from services.broker.usecases.claiming import Claim
from services.broker.usecases.news import Decided
from tests.rpc.broker.served import ServedBroker, a_task, request_id
from tests.rpc.harness import refusal


async def limit(
    broker: ServedBroker,
    project_id: str,
    contractor_id: str,
    *,
    version: int,
    hours: int,
    restrict_hours: int = 0,
) -> None:
    """As quality would tell: paused for so many hours, or, with 0, not any more."""
    now = broker.rpc.clock()
    is_limited = bool(hours or restrict_hours)
    await broker.broker.news.limits_set(
        [
            {
                "_id": limits_key(project_id, contractor_id),
                "project_id": project_id,
                "contractor_id": contractor_id,
                "version": version,
                "gold_share": 0.1,
                "paused_until": now + timedelta(hours=hours) if hours else None,
                "restricted_until": (
                    now + timedelta(hours=restrict_hours) if restrict_hours else None
                ),
                "reason": "RULE" if is_limited else "",
                "explanation": "Too many control tasks were wrong." if is_limited else "",
            }
        ]
    )


async def test_who_is_paused_gets_nothing_of_that_project_and_reads_why(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    paused = await broker.project(overlap=1)
    other = await broker.project(overlap=1)
    for project in (paused, other):
        await broker.post(project.project_id, [a_task(f"t{n}") for n in range(2)])
    await limit(broker, paused.project_id, "a", version=2, hours=5)
    # An older version, late: nothing changes.
    await limit(broker, paused.project_id, "a", version=1, hours=0)
    refused = await refusal(
        broker.stub.ClaimAssignments,
        pb.ClaimAssignmentsRequest(
            request_id=request_id(), project_id=paused.project_id, max_assignments=1
        ),
        token=broker.contractor("a"),
    )
    assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "WORK_PAUSED"
    assert refused.metadata["reason"] == "RULE"
    assert "control tasks" in refused.metadata["explanation"]
    assert {a.project_id for a in await broker.claim("a", 4)} == {other.project_id}
    offers = await broker.send(
        broker.stub.ListOffers, pb.ListOffersRequest(), token=broker.contractor("a")
    )
    assert paused.project_id not in {offer.project_id for offer in offers.offers}
    # Others go on, and so does the contractor afterwards.
    assert await broker.claim("b", project_id=paused.project_id)
    await limit(broker, paused.project_id, "a", version=3, hours=0)
    assert await broker.claim("a", project_id=paused.project_id)


async def test_a_decision_tells_its_clause_the_share_of_the_pay_and_what_was_known(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1", gold_label="no"), a_task("t2")])
    claimed = await broker.claim("a", 2)
    await broker.submit("a", claimed)

    async def told() -> dict[str, tuple[str, str, str, int]]:
        found = await broker.send(
            broker.stub.ListAssignments, pb.ListAssignmentsRequest(), token=broker.contractor("a")
        )
        return {
            a.assignment_id: (a.decision_reason, a.decision_clause, a.gold_label, a.pay_bps)
            for a in found.assignments
        }

    assert set((await told()).values()) == {("", "", "", 0)}
    first, second = (assignment.assignment_id for assignment in claimed)
    await broker.broker.news.answers_decided(
        [
            Decided(
                assignment_id=first,
                state=AssignmentState.REJECTED,
                reason="FAILED_GOLD",
                revision=1,
                clause="Look at the whole photo.",
                gold_label="no",
            ),
            Decided(
                assignment_id=second,
                state=AssignmentState.ACCEPTED,
                reason="REVIEWED",
                revision=2,
                pay_bps=5_000,
            ),
        ]
    )
    assert await told() == {
        first: ("FAILED_GOLD", "Look at the whole photo.", "no", 0),
        second: ("REVIEWED", "", "", 5_000),
    }
    # A later decision's facts replace the earlier one's, also where it has none.
    await broker.broker.news.answers_decided(
        [
            Decided(
                assignment_id=first,
                state=AssignmentState.ACCEPTED,
                reason="APPEALED",
                revision=2,
                pay_bps=10_000,
            )
        ]
    )
    reason, clause, _, pay_bps = (await told())[first]
    assert (reason, clause, pay_bps) == ("APPEALED", "", 10_000)


async def test_a_repeated_claim_is_answered_as_before_though_the_contractor_is_paused(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    again = request_id()
    first = await broker.claim("a", project_id=project.project_id, repeat=again)
    await limit(broker, project.project_id, "a", version=1, hours=1)
    assert await broker.claim("a", project_id=project.project_id, repeat=again) == first


async def test_who_is_restricted_holds_one_task_of_that_project_at_a_time(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a")
    restricted = await broker.project(overlap=1)
    other = await broker.project(overlap=1)
    for project in (restricted, other):
        await broker.post(project.project_id, [a_task(f"t{n}") for n in range(6)])
    await limit(broker, restricted.project_id, "a", version=1, hours=0, restrict_hours=5)
    # Also where several claims of theirs are served at once.
    claims = [
        Claim(
            contractor_id="a",
            organisation_id="org_vendor",
            request_id=request_id(),
            project_id=restricted.project_id,
            count=2,
        )
        for _ in range(3)
    ]
    outcomes = await broker.broker.claiming.claim(claims)
    [first] = [one.assignment for got in outcomes if isinstance(got, list) for one in got]
    request = pb.ClaimAssignmentsRequest(
        request_id=request_id(), project_id=restricted.project_id, max_assignments=1
    )
    refused = await refusal(broker.stub.ClaimAssignments, request, token=broker.contractor("a"))
    assert refused.reason == "CLAIMS_EXHAUSTED"
    assert refused.metadata["leases_max"] == "1"
    assert "control tasks" in refused.metadata["explanation"]
    offers = await broker.send(
        broker.stub.ListOffers, pb.ListOffersRequest(), token=broker.contractor("a")
    )
    assert {offer.project_id for offer in offers.offers} == {other.project_id}
    # Of other projects there is as much as before, also where none is named.
    assert {a.project_id for a in await broker.claim("a", 3)} == {other.project_id}
    await broker.submit(
        "a",
        [types_pb2.Assignment(assignment_id=first.assignment_id, lease_token=first.lease_token)],
    )
    assert len(await broker.claim("a", 4, project_id=restricted.project_id)) == 1
