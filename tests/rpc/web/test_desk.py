"""What the workbench's scripts ask of the gateway, and what it asks of the broker for them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.broker.v1 import service_pb2 as broker
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common
from services.gateway.web.contractor.tickets import new_ticket, plausible_seconds
from tests.rpc.web.conftest import Browser
from tests.rpc.web.world import csrf_of

LEASE = {"assignment_id": "t1.0.0", "lease_token": "k1"}
ANSWER = {**LEASE, "ticket": "", "active_seconds": 5, "value": "yes"}
CLAIM = {"project_id": "prj_1", "request_id": str(uuid.uuid4()), "count": 2}


def moment(seconds_ahead: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromNanoseconds(int((time.time() + seconds_ahead) * 1e9))
    return stamp


def assignment(name: str, **given: Any) -> broker_types.Assignment:
    return broker_types.Assignment(
        **{
            "assignment_id": f"{name}.0.0",
            "task_id": name,
            "project_id": "prj_1",
            "lease_token": f"k-{name}",
            "state": broker_types.ASSIGNMENT_STATE_CLAIMED,
            "data_json": '{"text": "Hello"}',
            "claim_time": moment(-20),
            "lease_expire_time": moment(600),
            "pay": common.Money(amount_minor=8, currency="USD"),
            **given,
        }
    )


async def post(browser: Browser, path: str, body: Any) -> httpx.Response:
    token = csrf_of((await browser.get("/account")).text)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await browser.client.post(
        f"/work/api/{path}",
        content=content,
        headers={"content-type": "application/json", "x-csrf-token": token},
    )


def told(browser: Browser, rpc: str, answer: Any) -> None:
    browser.world.answers[rpc] = lambda _: answer


async def test_what_is_held_comes_first_and_only_the_rest_is_claimed(browser: Browser) -> None:
    await browser.sign_in("CONTRACTOR")
    held = [
        assignment("a"),
        assignment("other", project_id="prj_2"),
        # Its time is over, and the broker has not noticed yet.
        assignment("late", lease_expire_time=moment(-1)),
    ]
    told(browser, "ListAssignments", broker.ListAssignmentsResponse(assignments=held))
    told(
        browser,
        "ClaimAssignments",
        broker.ClaimAssignmentsResponse(assignments=[assignment("b"), assignment("c")]),
    )
    answer = await post(browser, "claims", {**CLAIM, "count": 3})
    assert answer.status_code == 200, answer.text
    tasks = answer.json()["assignments"]
    assert [task["task_id"] for task in tasks] == ["a", "b", "c"]
    assert tasks[0]["data"] == {"text": "Hello"}
    assert 590 < tasks[0]["seconds_left"] <= 600
    [asked] = browser.world.requests("ClaimAssignments")
    assert (asked.project_id, asked.max_assignments) == ("prj_1", 2)


async def test_the_time_of_an_answer_ends_at_its_claim(browser: Browser) -> None:
    await browser.sign_in("CONTRACTOR")
    told(browser, "ListAssignments", broker.ListAssignmentsResponse(assignments=[assignment("a")]))
    told(
        browser,
        "SubmitAnswers",
        broker.SubmitAnswersResponse(
            results=[
                broker.SubmitResult(
                    assignment_id="a.0.0", state=broker_types.ASSIGNMENT_STATE_SUBMITTED
                )
            ]
        ),
    )
    [task] = (await post(browser, "claims", {**CLAIM, "count": 1})).json()["assignments"]
    lease = {name: task[name] for name in ("assignment_id", "lease_token", "ticket")}
    for said in (7.5, 80_000):
        answer = await post(browser, "answers", {**lease, "active_seconds": said, "value": "yes"})
        assert answer.json() == {
            "assignment_id": "a.0.0",
            "state": "ASSIGNMENT_STATE_SUBMITTED",
        }
    forged = {**lease, "ticket": lease["ticket"][:-1] + "x", "active_seconds": 7.5}
    await post(browser, "answers", {**forged, "result": [{"type": "choices"}]})
    sent = [request.answers[0] for request in browser.world.requests("SubmitAnswers")]
    assert sent[0].active_seconds == 7.5
    assert 20 <= sent[1].active_seconds < 40
    assert (sent[2].active_seconds, sent[2].result_json) == (0, '[{"type":"choices"}]')


def test_a_ticket_is_good_for_one_assignment_of_one_session() -> None:
    ticket = new_ticket(assignment_id="a", claimed_at=100.0, secret="s")

    def plausible(said: float, *, assignment_id: str = "a", secret: str = "s") -> float:
        return plausible_seconds(
            said, ticket=ticket, assignment_id=assignment_id, secret=secret, now=130.0
        )

    assert (plausible(12), plausible(31)) == (12, 30)
    assert plausible(12, assignment_id="b") == plausible(12, secret="t") == 0
    for bad in ("", ".", "x.y", "nan."):
        assert plausible_seconds(9, ticket=bad, assignment_id="a", secret="s", now=1) == 0


@pytest.mark.parametrize(
    ("reason", "status", "text"),
    [
        ("RESULT_INVALID", 400, "The answer does not fit the task. (box 3 has no label)"),
        ("LEASE_LOST", 409, "This task went back to the others before the answer came."),
        ("ALREADY_SUBMITTED", 409, "This task has your answer already; a second one is not taken."),
        ("SOMETHING_NEW", 409, "box 3 has no label"),
    ],
)
async def test_a_refused_answer_says_why(
    browser: Browser, reason: str, status: int, text: str
) -> None:
    await browser.sign_in("CONTRACTOR")
    error = common.ItemError(
        reason=reason, message="box 3 has no label", field="result[2].value", metadata={"rule": "x"}
    )
    told(
        browser,
        "SubmitAnswers",
        broker.SubmitAnswersResponse(results=[broker.SubmitResult(error=error)]),
    )
    answer = await post(browser, "answers", ANSWER)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (said["reason"], said["detail"]) == (reason, text)
    assert said["metadata"]["field"] == "result[2].value"


async def test_holds_are_renewed_and_given_back_one_by_one(browser: Browser) -> None:
    await browser.sign_in("CONTRACTOR")
    lost = common.ItemError(reason="LEASE_LOST", message="it has ended")
    told(
        browser,
        "RenewAssignments",
        broker.RenewAssignmentsResponse(
            results=[
                broker.RenewResult(assignment_id="a", lease_expire_time=moment(90)),
                broker.RenewResult(assignment_id="b", error=lost),
            ]
        ),
    )
    kept, gone = (await post(browser, "renewals", {"leases": [LEASE, LEASE]})).json()["results"]
    assert 80 < kept["seconds_left"] <= 90
    assert gone == {
        "assignment_id": "b",
        "error": {"reason": "LEASE_LOST", "message": "it has ended"},
    }
    told(
        browser,
        "ReleaseAssignments",
        broker.ReleaseAssignmentsResponse(results=[broker.ReleaseResult(assignment_id="a")]),
    )
    await post(browser, "releases", {"leases": [LEASE], "reason": "left", "unseen": True})
    [asked] = browser.world.requests("ReleaseAssignments")
    assert (asked.reason, asked.unseen, asked.leases[0].lease_token) == ("left", True, "k1")


async def test_today_is_counted_by_what_was_decided(browser: Browser) -> None:
    await browser.sign_in("CONTRACTOR")
    states = broker_types
    told(
        browser,
        "ListAssignments",
        broker.ListAssignmentsResponse(
            assignments=[
                assignment("a", state=states.ASSIGNMENT_STATE_ACCEPTED, submit_time=moment(-60)),
                assignment("b", state=states.ASSIGNMENT_STATE_IN_REVIEW, submit_time=moment(-60)),
                assignment("c", state=states.ASSIGNMENT_STATE_REJECTED, submit_time=moment(-60)),
                assignment("d"),
                assignment("e", state=states.ASSIGNMENT_STATE_ACCEPTED, submit_time=moment(-9e3)),
            ]
        ),
    )
    since = moment(-3600).ToJsonString()
    answer = await browser.get("/work/api/today", params={"since": since})
    assert answer.json() == {
        "answers": 3,
        "text": "Today 3 answers · US$0.08 · US$0.08 being checked",
    }
    for bad in ("", "yesterday", "2020-01-01T00:00:00Z", "2026-11-28"):
        refused = await browser.get("/work/api/today", params={"since": bad})
        assert (refused.status_code, refused.json()["metadata"]["field"]) == (400, "since")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("claims", b"not json", ""),
        ("claims", {**CLAIM, "count": 0}, "count"),
        ("claims", {**CLAIM, "more": 1}, "more"),
        ("renewals", {"leases": []}, "leases"),
        ("releases", {"leases": [LEASE], "reason": ""}, "reason"),
        ("answers", {**ANSWER, "active_seconds": -1}, "active_seconds"),
        ("answers", {**ANSWER, "result": {"type": "choices"}}, "result"),
    ],
)
async def test_bad_messages_are_told_by_their_field(
    browser: Browser, path: str, body: Any, field: str
) -> None:
    await browser.sign_in("CONTRACTOR")
    before = len(browser.world.asked)
    answer = await post(browser, path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["reason"] == "FIELD_VIOLATION"
    assert answer.json()["metadata"]["field"] == field
    broker_calls = {"ClaimAssignments", "RenewAssignments", "ReleaseAssignments", "SubmitAnswers"}
    assert not broker_calls & {rpc for rpc, _ in browser.world.asked[before:]}


async def test_an_answer_that_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    await browser.sign_in("CONTRACTOR")
    answer = await post(browser, "answers", b"x" * 600_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_session_or_its_token_nothing_is_done(browser: Browser) -> None:
    nobody = await browser.client.post("/work/api/answers", json=ANSWER)
    assert nobody.status_code in (401, 403)
    await browser.sign_in("CONTRACTOR")
    forged = await browser.client.post("/work/api/answers", json=ANSWER)
    assert (forged.status_code, forged.json()["reason"]) == (403, "FORM_FORGED")
    browser.world.sessions.clear()
    browser.client.cookies.delete("crewline-visit")
    ended = await browser.get("/work/api/today", params={"since": "x"})
    # What is known of the session is kept for a minute at most.
    assert ended.status_code in (400, 401)
    assert browser.world.requests("SubmitAnswers") == []
