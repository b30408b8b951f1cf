"""XML to LabelConfig, or every reason why not. The only module that knows XML is xml_tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from services.broker.domain.errors import LabelConfigInvalid
from services.broker.domain.label_config import controls
from services.broker.domain.label_config.attributes import (
    check_attributes,
    fields_in,
    is_field_name,
    is_whole_field,
)
from services.broker.domain.label_config.markup import active_element, active_style
from services.broker.domain.label_config.model import (
    Condition,
    Control,
    DataField,
    LabelConfig,
    ShownObject,
)
from services.broker.domain.label_config.problems import Problem, Problems, shown
from services.broker.domain.label_config.tags import NOT_TAKEN, TAGS, Role, Tag
from services.broker.domain.label_config.xml_tree import Element, parse

CHARACTERS_MAX = 50_000
_NAME_LENGTH_MAX = 100
# These take a whole field, or an address of their own: a text with a field in it is neither.
_OF_ONE_FIELD = frozenset({"Image", "Audio", "AudioPlus", "Video", "Paragraphs", "Table", "List"})
_STATIC_ADDRESS = ("http://", "https://", "/")
_URL_OBJECTS = frozenset({"Image", "Audio", "AudioPlus", "Video"})


@lru_cache(maxsize=256)
def read(text: str) -> LabelConfig:
    """What the XML says. Pure, and bounded by the text's length.

    Errors:
        LabelConfigInvalid: with everything that is wrong.
    """
    if len(text) > CHARACTERS_MAX:
        told = f"more than {CHARACTERS_MAX:,} characters"
        raise LabelConfigInvalid([Problem("label_config", "size", told)])
    root = parse(text)
    if isinstance(root, Problem):
        raise LabelConfigInvalid([root])
    if root.tag != "View":
        told = "the outermost tag must be View"
        raise LabelConfigInvalid([Problem(root.path, "root", told)])
    reader = _Reader()
    reader.read(root, _Around())
    return reader.result(root)


def find(text: str) -> LabelConfig | None:
    """The config, or None where there is none that can be read."""
    if not text:
        return None
    try:
        return read(text)
    except LabelConfigInvalid:
        return None


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around an element."""

    tags: frozenset[str] = frozenset()
    conditions: tuple[Condition, ...] = ()


@dataclass(slots=True)
class _Reader:
    problems: Problems = field(default_factory=Problems)
    objects: dict[str, ShownObject] = field(default_factory=dict)
    asked: dict[str, Control] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Path by name."""
    fields: dict[DataField, None] = field(default_factory=dict)

    def read(self, element: Element, around: _Around) -> None:
        if self.problems.full:
            return
        spec = TAGS.get(element.tag)
        if spec is None:
            self._refuse_tag(element)
            return
        if spec.parents and not spec.parents & around.tags:
            where = " or ".join(sorted(spec.parents))
            self.problems.add(element.path, "place", f"{element.tag} stands only inside {where}")
        check_attributes(element, spec, self.problems)
        self._take(element, spec, around)
        if element.tag == "HyperText":
            # What is inside is HTML to show, not a part of the form.
            return
        own = controls.conditions(element, self.problems) if element.tag == "View" else ()
        inner = _Around(around.tags | {element.tag}, around.conditions + own)
        for child in element.children:
            self.read(child, inner)

    def result(self, root: Element) -> LabelConfig:
        if not self.problems.full:
            controls.check_together(root, self.objects, self.asked, self.problems)
        if not self.asked and not self.problems:
            self.problems.add(root.path, "nothing_asked", "the config asks for no answer")
        if self.problems:
            raise LabelConfigInvalid(self.problems.all())
        return LabelConfig(objects=self.objects, controls=self.asked, fields=tuple(self.fields))

    def _refuse_tag(self, element: Element) -> None:
        alike = next((name for name in TAGS if name.lower() == element.tag.lower()), "")
        reason = NOT_TAKEN.get(element.tag) or (
            f"write {alike}" if alike else "there is no such tag"
        )
        self.problems.add(element.path, "tag", f"{element.tag[:60]} is not taken: {reason}")

    def _take(self, element: Element, spec: Tag, around: _Around) -> None:
        if spec.role in (Role.OBJECT, Role.CONTROL) and not self._take_name(element):
            return
        if spec.role is Role.OBJECT:
            self._take_object(element)
        elif spec.role is Role.CONTROL:
            self._take_control(element, around)
        elif element.tag in ("Header", "Panel", "Collapse"):
            self._take_fields(element, _value(element), "Text", embedded=True)
        elif element.tag == "Style":
            self._take_style(element)

    def _take_name(self, element: Element) -> bool:
        name = element.name
        if not name:
            self.problems.add(element.path, "name", f"{element.tag} needs a name")
            return False
        if len(name) > _NAME_LENGTH_MAX or "," in name or name.strip() != name:
            self.problems.add(
                element.path,
                "name",
                f"a name has at most {_NAME_LENGTH_MAX} characters, no comma, no space at its ends",
            )
            return False
        if name in ("true", "false"):
            self.problems.add(element.path, "name", "the editor takes this name for a yes or no")
            return False
        if name in self.names:
            self.problems.add(
                element.path, "name_twice", f"the name {shown(name)} is that of {self.names[name]}"
            )
            return False
        self.names[name] = element.path
        return True

    def _take_object(self, element: Element) -> None:
        whole = _value(element)[1:] if is_whole_field(_value(element)) else ""
        self.objects[element.name] = ShownObject(name=element.name, tag=element.tag, field=whole)
        if element.tag == "HyperText" and element.children:
            self._take_markup(element)
            return
        if element.has_content and "value" in element.attributes:
            self.problems.add(
                element.path,
                "value",
                "what stands between its tags (be it a space) takes the place of value: "
                f"end it as <{element.tag} …/>",
            )
            return
        value = _value(element)
        if not value:
            self.problems.add(
                element.path, "value", f'{element.tag} needs a value, as value="$field"'
            )
        elif element.tag in _OF_ONE_FIELD and not is_whole_field(value):
            if element.tag not in _URL_OBJECTS or not value.startswith(_STATIC_ADDRESS):
                self.problems.add(
                    element.path,
                    "value",
                    f"value={shown(value)}: {element.tag} takes one field, as $field",
                )
        else:
            is_url = element.tag in _URL_OBJECTS or element.attributes.get("valuetype") == "url"
            self._take_fields(
                element, value, element.tag, embedded=not is_whole_field(value), is_url=is_url
            )
        audio = element.attributes.get("audiourl", "")
        if element.tag == "Paragraphs" and audio.startswith("$"):
            self._take_fields(element, audio, "Audio", is_url=True)

    def _take_control(self, element: Element, around: _Around) -> None:
        control = controls.control_of(element, around.conditions, self.problems)
        self.asked[element.name] = control
        if element.tag == "TextArea" and element.attributes.get("value"):
            self._take_fields(element, element.attributes["value"], "TextArea", embedded=True)

    def _take_markup(self, element: Element) -> None:
        texts = [element.text]
        for inner in element.walk():
            if inner is element:
                continue
            texts += [inner.text, *inner.attributes.values()]
            active = active_element(inner.tag.lower(), inner.attributes.items())
            if active:
                self.problems.add(inner.path, "script", active)
        self._take_fields(element, "\n".join(texts), "HyperText", embedded=True)

    def _take_style(self, element: Element) -> None:
        found = active_style(_value(element))
        if found:
            self.problems.add(element.path, "script", found)

    def _take_fields(
        self,
        element: Element,
        text: str,
        shown_as: str,
        *,
        embedded: bool = False,
        is_url: bool = False,
    ) -> None:
        for name in fields_in(text):
            if not is_field_name(name):
                self.problems.add(
                    element.path,
                    "field",
                    f"the editor takes {shown('$' + name)} for a field of the task, and it is none",
                )
            elif element.tag == "Table" and "." in name:
                self.problems.add(element.path, "field", "Table takes a field without dots")
            else:
                found = DataField(name=name, shown_as=shown_as, is_url=is_url, embedded=embedded)
                self.fields[found] = None


def _value(element: Element) -> str:
    """As the editor takes it: text between the tags goes before the attribute."""
    if element.has_content and not element.children:
        return element.text.strip()
    return element.attributes.get("value", "")
