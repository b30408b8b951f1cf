"""Answers as the broker's events tell them, on their way to be scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.chassis.logs import logger
from services.quality.domain.decisions import QualityPolicy
from services.quality.domain.types import Answer, FieldSpec, Kind, Task

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAnswer:
    """An answer with what its event says of its task.

    `overlap_max` is 0 where the overlap is fixed; `opinion_id` names the second opinion that it is.
    """

    answer: Answer
    engagement: int
    overlap: int
    gold: str | None
    overlap_max: int = 0
    opinion_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAnswers:
    """Answers of one project."""

    project_id: str
    kind: Kind
    labels: tuple[str, ...]
    policy: QualityPolicy
    answers: Sequence[ArrivedAnswer]
    fields: tuple[FieldSpec, ...] = ()
    tolerance: float = 0.0


def by_project(batches: Sequence[ArrivedAnswers]) -> list[ArrivedAnswers]:
    """Events of one project are one batch: its counters are read and written once."""
    grouped: dict[str, list[ArrivedAnswers]] = defaultdict(list)
    for batch in batches:
        grouped[batch.project_id].append(batch)
    return [
        replace(found[-1], answers=[answer for batch in found for answer in batch.answers])
        for found in grouped.values()
    ]


def task_of(batch: ArrivedAnswers, arrived: ArrivedAnswer) -> Task:
    """The task of an answer, as it was told with it."""
    task = Task(
        task_id=arrived.answer.task_id,
        project_id=batch.project_id,
        kind=batch.kind,
        overlap=arrived.overlap,
        overlap_max=arrived.overlap_max,
        labels=batch.labels,
        fields=batch.fields,
        tolerance=batch.tolerance,
        items=arrived.answer.items,
    )
    if arrived.gold is None:
        return task
    if not task.knows(arrived.gold):
        # The broker checks it: a task without a known answer is better than none at all.
        log.error("scoring.gold_unknown", task_id=task.task_id, gold=arrived.gold[:100])
        return task
    return replace(task, gold=arrived.gold)
