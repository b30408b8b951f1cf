"""XML -> LabelConfig. Tags that the editor does not know are refused: it would not start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from services.broker.domain.errors import LabelConfigInvalid
from services.broker.domain.label_config.model import (
    ControlTag,
    LabelConfig,
    ObjectTag,
    Problem,
)

OBJECTS: Final = frozenset(
    {"Text", "HyperText", "Paragraphs", "Image", "Audio", "AudioPlus", "Video", "List"}
)
_LABELLED: Final = frozenset(
    {
        "Labels", "HyperTextLabels", "ParagraphLabels", "RectangleLabels", "EllipseLabels",
        "PolygonLabels", "KeyPointLabels",
    }
)  # fmt: skip
_PLAIN: Final = frozenset(
    {"TextArea", "Rating", "Number", "Pairwise", "Ranker", "Rectangle", "Ellipse", "Polygon",
     "KeyPoint"}
)  # fmt: skip
CONTROLS: Final = _LABELLED | _PLAIN | {"Choices", "Taxonomy"}
_LAYOUT: Final = frozenset(
    {"View", "Style", "Header", "Collapse", "Panel", "Filter", "Shortcut", "Dialog"}
)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_FIELD: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]{0,63})")
_SINGLE_CHOICE: Final = frozenset({"single", "single-radio"})
_RATING_MAX: Final = 5

CHARACTERS_MAX: Final = 50_000
_DEPTH_MAX: Final = 30
_TAGS_MAX: Final = 5_000
_PROBLEMS_MAX: Final = 50
_LABEL_CHARACTERS_MAX: Final = 200


@lru_cache(maxsize=256)
def read(text: str) -> LabelConfig:
    """The config. Errors: LabelConfigInvalid, with everything that is wrong."""
    if len(text) > CHARACTERS_MAX:
        raise LabelConfigInvalid([_problem("", "too_long", f"more than {CHARACTERS_MAX:,}")])
    # Entities can grow without bound, and a label config has no use for them.
    if "<!" in text.replace("<!--", ""):
        raise LabelConfigInvalid([_problem("", "doctype", "no DOCTYPE, entities or CDATA")])
    try:
        root = ET.fromstring(text)  # noqa: S314 (no DOCTYPE gets here)
    except ET.ParseError as err:
        raise LabelConfigInvalid([_problem("", "xml", f"this is not XML: {err}")]) from None
    reading = _Reading()
    if root.tag != "View":
        reading.tell(root.tag, "root", "the outermost tag is View")
    reading.walk(root, root.tag, depth=1)
    reading.check()
    if reading.problems:
        raise LabelConfigInvalid(reading.problems)
    return LabelConfig(objects=reading.objects, controls=reading.controls)


def find(text: str) -> LabelConfig | None:
    """The config, or None where there is none that can be read."""
    if not text:
        return None
    try:
        return read(text)
    except LabelConfigInvalid:
        return None


@dataclass(slots=True, kw_only=True)
class _Collecting:
    """The labels of one control."""

    wanted: str
    is_tree: bool
    found: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    objects: dict[str, ObjectTag] = field(default_factory=dict)
    controls: dict[str, ControlTag] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    tags: int = 0

    def tell(self, path: str, rule: str, message: str) -> None:
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(_problem(path, rule, message))

    def walk(self, element: ET.Element, path: str, *, depth: int) -> None:
        self.tags += 1
        if depth > _DEPTH_MAX or self.tags > _TAGS_MAX:
            if self.tags <= _TAGS_MAX + 1:
                self.tell(path, "too_deep", f"at most {_DEPTH_MAX} levels and {_TAGS_MAX:,} tags")
            return
        if element.tag in OBJECTS:
            self._object(element, path)
        elif element.tag in CONTROLS:
            self._control(element, path)
            return
        elif element.tag not in _LAYOUT:
            self.tell(path, "tag_unknown", f"the editor has no tag {element.tag}, or not here")
        for position, child in enumerate(element, start=1):
            self.walk(child, _path_of(child, path, position), depth=depth + 1)

    def _object(self, element: ET.Element, path: str) -> None:
        name = self._name(element, path)
        found = _FIELD.fullmatch(element.get("value", ""))
        if found is None:
            self.tell(path, "value", "value names a field of the data, such as $image")
        if name and found is not None:
            self.objects[name] = ObjectTag(tag=element.tag, name=name, field=found.group(1))

    def _control(self, element: ET.Element, path: str) -> None:
        name = self._name(element, path)
        labels = self._labels(element, path)
        to_names = tuple(part.strip() for part in element.get("toName", "").split(",") if part)
        if not name:
            return
        self.controls[name] = ControlTag(
            tag=element.tag,
            name=name,
            to_names=to_names,
            labels=labels,
            is_required=element.get("required") == "true",
            is_per_region=element.get("perRegion") == "true",
            is_single=_is_single(element),
            minimum=self._number(element, path, "min", float("-inf")),
            maximum=(
                self._number(element, path, "maxRating", _RATING_MAX)
                if element.tag == "Rating"
                else self._number(element, path, "max", float("inf"))
            ),
        )

    def _name(self, element: ET.Element, path: str) -> str:
        name = element.get("name", "")
        if _NAME.fullmatch(name) is None:
            self.tell(path, "name", "name is a letter and up to 63 letters, digits, _ or -")
            return ""
        if name in self.paths:
            self.tell(path, "name_taken", f"{self.paths[name]} has the same name")
            return ""
        self.paths[name] = path
        return name

    def _labels(self, element: ET.Element, path: str) -> tuple[str, ...]:
        if element.tag in _PLAIN:
            for position, child in enumerate(element, start=1):
                if child.tag not in _LAYOUT:
                    self.tell(_path_of(child, path, position), "tag_unknown", "no such tag here")
            return ()
        collecting = _Collecting(
            wanted="Label" if element.tag in _LABELLED else "Choice",
            is_tree=element.tag == "Taxonomy",
        )
        self._collect(element, path, collecting, prefix="", depth=1)
        if not collecting.found:
            self.tell(path, "labels_missing", f"at least one {collecting.wanted}")
        return tuple(collecting.found)

    def _collect(
        self, element: ET.Element, path: str, into: _Collecting, *, prefix: str, depth: int
    ) -> None:
        for position, child in enumerate(element, start=1):
            where = _path_of(child, path, position)
            self.tags += 1
            if depth > _DEPTH_MAX or self.tags > _TAGS_MAX:
                self.tell(where, "too_deep", f"at most {_DEPTH_MAX} levels, {_TAGS_MAX:,} tags")
                return
            if child.tag != into.wanted:
                if child.tag in _LAYOUT:
                    self._collect(child, where, into, prefix=prefix, depth=depth + 1)
                else:
                    self.tell(where, "tag_unknown", f"only {into.wanted} goes here")
                continue
            # What the editor puts into the result is the alias, where there is one.
            label = child.get("alias") or child.get("value") or ""
            self._keep(label, where, into, prefix=prefix)
            if into.is_tree:
                below = f"{prefix}{label}/"
                self._collect(child, where, into, prefix=below, depth=depth + 1)
            elif len(child):
                self.tell(where, "nested", "choices in choices are a Taxonomy")

    def _keep(self, label: str, where: str, into: _Collecting, *, prefix: str) -> None:
        if not 1 <= len(label) <= _LABEL_CHARACTERS_MAX:
            self.tell(where, "label", f"value has 1 to {_LABEL_CHARACTERS_MAX} characters")
        elif into.is_tree and "/" in label:
            self.tell(where, "label", "a / parts the levels of a taxonomy, so no label has one")
        elif prefix + label in into.known:
            self.tell(where, "label_taken", f"{label!r} is there already")
        else:
            into.known.add(prefix + label)
            into.found.append(prefix + label)

    def _number(self, element: ET.Element, path: str, name: str, default: float) -> float:
        text = element.get(name)
        if text is None:
            return default
        try:
            return float(text)
        except ValueError:
            self.tell(path, "number", f"{name} is a number")
            return default

    def check(self) -> None:
        """What only the whole can show."""
        if not self.controls and not self.problems:
            self.tell("View", "control_missing", "nothing is asked: a config needs a control tag")
        for name, control in self.controls.items():
            path = self.paths[name]
            if not control.to_names and len(self.objects) == 1:
                only = next(iter(self.objects))
                self.controls[name] = replace(control, to_names=(only,))
                continue
            wanted = 2 if control.tag == "Pairwise" else 1
            if len(control.to_names) != wanted:
                what = "two objects" if wanted == 2 else "an object"
                self.tell(path, "to_name", f"toName names {what}")
            for to_name in control.to_names:
                if to_name not in self.objects:
                    self.tell(path, "to_name", f"no object is named {to_name!r}")


def _is_single(element: ET.Element) -> bool:
    if element.tag == "Choices":
        return element.get("choice", "single") in _SINGLE_CHOICE
    return element.tag == "TextArea" and element.get("maxSubmissions") == "1"


def _path_of(element: ET.Element, parent: str, position: int) -> str:
    name = element.get("name")
    return f'{parent}/{element.tag}[@name="{name}"]' if name else f"{parent}/*[{position}]"


def _problem(path: str, rule: str, message: str) -> Problem:
    return Problem(path=path or "label_config", rule=rule, message=message)
