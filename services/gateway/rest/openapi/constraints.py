"""The rules that protos state of their fields, as JSON Schema says them."""

from __future__ import annotations

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

Schema = dict[str, Any]

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: ("int32", -(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: ("int64", -(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: ("uint32", 0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: ("uint64", 0, 2**64 - 1),
}
_BOUNDS = {
    "gte": "minimum",
    "gt": "exclusiveMinimum",
    "lte": "maximum",
    "lt": "exclusiveMaximum",
    "const": "const",
}
_FORMATS = {"email": "email", "uuid": "uuid", "uri": "uri", "hostname": "hostname"}
# Of these no rule says more in JSON Schema than the format does.
_FORMAT_LENGTHS = {"email": (1, None), "uuid": (36, 36), "uri": (1, None), "hostname": (1, None)}
_STRING_RULES = {
    "min_len": ("minLength",),
    "max_len": ("maxLength",),
    "len": ("minLength", "maxLength"),
    # A character has one byte at least: what is longer is refused in any case.
    "max_bytes": ("maxLength", "x-max-bytes"),
    "pattern": ("pattern",),
    "const": ("const",),
}


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """What the proto says of a field."""
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def scalar(field: FieldDescriptor, rules: validate_pb2.FieldRules | None) -> Schema:
    """One value of the field's type; without rules, as answers have it."""
    if field.enum_type is not None:
        return _enum(field.enum_type, rules.enum if rules is not None else None)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes(rules.bytes if rules is not None else None)
    if field.cpp_type in _INTEGERS:
        return _integer(field, rules)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return _string(rules.string) if rules is not None else {"type": "string"}
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return {"type": "boolean", **_bounds(rules.bool if rules is not None else None)}
    return {"type": "number", "format": "double", **_bounds(_numbers(field, rules))}


def may_be_zero(schema: Schema, rules: validate_pb2.FieldRules, zero: Any) -> Schema:
    """Where the proto lets the rules rest for a field that is left at zero."""
    if rules.ignore != validate_pb2.IGNORE_IF_ZERO_VALUE:
        return schema
    return {"anyOf": [{"const": zero}, schema]}


def list_bounds(rules: validate_pb2.FieldRules) -> Schema:
    """How many items."""
    if rules.ignore == validate_pb2.IGNORE_ALWAYS:
        return {}
    found: Schema = {}
    if rules.repeated.HasField("min_items"):
        found["minItems"] = rules.repeated.min_items
    if rules.repeated.HasField("max_items"):
        found["maxItems"] = rules.repeated.max_items
    if rules.repeated.unique:
        found["uniqueItems"] = True
    return found


def _string(rules: Any) -> Schema:
    found: Schema = {"type": "string"}
    for name, format_name in _FORMATS.items():
        if getattr(rules, name):
            found["format"] = format_name
            least, most = _FORMAT_LENGTHS[name]
            found["minLength"] = least
            if most:
                found["maxLength"] = most
    for name, words in _STRING_RULES.items():
        if rules.HasField(name):
            found.update(dict.fromkeys(words, getattr(rules, name)))
    if getattr(rules, "in"):
        found["enum"] = list(getattr(rules, "in"))
    return found


def _integer(field: FieldDescriptor, rules: validate_pb2.FieldRules | None) -> Schema:
    name, lowest, highest = _INTEGERS[field.cpp_type]
    found: Schema = {"type": "integer", "format": name}
    if rules is None:
        return found
    said = _numbers(field, rules)
    bounds = _bounds(said)
    if "exclusiveMinimum" not in bounds:
        bounds.setdefault("minimum", lowest)
    if "exclusiveMaximum" not in bounds:
        bounds.setdefault("maximum", highest)
    if getattr(said, "in"):
        bounds["enum"] = list(getattr(said, "in"))
    return {**found, **bounds}


def _numbers(field: FieldDescriptor, rules: validate_pb2.FieldRules | None) -> Any:
    """The rules of the field's own number type."""
    names = {
        FieldDescriptor.TYPE_DOUBLE: "double",
        FieldDescriptor.TYPE_FLOAT: "float",
        FieldDescriptor.TYPE_INT32: "int32",
        FieldDescriptor.TYPE_INT64: "int64",
        FieldDescriptor.TYPE_UINT32: "uint32",
        FieldDescriptor.TYPE_UINT64: "uint64",
        FieldDescriptor.TYPE_SINT32: "sint32",
        FieldDescriptor.TYPE_SINT64: "sint64",
        FieldDescriptor.TYPE_FIXED32: "fixed32",
        FieldDescriptor.TYPE_FIXED64: "fixed64",
        FieldDescriptor.TYPE_SFIXED32: "sfixed32",
        FieldDescriptor.TYPE_SFIXED64: "sfixed64",
    }
    return None if rules is None else getattr(rules, names[field.type])


def _bounds(said: Any) -> Schema:
    if said is None:
        return {}
    known = {name for name in _BOUNDS if name in said.DESCRIPTOR.fields_by_name}
    return {word: getattr(said, name) for name, word in _BOUNDS.items()
            if name in known and said.HasField(name)}  # fmt: skip


def _enum(enum: EnumDescriptor, rules: validate_pb2.EnumRules | None) -> Schema:
    names = {value.number: value.name for value in enum.values}
    only = list(getattr(rules, "in")) if rules is not None else []
    never = list(rules.not_in) if rules is not None else []
    taken = [name for number, name in names.items() if number not in never]
    return {"type": "string", "enum": [names[number] for number in only] or taken}


def _bytes(rules: validate_pb2.BytesRules | None) -> Schema:
    found: Schema = {"type": "string", "contentEncoding": "base64"}
    if rules is not None and rules.HasField("max_len"):
        found["maxLength"] = -(-rules.max_len // 3) * 4
    return found
