"""Leases that are not the caller's, or no longer run, cannot be moved or given back."""

from __future__ import annotations

from typing import Any

import pytest

from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from tests.rpc.broker.served import ServedBroker, a_task
from tests.rpc.broker.test_work import age, lease_of

METHODS = ("RenewAssignments", "ReleaseAssignments")


async def _send(
    broker: ServedBroker, method: str, *leases: pb.Lease, contractor_id: str = "a"
) -> list[str]:
    """The reasons of the results, one a lease."""
    request: Any = getattr(pb, f"{method}Request")(leases=leases)
    if method == "ReleaseAssignments":
        request.reason = "too hard"
    response = await broker.send(
        getattr(broker.stub, method), request, token=broker.contractor(contractor_id)
    )
    assert [result.assignment_id for result in response.results] == [
        lease.assignment_id for lease in leases
    ]
    return [result.error.reason for result in response.results]


@pytest.mark.parametrize("method", METHODS)
async def test_leases_of_others_and_of_nowhere_are_told_one_by_one(
    broker: ServedBroker, method: str
) -> None:
    await broker.enrol("a", "b")
    project = await broker.project()
    await broker.post(project.project_id, [a_task(f"t{n}") for n in range(4)])
    mine, expired, submitted = await broker.claim("a", 3)
    [foreign] = await broker.claim("b")
    await broker.submit("a", [submitted])
    await age(broker, expired.assignment_id)
    stale = pb.Lease(assignment_id=mine.assignment_id, lease_token="another")
    unknown = pb.Lease(assignment_id="none", lease_token="t")
    bad = (lease_of(foreign), stale, unknown, lease_of(expired), lease_of(submitted))
    reasons = [
        "ASSIGNMENT_NOT_FOUND",
        "LEASE_LOST",
        "ASSIGNMENT_NOT_FOUND",
        "LEASE_LOST",
        "ALREADY_SUBMITTED",
    ]
    before = await broker.rpc.contents()
    assert await _send(broker, method, *bad) == reasons
    assert await broker.rpc.contents() == before
    # They cost a good one among them nothing.
    assert await _send(broker, method, *bad, lease_of(mine)) == [*reasons, ""]
    after = await broker.rpc.contents()
    changed = [
        document["_id"]
        for document, earlier in zip(after["assignments"], before["assignments"], strict=True)
        if document != earlier
    ]
    assert changed == [mine.assignment_id]


async def test_what_was_given_back_is_lost_and_a_repeat_changes_nothing(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    [lease] = await broker.claim("a")
    assert await _send(broker, "ReleaseAssignments", lease_of(lease)) == [""]
    before = await broker.rpc.contents()
    for method in METHODS:
        assert await _send(broker, method, lease_of(lease)) == ["LEASE_LOST"]
    [refused] = await broker.submit("a", [lease])
    assert refused.error.reason == "LEASE_LOST"
    assert await broker.rpc.contents() == before
    [again] = await broker.claim("b")
    assert again.task_id == lease.task_id
    [taken] = await broker.submit("b", [again])
    assert taken.state == types_pb2.ASSIGNMENT_STATE_SUBMITTED


@pytest.mark.parametrize("method", METHODS)
async def test_the_same_lease_twice_in_a_request_is_one(broker: ServedBroker, method: str) -> None:
    await broker.enrol("a")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    [lease] = await broker.claim("a")
    assert await _send(broker, method, lease_of(lease), lease_of(lease)) == ["", ""]
    released = [d for d in (await broker.rpc.contents())["assignments"] if d["state"] == "RELEASED"]
    assert len(released) == (1 if method == "ReleaseAssignments" else 0)
