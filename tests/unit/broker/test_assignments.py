"""Who may act on a lease, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.broker.domain.assignments import (
    ANSWERED,
    Assignment,
    AssignmentState,
    assignment_id,
)
from services.broker.domain.errors import (
    AlreadySubmitted,
    AssignmentNotFound,
    DataInvalid,
    GoldInvalid,
    LeaseLost,
)
from services.broker.domain.tasks import new_task
from tests.unit.broker.samples import NOW, a_project

LEASE = Assignment(
    assignment_id=assignment_id("tsk_1", 0, 0),
    task_id="tsk_1",
    project_id="prj_1",
    contractor_id="ctr_1",
    organisation_id="org_vendor",
    engagement=1,
    slot=0,
    attempt=0,
    state=AssignmentState.CLAIMED,
    lease_token="token",
    lease_expires_at=NOW + timedelta(seconds=60),
    claimed_at=NOW,
    request_id="r",
    overlap=3,
    gold_label="",
)


def test_the_bearer_of_a_running_lease_may_act() -> None:
    LEASE.check_lease(contractor_id="ctr_1", lease_token="token", now=NOW)
    last = LEASE.lease_expires_at - timedelta(milliseconds=1)
    LEASE.check_lease(contractor_id="ctr_1", lease_token="token", now=last)


def test_nobody_else_and_no_later() -> None:
    with pytest.raises(AssignmentNotFound):
        LEASE.check_lease(contractor_id="ctr_2", lease_token="token", now=NOW)
    with pytest.raises(LeaseLost):
        LEASE.check_lease(contractor_id="ctr_1", lease_token="other", now=NOW)
    with pytest.raises(LeaseLost):
        LEASE.check_lease(contractor_id="ctr_1", lease_token="token", now=LEASE.lease_expires_at)


@pytest.mark.parametrize("state", AssignmentState)
def test_only_a_claimed_assignment_takes_an_answer(state: AssignmentState) -> None:
    lease = replace(LEASE, state=state)
    if state is AssignmentState.CLAIMED:
        lease.check_lease(contractor_id="ctr_1", lease_token="token", now=NOW)
        return
    expected = AlreadySubmitted if state in ANSWERED else LeaseLost
    with pytest.raises(expected):
        lease.check_lease(contractor_id="ctr_1", lease_token="token", now=NOW)


def _task(**changes: str) -> object:
    fields = {"external_id": "x", "data_json": '{"text": "hi"}', "gold_label": ""} | changes
    return new_task(a_project(), assignee_ids=(), **fields)


@pytest.mark.parametrize("data", ["[1]", "text", '{"a": }', '"{}"', "{", "12"])
def test_data_is_a_json_object(data: str) -> None:
    with pytest.raises(DataInvalid):
        _task(data_json=data)


def test_gold_is_one_of_the_labels() -> None:
    _task(gold_label="yes")
    with pytest.raises(GoldInvalid):
        _task(gold_label="perhaps")


def test_the_same_row_is_the_same_task_and_a_changed_one_is_told() -> None:
    project = a_project()
    rows = [
        new_task(project, external_id="x", data_json=data, gold_label="", assignee_ids=assignees)
        for data, assignees in (("{}", ()), ("{}", ()), ('{"a":1}', ()), ("{}", ("c",)))
    ]
    assert len({row.task_id for row in rows}) == 1
    assert rows[0].digest == rows[1].digest
    assert len({row.digest for row in rows}) == 3


def test_a_task_that_names_its_contractors_gets_one_answer_of_each() -> None:
    project = a_project(overlap=3)
    named = new_task(
        project, external_id="x", data_json="{}", gold_label="", assignee_ids=("a", "b")
    )
    assert (named.overlap, named.cost_units_max(project)) == (
        2,
        2 * project.answer_price_units_max,
    )
