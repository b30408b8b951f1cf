"""What a field is called in JSON, and where the text of a field is JSON itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from crewline.common.v1 import rest_pb2
from services.chassis.errors import FieldViolation

_VIOLATIONS_MAX = 20
_FIELD_LENGTH_MAX = 300
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def json_name(field: FieldDescriptor) -> str:
    """snake_case as in the proto, or the name that its `json_value` gives."""
    return json_value_name(field) or field.name


def json_value_name(field: FieldDescriptor) -> str:
    """Under which name the JSON in the field's text is shown; "" where it is plain text."""
    name: str = field.GetOptions().Extensions[rest_pb2.json_value]
    return name


def names_a_field(field: FieldDescriptor) -> bool:
    """The field's text is the path of another field."""
    said: bool = field.GetOptions().Extensions[rest_pb2.field_path]
    return said


def message_of(field: FieldDescriptor) -> Descriptor:
    """The type of a field that is a message."""
    if field.message_type is None:
        raise ValueError(f"{field.full_name} is no message")
    return field.message_type


def is_map(field: FieldDescriptor) -> bool:
    """It is a map, whose entries are messages of two fields."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


class FieldNames:
    """Paths of fields as services write them, in the names that JSON has."""

    def __init__(self, messages: Iterable[Descriptor]) -> None:
        self._renamed: dict[str, str] = {}
        seen: set[str] = set()
        waiting = list(messages)
        while waiting:
            message = waiting.pop()
            if message.full_name in seen:
                continue
            seen.add(message.full_name)
            for field in message.fields:
                self._learn(field)
                if field.message_type is not None:
                    waiting.append(field.message_type)

    def _learn(self, field: FieldDescriptor) -> None:
        shown = json_value_name(field)
        if shown and self._renamed.setdefault(field.name, shown) != shown:
            raise ValueError(f"{field.full_name} has another JSON name elsewhere")

    def path(self, path: str) -> str:
        """`tasks[3].data_json` -> `tasks[3].data`."""
        if not any(name in path for name in self._renamed):
            return path
        return _NAME.sub(lambda found: self._renamed.get(found[0], found[0]), path)


class Violations:
    """What is wrong with one request; the first twenty are told, whatever else there is."""

    def __init__(self) -> None:
        self.found: list[FieldViolation] = []

    def add(self, field: str, rule: str, detail: str) -> None:
        """One field that broke one rule."""
        if len(self.found) < _VIOLATIONS_MAX:
            self.found.append(
                FieldViolation(field=field[:_FIELD_LENGTH_MAX], description=detail, rule=rule)
            )
