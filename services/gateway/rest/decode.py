"""JSON to messages: one closure a field, made once, from the descriptors.

protobuf's own json_format stops at the first error and looks every field up anew; see
deploy/adr/0008-rest-from-the-protos.md for what that costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.gateway.rest.fields import (
    Violations,
    is_map,
    json_name,
    json_value_name,
    message_of,
)
from services.gateway.rest.json_text import write_json
from services.gateway.rest.scalars import WrongValue, from_json, is_single

Fill = Callable[[Any, Message, str, Violations], None]
"""(value, message to fill, path before the message's own fields, what is wrong)."""

_NO_UNICODE = "holds half of a surrogate pair"


class Decoder:
    """Fills messages from JSON values; unset and null are the same."""

    def __init__(self) -> None:
        self._fills: dict[str, Fill] = {}

    def of(self, descriptor: Descriptor) -> Fill:
        """The function that fills messages of this type."""
        known = self._fills.get(descriptor.full_name)
        if known is not None:
            return known
        setters: dict[str, Fill] = {}
        choices = {
            json_name(field): field.containing_oneof.name
            for field in descriptor.fields
            if field.containing_oneof is not None and len(field.containing_oneof.fields) > 1
        }

        def fill(value: Any, message: Message, path: str, wrong: Violations) -> None:
            if type(value) is not dict:
                wrong.add(path.removesuffix("."), "json.object", "must be an object")
                return
            for name, item in value.items():
                setter = setters.get(name)
                if setter is None:
                    wrong.add(f"{path}{name}", "json.unknown", "there is no such field")
                elif item is not None:
                    setter(item, message, path, wrong)
            if choices:
                _check_choices(value, choices, path, wrong)

        # Before its fields are compiled: a message may hold messages of its own kind.
        self._fills[descriptor.full_name] = fill
        setters.update({json_name(field): self._setter(field) for field in descriptor.fields})
        return fill

    def _setter(self, field: FieldDescriptor) -> Fill:
        if is_map(field):
            return self._map(field)
        if field.is_repeated:
            return self._singles(field) if is_single(field) else self._messages(field)
        if json_value_name(field):
            return _single(field, write_json)
        if not is_single(field):
            return self._message(field)
        if field.message_type is not None:
            return _well_known(field)
        return _single(field, from_json(field))

    def _message(self, field: FieldDescriptor) -> Fill:
        name, fill = field.name, self.of(message_of(field))

        def set_message(value: Any, message: Message, path: str, wrong: Violations) -> None:
            inner = getattr(message, name)
            inner.SetInParent()
            fill(value, inner, f"{path}{name}.", wrong)

        return set_message

    def _messages(self, field: FieldDescriptor) -> Fill:
        name, fill = field.name, self.of(message_of(field))

        def set_messages(value: Any, message: Message, path: str, wrong: Violations) -> None:
            if type(value) is not list:
                wrong.add(f"{path}{name}", "json.array", "must be an array")
                return
            add = getattr(message, name).add
            for position, item in enumerate(value):
                fill(item, add(), f"{path}{name}[{position}].", wrong)

        return set_messages

    def _singles(self, field: FieldDescriptor) -> Fill:
        name, shown = field.name, json_name(field)
        convert = write_json if json_value_name(field) else from_json(field)

        def set_singles(value: Any, message: Message, path: str, wrong: Violations) -> None:
            if type(value) is not list:
                wrong.add(f"{path}{shown}", "json.array", "must be an array")
                return
            add = getattr(message, name).append
            for position, item in enumerate(value):
                try:
                    add(convert(item))
                except WrongValue as err:
                    wrong.add(f"{path}{shown}[{position}]", err.rule, err.detail)
                except UnicodeEncodeError:
                    wrong.add(f"{path}{shown}[{position}]", "json.unicode", _NO_UNICODE)

        return set_singles

    def _map(self, field: FieldDescriptor) -> Fill:
        key, item = message_of(field).fields
        if key.type != FieldDescriptor.TYPE_STRING or not is_single(item):
            raise ValueError(f"{field.full_name}: only text to single values has a JSON form here")
        name, convert = field.name, from_json(item)

        def set_map(value: Any, message: Message, path: str, wrong: Violations) -> None:
            if type(value) is not dict:
                wrong.add(f"{path}{name}", "json.object", "must be an object")
                return
            entries = getattr(message, name)
            for at, found in value.items():
                try:
                    entries[at] = convert(found)
                except WrongValue as err:
                    wrong.add(f"{path}{name}[{at!r}]", err.rule, err.detail)
                except UnicodeEncodeError:
                    wrong.add(f"{path}{name}", "json.unicode", _NO_UNICODE)

        return set_map


def _single(field: FieldDescriptor, convert: Callable[[Any], Any]) -> Fill:
    name, shown = field.name, json_name(field)

    def set_single(value: Any, message: Message, path: str, wrong: Violations) -> None:
        try:
            setattr(message, name, convert(value))
        except WrongValue as err:
            wrong.add(f"{path}{shown}", err.rule, err.detail)
        except UnicodeEncodeError:
            wrong.add(f"{path}{shown}", "json.unicode", _NO_UNICODE)

    return set_single


def _well_known(field: FieldDescriptor) -> Fill:
    name, convert = field.name, from_json(field)

    def set_well_known(value: Any, message: Message, path: str, wrong: Violations) -> None:
        try:
            getattr(message, name).CopyFrom(convert(value))
        except WrongValue as err:
            wrong.add(f"{path}{name}", err.rule, err.detail)

    return set_well_known


def _check_choices(
    value: dict[str, Any], choices: dict[str, str], path: str, wrong: Violations
) -> None:
    chosen: dict[str, str] = {}
    for name, item in value.items():
        choice = choices.get(name)
        if choice is None or item is None:
            continue
        if chosen.setdefault(choice, name) != name:
            wrong.add(f"{path}{name}", "json.oneof", f"only one of it and {chosen[choice]}")
