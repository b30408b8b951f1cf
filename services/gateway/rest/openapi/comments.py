"""What is written above each thing in the protos; generated code does not keep it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2

from crewline.common.v1 import rest_pb2

# Written by `make protos`, beside the generated code.
_CONTRACTS = Path(rest_pb2.__file__).parents[2] / "contracts.binpb"
_PARAGRAPH = re.compile(r"\n\s*\n")

_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_INSIDE = {
    _MESSAGES: {2: ("field", 0), 3: ("nested_type", _MESSAGES), 4: ("enum_type", _ENUMS)},
    _ENUMS: {2: ("value", 0)},
    _SERVICES: {2: ("method", 0)},
}
_TOP = {
    4: ("message_type", _MESSAGES),
    5: ("enum_type", _ENUMS),
    6: ("service", _SERVICES),
}


class Comments:
    """By full name: of messages, fields, enums, their values, services and methods."""

    def __init__(self, path: Path = _CONTRACTS) -> None:
        """Errors: OSError where the file is not there."""
        self._by_name = dict(_read(path))

    def of(self, full_name: str) -> str:
        """One line a paragraph; "" where nothing is written."""
        return self._by_name.get(full_name, "")

    def __len__(self) -> int:
        """Things that something is written about."""
        return len(self._by_name)


def _read(path: Path) -> Iterator[tuple[str, str]]:
    described = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    for file in described.file:
        for location in file.source_code_info.location:
            text = location.leading_comments or location.trailing_comments
            name = _named(file, location.path) if text else ""
            if name:
                yield f"{file.package}.{name}", _lines(text)


def _named(file: descriptor_pb2.FileDescriptorProto, path: Sequence[int]) -> str:
    """`Project.state` of the numbers that lead there; "" for what has no name."""
    at: Any = file
    inside: dict[int, tuple[str, int]] = _TOP
    names: list[str] = []
    for number, place in zip(path[::2], path[1::2], strict=False):
        if number not in inside:
            return ""
        attribute, kind = inside[number]
        at = getattr(at, attribute)[place]
        names.append(at.name)
        inside = _INSIDE.get(kind, {})
    return ".".join(names) if len(path) == 2 * len(names) else ""


def _lines(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in _PARAGRAPH.split(text)).strip()
