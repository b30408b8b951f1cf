"""What the protos say about every operation that has an HTTP rule, comments included."""

from __future__ import annotations

import re
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buf.validate import validate_pb2
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from grpc_tools import protoc

from crewline.common.v1 import authorisation_pb2, rest_pb2

_SERVICES = ("accounts", "broker", "payouts", "quality", "vendors")
# Field numbers in descriptor.proto and google/api/http.proto: paths to comments, and the HTTP rule.
_MESSAGES, _ENUMS, _SERVICE, _METHODS, _FIELDS, _VALUES = 4, 5, 6, 2, 2, 2
_EARLY = re.compile(r"([A-Z][A-Z_]+) \(may be early: try again\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as REST shows it. `kind` is a scalar's name, `enum`, `message` or `json`."""

    name: str
    kind: str
    # Of an enum or a message: its full name.
    of: str = ""
    is_repeated: bool = False
    has_presence: bool = False
    is_required: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that is part of requests or answers."""

    full_name: str
    fields: tuple[Field, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """An enum's names, in the order of their numbers."""

    full_name: str
    values: tuple[str, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One RPC with its HTTP rule."""

    service: str
    rpc: str
    method: str
    path: str
    body: str
    request: str
    response: str
    comment: str
    is_public: bool
    streams_up: bool
    streams_down: bool

    @property
    def early(self) -> tuple[str, ...]:
        """Reasons that the comment calls early."""
        return tuple(_EARLY.findall(self.comment))


@dataclass(slots=True, kw_only=True)
class Contracts:
    """All of them, by full name where they have one."""

    operations: list[Operation] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    enumerations: dict[str, Enumeration] = field(default_factory=dict)


def read_contracts(repository: Path) -> Contracts:
    """Reads protos/ of the checkout."""
    contracts = Contracts()
    for file in _descriptors(repository).file:
        if not file.package.startswith("crewline."):
            continue
        comments = {
            tuple(place.path): _tidy(place.leading_comments)
            for place in file.source_code_info.location
        }
        for i, message in enumerate(file.message_type):
            read = _message(file, message, comments, (_MESSAGES, i))
            contracts.messages[read.full_name] = read
        for i, enumeration in enumerate(file.enum_type):
            known = _enumeration(file, enumeration, comments.get((_ENUMS, i), ""))
            contracts.enumerations[known.full_name] = known
        contracts.operations.extend(_operations(file, comments))
    return contracts


def _descriptors(repository: Path) -> FileDescriptorSet:
    protos = repository / "protos"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set.bin"
        code = protoc.main(
            [
                "protoc",
                f"-I{protos}",
                f"-I{sysconfig.get_path('purelib')}",
                f"-I{Path(protoc.__file__).parent / '_proto'}",
                "--include_source_info",
                "--include_imports",
                f"--descriptor_set_out={out}",
                *(f"crewline/{name}/v1/service.proto" for name in _SERVICES),
            ]
        )
        if code:
            raise RuntimeError(f"protoc ended with {code}")
        return FileDescriptorSet.FromString(out.read_bytes())


def _tidy(comment: str) -> str:
    return "\n".join(line.removeprefix(" ").rstrip() for line in comment.strip("\n").splitlines())


def _message(
    file: FileDescriptorProto,
    message: DescriptorProto,
    comments: dict[tuple[int, ...], str],
    place: tuple[int, ...],
) -> Message:
    maps = {
        f".{file.package}.{message.name}.{nested.name}"
        for nested in message.nested_type
        if nested.options.map_entry
    }
    fields = tuple(
        _field(one, comments.get((*place, _FIELDS, i), ""), is_map=one.type_name in maps)
        for i, one in enumerate(message.field)
    )
    return Message(
        full_name=f"{file.package}.{message.name}",
        fields=fields,
        comment=comments.get(place, ""),
    )


_KINDS = {
    FieldDescriptorProto.TYPE_STRING: "str",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_INT32: "int",
    FieldDescriptorProto.TYPE_INT64: "int",
    FieldDescriptorProto.TYPE_UINT32: "int",
    FieldDescriptorProto.TYPE_DOUBLE: "float",
    FieldDescriptorProto.TYPE_ENUM: "enum",
    FieldDescriptorProto.TYPE_MESSAGE: "message",
}


def _field(one: FieldDescriptorProto, comment: str, *, is_map: bool) -> Field:
    as_json = one.options.Extensions[rest_pb2.json_value]
    kind = "map" if is_map else "json" if as_json else _KINDS[one.type]
    is_repeated = one.label == FieldDescriptorProto.LABEL_REPEATED and not is_map
    return Field(
        name=as_json or one.name,
        kind=kind,
        of=one.type_name.removeprefix("."),
        is_repeated=is_repeated,
        # A field whose text is JSON has no form where there is no text.
        has_presence=one.proto3_optional or (kind in ("message", "json") and not is_repeated),
        is_required=_is_required(one.options.Extensions[validate_pb2.field]),
        comment=comment,
    )


def _is_required(rules: Any) -> bool:
    """Whether a value that is left out breaks the rules."""
    if rules.ignore in (validate_pb2.IGNORE_IF_ZERO_VALUE, validate_pb2.IGNORE_ALWAYS):
        return False
    if rules.required:
        return True
    kind = rules.WhichOneof("type")
    rule = _RULES.get(kind)
    return rule is not None and rule(getattr(rules, kind))


_RULES: dict[str, Callable[[Any], bool]] = {
    "string": lambda rule: bool(
        rule.min_len
        or rule.uuid
        or rule.email
        or rule.uri
        or len(getattr(rule, "in"))
        or (rule.pattern and not re.fullmatch(rule.pattern, ""))
    ),
    "bytes": lambda rule: bool(rule.min_len),
    "int32": lambda rule: rule.gte > 0 or rule.gt >= 1,
    "int64": lambda rule: rule.gte > 0 or rule.gt >= 1,
    "enum": lambda rule: (
        0 in rule.not_in or (len(getattr(rule, "in")) > 0 and 0 not in getattr(rule, "in"))
    ),
    "repeated": lambda rule: bool(rule.min_items),
}


def _enumeration(
    file: FileDescriptorProto, enumeration: EnumDescriptorProto, comment: str
) -> Enumeration:
    return Enumeration(
        full_name=f"{file.package}.{enumeration.name}",
        values=tuple(value.name for value in enumeration.value),
        comment=comment,
    )


def _operations(
    file: FileDescriptorProto, comments: dict[tuple[int, ...], str]
) -> Iterator[Operation]:
    for i, service in enumerate(file.service):
        for k, method in enumerate(service.method):
            rule = _http_rule(method)
            if rule is not None:
                yield Operation(
                    service=f"{file.package}.{service.name}",
                    rpc=method.name,
                    method=rule[0],
                    path=rule[1],
                    body=rule[2],
                    request=method.input_type.removeprefix("."),
                    response=method.output_type.removeprefix("."),
                    comment=comments.get((_SERVICE, i, _METHODS, k), ""),
                    is_public=method.options.Extensions[authorisation_pb2.admits].public,
                    streams_up=method.client_streaming,
                    streams_down=method.server_streaming,
                )


def _http_rule(method: MethodDescriptorProto) -> tuple[str, str, str] | None:
    if not method.options.HasExtension(annotations_pb2.http):
        return None
    rule = method.options.Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    return verb.upper(), getattr(rule, verb), rule.body
