"""A Label Studio result against a config: every region is one that was asked for, and can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.broker.domain.label_config import regions
from services.broker.domain.label_config.data import ids_of
from services.broker.domain.label_config.model import Condition, Control, LabelConfig
from services.broker.domain.label_config.problems import Problem, Problems, shown
from services.broker.domain.label_config.single import answer_to, is_answered
from services.broker.domain.label_config.tags import Shape

ITEMS_MAX = 2_000


@dataclass(slots=True)
class Given:
    """One item of a result whose form is right."""

    position: int
    control: Control
    region_id: str | int
    """Its own position, where it has none."""
    value: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"result[{self.position}]"


@dataclass(slots=True)
class _Checked:
    problems: Problems = field(default_factory=Problems)
    given: list[Given] = field(default_factory=list)


def check_result(
    config: LabelConfig, result: Any, *, data: Mapping[str, Any] | None = None
) -> list[Problem]:
    """What is wrong with a parsed result; nothing where it answers what the config asks.

    `data` is what the task showed, where it is known: rankings are of its items.
    """
    checked = _Checked()
    if not isinstance(result, list):
        checked.problems.add("result", "type", "a result is a list of regions")
        return checked.problems.all()
    if len(result) > ITEMS_MAX:
        checked.problems.add("result", "size", f"more than {ITEMS_MAX} regions")
        return checked.problems.all()
    for position, item in enumerate(result):
        if checked.problems.full:
            return checked.problems.all()
        _check_item(config, item, position, checked)
    if not checked.problems:
        _check_together(config, checked)
        if data is not None and config.needs_data:
            _check_ranked(config, checked, data)
    return checked.problems.all()


def _check_item(config: LabelConfig, item: Any, position: int, checked: _Checked) -> None:
    path = f"result[{position}]"
    problems = checked.problems
    if not isinstance(item, dict):
        problems.add(path, "type", "a region is an object")
        return
    name = item.get("from_name")
    control = config.controls.get(name) if isinstance(name, str) else None
    if control is None:
        told = (
            "relations are not asked for" if item.get("type") == "relation" else "no such control"
        )
        problems.add(f"{path}.from_name", "from_name", f"{shown(name)}: {told}")
        return
    if item.get("type") != control.spec.result_type:
        problems.add(
            f"{path}.type", "type", f"{control.tag} answers as {shown(control.spec.result_type)}"
        )
    if item.get("to_name") not in _targets(control):
        wanted = " or ".join(shown(name) for name in _targets(control))
        problems.add(f"{path}.to_name", "to_name", f"must be {wanted}")
    region_id = item.get("id")
    if region_id is not None and not (isinstance(region_id, str) and 0 < len(region_id) <= 100):
        problems.add(f"{path}.id", "type", "an id is a text of 1 to 100 characters")
        return
    value = item.get("value")
    if not isinstance(value, dict):
        problems.add(f"{path}.value", "type", "a value is an object")
        return
    target = config.objects[control.to_names[0]].tag
    regions.check_value(control, value, f"{path}.value", problems, object_tag=target)
    checked.given.append(Given(position, control, region_id or position, value))


def _targets(control: Control) -> tuple[str, ...]:
    """A comparison is about itself: so the editor writes it."""
    if control.shape is Shape.PAIRWISE:
        return (control.name, ",".join(control.to_names))
    return control.to_names


def _check_together(config: LabelConfig, checked: _Checked) -> None:
    answers: dict[str, list[Given]] = defaultdict(list)
    drawn: dict[str | int, list[Given]] = defaultdict(list)
    for given in checked.given:
        if is_answered(given.control, given.value):
            answers[given.control.name].append(given)
        if given.control.shape is Shape.REGION:
            drawn[given.region_id].append(given)
    for control in config.controls.values():
        given_to = answers.get(control.name, [])
        _check_once(control, given_to, drawn, checked.problems)
        if control.required and _is_shown(control.conditions, config, answers):
            _check_required(control, given_to, drawn, checked.problems)
        _check_usages(control, given_to, checked.problems)


def _check_ranked(config: LabelConfig, checked: _Checked, data: Mapping[str, Any]) -> None:
    """Each of the task's items once."""
    for given in checked.given:
        control = given.control
        if control.shape is not Shape.RANKING:
            continue
        ranked = answer_to(control, given.value)
        if sorted(ranked) != sorted(ids_of(data, config.objects[control.to_names[0]].field)):
            checked.problems.add(
                f"{given.path}.value.ranker.{control.name}",
                "permutation",
                "a ranking has each of the task's items once",
            )


def _check_once(
    control: Control,
    given_to: list[Given],
    drawn: Mapping[str | int, list[Given]],
    problems: Problems,
) -> None:
    """One answer for the task, or for the region; a region only where one was drawn."""
    met: set[str | int] = set()
    for given in given_to:
        if control.per_region and given.region_id not in drawn:
            problems.add(f"{given.path}.id", "region", "there is no region of this id")
        key = given.region_id if control.per_region or control.shape is Shape.REGION else ""
        if key in met:
            problems.add(given.path, "twice", f"{shown(control.name)} is answered twice")
        met.add(key)


def _check_required(
    control: Control,
    given_to: list[Given],
    drawn: Mapping[str | int, list[Given]],
    problems: Problems,
) -> None:
    if not control.per_region:
        if not given_to:
            problems.add("result", "required", f"{shown(control.name)} is not answered")
        return
    answered = {given.region_id for given in given_to}
    for region_id, parts in drawn.items():
        concerned = any(
            part.control.to_names == control.to_names
            and (not control.only_labels or _has_label(part, control.only_labels))
            for part in parts
        )
        if concerned and region_id not in answered:
            problems.add(
                parts[0].path,
                "required",
                f"{shown(control.name)} is not answered for this region",
            )


def _has_label(given: Given, labels: tuple[str, ...]) -> bool:
    has = answer_to(given.control, given.value)
    return isinstance(has, list) and any(label in has for label in labels)


def _check_usages(control: Control, given_to: list[Given], problems: Problems) -> None:
    if not control.usages_max:
        return
    used: dict[str, int] = defaultdict(int)
    for given in given_to:
        for label in answer_to(control, given.value) or ():
            used[label] += 1
            most = control.usages_max.get(label)
            if most is not None and used[label] == most + 1:
                problems.add(given.path, "usages", f"{shown(label)} is used more than {most} times")


def _is_shown(
    conditions: tuple[Condition, ...], config: LabelConfig, answers: Mapping[str, list[Given]]
) -> bool:
    """Whether a control was on the screen when the answer was given, as far as the result tells.

    What hangs on a region being selected may never have been.
    """
    return all(_holds(condition, config, answers) for condition in conditions)


def _holds(condition: Condition, config: LabelConfig, answers: Mapping[str, list[Given]]) -> bool:
    if condition.when != "choice-selected":
        return False
    names = [condition.control] if condition.control else list(config.controls)
    for name in names:
        control = config.controls.get(name)
        if control is None or control.shape is not Shape.CHOICES:
            continue
        for given in answers.get(name, ()):
            chosen = answer_to(control, given.value) or []
            if not condition.choices or condition.choices & set(chosen):
                return True
    return False
