"""Control tags to Control, with their labels; and what only holds of all tags together."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.broker.domain.label_config.attributes import (
    count_of,
    fields_in,
    is_true,
    number_of,
)
from services.broker.domain.label_config.model import Condition, Control, ShownObject
from services.broker.domain.label_config.problems import Problems, shown
from services.broker.domain.label_config.tags import CONTROLS, DRAWINGS, Shape
from services.broker.domain.label_config.xml_tree import Element

LABEL_LENGTH_MAX = 200
_MAX_RATING_DEFAULT = 5
_MAX_RATING_MAX = 100
PREFERRED = ("left", "right")
"""What a Pairwise may answer."""


def control_of(element: Element, around: tuple[Condition, ...], problems: Problems) -> Control:
    """The control; what is wrong with it is told, and the control is made all the same."""
    spec = CONTROLS[element.tag]
    own = conditions(element, problems)
    labels = _labels(element, problems) if spec.holds and element.tag != "Taxonomy" else ()
    minimum, maximum = _bounds(element, problems)
    return Control(
        name=element.name,
        tag=element.tag,
        path=element.path,
        to_names=_to_names(element, problems),
        required=element.attributes.get("required", _required_unsaid(element)) == "true",
        per_region=is_true(element, "perregion"),
        conditions=around + own,
        labels=PREFERRED if element.tag == "Pairwise" else labels,
        multiple=element.attributes.get("choice") == "multiple",
        empty_allowed=is_true(element, "allowempty"),
        count_max=_count_max(element),
        minimum=minimum,
        maximum=maximum,
        only_labels=_words(element, "whenlabelvalue"),
        usages_max=_usages_max(element) if spec.holds == "Label" else {},
        branches=_branches(element, problems) if element.tag == "Taxonomy" else frozenset(),
    )


def _required_unsaid(element: Element) -> str:
    """The editor cannot ask for it, but a comparison that is not made is no answer."""
    return "true" if CONTROLS[element.tag].shape in (Shape.PAIRWISE, Shape.RANKING) else "false"


def conditions(element: Element, problems: Problems) -> tuple[Condition, ...]:
    """When it is shown at all; nothing where always."""
    when = element.attributes.get("visiblewhen", "")
    if not when:
        return ()
    if element.tag not in ("View", "Choices", "Taxonomy"):
        problems.add(
            element.path,
            "visible_when",
            f"the editor does not heed visibleWhen on {element.tag}: put it in a View that has it",
        )
        return ()
    return (
        Condition(
            when=when,
            control=element.attributes.get("whentagname", ""),
            choices=frozenset(_words(element, "whenchoicevalue")),
        ),
    )


def check_together(
    root: Element,
    objects: Mapping[str, ShownObject],
    controls: Mapping[str, Control],
    problems: Problems,
) -> None:
    """Every control works on objects that are there and that it can work on."""
    drawn = {
        name
        for control in controls.values()
        if control.tag in DRAWINGS
        for name in control.to_names
    }
    named = controls.keys() | objects.keys()
    for control in controls.values():
        for name in control.to_names:
            _check_target(control, name, objects, problems)
            shown_tag = objects[name].tag if name in objects else ""
            if control.tag == "Labels" and shown_tag == "Image" and name not in drawn:
                problems.add(
                    control.path,
                    "to_name",
                    "Labels on an Image name what Rectangle, Polygon, Ellipse or KeyPoint draws, "
                    "and none does: use RectangleLabels, or add one",
                )
        for condition in control.conditions:
            _check_condition(control, condition, named, controls, problems)
    _check_lists(objects, controls, problems)
    for element in root.walk():
        if element.tag == "Filter":
            _check_filter(element, controls, problems)


def _check_condition(
    control: Control,
    condition: Condition,
    named: Collection[str],
    controls: Mapping[str, Control],
    problems: Problems,
) -> None:
    if not condition.control:
        return
    if condition.control not in named:
        told = f"whenTagName={shown(condition.control)}: there is no tag of that name"
        problems.add(control.path, "when_tag_name", told)
        return
    target = controls.get(condition.control)
    if target is None or target.tag != "Choices":
        return
    unknown = sorted(condition.choices - set(target.labels))
    if unknown:
        told = f"whenChoiceValue={shown(unknown[0])}: {shown(target.name)} has no such choice"
        problems.add(control.path, "when_choice_value", told)


def _check_lists(
    objects: Mapping[str, ShownObject], controls: Mapping[str, Control], problems: Problems
) -> None:
    """Only a ranking shows a list."""
    ranked = {
        name
        for control in controls.values()
        if control.shape is Shape.RANKING
        for name in control.to_names
    }
    for name, found in objects.items():
        if found.tag == "List" and name not in ranked:
            problems.add(
                f'View//List[@name="{name}"]', "list_alone", "a List needs a Ranker that orders it"
            )


def _check_filter(element: Element, controls: Mapping[str, Control], problems: Problems) -> None:
    """The editor shows nothing at all where a filter's target is missing."""
    target = controls.get(element.attributes.get("toname", ""))
    if not element.name:
        problems.add(element.path, "name", "Filter needs a name")
    if target is None or not target.spec.holds or target.tag == "Taxonomy":
        problems.add(element.path, "to_name", "Filter needs the toName of Choices or of Labels")


def _check_target(
    control: Control, name: str, objects: Mapping[str, ShownObject], problems: Problems
) -> None:
    target = objects.get(name)
    if target is None:
        problems.add(control.path, "to_name", f"toName={shown(name)}: no object has that name")
    elif target.tag not in control.spec.objects:
        wanted = ", ".join(sorted(control.spec.objects))
        problems.add(
            control.path,
            "to_name",
            f"{control.tag} works on {wanted}; {shown(name)} is {target.tag}",
        )


def _to_names(element: Element, problems: Problems) -> tuple[str, ...]:
    written = element.attributes.get("toname", "")
    names = tuple(written.split(",")) if element.tag == "Pairwise" else (written,)
    if element.tag == "Pairwise" and (len(names) != 2 or names[0] == names[1]):
        problems.add(
            element.path, "to_name", "Pairwise needs the names of two objects: toName=first,second"
        )
        return ()
    if not written:
        problems.add(element.path, "to_name", f"{element.tag} needs the toName of an object")
        return ()
    return names


def _labels(element: Element, problems: Problems) -> tuple[str, ...]:
    """The labels of Choices or of a Labels control, as results have them."""
    spec = CONTROLS[element.tag]
    # What labels are called, by alias or by value: no name may mean two of them.
    called: dict[str, str] = {}
    labels: list[str] = []
    for label in element.walk():
        if label.tag != spec.holds:
            continue
        if label.tag == "Choice" and label.children:
            problems.add(
                label.path, "nested", "Choices show no choices within choices: use Taxonomy"
            )
        value = _label_value(label, problems)
        alias = label.attributes.get("alias", "")
        if alias in ("true", "false"):
            problems.add(label.path, "label", "the editor takes this alias for a yes or no")
        for name in {value, alias} - {""}:
            if name in called:
                problems.add(
                    label.path, "label_twice", f"{shown(name)} is that of {called[name]} too"
                )
            called[name] = label.path
        labels.append(alias or value)
    if not labels:
        problems.add(element.path, "labels", f"{element.tag} needs at least one {spec.holds}")
    return tuple(labels)


def _label_value(label: Element, problems: Problems) -> str:
    value = label.attributes.get("value", "")
    if not value.strip():
        problems.add(label.path, "label", f"{label.tag} needs a value that is not empty")
    elif label.has_content and not label.children:
        problems.add(
            label.path,
            "label",
            "what stands between its tags (be it a space) takes the place of value: "
            f"end it as <{label.tag} …/>",
        )
    for text in (value, label.attributes.get("alias", "")):
        if len(text) > LABEL_LENGTH_MAX:
            problems.add(label.path, "label", f"more than {LABEL_LENGTH_MAX} characters")
        if fields_in(text):
            problems.add(
                label.path,
                "label",
                f"{shown(text)}: the editor takes $… for a field of the task and shows that",
            )
    return value


def _branches(element: Element, problems: Problems) -> frozenset[tuple[str, ...]]:
    """Every path that may be chosen; without those that go on, where only leaves may be."""
    leaves_only = is_true(element, "leafsonly")
    met: set[tuple[str, ...]] = set()
    found: set[tuple[str, ...]] = set()
    waiting: list[tuple[Element, tuple[str, ...]]] = [(element, ())]
    while waiting:
        parent, path = waiting.pop()
        for child in parent.children:
            if child.tag != "Choice":
                continue
            here = (*path, _label_value(child, problems))
            if here in met:
                problems.add(child.path, "label_twice", f"{shown(here[-1])} is there twice")
            met.add(here)
            if not (leaves_only and child.children):
                found.add(here)
            waiting.append((child, here))
    if not found:
        problems.add(element.path, "labels", "Taxonomy needs at least one Choice")
    return frozenset(found)


def _usages_max(element: Element) -> dict[str, int]:
    of_all = count_of(element, "maxusages")
    found: dict[str, int] = {}
    for label in element.walk():
        most = count_of(label, "maxusages") if label.tag == "Label" else None
        if label.tag == "Label" and (most or of_all):
            name = label.attributes.get("alias") or label.attributes.get("value", "")
            found[name] = most or of_all or 0
    return found


def _count_max(element: Element) -> int | None:
    shape = CONTROLS[element.tag].shape
    if shape is Shape.TEXTS:
        return count_of(element, "maxsubmissions")
    if shape is Shape.TAXONOMY:
        return count_of(element, "maxusages")
    return None


def _bounds(element: Element, problems: Problems) -> tuple[float | None, float | None]:
    if element.tag == "Rating":
        most = count_of(element, "maxrating") or _MAX_RATING_DEFAULT
        if most > _MAX_RATING_MAX:
            problems.add(element.path, "attribute", f"maxRating is at most {_MAX_RATING_MAX}")
        return 1, most
    if element.tag != "Number":
        return None, None
    least, most_of_all = number_of(element, "min"), number_of(element, "max")
    if least is not None and most_of_all is not None and least > most_of_all:
        problems.add(element.path, "attribute", "min is more than max")
    return least, most_of_all


def _words(element: Element, name: str) -> tuple[str, ...]:
    written = element.attributes.get(name, "")
    return tuple(written.split(",")) if written else ()
