"""The values that quality works on: tasks, answers, skills, and what scoring a task yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.quality.domain import keys
from services.quality.domain.errors import UnknownLabel
from services.quality.domain.values.numbers import read_number
from services.quality.domain.values.rankings import read_ranking
from services.quality.domain.values.reading import MalformedValue
from services.quality.domain.values.shapes import read_shapes
from services.quality.domain.values.spans import read_spans

Counters = Mapping[str, int]
"""Named additive counters, in the names of `keys`: one sub-document, changed by adding only."""


class Kind(StrEnum):
    """What an answer is; each kind has one scorer."""

    CHOICE = "choice"
    PAIRWISE = "pairwise"
    TEXT = "text"
    STRUCTURED = "structured"
    ORDINAL = "ordinal"
    NUMERIC = "numeric"
    RANKED = "ranked"
    REGIONS = "regions"
    SPANS = "spans"
    CODE = "code"


LABELLED = frozenset({Kind.CHOICE, Kind.PAIRWISE, Kind.ORDINAL})
UNLABELLED = frozenset(Kind) - LABELLED
"""Kinds whose answers are not among a list of labels."""

_READERS: Mapping[Kind, Callable[[str], object]] = {
    Kind.NUMERIC: read_number,
    Kind.RANKED: read_ranking,
    Kind.REGIONS: read_shapes,
    Kind.SPANS: read_spans,
}
"""Of kinds whose answers have a form of their own."""

PREFERENCES = ("model_a", "model_b", "tie")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of an answer of several: a key of the value's JSON object, scored by its kind."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    multiple: bool = False
    """Any number of the labels may be chosen: the field's value is a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One item; `labels` is empty where the project leaves its labels open.

    A pairwise task that names no labels has `PREFERENCES`; text has none. `overlap` is how many
    answers are wanted now, `overlap_max` how many may be asked for while the label is in doubt (0
    where the overlap is fixed). `tolerance` is how far a number may be from the truth, in its own
    unit; 0 leaves it to the scorer. `items` names what a comparison or a ranking is about.
    """

    task_id: str
    project_id: str
    kind: Kind
    overlap: int
    labels: tuple[str, ...] = ()
    gold: str | None = None
    overlap_max: int = 0
    fields: tuple[FieldSpec, ...] = ()
    tolerance: float = 0.0
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is Kind.PAIRWISE and not self.labels:
            object.__setattr__(self, "labels", PREFERENCES)
        if self.gold is not None:
            self.check_label(self.gold)

    @property
    def adaptive(self) -> bool:
        return self.overlap_max > 0

    def knows(self, label: str) -> bool:
        """Whether `check_label` lets it pass."""
        try:
            self.check_label(label)
        except (UnknownLabel, MalformedValue):
            return False
        return True

    def check_label(self, label: str) -> None:
        """Errors: UnknownLabel; MalformedValue: not of the form that its kind has."""
        if self.kind in UNLABELLED:
            read = _READERS.get(self.kind)
            if read is not None:
                read(label)
        elif self.labels and label not in self.labels:
            raise UnknownLabel("the project does not have this label", label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one assignment delivered; `active_seconds` is 0 where nobody measured.

    `items` names what a comparison (first the left one) or a ranking is about.
    """

    assignment_id: str
    task_id: str
    contractor_id: str
    label: str
    vendor_id: str = ""
    active_seconds: float = 0.0
    submitted_at: datetime | None = None
    items: tuple[str, ...] = ()
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What one contractor's answers in one project have shown so far."""

    contractor_id: str
    counters: Counters = field(default_factory=dict)

    @property
    def answers(self) -> int:
        return self.counters.get(keys.ANSWERS, 0)

    @property
    def gold_right(self) -> int:
        return self.counters.get(keys.GOLD_RIGHT, 0)

    @property
    def gold_total(self) -> int:
        return self.counters.get(keys.GOLD_TOTAL, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSkill:
    """The same over everyone who works in the project, with its class and label counts."""

    project_id: str
    counters: Counters = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What each of these contractors is credited with for one task.

    `truths` says how much of the answer fell to each true label when they gave `given`. Where
    labels are not told apart (text, very many classes), `hit` and `miss` say only how right it was.
    `counted`: `given` is one of the labels that the project's classes are discovered from.
    """

    contractor_ids: tuple[str, ...]
    given: str = ""
    counted: bool = False
    truths: Counters = field(default_factory=dict)
    hit: int = 0
    miss: int = 0
    gold_total: int = 0
    gold_right: int = 0


@dataclass(frozen=True, slots=True)
class Credits:
    """All that one task adds to the counters: stored with it, to be taken back exactly."""

    shares: tuple[Share, ...] = ()
    classes: Counters = field(default_factory=dict)
    pairs: Counters = field(default_factory=dict)
    """What it adds to the pool's coincidences, by the names of `keys.pair`: see `agreement`."""


NO_CREDITS = Credits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A task's standing truth. `label` is None, and the posterior empty, where nothing is known.

    `unsaid` is what falls to labels that nobody gave, where those are not known one by one: with
    it the posterior sums to 1.
    """

    posterior: Mapping[str, float]
    unsaid: float = 0.0
    label: str | None
    confidence: float
    credits: Credits = NO_CREDITS


NOTHING_KNOWN = Scored(posterior={}, unsaid=1.0, label=None, confidence=0.0)
