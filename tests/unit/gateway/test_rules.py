"""Rules from the descriptors, and the paths that find them."""

from __future__ import annotations

from typing import Any

import pytest
from google.api import http_pb2
from hypothesis import given
from hypothesis import strategies as st

from crewline.broker.v1 import service_pb2 as pb
from services.gateway.rest.fields import Violations
from services.gateway.rest.query import PathReader, QueryReader, query_fields
from services.gateway.rest.rules import _rule
from services.gateway.rest.templates import Paths, read_template
from tests.unit.gateway.messages import RULES, rule

BROKER = pb.DESCRIPTOR.services_by_name["BrokerService"]


def routes() -> Paths[str]:
    paths: Paths[str] = Paths()
    for each in RULES:
        paths.add(each.template, each.http_method, each.rpc.name)
    return paths


PATHS = routes()


def found(method: str, path: str) -> tuple[str, tuple[str, ...]] | None:
    match = PATHS.find(path)
    return (match.found[method], match.values) if match and method in match.found else None


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/projects", ("ListProjects", ())),
        ("POST", "/v1/projects", ("CreateProject", ())),
        ("GET", "/v1/projects/p1", ("GetProject", ("p1",))),
        ("POST", "/v1/projects/p1:fund", ("FundProject", ("p1",))),
        ("POST", "/v1/projects/a%3Afund:fund", ("FundProject", ("a:fund",))),
        ("GET", "/v1/projects/p%2F1", ("GetProject", ("p/1",))),
        ("GET", "/v1/projects/p:1", ("GetProject", ("p:1",))),
        ("GET", "/v1/projects/p1/results:stream", ("StreamResults", ("p1",))),
        ("GET", "/v1/earnings/answers", ("ListEarnings", ())),
        ("POST", "/v1/me:changePassword", ("ChangePassword", ())),
        ("GET", "/v1/projects/%C3%A4", ("GetProject", ("ä",))),
    ],
)
def test_paths_find_their_rpc(method: str, path: str, expected: Any) -> None:
    assert found(method, path) == expected


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/projects/", "/v1/projects//results", "/v2/projects", "/v1/projects/a/b/c",
     "/v1/projects:fund", "/v1/assignments:nothing", "/v1/" + "x/" * 5000],
)  # fmt: skip
def test_other_paths_find_nothing(path: str) -> None:
    assert PATHS.find(path) is None


@given(st.text(alphabet="/:%{}v1projectsa ", max_size=60))
def test_no_path_is_too_strange(path: str) -> None:
    PATHS.find(path)


@given(st.sampled_from(RULES), st.data())
def test_every_rule_is_found_by_its_path(each: Any, data: st.DataObject) -> None:
    values = [
        data.draw(st.text(alphabet="abc.-_~", min_size=1, max_size=8))
        for _ in each.template.variables
    ]
    path = each.path
    for name, value in zip(each.template.variables, values, strict=True):
        path = path.replace("{" + name + "}", value)
    match = PATHS.find(path)
    assert match is not None
    literal = {e.path for e in RULES if not e.template.variables}
    if path not in literal:
        assert match.found[each.http_method] == each.rpc.name
        assert match.values == tuple(values)


@pytest.mark.parametrize(
    "text",
    ["v1/a", "/v1/{a=**}", "/v1/{a}b", "/v1/*", "/v1/{a}/{a}", "/v1//a", "/v1/{A}",
     "/v1/a:b:c", "/" + "a/" * 20 + "a", ""],
)  # fmt: skip
def test_templates_that_are_not_served_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no path template|too long"):
        read_template(text)


def test_two_rules_at_one_place_are_refused() -> None:
    paths: Paths[str] = Paths()
    paths.add(read_template("/v1/a/{b}"), "GET", "one")
    paths.add(read_template("/v1/a/{b}"), "POST", "two")
    with pytest.raises(ValueError, match="two rules for GET"):
        paths.add(read_template("/v1/a/{c}"), "GET", "three")


@pytest.mark.parametrize(
    ("rpc", "http", "said"),
    [
        ("GetProject", http_pb2.HttpRule(get="/v1/p/{project}"), "no field project"),
        ("GetProject", http_pb2.HttpRule(get="/v1/p", body="*"), "GET has no body"),
        ("CreateProject", http_pb2.HttpRule(post="/v1/p/{labels}", body="*"), "single value"),
        ("CreateProject", http_pb2.HttpRule(post="/v1/p", body="nothing"), "is not there"),
        ("CreateProject", http_pb2.HttpRule(post="/v1/p", body="labels"), "only a stream's"),
        ("PostTasks", http_pb2.HttpRule(post="/v1/p", body="*"), "repeated field of messages"),
        ("GetProject", http_pb2.HttpRule(get="/v1/p", response_body="project"), "response_body"),
        ("GetProject", http_pb2.HttpRule(), "an HTTP method"),
    ],
)
def test_rules_that_cannot_be_served_say_so_at_start(rpc: str, http: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"{rpc}: .*{said}"):
        _rule("broker", BROKER.methods_by_name[rpc], http)


def from_query(rpc: str, query: str) -> tuple[Any, dict[str, str]]:
    each = rule(rpc)
    message, wrong = each.request_type(), Violations()
    QueryReader(each).fill(message, query.encode(), wrong)
    return message, {v.field: v.rule for v in wrong.found}


def test_query_parameters_become_fields() -> None:
    message, wrong = from_query("ListAssignments", "page_size=5&state=CLAIMED&page_token=a%2Bb")
    assert wrong == {}
    assert (message.page_size, message.page_token) == (5, "a+b")
    assert (
        message.state
        == message.DESCRIPTOR.fields_by_name["state"]
        .enum_type.values_by_name["ASSIGNMENT_STATE_CLAIMED"]
        .number
    )
    assert from_query("StreamResults", "include_data=true")[0].include_data is True


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("page_size=x", {"page_size": "json.integer"}),
        ("page_size=1&page_size=2", {"page_size": "query.repeated"}),
        ("nothing=1&state=X", {"nothing": "query.unknown", "state": "json.enum"}),
        ("page_token=%ff", {"": "query.malformed"}),
        ("&".join(["page_size=1"] * 201), {"": "query.malformed"}),
        ("page_size=", {"page_size": "json.integer"}),
    ],
)
def test_queries_that_do_not_fit(query: str, wrong: dict[str, str]) -> None:
    assert from_query("ListAssignments", query)[1] == wrong


def test_queries_hold_what_neither_path_nor_body_has() -> None:
    assert [path for path, _ in query_fields(rule("ListTasks"))] == ["page_size", "page_token"]
    assert list(query_fields(rule("CreateProject"))) == []
    assert list(query_fields(rule("EnrolContractor"))) == []
    assert list(query_fields(rule("PostTasks"))) == []


def test_what_the_body_says_of_a_path_variable_must_agree() -> None:
    each = rule("PauseProject")
    for said, expected in (("", {}), ("p1", {}), ("p2", {"project_id": "path.agrees"})):
        wrong = Violations()
        message = pb.PauseProjectRequest(project_id=said)
        PathReader(each).fill(message, ("p1",), wrong)
        assert message.project_id == "p1"
        assert {v.field: v.rule for v in wrong.found} == expected
