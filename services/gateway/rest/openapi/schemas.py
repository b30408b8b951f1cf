"""Message types as schemas: one of what answers show, and one of what requests may say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from services.chassis.validation import violations
from services.gateway.rest.fields import is_map, json_name, json_value_name, message_of
from services.gateway.rest.openapi.comments import Comments
from services.gateway.rest.openapi.constraints import (
    Schema,
    list_bounds,
    may_be_zero,
    rules_of,
    scalar,
)
from services.gateway.rest.rules import REQUEST_ID
from services.gateway.rest.scalars import DURATION, TIMESTAMP, enum_prefix

_TIMESTAMP: Schema = {"type": "string", "format": "date-time"}
_DURATION: Schema = {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"}
_ANY_JSON: Schema = {"type": ["object", "array"]}
_INPUT = "Input"


class Schemas:
    """Collects what is referred to; `components` has all of it in the end."""

    def __init__(self, *, comments: Comments, messages: Iterable[Descriptor]) -> None:
        self._comments = comments
        self._names = _short_names(messages)
        self.components: dict[str, Schema] = {}

    def shown(self, message: Descriptor) -> Schema:
        """A reference to what answers show of it."""
        name = self._names[message.full_name]
        if name not in self.components:
            self.components[name] = {}  # it may hold itself
            self.components[name] = self._object(message, is_input=False)
        return _reference(name)

    def taken(self, message: Descriptor) -> Schema:
        """A reference to what requests may say of it."""
        name = self._names[message.full_name] + _INPUT
        if name not in self.components:
            self.components[name] = {}
            self.components[name] = self._object(message, is_input=True)
        return _reference(name)

    def body(self, message: Descriptor, *, without: Iterable[str]) -> Schema:
        """What a body that is the whole request may say; the path says what is left out."""
        name = self._names[message.full_name]
        if name not in self.components:
            self.components[name] = {}
            self.components[name] = self._object(message, is_input=True, without=frozenset(without))
        return _reference(name)

    def parameter(self, field: FieldDescriptor) -> Schema:
        """Of a path or a query, without its description."""
        found = self._field(field, is_input=True)
        found.pop("description", None)
        return found

    def describe(self, full_name: str) -> str:
        """What the proto says of it."""
        return self._comments.of(full_name)

    def _object(
        self, message: Descriptor, *, is_input: bool, without: frozenset[str] = frozenset()
    ) -> Schema:
        fields = [field for field in message.fields if field.name not in without]
        found: Schema = {"type": "object"}
        said = self._comments.of(message.full_name)
        if said:
            found["description"] = said
        found["properties"] = {
            json_name(field): self._field(field, is_input=is_input) for field in fields
        }
        needed = _needed(message) if is_input else _always_shown(message)
        required = [json_name(field) for field in fields if field.name in needed]
        if required:
            found["required"] = required
        if is_input:
            found["additionalProperties"] = False
        return found

    def _field(self, field: FieldDescriptor, *, is_input: bool) -> Schema:
        rules = rules_of(field) if is_input else None
        found = self._many(field, rules) if field.is_repeated else self._one(field, rules)
        said = self._comments.of(field.full_name)
        prefix = enum_prefix(field.enum_type) if field.enum_type is not None and is_input else ""
        if prefix:
            said = f"{said} May be said without {prefix}.".strip()
        return {**found, "description": said} if said else found

    def _many(self, field: FieldDescriptor, rules: validate_pb2.FieldRules | None) -> Schema:
        if is_map(field):
            value = message_of(field).fields_by_name["value"]
            return {"type": "object", "additionalProperties": self._one(value, None)}
        items = rules.repeated.items if rules is not None else None
        bounds = list_bounds(rules) if rules is not None else {}
        return {"type": "array", "items": self._one(field, items), **bounds}

    def _one(self, field: FieldDescriptor, rules: validate_pb2.FieldRules | None) -> Schema:
        if json_value_name(field):
            return dict(_ANY_JSON)
        if field.message_type is not None:
            return self._message(field.message_type, is_input=rules is not None)
        found = scalar(field, rules)
        if rules is None:
            return found
        zero: Any = "" if found.get("type") == "string" else 0
        return may_be_zero(found, rules, zero)

    def _message(self, message: Descriptor, *, is_input: bool) -> Schema:
        if message.full_name == TIMESTAMP:
            return dict(_TIMESTAMP)
        if message.full_name == DURATION:
            return dict(_DURATION)
        return self.taken(message) if is_input else self.shown(message)


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _short_names(messages: Iterable[Descriptor]) -> dict[str, str]:
    """`Project`, and `BrokerProject` where two services have one of the name."""
    found: dict[str, Descriptor] = {}
    waiting = list(messages)
    while waiting:
        message = waiting.pop()
        if message.full_name not in found:
            found[message.full_name] = message
            waiting.extend(f.message_type for f in message.fields if f.message_type is not None)
    shorts = Counter(name.rpartition(".")[2] for name in found)
    return {
        name: short if shorts[short := name.rpartition(".")[2]] == 1 else _long(name)
        for name in found
    }


def _long(full_name: str) -> str:
    service = full_name.split(".")[1].title()
    return service + full_name.rpartition(".")[2]


def _needed(message: Descriptor) -> set[str]:
    """Fields that may not be left out: without them, the empty message breaks a rule."""
    empty = GetMessageClass(message)()
    broken = {each.field.partition(".")[0].partition("[")[0] for each in violations(empty)}
    return broken - {REQUEST_ID}


def _always_shown(message: Descriptor) -> set[str]:
    return {
        field.name
        for field in message.fields
        if not field.has_presence and (field.is_repeated or not json_value_name(field))
    }
