"""Messages to JSON: one function a message type, made once, from the descriptors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.gateway.rest.fields import (
    FieldNames,
    is_map,
    json_name,
    json_value_name,
    message_of,
    names_a_field,
)
from services.gateway.rest.scalars import Convert, is_single, to_json

Show = Callable[[Any], dict[str, Any]]
TransformJson = Callable[[Any], Any]


@dataclass(slots=True)
class _Parts:
    """The fields of a message type, by how they are shown."""

    plain: list[str] = field(default_factory=list)
    """As they are."""
    always: list[tuple[str, str, Convert]] = field(default_factory=list)
    """Name in JSON, name in the proto, how."""
    texts: list[tuple[str, str]] = field(default_factory=list)
    """JSON themselves, where they are not empty."""
    where_set: list[tuple[str, Convert]] = field(default_factory=list)
    read: Callable[[Message], tuple[Any, ...]] = field(default=lambda _message: ())


class Encoder:
    """Shows messages as JSON values: scalars and lists always, messages and `optional` when set.

    `transform_json` sees every value of a `json_value` field before it is shown.
    """

    def __init__(self, *, names: FieldNames, transform_json: TransformJson | None = None) -> None:
        self._names = names
        self._transform = transform_json
        self._shows: dict[str, Show] = {}

    def of(self, descriptor: Descriptor) -> Show:
        """The function that shows messages of this type."""
        known = self._shows.get(descriptor.full_name)
        if known is not None:
            return known
        parts = _Parts()
        # Before its fields are compiled: a message may hold messages of its own kind.
        self._shows[descriptor.full_name] = show = self._function(parts)
        for each in descriptor.fields:
            convert = self._convert(each)
            if json_value_name(each) and not each.is_repeated:
                parts.texts.append((json_name(each), each.name))
            elif each.has_presence:
                parts.where_set.append((each.name, convert or _itself))
            elif convert is None:
                parts.plain.append(each.name)
            else:
                parts.always.append((json_name(each), each.name, convert))
        parts.read = _reader(parts.plain)
        return show

    def _function(self, parts: _Parts) -> Show:
        plain, always, texts, where_set = parts.plain, parts.always, parts.texts, parts.where_set
        parsed = self._parsed

        def show(message: Message) -> dict[str, Any]:
            shown = dict(zip(plain, parts.read(message), strict=True))
            for name, attribute, convert in always:
                shown[name] = convert(getattr(message, attribute))
            for name, attribute in texts:
                text = getattr(message, attribute)
                if text:
                    shown[name] = parsed(text)
            for name, convert in where_set:
                if message.HasField(name):
                    shown[name] = convert(getattr(message, name))
            return shown

        return show

    def _convert(self, field: FieldDescriptor) -> Convert | None:
        if is_map(field):
            return _map(message_of(field).fields_by_name["value"])
        one = self._one(field)
        if not field.is_repeated:
            return one
        if one is None:
            return list
        each = one
        return lambda values: [each(value) for value in values]

    def _one(self, field: FieldDescriptor) -> Convert | None:
        if json_value_name(field):
            return self._parsed
        if names_a_field(field):
            return self._names.path
        return to_json(field) if is_single(field) else self.of(message_of(field))

    def _parsed(self, text: str) -> Any:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text  # no service writes such; a string is what can be shown of it
        return value if self._transform is None else self._transform(value)


def _itself(value: Any) -> Any:
    return value


def _map(item: FieldDescriptor) -> Convert:
    if not is_single(item):
        raise ValueError(f"{item.full_name}: only single values in maps have a JSON form here")
    convert = to_json(item)
    if convert is None:
        return dict
    each = convert
    return lambda entries: {key: each(value) for key, value in entries.items()}


def _reader(names: list[str]) -> Callable[[Message], tuple[Any, ...]]:
    """All of the fields at once, in C."""
    if not names:
        return lambda _message: ()
    read = attrgetter(*names)
    if len(names) == 1:
        return lambda message: (read(message),)
    return read
