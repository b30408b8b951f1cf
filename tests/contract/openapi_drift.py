"""Where the pinned SDK and Stripe's older OpenAPI document differ, member by member.

A difference is one line: a sign, the path of a member from its object (or from `request
OPERATION`), and for "=" a value:

- "+ payout.trace_id": the SDK has the member, the document does not know it;
- "? account.requirements.x": the document requires it, the SDK does not;
- "0 refund.charge": the SDK allows null, the document does not;
- "= event.type value": the SDK allows the value, the document does not.

`tests/data/stripe/drift.json` lists those that checks forgive, each with a reason. A listed line
that is no difference (any more) fails a test, and a difference that is not listed fails the check
that meets it: the list cannot hide a new one.
"""

from __future__ import annotations

import importlib
import json
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from stripe import StripeObject
from typing_extensions import is_typeddict

from deploy.local.stripe_sandbox.param_specs_from_sdk import PARAM_CLASSES, params_class
from tests.contract.answer_types import RESOURCES
from tests.contract.openapi_trim import TRIMMED_PATH
from tests.contract.stripe_types import hints_of

DRIFT_PATH = TRIMMED_PATH.with_name("drift.json")


@cache
def document() -> dict[str, Any]:
    """Return the trimmed document."""
    held: dict[str, Any] = json.loads(TRIMMED_PATH.read_text("utf-8"))
    return held


@cache
def forgiven(path: Path = DRIFT_PATH) -> dict[str, str]:
    """Return the listed differences with their reasons."""
    by_reason: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
    lines = {line: reason for reason, held in by_reason.items() for line in held}
    assert len(lines) == sum(len(held) for held in by_reason.values()), "a line is listed twice"
    return lines


@cache
def differences() -> frozenset[str]:
    """Return every difference between the SDK's types and the document."""
    found: set[str] = set()
    for name, cls in RESOURCES.items():
        if name in document()["schemas"]:
            found.update(_object(document()["schemas"][name], cls, name))
    for operation, held in document()["operations"].items():
        params = params_class(PARAM_CLASSES[operation])
        found.update(_object(held["request"], params, f"request {operation}"))
    return frozenset(found)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to its schema."""
    while "$ref" in schema:
        schema = document()["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def choices(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alternatives of a schema, itself where it has none."""
    schema = resolved(schema)
    options = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    return [choice for option in options for choice in choices(option)] or [schema]


def _hints(cls: Any) -> dict[str, Any]:
    if not is_typeddict(cls):
        return hints_of(cls)
    module = importlib.import_module(cls.__module__)
    options = importlib.import_module("stripe._request_options")
    namespace = {"StripeContext": Any, **vars(options), **vars(module)}
    return typing.get_type_hints(cls, globalns=namespace)


def _object(schema: dict[str, Any], cls: Any, path: str) -> Iterator[str]:
    properties, hints = schema.get("properties", {}), _hints(cls)
    for name, hint in hints.items():
        where = f"{path}.{name}"
        if name not in properties:
            yield f"+ {where}"
            continue
        allows_null = type(None) in typing.get_args(hint)
        if name in schema.get("required", []) and allows_null:
            yield f"? {where}"
        yield from _member(properties[name], hint, where, allows_null=allows_null)


def _member(schema: dict[str, Any], hint: Any, path: str, *, allows_null: bool) -> Iterator[str]:
    if not schema:
        # Cut out of the document: anything goes.
        return
    if allows_null and not (schema.get("nullable") or resolved(schema).get("nullable")):
        yield f"0 {path}"
    values = set(_literals(hint))
    inner = [cls for cls in _classes(hint) if not getattr(cls, "OBJECT_NAME", "")]
    for choice in choices(schema):
        of = choice
        while of.get("type") == "array":
            of = resolved(of["items"])
        if "enum" in of:
            yield from (f"= {path} {value}" for value in sorted(values - {*of["enum"]}))
        if "object" not in of.get("properties", {"object": {}}) and len(inner) == 1:
            yield from _object(of, inner[0], path)


def _parts(hint: Any) -> Iterator[Any]:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType, list):
        for part in typing.get_args(hint):
            yield from _parts(part)
    elif getattr(origin, "__name__", "") in ("NotRequired", "Required"):
        yield from _parts(typing.get_args(hint)[0])
    else:
        yield hint


def _literals(hint: Any) -> Iterator[Any]:
    for part in _parts(hint):
        if typing.get_origin(part) is typing.Literal:
            yield from typing.get_args(part)


def _classes(hint: Any) -> Iterator[Any]:
    for part in _parts(hint):
        if is_typeddict(part) or (isinstance(part, type) and issubclass(part, StripeObject)):
            yield part
