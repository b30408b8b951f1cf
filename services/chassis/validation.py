"""Requests checked against the rules that their protos state, before any handler sees them."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from protovalidate import Validator

from services.chassis.errors import FieldsInvalid, FieldViolation

_VIOLATIONS_MAX = 20
_validator = Validator()


def violations(message: Message) -> list[FieldViolation]:
    """What breaks the rules of the message's proto; empty where nothing does."""
    found = _validator.collect_violations(message)
    return [
        FieldViolation(
            field=_path(violation.proto.field),
            description=violation.proto.message,
            rule=violation.proto.rule_id,
        )
        for violation in found[:_VIOLATIONS_MAX]
    ]


def validate(message: Message) -> None:
    """Errors: FieldsInvalid, naming each field and rule."""
    found = violations(message)
    if found:
        raise FieldsInvalid(found)


def _path(field_path: Any) -> str:
    # A whole-message rule has no path.
    parts: list[str] = []
    for element in field_path.elements if field_path is not None else ():
        subscript = element.subscript
        parts.append(
            element.field_name
            if subscript is None
            else f"{element.field_name}[{subscript.value!r}]"
        )
    return ".".join(parts)
