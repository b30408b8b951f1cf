"""What an operation is over HTTP: method, path, where its arguments go, what of the answer counts.

Sans-IO: a route and arguments make a call, and a call is all that a transport needs to know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from .errors import FieldProblem, InvalidRequest

T = TypeVar("T")

_PARAMETER = re.compile(r"\{(\w+)\}")
# Of one request or of one line of a stream: what the platform takes at most, and then some.
QueryValue = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One operation with its arguments, ready to be sent any number of times."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    # The member of the answer that is the result; empty: the answer itself.
    unwrap: str = ""
    idempotency_key: str = ""
    is_public: bool = False
    # Reasons that may only mean that an event has not arrived yet.
    early: Collection[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Route(Generic[T]):
    """One operation. `body` is "*" (all that the path does not take), a field, or "" (a query)."""

    method: str
    path: str
    body: str = ""
    unwrap: str = ""
    is_public: bool = False
    early: Collection[str] = field(default=frozenset())

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"

    def call(self, arguments: Mapping[str, Any], *, idempotency_key: str = "") -> Call[T]:
        """The call with these arguments; those that are None are left out.

        Errors:
            InvalidRequest: an argument that is part of the path is empty.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        in_path = _PARAMETER.findall(self.path)
        path = _PARAMETER.sub(lambda found: _segment(found[1], given.get(found[1])), self.path)
        rest = {name: value for name, value in given.items() if name not in in_path}
        body: Any = None
        if self.body == "*":
            body, rest = rest, {}
        elif self.body:
            body = rest.pop(self.body, None)
        return Call(
            method=self.method,
            path=path,
            query=tuple(pair for name, value in rest.items() for pair in _query(name, value)),
            body=body,
            unwrap=self.unwrap,
            idempotency_key=idempotency_key,
            is_public=self.is_public,
            early=self.early,
        )


@dataclass(frozen=True, kw_only=True)
class PageRoute(Route[T]):
    """An operation that answers page by page; `unwrap` is the member with the items, of type T."""


def _segment(name: str, value: Any) -> str:
    text = "" if value is None else str(value)
    if not text:
        problem = FieldProblem(field=name, detail="is empty", rule="string.min_len")
        raise InvalidRequest(f"{name}: is empty", reason="FIELD_VIOLATION", errors=[problem])
    return quote(text, safe="")


def _query(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list | tuple | set | frozenset):
        return [(name, _text(one)) for one in value]
    return [(name, _text(value))]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def rfc3339(moment: datetime) -> str:
    """As the platform reads times; one without a zone is the machine's own."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def as_json(value: object) -> str:
    """What JSON has no form for, as the platform reads it; for `json.dumps(default=...)`."""
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no form in a request")
