"""A label config as it was read: the tags that show something, and those that ask something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where."""

    path: str
    """Such as `View/Choices[@name="bird"]`, `data.image` or `result[2].value.choices[0]`."""
    rule: str
    """snake_case, stable."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTag:
    """Shows one field of a task's data."""

    tag: str
    name: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTag:
    """Asks the contractor something about an object."""

    tag: str
    name: str
    to_names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """What may be chosen; of a taxonomy, the paths, joined by `/`."""
    is_required: bool = False
    is_per_region: bool = False
    is_single: bool = False
    """One choice, or one text."""
    minimum: float = float("-inf")
    maximum: float = float("inf")

    @property
    def result_type(self) -> str:
        """What the editor calls its results."""
        return self.tag.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """All of it, by name."""

    objects: Mapping[str, ObjectTag] = field(default_factory=dict)
    controls: Mapping[str, ControlTag] = field(default_factory=dict)

    @property
    def needs_data(self) -> bool:
        """Answers can only be checked beside what the task showed."""
        return any(control.tag == "Ranker" for control in self.controls.values())
