"""What comes back: results, refusals, and what is not Crewline's at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.sdk.answers import Reply, error_of
from services.sdk.errors import (
    AnswerMalformed,
    Conflict,
    CrewlineError,
    FieldProblem,
    Forbidden,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFailed,
    Unauthenticated,
    Unavailable,
)
from services.sdk.generated.projects import _GET_PROJECT, _LIST_PROJECTS
from services.sdk.next_steps import known_reasons
from tests.unit.sdk.driving import Drive, good, refusal


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, Unauthenticated),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, InvalidRequest),
        (429, RateLimited),
        (500, ServerFailed),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_errors_are_told_apart_by_what_can_be_done(status: int, kind: type[CrewlineError]) -> None:
    err = error_of(refusal(status, "SOME_REASON", metadata={"a": 1}, request_id="r1"))
    assert type(err) is kind
    assert (err.status, err.reason, err.metadata) == (status, "SOME_REASON", {"a": "1"})
    assert err.request_id == "r1"


def test_an_error_names_every_field_and_the_next_step() -> None:
    err = error_of(
        refusal(
            409,
            "FUNDS_SHORT",
            errors=[{"field": "pay.currency", "rule": "string.pattern", "detail": "is no code"}],
        )
    )
    assert err.errors == (
        FieldProblem(field="pay.currency", rule="string.pattern", detail="is no code"),
    )
    lines = str(err).splitlines()
    assert lines[0] == "because of FUNDS_SHORT [FUNDS_SHORT]"
    assert lines[1] == "  pay.currency: is no code"
    assert "crewline projects fund" in lines[2]


def test_what_failed_unforeseen_is_found_by_its_request() -> None:
    assert "(request r9)" in str(error_of(refusal(500, "INTERNAL", request_id="r9")))


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"[1]", b'"ok"', b'{"a": 1}'])
def test_somebody_elses_answer_is_told_as_such(body: bytes) -> None:
    err = error_of(Reply(status=404, body=body))
    assert type(err) is AnswerMalformed
    assert "Check the address" in str(err)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_a_good_status_with_another_body_is_no_result(body: bytes) -> None:
    drive = Drive()
    call = _GET_PROJECT.call({"project_id": "p"})
    with pytest.raises(AnswerMalformed):
        drive.run(drive.planner.ask(call), [Reply(status=200, body=body)])


def test_a_page_is_its_items_and_the_next_token() -> None:
    drive = Drive()
    plan = drive.planner.page(_LIST_PROJECTS.call({}))
    answer = good(projects=[{"project_id": "p1"}], next_page_token="t2")
    assert drive.run(plan, [answer]) == ([{"project_id": "p1"}], "t2")


def test_a_bug_in_the_problem_itself_is_survived() -> None:
    err = error_of(refusal(400, "X", errors=["so", {"field": "a"}], metadata=["b"]))
    assert [problem.detail for problem in err.errors] == ["so", ""]
    assert err.metadata == {}


def test_next_steps_are_for_reasons_that_there_are(repository: Path) -> None:
    texts = [
        path.read_text()
        for folder, kind in (("services", "*.py"), ("protos/crewline", "service.proto"))
        for path in (repository / folder).rglob(kind)
        if path.name != "next_steps.py" and "node_modules" not in path.parts
    ]
    words = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", "\n".join(texts)))
    assert known_reasons() - words == set()
    assert len(known_reasons()) > 20
