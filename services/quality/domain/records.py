"""What quality remembers: answers, standings, rulings and projects as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.quality.domain.rulings import Ruling
from services.quality.domain.types import Answer, Credits, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """Whose project it is, and what kind of answers it has."""

    project_id: str
    client_id: str
    kind: Kind
    pseudonym_salt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer with what its decision's event must say of its contractor.

    `place` counts the task's answers in the order of their storing: of two writers that each add
    what they take for the last answer, one fails and looks again. `seq` is the answer's number in
    the order in which the project's answers were recorded, and so scored. `aside`: no scorer takes
    it.
    """

    answer: Answer
    engagement: int
    place: int
    project_id: str
    seq: int
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStanding:
    """A task as it was last scored; `answer_ids` are those that it was scored from."""

    task_id: str
    project_id: str
    label: str
    confidence: float
    overlap: int
    gold: str
    credits: Credits
    answer_ids: tuple[str, ...]
    resolved_at: datetime | None
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuling:
    """A ruling, with the places of its answer."""

    ruling: Ruling
    task_id: str
    project_id: str
    organisation_id: str
    engagement: int
