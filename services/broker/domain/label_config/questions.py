"""What a config asks of a task as a whole: by one control, or by all that mark one object.

Boxes, polygons and the labels that name them are one question where they are about the same image;
so are the labels of one text or recording. Two controls of one tag that share a label stay apart: a
mark could not be told to be of the one or the other. What is asked of each region belongs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from services.broker.domain.answer_forms.canonical_json import canonical_json
from services.broker.domain.label_config.model import Control, LabelConfig
from services.broker.domain.label_config.tags import Shape
from services.broker.domain.projects import AnswerField, WorkKind

_PREFERENCE = frozenset({"left", "right"})
_TIE = "tie"
_KINDS: Mapping[Shape, WorkKind] = {
    Shape.CHOICES: WorkKind.CHOICE,
    Shape.TAXONOMY: WorkKind.CHOICE,
    Shape.PAIRWISE: WorkKind.PAIRWISE,
    Shape.TEXTS: WorkKind.TEXT,
    Shape.NUMBER: WorkKind.NUMERIC,
    Shape.RATING: WorkKind.ORDINAL,
    Shape.RANKING: WorkKind.RANKED,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """Something that is asked once of a task. Told by its identity."""

    field: AnswerField
    """Its name is that of the first of its controls."""
    controls: tuple[Control, ...]
    object_tag: str
    """The tag of what it is about."""
    of_each: tuple[Control, ...] = ()
    """What is asked of each mark."""

    @property
    def control(self) -> Control:
        """The one that asks, or the first."""
        return self.controls[0]

    @property
    def marks(self) -> bool:
        """It is answered by what is marked, be it nothing."""
        return self.control.shape is Shape.REGION

    @property
    def decides(self) -> bool:
        """Everybody who answers must answer it."""
        return any(control.decides for control in self.controls)

    @property
    def required(self) -> bool:
        """Everybody to whom it is shown must answer it."""
        return any(control.required for control in self.controls)

    @property
    def always_shown(self) -> bool:
        """On the screen whatever is answered."""
        return any(not control.conditions for control in self.controls)

    @property
    def may_be_none(self) -> bool:
        """No choice, or nothing marked, is an answer to it."""
        return (self.marks or self.field.multiple) and self.always_shown


def questions_of(config: LabelConfig) -> tuple[Question, ...]:
    """In the order of the config."""
    of_each: dict[str, list[Control]] = {}
    marking: dict[str, list[Control]] = {}
    groups: list[list[Control]] = []
    for control in config.controls.values():
        name = control.to_names[0]
        if control.per_region:
            of_each.setdefault(name, []).append(control)
        elif control.shape is not Shape.REGION:
            groups.append([control])
        elif name in marking:
            marking[name].append(control)
        else:
            marking[name] = [control]
            groups.append(marking[name])
    parts = [part for group in groups for part in _apart(group)]
    return tuple(_question(config, part, of_each) for part in parts)


def _apart(group: list[Control]) -> list[list[Control]]:
    labels = [(control.tag, label) for control in group for label in control.labels]
    names_others = any(not control.labels for control in group)
    if len(set(labels)) == len(labels) or names_others:
        return [group]
    return [[control] for control in group]


def _question(
    config: LabelConfig, group: list[Control], of_each: Mapping[str, list[Control]]
) -> Question:
    control = group[0]
    marks = control.shape is Shape.REGION
    name = control.to_names[0]
    return Question(
        field=_field(config, control),
        controls=tuple(group),
        object_tag=config.objects[name].tag,
        of_each=tuple(of_each.get(name, ())) if marks else (),
    )


def _field(config: LabelConfig, control: Control) -> AnswerField:
    if control.shape is Shape.REGION:
        on_image = config.objects[control.to_names[0]].tag == "Image"
        return AnswerField(name=control.name, kind=WorkKind.REGIONS if on_image else WorkKind.SPANS)
    kind = _KINDS[control.shape]
    if control.shape is Shape.CHOICES and not control.multiple and _is_preference(config, control):
        kind = WorkKind.PAIRWISE
    labels = control.labels
    if control.shape is Shape.RATING:
        labels = tuple(str(number) for number in range(1, int(control.maximum or 1) + 1))
    # The paths of a taxonomy are too long to travel with every answer.
    multiple = control.multiple or (control.shape is Shape.TAXONOMY and control.count_max != 1)
    return AnswerField(name=control.name, kind=kind, labels=labels, multiple=multiple)


def _is_preference(config: LabelConfig, control: Control) -> bool:
    return _PREFERENCE <= set(control.labels) <= _PREFERENCE | {_TIE} and len(config.objects) >= 2


@lru_cache(maxsize=256)
def branch_names(branches: frozenset[tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """The paths of a taxonomy by the text that stands for each: `animal / bird`.

    Two paths that would be the same text have their steps as a list.
    """
    named: dict[str, tuple[str, ...]] = {}
    for branch in sorted(branches):
        name = " / ".join(branch)
        named[canonical_json(branch) if name in named else name] = branch
    return named
