"""A contractor's page of answers: why each was decided so, and the appeal against a rejection."""

from __future__ import annotations

import pytest

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from tests.rpc.web import samples
from tests.rpc.web.conftest import Browser

PAGE = "/earnings/answers?only=rejected"


@pytest.fixture
async def contractor(browser: Browser) -> Browser:
    samples.fill(browser.world)
    await browser.sign_in("CONTRACTOR")
    browser.world.answers["ListAssignments"] = lambda request: broker_pb2.ListAssignmentsResponse(
        assignments=[
            broker_types.Assignment(
                assignment_id="tsk_1.0.0",
                project_id="prj_1",
                state=broker_types.ASSIGNMENT_STATE_REJECTED,
                pay=common_pb2.Money(amount_minor=8, currency="USD"),
                value="no",
                decision_reason="FAILED_GOLD",
                decision_clause="Look at the whole photo.",
                gold_label="yes",
            )
        ]
    )
    return browser


async def test_a_rejection_tells_its_clause_and_what_was_right(contractor: Browser) -> None:
    text = (await contractor.get(PAGE)).text
    assert "The instructions say: Look at the whole photo." in text
    assert "This was a control task. The right answer is: yes" in text


async def test_an_appeal_is_filed_with_its_reason(contractor: Browser) -> None:
    contractor.world.answers["FileAppeal"] = lambda request: quality_pb2.FileAppealResponse()
    action = "/earnings/answers/appeal"
    await contractor.send(PAGE, action, assignment_id="tsk_1.0.0", statement=" ")
    assert contractor.world.requests("FileAppeal") == []
    assert "Say why the rejection is wrong." in (await contractor.get(PAGE)).text
    await contractor.send(PAGE, action, assignment_id="tsk_1.0.0", statement="It is a cat.")
    [asked] = contractor.world.requests("FileAppeal")
    assert (asked.assignment_id, asked.statement) == ("tsk_1.0.0", "It is a cat.")
    assert "within nine days" in (await contractor.get(PAGE)).text
