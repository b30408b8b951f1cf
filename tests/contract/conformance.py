"""Holds what the sandbox has recorded against the SDK's types and Stripe's OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stripe
from pydantic import ValidationError

from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.params import decode, load_specs, validate
from tests.contract import openapi
from tests.contract.answer_types import RESOURCES, answer_type, is_deletion
from tests.contract.request_types import sdk_type
from tests.contract.stripe_types import problems

_SPECS = load_specs()
_SHOWN = 20
# Whole objects inside events, whose `object` says what they are.
_UNTYPED = frozenset({"application"})


class Recording:
    """A sandbox's record, read on from where the last look ended.

    `strict` where every request has to be right: those of our own code. Elsewhere tests send wrong
    ones on purpose, and only those that were taken must be right.
    """

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        self._path = path
        self._strict = strict
        self._offset = 0
        self._seen: set[str] = set()

    def complaints(self) -> list[str]:
        """Return what is wrong with the lines that are new, at most 20 of them."""
        found: list[str] = []
        for line in self._new_lines():
            exchange = json.loads(line)
            look = _look(exchange)
            if look in self._seen:
                continue
            self._seen.add(look)
            found += [f"{exchange['operation']}: {text}" for text in self._judge(exchange)]
        return found[:_SHOWN]

    def _new_lines(self) -> Iterator[bytes]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                yield line

    def _judge(self, exchange: dict[str, Any]) -> Iterator[str]:
        operation, body = exchange["operation"], exchange["body"]
        if operation == "webhook":
            if body["object"] == "event":
                yield from event_problems(body)
            return
        if operation not in _SPECS:
            return
        is_taken = exchange["status"] == 200
        if is_taken or self._strict:
            yield from request_problems(operation, exchange["params"])
        if is_taken:
            yield from answer_problems(operation, body)
        else:
            yield from openapi.error_problems(body)


def _look(exchange: dict[str, Any]) -> str:
    """Return the form of an exchange: what repeats with other ids and amounts is judged once."""
    params = sorted(name for name, _ in exchange.get("params", []))
    form = _form(exchange["body"])
    return json.dumps([exchange["operation"], exchange.get("status"), params, form])


def _form(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _form(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_form(inner) for inner in value]
    # Short texts are states and types; long ones are ids, addresses and sentences.
    if isinstance(value, str):
        return value if value.replace("_", "").isalpha() and len(value) < 40 else ""
    return type(value).__name__


def request_problems(operation: str, pairs: list[list[str]]) -> Iterator[str]:
    """Yield what neither the SDK nor the document lets a request say."""
    try:
        params = validate(_SPECS[operation], decode([(name, value) for name, value in pairs]))
    except ApiError as refusal:
        yield f"request: {refusal.message}"
        return
    try:
        sdk_type(operation).validate_python(params)
    except ValidationError as refusal:
        yield f"request, by the SDK: {refusal}"
    for text in openapi.request_problems(operation, params):
        yield f"request, by the document: {text}"


def answer_problems(operation: str, body: Any) -> Iterator[str]:
    """Yield what the SDK's type or the document does not allow about a successful answer."""
    if is_deletion(operation):
        if set(body) - {"id", "object", "deleted", "currency"} or body["deleted"] is not True:
            yield f"answer: {body} is no deletion"
    else:
        for text in problems(body, answer_type(operation)):
            yield f"answer, by the SDK: {text}"
    for text in openapi.answer_problems(operation, body):
        yield f"answer, by the document: {text}"
    if operation == "event.list":
        for event in body["data"]:
            yield from event_problems(event)


def event_problems(event: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an event and with the object that it carries."""
    for text in problems(event, stripe.Event):
        yield f"event, by the SDK: {text}"
    for text in openapi.object_problems("event", event):
        yield f"event, by the document: {text}"
    subject = event["data"]["object"]
    kind = subject["object"]
    if kind in _UNTYPED:
        return
    for text in problems(subject, RESOURCES[kind]):
        yield f"{event['type']}, by the SDK: {text}"
    for text in openapi.object_problems(kind, subject):
        yield f"{event['type']}, by the document: {text}"
