"""Requests that break one rule of their proto each: made from the rules themselves; and repeats.

`broken(valid)` yields (what, request, field) for every bounded field of a valid request, so that a
rule that nobody enforces, or a field that is misnamed in an error, fails a test.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from buf.validate import validate_pb2
from google.protobuf.message import Message

from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness, callable_of, one, refusal

_MESSAGE_BYTES_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A request with one fault."""

    what: str
    request: Message
    field: str
    """The path that the error must name."""


def broken(valid: Message) -> Iterator[Broken]:
    """One request for each way to break each rule of each field, nested ones as well."""
    for field in valid.DESCRIPTOR.fields:
        rules = _rules(field)
        if rules is not None and rules.ignore == validate_pb2.IGNORE_ALWAYS:
            continue
        if rules is not None:
            for what, value in _faults(field, rules, valid):
                request = copy.deepcopy(valid)
                _set(request, field, value)
                yield Broken(f"{field.name} {what}", request, _path(field, what, value))
        yield from _nested(valid, field)


def _nested(valid: Message, field: Any) -> Iterator[Broken]:
    if field.message_type is None or field.message_type.GetOptions().map_entry:
        return
    if field.message_type.full_name.startswith("google."):
        return
    if field.is_repeated:
        items = getattr(valid, field.name)
        if not items:
            return
        for inner in broken(items[0]):
            request = copy.deepcopy(valid)
            getattr(request, field.name)[0].CopyFrom(inner.request)
            yield Broken(f"{field.name}[0].{inner.what}", request, f"{field.name}[0].{inner.field}")
    elif valid.HasField(field.name):
        for inner in broken(getattr(valid, field.name)):
            request = copy.deepcopy(valid)
            getattr(request, field.name).CopyFrom(inner.request)
            yield Broken(f"{field.name}.{inner.what}", request, f"{field.name}.{inner.field}")


def _rules(field: Any) -> validate_pb2.FieldRules | None:
    options = field.GetOptions()
    if not options.HasExtension(validate_pb2.field):
        return None
    rules: validate_pb2.FieldRules = options.Extensions[validate_pb2.field]
    return rules


def _faults(
    field: Any, rules: validate_pb2.FieldRules, valid: Message
) -> Iterator[tuple[str, Any]]:
    if rules.required:
        yield "missing", None
    kind = rules.WhichOneof("type")
    if kind == "repeated":
        yield from _repeated_faults(field, rules.repeated, valid)
    elif kind == "map":
        yield from _map_faults(rules.map)
    elif kind is not None:
        for what, value in _scalar_faults(kind, getattr(rules, kind)):
            if value or rules.ignore != validate_pb2.IGNORE_IF_ZERO_VALUE:
                yield what, value


def _scalar_faults(kind: str, rule: Any) -> Iterator[tuple[str, Any]]:
    makers = {
        "string": _string_faults,
        "bytes": _bytes_faults,
        "enum": _enum_faults,
        "bool": _bool_faults,
    }
    yield from makers.get(kind, _number_faults)(rule)
    if kind == "double":
        yield "no number", float("nan")


def _bytes_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    if rule.HasField("min_len"):
        yield "too short", b"x" * (rule.min_len - 1)
    if rule.HasField("max_len") and rule.max_len < _MESSAGE_BYTES_MAX:
        yield "too long", b"x" * (rule.max_len + 1)


def _bool_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    if rule.HasField("const"):
        yield "the other one", not rule.const


def _number_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    if rule.HasField("gte"):
        yield "too small", rule.gte - 1
    if rule.HasField("lte"):
        yield "too large", rule.lte + 1


def _enum_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    if rule.defined_only:
        yield "undefined", 9999
    for value in rule.not_in:
        yield "unspecified", value
    if getattr(rule, "in"):
        yield "not one of those", 9999
        yield "unspecified", 0


def _string_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    if rule.HasField("min_len"):
        yield "too short", "x" * (rule.min_len - 1)
    if rule.HasField("max_len"):
        yield "too long", "x" * (rule.max_len + 1)
    if rule.HasField("max_bytes"):
        yield "too many bytes", "ä" * (rule.max_bytes // 2 + 1)
    if rule.HasField("pattern"):
        # No pattern takes a control character.
        yield "malformed", "?!\x7f"
    if getattr(rule, "in"):
        yield "not one of those", "somewhere"
    for name, text in (("uuid", "no-uuid"), ("email", "no-address"), ("uri", "::no uri::")):
        if rule.WhichOneof("well_known") == name:
            yield "malformed", text


def _repeated_faults(field: Any, rule: Any, valid: Message) -> Iterator[tuple[str, Any]]:
    present = list(getattr(valid, field.name))
    if rule.HasField("min_items"):
        yield "too few", present[: rule.min_items - 1]
    if rule.HasField("max_items") and present:
        many = [present[0]] * (rule.max_items + 1)
        if field.message_type is None and rule.unique:
            many = [f"x{n}" for n in range(rule.max_items + 1)]
        yield "too many", many
    if rule.unique and present:
        yield "twice", [present[0], present[0]]
    items = rule.items.WhichOneof("type")
    if items is not None:
        for what, value in _scalar_faults(items, getattr(rule.items, items)):
            yield f"item {what}", [value]


def _map_faults(rule: Any) -> Iterator[tuple[str, Any]]:
    """Of a map from text to text."""
    if rule.HasField("max_pairs"):
        yield "too many", {f"X{n}": "x" for n in range(rule.max_pairs + 1)}
    for what, key in _string_faults(rule.keys.string):
        yield f"pair with a key {what}", {key: "x"}
    for what, value in _string_faults(rule.values.string):
        yield f"pair with a value {what}", {"X": value}


def _path(field: Any, what: str, value: Any) -> str:
    if what.startswith("pair "):
        [key] = value
        return f"{field.name}[{key!r}]"
    return f"{field.name}[0]" if what.startswith("item ") else field.name


def _set(request: Message, field: Any, value: Any) -> None:
    request.ClearField(field.name)
    if value is None:
        return
    if isinstance(value, dict):
        getattr(request, field.name).update(value)
    elif field.is_repeated:
        getattr(request, field.name).extend(value)
    else:
        setattr(request, field.name, value)


def _gaps(valid: Message) -> Iterator[str]:
    """Parts of a sample that are left out, so that their rules could not be broken."""
    for field in valid.DESCRIPTOR.fields:
        rules = _rules(field)
        if rules is not None and rules.ignore == validate_pb2.IGNORE_ALWAYS:
            continue
        if field.is_repeated:
            items = list(getattr(valid, field.name))
            if not items:
                yield field.name
            elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
                yield from (f"{field.name}[0].{gap}" for gap in _gaps(items[0]))
        elif (
            field.message_type is not None and field.message_type.file.package != "google.protobuf"
        ):
            if valid.HasField(field.name):
                yield from (f"{field.name}.{gap}" for gap in _gaps(getattr(valid, field.name)))
            else:
                yield field.name


async def check_rules(
    channel: grpc.aio.Channel, service: Any, valid: Mapping[str, Message], *, tokens: Any
) -> int:
    """Every rule of every request of a service, broken once, is told by field and rule.

    `valid` has a valid request for each RPC whose request has fields; `tokens(name)` makes a token
    that the RPC admits. Returns how many requests were refused.
    """
    refused = 0
    for method in service.methods:
        message = valid.get(method.name)
        assert message is not None or not method.input_type.fields, f"{method.name} has no sample"
        if message is None:
            continue
        assert list(_gaps(message)) == [], f"the sample of {method.name} is not whole"
        call = callable_of(channel, method)
        for bad in broken(message):
            request = one(bad.request) if method.client_streaming else bad.request
            found = await refusal(call, request, token=tokens(method.name))
            told = (method.name, bad.what, found)
            assert found.code is grpc.StatusCode.INVALID_ARGUMENT, told
            assert found.reason == "FIELD_VIOLATION", told
            assert bad.field in found.fields, told
            refused += 1
    return refused


async def check_repeat(
    rpc: RpcHarness, method: Any, request: Message, *, token: str, changes: Mapping[str, Any]
) -> Any:
    """A mutation is done once for its request_id (AIP-155); returns its first answer.

    `changes` make another request of it, which the same request_id must not stand for. The method
    must not show secrets.
    """
    metadata = (("authorization", f"Bearer {token}"),)
    first = await method(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    before = await rpc.contents()
    again = await method(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    assert again == first
    other = copy.deepcopy(request)
    for name, value in changes.items():
        setattr(other, name, value)
    assert other != request
    found = await refusal(method, other, token=token)
    assert (found.code, found.reason, found.fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "REQUEST_ID_REUSED",
        ("request_id",),
    )
    assert await rpc.contents() == before
    return first


async def check_page_tokens(
    method: Any, request: Message, *, token: str, foreign: str = ""
) -> None:
    """Page tokens that the list did not make are refused by field; `foreign` is another list's."""
    for page_token in ("nonsense", "W10", "e30", "WyIxIiwgImFiYyJd", foreign):
        if page_token:
            asked = copy.deepcopy(request)
            asked.page_token = page_token  # type: ignore[attr-defined]
            found = await refusal(method, asked, token=token)
            assert (found.code, found.reason, found.fields) == (
                grpc.StatusCode.INVALID_ARGUMENT,
                "PAGE_TOKEN_INVALID",
                ("page_token",),
            ), page_token
