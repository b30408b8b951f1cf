"""Checks JSON against Stripe's OpenAPI document, rewritten so that a JSON Schema validator can.

Of what the document says only this is changed: `nullable` becomes an alternative (beside `anyOf`
or a reference it would be passed over); an object with members has no others, so that what the
document does not know is found; and the listed drift (openapi_drift.py) is applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from tests.contract.answer_types import RESOURCES
from tests.contract.openapi_drift import document, forgiven

_REFERENCE = "#/components/schemas/"


def answer_problems(operation: str, body: Any) -> Iterator[str]:
    """Yield what the document does not allow about a successful answer."""
    if operation in document()["operations"]:
        yield from _problems(_validator(operation, "answer"), body)


def request_problems(operation: str, params: dict[str, Any]) -> Iterator[str]:
    """Yield what the document does not allow about a request's parameters."""
    if operation in document()["operations"]:
        yield from _problems(_validator(operation, "request"), params)


def object_problems(name: str, body: Any) -> Iterator[str]:
    """Yield what the document does not allow about one object."""
    yield from _problems(_object_validator(name), body)


def error_problems(body: Any) -> Iterator[str]:
    """Yield what the document does not allow about a refusal."""
    yield from _problems(_error_validator(), body)


def _problems(validator: Any, body: Any) -> Iterator[str]:
    for error in validator.iter_errors(body):
        where = ".".join(str(step) for step in error.instance_path) or "$"
        yield f"{where}: {error.message[:300]}"


@cache
def _validator(operation: str, part: str) -> Any:
    path = f"request {operation}" if part == "request" else ""
    return _made(rewritten(document()["operations"][operation][part], path))


@cache
def _object_validator(name: str) -> Any:
    return _made({"$ref": _REFERENCE + name})


@cache
def _error_validator() -> Any:
    error = {"$ref": _REFERENCE + "error"}
    return _made({"type": "object", "properties": {"error": error}, "required": ["error"]})


def _made(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": {"schemas": _schemas()}})


@cache
def _schemas() -> dict[str, Any]:
    return {
        name: rewritten(schema, name if name in RESOURCES else _home(name))
        for name, schema in document()["schemas"].items()
    }


@cache
def _homes() -> dict[str, str]:
    """Return by which path from an object each inner schema is first reached."""
    found: dict[str, str] = {}
    for name in RESOURCES:
        if name in document()["schemas"]:
            _visit(document()["schemas"][name], name, found)
    return found


def _visit(schema: Any, path: str, found: dict[str, str]) -> None:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name in RESOURCES or name in found:
            return
        found[name] = path
        _visit(document()["schemas"][name], path, found)
    for key in ("anyOf", "oneOf"):
        for option in schema.get(key, []):
            _visit(option, path, found)
    if isinstance(schema.get("items"), dict):
        _visit(schema["items"], path, found)
    for member, inner in schema.get("properties", {}).items():
        _visit(inner, f"{path}.{member}", found)


def _home(name: str) -> str:
    return _homes().get(name, "")


def rewritten(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a schema with null as an alternative, closed objects, and the listed drift."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result = {key: value for key, value in schema.items() if key not in ("nullable", "pattern")}
    for key in ("anyOf", "oneOf"):
        if key in schema:
            result.pop(key)
            # The first that fits is enough: ids and objects of some kinds look alike.
            result["anyOf"] = [rewritten(option, path) for option in schema[key]]
    if isinstance(schema.get("items"), dict):
        result["items"] = rewritten(schema["items"], path)
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = rewritten(schema["additionalProperties"], path)
    if "enum" in schema:
        prefix = f"= {path} "
        more = [line.removeprefix(prefix) for line in forgiven() if line.startswith(prefix)]
        result["enum"] = [*schema["enum"], *more]
    if "properties" in schema:
        result.update(_members(schema, path))
    if schema.get("nullable") or f"0 {path}" in forgiven():
        return {"anyOf": [result, {"type": "null"}]}
    return result


def _members(schema: dict[str, Any], path: str) -> dict[str, Any]:
    members = {
        name: _nullable(rewritten(inner, f"{path}.{name}"), f"{path}.{name}")
        for name, inner in schema["properties"].items()
    }
    prefix = f"+ {path}."
    for line in forgiven():
        name = line.removeprefix(prefix)
        if line.startswith(prefix) and "." not in name:
            members[name] = {}
    needed = [name for name in schema.get("required", []) if f"? {path}.{name}" not in forgiven()]
    found: dict[str, Any] = {"properties": members, "additionalProperties": False}
    return {**found, "required": needed} if needed else {**found, "required": []}


def _nullable(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Allow null beside a reference, where the drift list says so."""
    if "$ref" in schema and f"0 {path}" in forgiven():
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
