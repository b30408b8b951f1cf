"""Single values: what JSON, or the text of a query, must be to fit a field's type, and back."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

TIMESTAMP = "google.protobuf.Timestamp"
DURATION = "google.protobuf.Duration"

_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DURATION = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s")
_BASE64_URL = str.maketrans("-_", "+/")
_FLOAT_MAX = 3.4028234663852886e38

_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


class WrongValue(Exception):
    """The value does not fit; says the rule, and in words what would fit."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


Convert = Callable[[Any], Any]


def from_json(field: FieldDescriptor) -> Convert:
    """JSON value -> what the message's field takes. Its errors are WrongValue."""
    if field.message_type is not None:
        return _WELL_KNOWN[field.message_type.full_name]
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes
    if field.cpp_type in _RANGES:
        return _integer(*_RANGES[field.cpp_type])
    if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT:
        return _float
    return {
        FieldDescriptor.CPPTYPE_STRING: _string,
        FieldDescriptor.CPPTYPE_BOOL: _bool,
        FieldDescriptor.CPPTYPE_DOUBLE: _double,
    }[field.cpp_type]


def from_text(field: FieldDescriptor) -> Convert:
    """Text of a path or a query -> what the field takes: numbers and truth are words there."""
    convert = from_json(field)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return lambda text: convert({"true": True, "false": False}.get(text, text))
    if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return lambda text: convert(float(text) if _NUMBER.fullmatch(text) else text)
    return convert


def to_json(field: FieldDescriptor) -> Convert | None:
    """What the field holds -> JSON value; None where it is one already."""
    if field.message_type is not None:
        return _WELL_KNOWN_OUT[field.message_type.full_name]
    if field.enum_type is not None:
        names = {value.number: value.name for value in field.enum_type.values}
        return lambda number: names.get(number, number)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: base64.b64encode(value).decode()
    if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE:
        return lambda value: value if math.isfinite(value) else _not_finite(value)
    if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT:
        return lambda value: _shortest(value) if math.isfinite(value) else _not_finite(value)
    return None


def is_single(field: FieldDescriptor) -> bool:
    """It is one JSON value, and no object of fields."""
    return field.message_type is None or field.message_type.full_name in _WELL_KNOWN


def enum_prefix(enum: EnumDescriptor) -> str:
    """What all of its names begin with: PROJECT_STATE_ of ProjectState."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    return words if all(value.name.startswith(words) for value in enum.values) else ""


def _string(value: Any) -> str:
    if type(value) is not str:
        raise WrongValue("json.string", "must be text")
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise WrongValue("json.bool", "must be true or false")
    return value


def _double(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise WrongValue("json.number", "is larger than any number that is taken") from None
    raise WrongValue("json.number", "must be a number")


def _float(value: Any) -> float:
    found = _double(value)
    if abs(found) > _FLOAT_MAX:
        raise WrongValue("json.number", "is larger than any number that is taken")
    return found


def _integer(lowest: int, highest: int) -> Convert:
    def convert(value: Any) -> int:
        if (type(value) is str and _INTEGER.fullmatch(value)) or (
            type(value) is float and value.is_integer()
        ):
            value = int(value)
        if type(value) is not int:
            raise WrongValue("json.integer", "must be an integer")
        if not lowest <= value <= highest:
            raise WrongValue("json.integer", f"must lie between {lowest} and {highest}")
        return value

    return convert


def _enum(enum: EnumDescriptor) -> Convert:
    prefix = enum_prefix(enum)
    numbers = {value.name: value.number for value in enum.values}
    short = {name.removeprefix(prefix): number for name, number in numbers.items()}
    known = {**short, **numbers}
    said = ", ".join(name for name, number in numbers.items() if number)

    def convert(value: Any) -> int:
        number = known.get(value) if type(value) is str else None
        if number is None:
            raise WrongValue("json.enum", f"must be one of {said}")
        return number

    return convert


def _bytes(value: Any) -> bytes:
    if type(value) is str:
        text = value.translate(_BASE64_URL).rstrip("=")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise WrongValue("json.base64", "must be base64")


def _timestamp(value: Any) -> Timestamp:
    found = Timestamp()
    if type(value) is str and _RFC3339.fullmatch(value):
        try:
            found.FromJsonString(value)
        except (ValueError, OverflowError):
            pass  # a thirteenth month, a 61st second: refused below
        else:
            return found
    raise WrongValue("json.timestamp", "must be a time as in 2026-01-31T12:00:00Z (RFC 3339)")


def _duration(value: Any) -> Duration:
    found = Duration()
    if type(value) is str and _DURATION.fullmatch(value):
        try:
            found.FromJsonString(value)
        except (ValueError, OverflowError):
            pass  # longer than 10,000 years: refused below
        else:
            return found
    raise WrongValue("json.duration", "must be seconds as in 1.5s")


@lru_cache(maxsize=4096)
def _rfc3339(seconds: int, nanos: int) -> str:
    return Timestamp(seconds=seconds, nanos=nanos).ToJsonString()


def _timestamp_out(value: Timestamp) -> str:
    return _rfc3339(value.seconds, value.nanos)


def _duration_out(value: Duration) -> str:
    return value.ToJsonString()


def _not_finite(value: float) -> str:
    # As protobuf's own JSON has it; JSON has no such numbers.
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _shortest(value: float) -> float:
    """The fewest digits that are still the same 32 bits."""
    same = struct.pack("f", value)
    for digits in (6, 7, 8):
        shorter = float(f"{value:.{digits}g}")
        if abs(shorter) <= _FLOAT_MAX and struct.pack("f", shorter) == same:
            return shorter
    return float(f"{value:.9g}")


_WELL_KNOWN: dict[str, Convert] = {TIMESTAMP: _timestamp, DURATION: _duration}
_WELL_KNOWN_OUT: dict[str, Convert] = {TIMESTAMP: _timestamp_out, DURATION: _duration_out}
