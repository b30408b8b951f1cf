"""The document: valid OpenAPI 3.1, with every rule, and examples that the contracts take."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from services.chassis.validation import violations
from services.gateway.rest.decode import Decoder
from services.gateway.rest.encode import Encoder
from services.gateway.rest.fields import FieldNames
from services.gateway.rest.openapi.comments import Comments
from services.gateway.rest.openapi.document import openapi
from services.gateway.rest.rules import Rule
from services.gateway.rest.transcode import Transcoder
from tests.unit.gateway.messages import RULES, reachable, rule

COMMENTS = Comments()
DOCUMENT = json.loads(json.dumps(openapi(RULES, comments=COMMENTS)))
DECODER = Decoder()
ENCODER = Encoder(names=FieldNames(reachable()))
UNARY = [each for each in RULES if not each.streams_in]


def _id(each: Rule) -> str:
    return each.rpc.name


def operation(each: Rule) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][each.path][each.http_method.lower()]
    return found


def follow(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    while "$ref" in part:
        found: Any = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


@cache
def validator(reference: str) -> jsonschema.Draft202012Validator:
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_it_is_openapi_3_1() -> None:
    OPENAPI_31_VALIDATOR.validate(DOCUMENT)
    broken = {**DOCUMENT, "paths": {"no slash": {}}}
    assert not OPENAPI_31_VALIDATOR.is_valid(broken)


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    text = json.dumps(DOCUMENT)
    told = set(_references(DOCUMENT))
    for reference in told:
        assert follow({"$ref": reference})
    for kind, parts in DOCUMENT["components"].items():
        if kind != "securitySchemes":
            unused = {name for name in parts if f"#/components/{kind}/{name}" not in told}
            assert unused == set(), kind
    assert "\\u0000" not in text


def _references(part: Any) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("each", RULES, ids=_id)
def test_every_rule_is_an_operation(each: Rule) -> None:
    found = operation(each)
    assert found["operationId"] == each.rpc.name
    assert 5 < len(found["summary"]) <= 80
    assert [p["name"] for p in found.get("parameters", ()) if p.get("in") == "path"] == list(
        each.template.variables
    )
    assert (found["security"] == []) == each.public
    assert found.get("x-roles", []) == list(each.roles)
    keys = [p for p in found.get("parameters", ()) if p.get("$ref", "").endswith("Idempotency-Key")]
    assert bool(keys) == each.has_request_id
    assert "default" in found["responses"]
    for role in each.roles:
        assert f"`{role}`" in found["description"]
    if each.is_write:
        assert "repeat" in found["description"] or "Idempotency-Key" in found["description"]


@pytest.mark.parametrize("each", [e for e in UNARY if e.body], ids=_id)
def test_examples_of_requests_are_taken(each: Rule) -> None:
    content = operation(each)["requestBody"]["content"]["application/json"]
    validator(content["schema"]["$ref"]).validate(content["example"])
    message = transcoder(each).request(
        values=tuple(f"{name}_1" for name in each.template.variables),
        body=json.dumps(content["example"]).encode(),
        organisation_id="org_1",
    )
    assert violations(message) == []


@pytest.mark.parametrize("each", [e for e in RULES if e.streams_in], ids=_id)
def test_examples_of_rows_are_taken(each: Rule) -> None:
    content = operation(each)["requestBody"]["content"]
    [row] = content["application/json"]["example"]
    element = content["application/json"]["schema"]["items"]
    validator(element["$ref"]).validate(row)
    assert content["application/x-ndjson"]["schema"]["contentSchema"] == element
    assert each.body_field is not None
    assert each.body_field.message_type is not None
    message = each.request_type()
    fill = DECODER.of(each.body_field.message_type)
    from services.gateway.rest.fields import Violations

    wrong = Violations()
    added = getattr(message, each.body).add()
    fill(row, added, "", wrong)
    assert wrong.found == []
    assert violations(added) == []


@pytest.mark.parametrize("each", [e for e in RULES if not e.streams_out], ids=_id)
def test_examples_of_answers_are_what_their_schemas_say(each: Rule) -> None:
    content = operation(each)["responses"]["200"]["content"]["application/json"]
    validator(content["schema"]["$ref"]).validate(content["example"])
    message = each.response_type()
    wrong = _filled(message, content["example"])
    assert wrong == []
    shown = ENCODER.of(each.rpc.output_type)(message)
    validator(content["schema"]["$ref"]).validate(shown)
    # The empty answer too: what is always shown is what is required.
    empty = ENCODER.of(each.rpc.output_type)(each.response_type())
    validator(content["schema"]["$ref"]).validate(empty)


def _filled(message: Any, value: Any) -> list[Any]:
    from services.gateway.rest.fields import Violations

    wrong = Violations()
    DECODER.of(message.DESCRIPTOR)(value, message, "", wrong)
    return wrong.found


@pytest.mark.parametrize("each", UNARY, ids=_id)
def test_what_may_not_be_left_out_is_required(each: Rule) -> None:
    """A body that the schema takes with nothing but what it requires breaks no rule."""
    if each.body != "*":
        return
    schema = follow(operation(each)["requestBody"]["content"]["application/json"]["schema"])
    example = operation(each)["requestBody"]["content"]["application/json"]["example"]
    least = {name: example[name] for name in schema.get("required", ())}
    values = tuple("x" for _ in each.template.variables)
    message = transcoder(each).request(
        values=values, body=json.dumps(least).encode(), organisation_id="org_1"
    )
    assert violations(message) == []
    for name in schema.get("required", ()):
        without = {key: value for key, value in least.items() if key != name}
        message = transcoder(each).request(
            values=values, body=json.dumps(without).encode(), organisation_id="org_1"
        )
        broken = {field.field.partition(".")[0].partition("[")[0] for field in violations(message)}
        assert {name} <= {_renamed(field) for field in broken}


def _renamed(field: str) -> str:
    return FieldNames(reachable()).path(field)


@cache
def _transcoder(rpc: str) -> Transcoder:
    return Transcoder(rule(rpc), decoder=DECODER, encoder=ENCODER)


def transcoder(each: Rule) -> Transcoder:
    return _transcoder(each.rpc.name)


def test_rules_are_said_as_json_schema() -> None:
    project = DOCUMENT["components"]["schemas"]["CreateProjectRequest"]
    assert project["required"] == ["name", "instructions", "pay", "overlap"]
    assert project["additionalProperties"] is False
    fields = project["properties"]
    assert (fields["name"]["minLength"], fields["name"]["maxLength"]) == (1, 200)
    assert (fields["overlap"]["minimum"], fields["overlap"]["maximum"]) == (1, 1000)
    assert fields["labels"]["uniqueItems"] is True
    assert fields["labels"]["maxItems"] == 1000
    money = DOCUMENT["components"]["schemas"]["MoneyInput"]["properties"]
    assert money["currency"]["pattern"] == "^[A-Z]{3}$"
    assert money["amount_minor"]["maximum"] == 2**63 - 1
    task = DOCUMENT["components"]["schemas"]["NewTaskInput"]["properties"]
    assert task["data"]["type"] == ["object", "array"]
    assert "data_json" not in task
    kind = DOCUMENT["components"]["schemas"]["RegisterOrganisationRequest"]["properties"]["kind"]
    assert kind["enum"] == ["ORGANISATION_KIND_CLIENT", "ORGANISATION_KIND_VENDOR"]
    email = DOCUMENT["components"]["schemas"]["NewContractorInput"]["properties"]["email"]
    assert email["anyOf"][0] == {"const": ""}
    assert email["anyOf"][1]["format"] == "email"


def test_bodies_leave_out_what_the_path_and_the_header_say() -> None:
    fields = DOCUMENT["components"]["schemas"]["PauseProjectRequest"]["properties"]
    assert set(fields) == {"reason"}


def test_what_the_protos_say_is_said() -> None:
    assert len(COMMENTS) > 300
    project = DOCUMENT["components"]["schemas"]["Project"]["properties"]
    assert project["pay"]["description"] == "What a contractor earns for one accepted answer."
    create = DOCUMENT["paths"]["/v1/projects"]["post"]
    assert "LABELS_INVALID" in create["description"]
    assert "thirty days" in create["description"]
    keys = DOCUMENT["paths"]["/v1/api-keys:batchCreate"]["post"]
    assert "Secrets are in the first answer alone" in keys["description"]
    assert "Secrets" not in create["description"]


def test_streams_are_said_with_their_media_types() -> None:
    stream = DOCUMENT["paths"]["/v1/projects/{project_id}/results:stream"]["get"]
    assert set(stream["responses"]["200"]["content"]) == {
        "application/x-ndjson",
        "text/event-stream",
    }
    post = DOCUMENT["paths"]["/v1/projects/{project_id}/tasks"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/x-ndjson", "application/json"}


def test_every_refusal_is_a_problem() -> None:
    for name, response in DOCUMENT["components"]["responses"].items():
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
        if "example" in content:
            validator("#/components/schemas/Problem").validate(content["example"])
