"""Messages of any type, filled at random; and what protobuf's own JSON makes of them."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from services.gateway.rest.fields import json_value_name
from services.gateway.rest.rules import Rule, read_rules

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
RULES = read_rules(SERVICES)

_DEPTH_MAX = 4
_NANOS = st.integers(0, 999_999_999)
_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_OTHERS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_STRING: TEXT,
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.builds(Timestamp, seconds=st.integers(-62_135_596_800, 253_402_300_799), nanos=_NANOS)
SPANS = st.builds(Duration, seconds=st.integers(0, 315_576_000_000), nanos=_NANOS)


def rule(rpc: str) -> Rule:
    """The rule of an RPC, by its name."""
    (found,) = [each for each in RULES if each.rpc.name == rpc]
    return found


def reachable() -> list[Descriptor]:
    """Every message type that a request or an answer of a service has in it."""
    found: dict[str, Descriptor] = {}
    waiting = [message for rule in RULES for message in (rule.rpc.input_type, rule.rpc.output_type)]
    while waiting:
        message = waiting.pop()
        if message.full_name in found or not message.full_name.startswith("crewline."):
            continue
        if not message.GetOptions().map_entry:
            found[message.full_name] = message
        waiting.extend(f.message_type for f in message.fields if f.message_type is not None)
    return [found[name] for name in sorted(found)]


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor, depth: int = 0) -> Message:
    message: Any = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if not draw(st.booleans()):
            continue
        values = _values(field, depth)
        if values is None:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            getattr(message, field.name).update(draw(st.dictionaries(TEXT, values, max_size=2)))
        elif field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(values, max_size=3)))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(draw(values))
        else:
            setattr(message, field.name, draw(values))
    return message  # type: ignore[no-any-return]


def _values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any] | None:
    if json_value_name(field):
        shown = JSON if field.is_repeated else JSON.filter(lambda value: value is not None)
        return shown.map(lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    if field.message_type is not None:
        return _inner(field.message_type, depth)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=8)
    if field.cpp_type in _INTEGERS:
        return _INTEGERS[field.cpp_type]
    return _OTHERS[field.cpp_type]


def _inner(message: Descriptor, depth: int) -> st.SearchStrategy[Any] | None:
    if message.GetOptions().map_entry:
        return _values(message.fields_by_name["value"], depth)
    if message.full_name == Timestamp.DESCRIPTOR.full_name:
        return TIMES
    if message.full_name == Duration.DESCRIPTOR.full_name:
        return SPANS
    return messages(message, depth + 1) if depth < _DEPTH_MAX else None


def as_protobuf_shows(message: Message) -> Any:
    """protobuf's JSON, with what we do otherwise: integers as numbers, `json_value` as JSON."""
    shown = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return _ours(shown, message.DESCRIPTOR)  # type: ignore[arg-type]  # two stubs of one thing


def _ours(shown: dict[str, Any], descriptor: Descriptor) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in shown.items():
        field = descriptor.fields_by_name[name]
        renamed = json_value_name(field)
        if renamed and value:
            found[renamed] = (
                [json.loads(v) for v in value] if field.is_repeated else json.loads(value)
            )
        elif renamed and field.is_repeated:
            found[renamed] = []
        elif not renamed:
            found[name] = _one(value, field)
    return found


def _one(value: Any, field: FieldDescriptor) -> Any:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        return value
    if isinstance(value, list):
        return [_one(item, field) for item in value]
    if inner is not None and isinstance(value, dict):
        return _ours(value, inner)
    if field.cpp_type in (FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64):
        return int(value)
    return value
