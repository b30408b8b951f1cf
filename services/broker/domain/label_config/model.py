"""A label config that has been read: what it shows, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.broker.domain.label_config.tags import CONTROLS, Shape, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class DataField:
    """A field of a task's data that the config shows; dots lead into objects and lists."""

    name: str
    shown_as: str
    """The tag that shows it."""
    is_url: bool = False
    """What it holds is fetched from an address that the data has."""
    embedded: bool = False
    """It stands within a longer text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownObject:
    """Something of the task that is looked at, listened to or read."""

    name: str
    tag: str
    field: str = ""
    """The one field of the task that it shows; "" where that is a longer text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a control is on the screen at all: `visibleWhen` of itself or of a View around it."""

    when: str
    control: str = ""
    """The name of the Choices that it hangs on; "" for any."""
    choices: frozenset[str] = frozenset()
    """One of these must be chosen; empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something that is asked."""

    name: str
    tag: str
    path: str
    to_names: tuple[str, ...]
    required: bool
    per_region: bool = False
    """Asked for each region of its object, not once for the task."""
    conditions: tuple[Condition, ...] = ()
    labels: tuple[str, ...] = ()
    """As they stand in results: the alias, where a label has one."""
    multiple: bool = False
    empty_allowed: bool = False
    """A region may go without a label."""
    count_max: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    only_labels: tuple[str, ...] = ()
    """With per_region: only for regions that have one of these."""
    usages_max: Mapping[str, int] = field(default_factory=dict)
    """How often a label may be used, by label."""
    branches: frozenset[tuple[str, ...]] = frozenset()
    """Of a taxonomy: every path that may be chosen."""

    @property
    def spec(self) -> Tag:
        return CONTROLS[self.tag]

    @property
    def shape(self) -> Shape:
        return self.spec.shape

    @property
    def decides(self) -> bool:
        """Everybody who answers must answer it, once."""
        return self.required and not self.per_region and not self.conditions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelConfig:
    """A config without problems. Read once and kept: it is told by its identity."""

    objects: Mapping[str, ShownObject]
    controls: Mapping[str, Control]
    fields: tuple[DataField, ...]

    @property
    def needs_data(self) -> bool:
        """Answers can only be checked beside what the task showed."""
        return any(control.shape is Shape.RANKING for control in self.controls.values())
