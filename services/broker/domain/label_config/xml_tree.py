"""XML as a tree of elements with paths: no document types, no entities, bounded in every way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from services.broker.domain.label_config.problems import Problem

ELEMENTS_MAX = 2_500
DEPTH_MAX = 24
_NAME_SHOWN_MAX = 100


@dataclass(slots=True, kw_only=True)
class Element:
    """One element. Attributes are by lower-case name: the editor reads them so."""

    tag: str
    attributes: dict[str, str]
    line: int
    path: str = ""
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """All text directly inside it."""
    has_content: bool = False
    """Text (be it white space) or a comment stands directly inside it."""

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    def walk(self) -> Iterator[Element]:
        """It and all that is in it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


class _Refused(Exception):
    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def parse(text: str) -> Element | Problem:
    """The root, or why there is none."""
    builder = _Builder()
    try:
        builder.parse(text)
    except _Refused as err:
        return Problem("label_config", err.rule, f"line {builder.line}: {err.message}")
    except expat.ExpatError as err:
        told = expat.errors.messages.get(err.code, "not well formed")
        return Problem("label_config", "xml", f"line {err.lineno}, column {err.offset + 1}: {told}")
    root = builder.root
    if root is None:
        return Problem("label_config", "xml", "there is no element")
    _name_paths(root)
    return root


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.CommentHandler = self._comment
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def parse(self, text: str) -> None:
        # Half a pair of surrogates is no text: expat says so, with the place.
        self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise _Refused("size", f"more than {ELEMENTS_MAX} elements")
        if len(self._open) >= DEPTH_MAX:
            raise _Refused("depth", f"elements lie more than {DEPTH_MAX} deep")
        lowered = {name.lower(): value for name, value in attributes.items()}
        if len(lowered) != len(attributes):
            raise _Refused("attribute_twice", f"{tag} has one attribute twice")
        element = Element(tag=tag, attributes=lowered, line=self.line)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, tag: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
            self._open[-1].has_content = True

    def _comment(self, text: str) -> None:
        if self._open:
            self._open[-1].has_content = True

    def _doctype(self, *_: object) -> None:
        raise _Refused("doctype", "a document type (and its entities) is not taken")

    def _instruction(self, *_: object) -> None:
        raise _Refused("instruction", "processing instructions are not taken")


def _name_paths(root: Element) -> None:
    root.path = root.tag
    for element in root.walk():
        alike = Counter(child.tag for child in element.children)
        met: Counter[str] = Counter()
        for child in element.children:
            met[child.tag] += 1
            step = child.tag
            if child.name:
                step += f'[@name="{child.name[:_NAME_SHOWN_MAX]}"]'
            elif alike[child.tag] > 1:
                step += f"[{met[child.tag]}]"
            child.path = f"{element.path}/{step}"
