"""One rule as one operation: what it is asked with, what it answers, and who may ask."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.gateway.rest.elements import ARRAY_BYTES_MAX, JSON, LINE_BYTES_MAX, NDJSON
from services.gateway.rest.fields import message_of
from services.gateway.rest.idempotency import KEY_LENGTH_MAX
from services.gateway.rest.openapi.constraints import Schema, rules_of
from services.gateway.rest.openapi.examples import example, example_value
from services.gateway.rest.openapi.refusals import refusals
from services.gateway.rest.openapi.schemas import Schemas
from services.gateway.rest.query import query_fields
from services.gateway.rest.rules import REQUEST_ID, Rule, element_field, find_field
from services.gateway.rest.streams import EVENTS

_SENTENCE = re.compile(r"(?<=[.:])\s+(?=[A-Z])")
_REPEATS = (
    "A repeat with the same Idempotency-Key gets the first answer, for thirty days; another"
    " request under the same key is refused. Without the header every request is one of its own."
)
_SECRETS = "Secrets are in the first answer alone and are left out of what a repeat gets."
_NATURAL = "A repeat changes nothing more: what it names is the key, so no header is needed."

_ROWS = (
    f"The body is one JSON object a line (`{NDJSON}`, of any length; a line at most"
    f" {LINE_BYTES_MAX:,} bytes), or an array of them (`{JSON}`, at most {ARRAY_BYTES_MAX:,}"
    " bytes). Rows are counted from 0, blank lines are none. A row that cannot be read is told"
    " with its line, and costs the others nothing. Where the request breaks off, the rows before"
    " may be in: send all of it again."
)
_STREAM = (
    f"One JSON object a line (`{NDJSON}`), or server-sent events where Accept asks for"
    f" `{EVENTS}`: one without a name an element, and `end` after the last. Where the answer"
    ' breaks off, the last line is {"problem": ...} (the last event `problem`) and the body has'
    " no end, which HTTP clients tell as an error."
)


def operation(rule: Rule, schemas: Schemas) -> dict[str, Any]:
    """The operation object."""
    said = schemas.describe(rule.rpc.full_name)
    found: dict[str, Any] = {
        "operationId": rule.rpc.name,
        "tags": [rule.service],
        "summary": _summary(said, rule.rpc.name),
        "description": _description(rule, said),
        "security": [] if rule.public else [{"api_key": []}, {"bearer": []}],
    }
    parameters = [*_path_parameters(rule, schemas), *_query_parameters(rule, schemas)]
    if rule.has_request_id:
        parameters.append({"$ref": "#/components/parameters/Idempotency-Key"})
    if parameters:
        found["parameters"] = parameters
    if rule.body:
        found["requestBody"] = _request_body(rule, schemas)
    found["responses"] = {
        "200": _response(rule, schemas),
        **refusals(public=rule.public, has_body=bool(rule.body), has_key=rule.has_request_id),
    }
    if rule.roles:
        found["x-roles"] = list(rule.roles)
    return found


def idempotency_key() -> dict[str, Any]:
    """The parameter that writes share."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A UUID, or up to 255 printable characters that are the organisation's own"
        " for this operation.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": KEY_LENGTH_MAX,
            "pattern": "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$",
        },
        "example": "0f8fad5b-d9cb-469f-a165-70867728950e",
    }


def _summary(said: str, name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = words[:1] + words[1:].lower()
    first = _SENTENCE.split(said, maxsplit=1)[0].rstrip(".:") if said else ""
    return first if first and not first.startswith("Errors") and len(first) <= 80 else plain


def _description(rule: Rule, said: str) -> str:
    parts = [said] if said else []
    if rule.roles:
        parts.append("For " + ", ".join(f"`{role}`" for role in rule.roles) + ".")
    else:
        parts.append("For everybody: no credential is asked for.")
    if rule.has_request_id:
        parts.append(_REPEATS)
        if _shows_secrets(rule.rpc.output_type):
            parts.append(_SECRETS)
    elif rule.is_write:
        parts.append(_NATURAL if "repeat" not in said else "It takes no Idempotency-Key.")
    if rule.streams_in:
        parts.append(_ROWS)
    if rule.streams_out:
        parts.append(_STREAM)
    return "\n\n".join(parts)


def _shows_secrets(message: Descriptor) -> bool:
    for field in message.fields:
        if field.name == "secret" or (
            field.is_repeated
            and field.message_type is not None
            and "secret" in field.message_type.fields_by_name
        ):
            return True
    return False


def _path_parameters(rule: Rule, schemas: Schemas) -> list[dict[str, Any]]:
    found = []
    for name in rule.template.variables:
        field = find_field(rule.rpc.input_type, name)
        found.append(_parameter(name, field, schemas, place="path"))
    return found


def _query_parameters(rule: Rule, schemas: Schemas) -> list[dict[str, Any]]:
    return [_parameter(name, field, schemas, place="query") for name, field in query_fields(rule)]


def _parameter(
    name: str, field: FieldDescriptor, schemas: Schemas, *, place: str
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "in": place,
        "required": place == "path" or rules_of(field).string.min_len > 0,
        "schema": schemas.parameter(field),
    }
    if place == "path":
        # An empty segment is another path.
        found["schema"].setdefault("minLength", 1)
    if field.is_repeated:
        found["style"], found["explode"] = "form", True
    said = schemas.describe(field.full_name)
    if said:
        found["description"] = said
    value = example_value(field)
    if value not in ("", None):
        found["example"] = value
    return found


def _request_body(rule: Rule, schemas: Schemas) -> dict[str, Any]:
    if rule.streams_in and rule.body_field is not None:
        element = message_of(rule.body_field)
        row = example(element, is_input=True)
        return {
            "required": True,
            "content": {
                NDJSON: {"schema": _lines_of(schemas.taken(element))},
                JSON: {
                    "schema": {"type": "array", "items": schemas.taken(element)},
                    "example": [row],
                },
            },
        }
    if rule.body_field is not None:
        message = message_of(rule.body_field)
        content = {"schema": schemas.taken(message), "example": example(message, is_input=True)}
        return {"required": True, "content": {JSON: content}}
    # The key of a repeat is said in the header.
    without = frozenset((*rule.template.variables, REQUEST_ID))
    schema = schemas.body(rule.rpc.input_type, without=without)
    shown = example(rule.rpc.input_type, is_input=True, without=without)
    needed = bool(schemas.components[schema["$ref"].rpartition("/")[2]].get("required"))
    return {"required": needed, "content": {JSON: {"schema": schema, "example": shown}}}


def _response(rule: Rule, schemas: Schemas) -> dict[str, Any]:
    headers = {
        name: {"$ref": f"#/components/headers/{name}"}
        for name in ("X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    }
    output = rule.rpc.output_type
    if not rule.streams_out:
        content = {"schema": schemas.shown(output), "example": example(output, is_input=False)}
        return {"description": "Done.", "headers": headers, "content": {JSON: content}}
    field = element_field(output)
    element = message_of(field) if field is not None else output
    schema = _lines_of(schemas.shown(element))
    return {
        "description": "Elements as they come.",
        "headers": headers,
        "content": {NDJSON: {"schema": schema}, EVENTS: {"schema": {"type": "string"}}},
    }


def _lines_of(element: Schema) -> Schema:
    """Text whose every line is one element."""
    return {
        "type": "string",
        "contentMediaType": NDJSON,
        "contentSchema": element,
        "description": "One element a line.",
    }
