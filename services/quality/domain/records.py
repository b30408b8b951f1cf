"""What quality remembers: answers, standings, rulings and projects as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.quality.domain.calibration import UNCALIBRATED, Calibration
from services.quality.domain.decisions import QualityPolicy
from services.quality.domain.pace import Pace
from services.quality.domain.risk import MeanRisk
from services.quality.domain.rulings import Ruling
from services.quality.domain.truths import GoldSource, Truth
from services.quality.domain.types import Answer, Credits, FieldSpec, Kind, PoolSkill, Task

DEFAULT_POLICY = QualityPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """Whose project it is, what its answers are, and by which policy they are judged."""

    project_id: str
    client_id: str
    kind: Kind
    pseudonym_salt: str
    labels: tuple[str, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    tolerance: float = 0.0
    overlap: int = 1
    overlap_max: int = 0
    policy: QualityPolicy = DEFAULT_POLICY

    def task(self, task_id: str) -> Task:
        """One of its tasks, as far as the project says it."""
        return Task(
            task_id=task_id,
            project_id=self.project_id,
            kind=self.kind,
            overlap=self.overlap,
            overlap_max=self.overlap_max,
            labels=self.labels,
            fields=self.fields,
            tolerance=self.tolerance,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """What is known of a project as a whole. `seq` is the next number in its order of recording.

    `samples` known tasks have been seen by calibration, `samples_fitted` when it was last fitted;
    `consensus_gold` tasks have become control tasks by consensus.
    """

    seq: int
    pool: PoolSkill
    calibration: Calibration = UNCALIBRATED
    samples: int = 0
    samples_fitted: int = 0
    consensus_gold: int = 0
    pace: Pace = field(default_factory=Pace)
    mean_risk: MeanRisk = field(default_factory=MeanRisk)


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
    """A task as it was last scored; `answer_ids` are those that it was scored from.

    `confidence` is calibrated, `raw_confidence` as the scorer saw it. `shares` has, answer by
    answer, what the label of each has in the raw posterior, and `unsaid` what none of them has.
    `gold_answers` were measured by the truth, `gold_right` of them met it.
    """

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
    raw_confidence: float = 0.0
    shares: tuple[float, ...] = ()
    unsaid: float = 0.0
    overlap_max: int = 0
    gold_source: GoldSource | None = None
    truth: Truth | None = None
    gold_answers: int = 0
    gold_right: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What time an answer took: whoever pays for it is told. 0 seconds where nobody measured."""

    active_seconds: float = 0.0
    claimed_at: datetime | None = None
    submitted_at: datetime | None = None


def effort_of(answer: Answer) -> Effort:
    """As it arrived with the answer."""
    return Effort(
        active_seconds=answer.active_seconds,
        claimed_at=answer.claimed_at,
        submitted_at=answer.submitted_at,
    )


NO_EFFORT = Effort()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuling:
    """A ruling, with the places of its answer and the time that it took."""

    ruling: Ruling
    task_id: str
    project_id: str
    organisation_id: str
    engagement: int
    effort: Effort = NO_EFFORT
