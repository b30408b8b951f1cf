"""REST before services that remember: every route, and every way to be refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.broker.v1 import service_pb2 as pb
from crewline.broker.v1 import types_pb2
from services.chassis.errors import Kind
from services.gateway.rest.rules import Rule
from tests.rpc.gateway.conftest import SERVICES
from tests.rpc.gateway.recorder import RULES, Door, Recorder, Refused, door, recording

A_PROJECT = {
    "name": "birds",
    "instructions": "Is there a bird?",
    "labels": ["yes", "no"],
    "pay": {"amount_minor": 5, "currency": "USD"},
    "overlap": 2,
}


@pytest.fixture
async def behind() -> AsyncIterator[tuple[Recorder, dict[str, Any]]]:
    recorder = Recorder()
    async with recording(recorder) as channel:
        yield recorder, dict.fromkeys(SERVICES, channel)


@pytest.fixture
def recorder(behind: tuple[Recorder, Any]) -> Recorder:
    return behind[0]


@pytest.fixture
async def rest(behind: tuple[Recorder, dict[str, Any]]) -> AsyncIterator[Door]:
    async with door(behind[1]) as opened:
        yield opened


def bearer(recorder: Recorder, role: str = "CLIENT", **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {recorder.mint.token(role, **claims)}"}


def problem_of(response: httpx.Response, status: int, reason: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert (body["status"], body["reason"]) == (status, reason)
    assert body["request_id"] == response.headers["x-request-id"]
    return body


async def test_every_rule_reaches_its_rpc_and_is_refused_as_grpc_refuses(
    rest: Door, recorder: Recorder
) -> None:
    reached = {rule.rpc.name for rule in RULES if await _reach(rest, recorder, rule)}
    # Of those that read, one is answered by the gateway itself, and one wants fields.
    reads = {rule.rpc.name for rule in RULES if not rule.is_write}
    assert reads - reached == {"GetKeySet", "GetPriceCheck"}


async def _reach(rest: Door, recorder: Recorder, rule: Rule) -> bool:
    """Whether the RPC was called; it is not where the rules of the proto refuse what was sent."""
    path, told = rule.path, rule.rpc.name
    for name in rule.template.variables:
        path = path.replace("{" + name + "}", f"{name}%201")
    body: dict[str, Any] | None = {} if rule.is_write else None
    recorder.calls.clear()
    headers = bearer(recorder, rule.roles[0]) if rule.roles else {}
    response = await rest.client.request(rule.http_method, path, headers=headers, json=body)
    reached = [request for name, request in recorder.calls if name == rule.rpc.name]
    if reached and not rule.streams_in:
        assert response.status_code == 200, (told, response.text)
        for name in rule.template.variables:
            assert getattr(reached[0], name) == f"{name} 1", told
    elif not reached and rule.rpc.name not in ("GetKeySet", "ExchangeApiKey"):
        # Answered before its handler, by the rules of the proto.
        assert response.status_code == 400, (told, response.text)
    if rule.roles:
        nobody = await rest.client.request(rule.http_method, path, json=body)
        problem_of(nobody, 401, "TOKEN_INVALID")
        others = {"OPERATOR", "CLIENT", "VENDOR", "CONTRACTOR", "SERVICE"} - set(rule.roles)
        headers = bearer(recorder, min(others))
        refused = await rest.client.request(rule.http_method, path, headers=headers, json=body)
        problem_of(refused, 403, "ROLE_NOT_ADMITTED")
    return bool(reached)


async def test_a_request_becomes_a_message_and_its_answer_json(
    rest: Door, recorder: Recorder
) -> None:
    recorder.answers["CreateProject"] = lambda request: pb.CreateProjectResponse(
        project=types_pb2.Project(
            project_id="prj_1", name=request.name, state=types_pb2.PROJECT_STATE_DRAFT
        )
    )
    response = await rest.client.post(
        "/v1/projects",
        json=A_PROJECT,
        headers={**bearer(recorder), "X-Request-Id": "trace-7", "Idempotency-Key": "one"},
    )
    assert response.status_code == 200
    project = response.json()["project"]
    assert (project["name"], project["state"]) == ("birds", "PROJECT_STATE_DRAFT")
    assert "pay" not in project
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    [(_, request)] = recorder.calls
    assert (request.pay.amount_minor, list(request.labels)) == (5, ["yes", "no"])
    assert uuid.UUID(request.request_id).version == 5
    sent = recorder.metadata[-1]
    assert sent["x-request-id"] == "trace-7"
    assert sent["x-forwarded-for"] == "127.0.0.1"


async def test_the_key_of_a_write_is_in_the_header_the_body_or_made(
    rest: Door, recorder: Recorder
) -> None:
    async def post(body: dict[str, Any], **headers: str) -> httpx.Response:
        return await rest.client.post(
            "/v1/projects", json=A_PROJECT | body, headers={**bearer(recorder), **headers}
        )

    own = str(uuid.uuid4())
    await post({}, **{"Idempotency-Key": own})
    await post({"request_id": own})
    await post({})
    await post({})
    ids = [request.request_id for _, request in recorder.calls]
    assert ids[:2] == [own, own]
    assert len(set(ids)) == 3
    disagreed = await post({"request_id": own}, **{"Idempotency-Key": "other"})
    body = problem_of(disagreed, 400, "FIELD_VIOLATION")
    assert body["errors"][0]["rule"] == "idempotency_key.agrees"


async def test_a_body_of_one_field_has_its_key_in_the_header(
    rest: Door, recorder: Recorder
) -> None:
    own = str(uuid.uuid4())
    headers = {**bearer(recorder, "VENDOR"), "Idempotency-Key": own}
    row = {"external_id": "c1", "name": "Ada", "country": "KE"}
    assert (await rest.client.post("/v1/contractors", json=row, headers=headers)).status_code == 200
    [(_, request)] = recorder.calls
    assert (request.request_id, request.contractor.external_id) == (own, "c1")
    wrong = await rest.client.post("/v1/contractors", json={**row, "x": 1}, headers=headers)
    assert problem_of(wrong, 400, "FIELD_VIOLATION")["errors"][0]["field"] == "contractor.x"


async def test_everything_that_does_not_fit_is_told_at_once(rest: Door, recorder: Recorder) -> None:
    response = await rest.client.post(
        "/v1/projects/p1:pause?x=1",
        json={"reason": 7, "project_id": "p2", "y": 1},
        headers=bearer(recorder),
    )
    body = problem_of(response, 400, "FIELD_VIOLATION")
    assert {each["field"]: each["rule"] for each in body["errors"]} == {
        "reason": "json.string",
        "y": "json.unknown",
        "x": "query.unknown",
        "project_id": "path.agrees",
    }
    assert all(each["detail"] for each in body["errors"])
    assert recorder.calls == []


async def test_what_services_say_of_fields_is_told_in_the_names_of_json(
    rest: Door, recorder: Recorder
) -> None:
    response = await rest.client.post(
        "/v1/label-configs:check",
        json={"label_config": "", "data": ["x" * 70_000]},
        headers=bearer(recorder),
    )
    body = problem_of(response, 400, "FIELD_VIOLATION")
    assert [(each["field"], each["rule"]) for each in body["errors"]] == [
        ("label_config", "string.min_len"),
        ("data[0]", "string.max_bytes"),
    ]


@pytest.mark.parametrize(
    ("content", "kind", "status", "reason"),
    [
        (b"{", "application/json", 400, "JSON_MALFORMED"),
        (b'{"name": "a", "name": "b"}', "application/json; charset=utf-8", 400, "JSON_MALFORMED"),
        (b"[]", "application/json", 400, "FIELD_VIOLATION"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"name=a", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'"' + b"x" * (8 << 20) + b'"', "application/json", 413, "REQUEST_ENTITY_TOO_LARGE"),
    ],
)
async def test_bodies_that_are_none(
    rest: Door, recorder: Recorder, content: bytes, kind: str, status: int, reason: str
) -> None:
    headers = {**bearer(recorder), "Content-Type": kind}
    response = await rest.client.post("/v1/projects", content=content, headers=headers)
    problem_of(response, status, reason)
    assert recorder.calls == []


async def test_bodies_are_not_compressed(rest: Door, recorder: Recorder) -> None:
    headers = {**bearer(recorder), "Content-Encoding": "gzip"}
    for path in ("/v1/projects", "/v1/projects/p/tasks"):
        response = await rest.client.post(path, content=b"x", headers=headers)
        problem_of(response, 415, "UNSUPPORTED_MEDIA_TYPE")
        assert response.headers["accept-encoding"] == "identity"


async def test_methods_and_paths_that_are_none(rest: Door, recorder: Recorder) -> None:
    refused = await rest.client.delete("/v1/projects", headers=bearer(recorder))
    problem_of(refused, 405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    options = await rest.client.options("/v1/projects/p:fund")
    assert (options.status_code, options.headers["allow"]) == (204, "OPTIONS, POST")
    head = await rest.client.head("/v1/projects", headers=bearer(recorder))
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    streamed = await rest.client.head("/v1/projects/p/results:stream", headers=bearer(recorder))
    assert streamed.status_code == 405
    for path in ("/v1/nothing", "/v1/", "/v1/projects//", "/v1/projects/%ff/results/x"):
        problem_of(await rest.client.get(path), 404, "NOT_FOUND")
    problem_of(await rest.client.get("/v1/projects/%ff", headers=bearer(recorder)), 400,
               "FIELD_VIOLATION")  # fmt: skip


async def test_credentials(rest: Door, recorder: Recorder) -> None:
    key = "ck_one_" + "s" * 40
    recorder.keys[key] = "CLIENT"
    for headers in ({"Authorization": f"bearer {key}"}, {"X-Api-Key": key}, bearer(recorder)):
        assert (await rest.client.get("/v1/projects", headers=headers)).status_code == 200
    exchanged = [each for each in recorder.metadata if "authorization" not in each]
    assert len(exchanged) == 2, "the key set, and the key once for both requests"
    for headers, reason in (
        ({}, "TOKEN_INVALID"),
        ({"Authorization": f"Basic {key}"}, "TOKEN_INVALID"),
        ({"Authorization": f"Bearer {key}", "X-Api-Key": key}, "TOKEN_INVALID"),
        ({"Cookie": f"session={key}"}, "TOKEN_INVALID"),
        ({"X-Api-Key": key + "x"}, "API_KEY_INVALID"),
        (bearer(recorder, lifetime_seconds=-60), "TOKEN_EXPIRED"),
    ):
        response = await rest.client.get("/v1/projects", headers=headers)
        problem_of(response, 401, reason)
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_public_routes_ask_for_none(rest: Door, recorder: Recorder) -> None:
    response = await rest.client.post(
        "/v1/sessions", json={"email": "a@example.com", "password": "p"}
    )
    assert response.status_code == 200
    too_much = {"email": "a", "password": "x" * (64 << 10)}
    problem_of(await rest.client.post("/v1/sessions", json=too_much), 413,
               "REQUEST_ENTITY_TOO_LARGE")  # fmt: skip
    recorder.answers["RegisterOrganisation"] = lambda request: (
        accounts_pb2.RegisterOrganisationResponse()
    )
    worded = await rest.client.post("/v1/organisations", json={}, headers={"Idempotency-Key": "a"})
    body = problem_of(worded, 400, "FIELD_VIOLATION")
    assert body["errors"][0]["rule"] == "idempotency_key.uuid"


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        (Kind.NOT_FOUND, "PROJECT_NOT_FOUND", 404),
        (Kind.PRECONDITION, "PROJECT_STATE_WRONG", 409),
        (Kind.INVALID, "REQUEST_ID_REUSED", 422),
        (Kind.FORBIDDEN, "OWN_ANSWER", 403),
        (Kind.EXHAUSTED, "OVERLOADED", 429),
        (Kind.UNAVAILABLE, "STORE_UNAVAILABLE", 503),
    ],
)
async def test_refusals_of_services(
    rest: Door, recorder: Recorder, kind: Kind, reason: str, status: int
) -> None:
    def refuse(request: Any) -> Any:
        refused = Refused(kind, reason, "why", field="project_id", state="DRAFT")
        refused.retry_seconds = 6.4
        raise refused

    recorder.answers["GetProject"] = refuse
    response = await rest.client.get("/v1/projects/p1", headers=bearer(recorder))
    body = problem_of(response, status, reason)
    assert body["type"] == f"urn:crewline:problem:{reason}"
    if kind is Kind.UNAVAILABLE:
        assert "why" not in response.text
        assert response.headers["retry-after"] == "1"
        return
    assert (body["detail"], body["metadata"]["state"]) == ("why", "DRAFT")
    assert ("retry-after" in response.headers) == (status == 429)
    if status == 429:
        assert response.headers["retry-after"] == "7"
    if kind is Kind.INVALID:
        assert body["errors"] == [{"field": "project_id", "rule": reason, "detail": "why"}]


async def test_an_unforeseen_error_of_a_service_is_told_by_its_id(
    rest: Door, recorder: Recorder
) -> None:
    def fail(request: Any) -> Any:
        raise RuntimeError("the password is hunter2")

    recorder.answers["GetProject"] = fail
    response = await rest.client.get("/v1/projects/p1", headers=bearer(recorder))
    body = problem_of(response, 500, "INTERNAL")
    assert body["detail"].startswith("internal error ")
    assert "hunter2" not in response.text


async def test_limits_are_each_keys_own(behind: tuple[Recorder, dict[str, Any]]) -> None:
    recorder, channels = behind
    async with door(channels, per_second=0.5, burst=3) as rest:
        one, other = bearer(recorder), bearer(recorder, subject_id="per_other")
        answers = [await rest.client.get("/v1/projects", headers=one) for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert [each.headers["ratelimit-remaining"] for each in answers] == ["2", "1", "0", "0"]
        refused = answers[-1]
        problem_of(refused, 429, "RATE_EXCEEDED")
        assert (refused.headers["retry-after"], refused.headers["ratelimit-limit"]) == ("2", "3")
        assert (await rest.client.get("/v1/projects", headers=other)).status_code == 200


async def test_addresses_have_limits_of_their_own(behind: tuple[Recorder, dict[str, Any]]) -> None:
    _, channels = behind
    async with door(channels, public_burst=3) as rest:
        wrong = {"X-Api-Key": "ck_a_" + "x" * 40}
        assert (await rest.client.get("/v1/key-set")).status_code == 200
        statuses = [
            (await rest.client.get("/v1/projects", headers=wrong)).status_code for _ in range(3)
        ]
        assert statuses == [401, 401, 429]
        problem_of(await rest.client.get("/v1/key-set"), 429, "RATE_EXCEEDED")


async def test_requests_are_counted_by_the_rule_and_not_by_the_path(
    rest: Door, recorder: Recorder
) -> None:
    def count(route: str, status: str) -> float:
        labels = {"route": route, "status": status}
        return REGISTRY.get_sample_value("crewline_http_total", labels) or 0.0

    before = count("/v1/projects/{project_id}", "200"), count("/v1/projects/{project_id}", "405")
    for name in ("a", "b"):
        await rest.client.get(f"/v1/projects/{name}", headers=bearer(recorder))
        await rest.client.delete(f"/v1/projects/{name}")
    after = count("/v1/projects/{project_id}", "200"), count("/v1/projects/{project_id}", "405")
    assert after == (before[0] + 2, before[1] + 2)
    assert count("/v1/projects/a", "200") == 0
