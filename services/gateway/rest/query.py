"""Query parameters and path variables onto request fields: dots go inwards, repetition repeats."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.gateway.rest.fields import Violations, json_value_name, message_of
from services.gateway.rest.rules import ALL, REQUEST_ID, Rule, find_field
from services.gateway.rest.scalars import WrongValue, from_text, is_single

_PARAMETERS_MAX = 200
_DEPTH_MAX = 4

Put = Callable[[Message, str, Violations], None]


def query_fields(rule: Rule) -> Iterator[tuple[str, FieldDescriptor]]:
    """Every parameter that a rule's query may have, and its field."""
    if rule.body == ALL or rule.streams_in:
        return
    for path, field in _leaves(rule.rpc.input_type, "", 0):
        top = path.partition(".")[0]
        is_key = rule.has_request_id and top == REQUEST_ID
        if path not in rule.template.variables and top != rule.body and not is_key:
            yield path, field


class QueryReader:
    """Fills one rule's requests from query strings."""

    def __init__(self, rule: Rule) -> None:
        fields = dict(query_fields(rule))
        self._puts = {path: _put(path, field) for path, field in fields.items()}
        self._repeated = {path for path, field in fields.items() if field.is_repeated}

    def fill(self, message: Message, query: bytes, wrong: Violations) -> None:
        """Adds what does not fit to `wrong`."""
        if not query:
            return
        try:
            pairs = urllib.parse.parse_qsl(
                query.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_PARAMETERS_MAX,
            )
        except (UnicodeDecodeError, ValueError):
            wrong.add("", "query.malformed", f"no query of at most {_PARAMETERS_MAX} parameters")
            return
        seen: set[str] = set()
        for name, text in pairs:
            put = self._puts.get(name)
            if put is None:
                wrong.add(name, "query.unknown", "there is no such parameter")
            elif name in seen and name not in self._repeated:
                wrong.add(name, "query.repeated", "is there twice")
            else:
                put(message, text, wrong)
            seen.add(name)


class PathReader:
    """Fills one rule's path variables into its requests."""

    def __init__(self, rule: Rule) -> None:
        message = rule.rpc.input_type
        self._names = rule.template.variables
        self._puts = [_put(path, find_field(message, path)) for path in self._names]

    def fill(self, message: Message, values: tuple[str, ...], wrong: Violations) -> None:
        """`values` are in the order of the template; what the body says of them must agree."""
        for path, put, value in zip(self._names, self._puts, values, strict=True):
            said = _value_at(message, path)
            put(message, value, wrong)
            if said and said != _value_at(message, path):
                wrong.add(path, "path.agrees", "the path says something else")


def _value_at(message: Message, path: str) -> Any:
    at: Any = message
    for name in path.split("."):
        at = getattr(at, name)
    return at


def _leaves(message: Descriptor, prefix: str, depth: int) -> Iterator[tuple[str, FieldDescriptor]]:
    for field in message.fields:
        path = f"{prefix}{field.name}"
        if json_value_name(field):
            continue  # JSON is for bodies
        if is_single(field):
            yield path, field
        elif not field.is_repeated and depth + 1 < _DEPTH_MAX:
            yield from _leaves(message_of(field), f"{path}.", depth + 1)


def _put(path: str, field: FieldDescriptor) -> Put:
    *parents, name = path.split(".")
    convert = from_text(field)
    is_message = field.message_type is not None

    def put(message: Message, text: str, wrong: Violations) -> None:
        at: Any = message
        for parent in parents:
            at = getattr(at, parent)
        try:
            value = convert(text)
            if field.is_repeated:
                getattr(at, name).append(value)
            elif is_message:
                getattr(at, name).CopyFrom(value)
            else:
                setattr(at, name, value)
        except WrongValue as err:
            wrong.add(path, err.rule, err.detail)
        except UnicodeEncodeError:
            wrong.add(path, "json.unicode", "is no UTF-8")

    return put
