"""The text of one resource: a class that blocks and one for event loops, with the same methods."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

from .contracts import Contracts, Field, Operation
from .messages_text import HEAD, JSON_TYPES, WIDTH, filled, short, type_of
from .surface import BY_HAND, class_name

_PAGING = frozenset({"page_size", "page_token"})
_DOCUMENT = "        "


class Method:
    """One operation as a method."""

    def __init__(self, contracts: Contracts, operation: Operation, name: str) -> None:
        self.operation = operation
        self.name = name
        self.route = f"_{re.sub('(?<!^)(?=[A-Z])', '_', operation.rpc).upper()}"
        fields = contracts.messages[operation.request].fields
        self.has_request_id = any(field.name == "request_id" for field in fields)
        self.fields = [field for field in fields if field.name not in ("request_id", "page_token")]
        in_path = re.findall(r"\{(\w+)\}", operation.path)
        self.positional = [field for field in self.fields if field.name in in_path]
        needed = [field for field in self.fields if self._is_needed(field)]
        if not self.positional and len(needed) == 1:
            self.positional = needed
        answer = contracts.messages[operation.response].fields
        self.is_list = any(field.name == "next_page_token" for field in answer)
        items = [field for field in answer if field.name != "next_page_token"]
        only = items[0] if len(items) == 1 else None
        self.unwrapped = only if only and (only.is_repeated or only.kind == "message") else None

    def _is_needed(self, field: Field) -> bool:
        return field.is_required and field.name not in _PAGING

    @property
    def result(self) -> str:
        """The type of what the route brings, an item's where it is a list."""
        if self.unwrapped is None:
            return short(self.operation.response)
        if self.is_list:
            return type_of(self.unwrapped).removeprefix("list[").removesuffix("]")
        if self.unwrapped.is_repeated:
            return f"Sequence[{type_of(self.unwrapped).removeprefix('list[').removesuffix(']')}]"
        return type_of(self.unwrapped)

    def route_text(self) -> str:
        """The constant with everything that is the same for every call."""
        operation = self.operation
        parts = [f'method="{operation.method}"', f'path="{operation.path}"']
        if operation.body:
            parts.append(f'body="{operation.body}"')
        if self.unwrapped is not None:
            parts.append(f'unwrap="{self.unwrapped.name}"')
        if operation.is_public:
            parts.append("is_public=True")
        if operation.early:
            reasons = ", ".join(f'"{reason}"' for reason in operation.early)
            parts.append(f"early=frozenset({{{reasons}}})")
        kind = "PageRoute" if self.is_list else "Route"
        return f"{self.route} = {kind}[{self.result}]({', '.join(parts)})\n"

    def text(self, *, is_async: bool) -> str:
        """The method itself."""
        arguments = ", ".join(f'"{field.name}": {field.name}' for field in self.fields)
        given = f"{{{arguments}}}"
        if self.is_list:
            pages = "AsyncPages" if is_async else "Pages"
            head = f"    def {self.name}({self._parameters()}) -> {pages}[{self.result}]:"
            last = f"return {pages}(self._http, {self.route}, {given})"
        else:
            word, wait = ("async def", "await ") if is_async else ("def", "")
            key = ", idempotency_key" if self.has_request_id else ""
            head = f"    {word} {self.name}({self._parameters()}) -> {self.result}:"
            last = f"return {wait}self._http.send({self.route}, {given}{key})"
        return f"{head}\n{self._document()}{_DOCUMENT}{last}\n"

    def _parameters(self) -> str:
        named = [field for field in self.fields if field not in self.positional]
        named.sort(key=lambda field: not self._is_needed(field))
        parts = ["self", *(self._parameter(field) for field in self.positional)]
        if named or self.has_request_id:
            parts.append("*")
        parts.extend(self._parameter(field) for field in named)
        if self.has_request_id:
            parts.append("idempotency_key: str | None = None")
        return ", ".join(parts)

    def _parameter(self, field: Field) -> str:
        kind = _accepted(field)
        if field in self.positional or self._is_needed(field):
            return f"{field.name}: {kind}"
        return f"{field.name}: {kind} | None = None"

    def _document(self) -> str:
        said = self.operation.comment or f"See {self.operation.service}.{self.operation.rpc}."
        text = [filled(said, WIDTH - 8)]
        told = [field for field in self.fields if field.comment]
        if told or self.has_request_id:
            text.append("\nArgs:")
        for field in told:
            comment = " ".join(field.comment.split())
            text.append(
                textwrap.fill(
                    f"{field.name}: {comment}",
                    WIDTH - 8,
                    initial_indent="    ",
                    subsequent_indent="        ",
                )
            )
        if self.has_request_id:
            text.append("    idempotency_key: the same key is answered as the first time.")
        quote = '"""'
        body = quote + "\n".join(text)
        if "\n" in body:
            return textwrap.indent(f"{body}\n{quote}\n", _DOCUMENT)
        return textwrap.indent(f"{body}{quote}\n", _DOCUMENT)


def _accepted(field: Field) -> str:
    """What a parameter takes: as much as can be sent."""
    if field.kind == "json":
        one = JSON_TYPES[field.name].replace("dict[", "Mapping[").replace("list[", "Sequence[")
    elif field.of == "google.protobuf.Timestamp":
        one = "datetime | str"
    else:
        one = type_of(field).removeprefix("list[").removesuffix("]")
    return f"Sequence[{one}]" if field.is_repeated else one


def methods_of(contracts: Contracts, places: Mapping[str, str]) -> Iterator[Method]:
    """Of one resource, in the order of the surface's table."""
    operations = {operation.rpc: operation for operation in contracts.operations}
    for rpc, name in places.items():
        if rpc not in BY_HAND:
            yield Method(contracts, operations[rpc], name)


def resource_text(contracts: Contracts, resource: str, places: Mapping[str, str]) -> str:
    """The whole module of a resource."""
    methods = list(methods_of(contracts, places))
    routes = "\n".join(method.route_text() for method in methods)
    classes = "\n\n".join(
        _class(resource, methods, is_async=is_async) for is_async in (False, True)
    )
    code = f"{routes}\n\n{classes}"
    title = f"Operations on `{resource}`."
    return f"{HEAD.format(title=title)}\n{_imports(contracts, code)}\n{code}"


def _class(resource: str, methods: list[Method], *, is_async: bool) -> str:
    kind = "Async" if is_async else ""
    http = "AsyncHttp" if is_async else "SyncHttp"
    lines = [
        f"class {kind}{class_name(resource)}:",
        f'    """Operations on `{resource}`."""\n',
        f"    def __init__(self, http: {http}) -> None:",
        "        self._http = http\n",
        *(method.text(is_async=is_async) for method in methods),
    ]
    return "\n".join(lines)


def _imports(contracts: Contracts, code: str) -> str:
    names = {short(name) for name in (*contracts.messages, *contracts.enumerations)}
    # Strings and comments name types too: only what stands in annotations counts.
    bare = re.sub(r'"""(?:.|\n)*?"""|"[^"\n]*"', "", code)
    used = sorted(name for name in names if re.search(rf"\b{name}\b", bare))
    wanted = [name for name in ("Mapping", "Sequence") if f"{name}[" in bare]
    lines = []
    if wanted:
        lines.append(f"from collections.abc import {', '.join(wanted)}")
    if "datetime" in bare:
        lines.append("from datetime import datetime")
    if "Any]" in bare:
        lines.append("from typing import Any")
    lines.append("\nfrom ..http_async import AsyncHttp\nfrom ..http_sync import SyncHttp")
    if "PageRoute[" in bare:
        lines.append("from ..paging import AsyncPages, Pages")
    routes = [name for name in ("PageRoute", "Route") if re.search(rf"(?<!\w){name}\[", bare)]
    lines.append(f"from ..routes import {', '.join(routes)}")
    if used:
        lines.append(f"from ..messages import {', '.join(used)}")
    return "\n".join(lines) + "\n\n"
