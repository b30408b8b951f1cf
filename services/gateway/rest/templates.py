"""Path templates of google.api.http, as `/v1/projects/{project_id}:fund`, found by paths."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_LITERAL = re.compile(r"[A-Za-z0-9_-]+")
_SEGMENTS_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTemplate:
    """Segments in order; a variable is one whole segment, named by the path of its field."""

    text: str
    segments: tuple[str, ...]
    """Literals; "" where there is a variable."""
    variables: tuple[str, ...]
    verb: str
    """What comes after the last colon, such as `fund`; "" for none."""


def read_template(text: str) -> PathTemplate:
    """Errors: ValueError for anything else than literals, `{field}` and a `:verb` at the end."""
    path, colon, verb = text.partition(":")
    parts = path.removeprefix("/").split("/")
    variables = [found[1] for part in parts if (found := _VARIABLE.fullmatch(part))]
    literal = all(_VARIABLE.fullmatch(part) or _LITERAL.fullmatch(part) for part in parts)
    if not path.startswith("/") or not literal or (colon and not _LITERAL.fullmatch(verb)):
        raise ValueError(f"no path template that is understood here: {text}")
    if len(parts) > _SEGMENTS_MAX or len(set(variables)) < len(variables):
        raise ValueError(f"too long, or one field twice: {text}")
    return PathTemplate(
        text=text,
        segments=tuple("" if _VARIABLE.fullmatch(part) else part for part in parts),
        variables=tuple(variables),
        verb=verb,
    )


@dataclass(slots=True)
class _Node(Generic[T]):
    literals: dict[str, _Node[T]] = field(default_factory=dict)
    variable: _Node[T] | None = None
    ends: dict[str, dict[str, T]] = field(default_factory=dict)
    """By verb after the colon, by HTTP method."""


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What stands at a path, by HTTP method, and what the variables are there, in order."""

    found: dict[str, T]
    values: tuple[str, ...]


class Paths(Generic[T]):
    """A tree of templates; finding costs a look-up a segment."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, template: PathTemplate, method: str, item: T) -> None:
        """Errors: ValueError where another stands there already."""
        node = self._root
        for segment in template.segments:
            if segment:
                node = node.literals.setdefault(segment, _Node())
            else:
                node.variable = node.variable or _Node()
                node = node.variable
        methods = node.ends.setdefault(template.verb, {})
        if method in methods:
            raise ValueError(f"two rules for {method} {template.text}")
        methods[method] = item

    def find(self, raw_path: str) -> Match[T] | None:
        """By the path as it was sent, still percent-encoded.

        An encoded slash or colon is a character of its segment. A literal goes before a
        variable, a verb before none.
        """
        parts = raw_path.removeprefix("/").split("/")
        if len(parts) > _SEGMENTS_MAX:
            return None
        last, colon, verb = parts[-1].rpartition(":")
        if colon:
            found = self._walk(self._root, (*parts[:-1], last), verb, ())
            if found is not None:
                return found
        return self._walk(self._root, tuple(parts), "", ())

    def _walk(
        self, node: _Node[T], parts: tuple[str, ...], verb: str, values: tuple[str, ...]
    ) -> Match[T] | None:
        if not parts:
            methods = node.ends.get(verb)
            return Match(methods, values) if methods else None
        part, rest = parts[0], parts[1:]
        if part in node.literals:
            found = self._walk(node.literals[part], rest, verb, values)
            if found is not None:
                return found
        if node.variable is None or not part:
            return None
        return self._walk(node.variable, rest, verb, (*values, _decoded(part)))


def _decoded(part: str) -> str:
    # What is no UTF-8 keeps its bytes as lone surrogates, and is refused as no text of a field.
    return urllib.parse.unquote(part, errors="surrogateescape")
