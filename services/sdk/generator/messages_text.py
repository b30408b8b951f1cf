"""The text of messages.py: every message as a TypedDict, every enum as a Literal."""

from __future__ import annotations

import textwrap

from .contracts import Contracts, Field, Message

HEAD = '''"""{title}

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations
'''
WIDTH = 96

# What a field whose text is JSON holds, by its name in REST.
JSON_TYPES = {
    "data": "dict[str, Any]",
    "example_data": "dict[str, Any]",
    "result": "list[dict[str, Any]]",
    "label_result": "list[dict[str, Any]]",
    "report": "dict[str, Any]",
}


def short(full_name: str) -> str:
    """Without the package."""
    return full_name.rsplit(".", 1)[1]


def messages_text(contracts: Contracts, *, response_names: set[str]) -> str:
    """The whole module; `response_names` are those answers that are results themselves."""
    sent = _reachable(contracts, _request_fields(contracts))
    answered = _reachable(
        contracts,
        [
            field
            for operation in contracts.operations
            for field in contracts.messages[operation.response].fields
        ],
    )
    parts = [
        HEAD.format(title="What goes over the wire, as the type checker and the editor know it."),
        "from typing import Any, Literal, NotRequired, TypedDict\n",
    ]
    enums = sorted(_enums(contracts, sent | answered | set(response_names)))
    for name in enums:
        known = contracts.enumerations[name]
        values = ", ".join(f'"{value}"' for value in known.values)
        parts.append(f"{_commented(known.comment)}{short(name)} = Literal[{values}]\n")
    names = sorted((sent | answered | response_names) & contracts.messages.keys(), key=short)
    parts.extend(_typed_dict(contracts.messages[name], is_sent=name in sent) for name in names)
    return "\n".join(parts)


def _request_fields(contracts: Contracts) -> list[Field]:
    return [
        field
        for operation in contracts.operations
        for field in contracts.messages[operation.request].fields
    ]


def _reachable(contracts: Contracts, fields: list[Field]) -> set[str]:
    found: set[str] = set()
    waiting = list(fields)
    while waiting:
        field = waiting.pop()
        if field.kind == "message" and field.of in contracts.messages and field.of not in found:
            found.add(field.of)
            waiting.extend(contracts.messages[field.of].fields)
    return found


def _enums(contracts: Contracts, messages: set[str]) -> set[str]:
    fields = [
        field
        for name in messages
        if name in contracts.messages
        for field in contracts.messages[name].fields
    ]
    fields.extend(_request_fields(contracts))
    return {field.of for field in fields if field.kind == "enum"}


def _typed_dict(message: Message, *, is_sent: bool) -> str:
    lines = [f"class {short(message.full_name)}(TypedDict):"]
    comment = message.comment or f"See {message.full_name}."
    lines.append(textwrap.indent(f'"""{filled(comment, WIDTH - 10)}"""', "    "))
    lines.append("")
    for field in message.fields:
        kind = type_of(field)
        may_miss = not field.is_required if is_sent else field.has_presence
        lines.append(textwrap.indent(_commented(field.comment), "    ").rstrip("\n"))
        lines.append(f"    {field.name}: {f'NotRequired[{kind}]' if may_miss else kind}")
    return "\n".join(lines) + "\n\n"


def type_of(field: Field) -> str:
    """Of a field in a TypedDict."""
    one = _one(field)
    return f"list[{one}]" if field.is_repeated else one


def _one(field: Field) -> str:
    if field.kind == "json":
        return JSON_TYPES[field.name]
    if field.kind == "map":
        return "dict[str, str]"
    if field.kind == "bytes":
        return "str"  # base64
    if field.kind == "message":
        return "str" if field.of.startswith("google.protobuf.") else short(field.of)
    return short(field.of) if field.kind == "enum" else field.kind


def _commented(comment: str) -> str:
    if not comment:
        return ""
    return "".join(f"# {line}\n" for line in comment.splitlines())


def filled(comment: str, width: int) -> str:
    """The comment as a paragraph."""
    return textwrap.fill(" ".join(comment.split()), width)
