"""Between a standing and what is stored of it: everything that its next step needs, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import fsum

from services.quality.domain.calibration import Calibration
from services.quality.domain.confidence import confidence
from services.quality.domain.records import StoredAnswer, StoredStanding
from services.quality.domain.similarity import measure_of_task
from services.quality.domain.standings import Standing
from services.quality.domain.types import NOTHING_KNOWN, Scored, Task


def standing_of(
    task: Task, answers: Sequence[StoredAnswer], stored: StoredStanding | None
) -> Standing:
    """The task, as it is told now, with the answers and credits of its last scoring."""
    standing = Standing(
        task=task,
        answers=tuple(kept.answer for kept in answers if not kept.aside),
        aside=tuple(kept.answer for kept in answers if kept.aside),
        scored=NOTHING_KNOWN,
    )
    if stored is None:
        return standing
    known = replace(
        standing,
        scored=Scored(
            posterior={},
            label=stored.label or None,
            confidence=stored.raw_confidence or stored.confidence,
            credits=stored.credits,
        ),
        resolved=stored.resolved_at is not None,
        truth=stored.truth,
    )
    asked = replace(known, task=replace(task, overlap=stored.overlap))
    return asked.told(task)


def stored_of(standing: Standing, *, calibration: Calibration, now: datetime) -> StoredStanding:
    """What is kept of a standing that was scored now."""
    task, scored = standing.task, standing.scored
    shares = tuple(scored.posterior.get(answer.label, 0.0) for answer in standing.answers)
    said = {answer.label for answer in standing.answers}
    others = [p for label, p in scored.posterior.items() if label not in said]
    answers, right = measured(standing)
    return StoredStanding(
        task_id=task.task_id,
        project_id=task.project_id,
        label=scored.label or "",
        confidence=confidence(task, scored, calibration),
        raw_confidence=scored.confidence,
        overlap=task.overlap,
        overlap_max=task.overlap_max,
        gold=task.gold or "",
        gold_source=standing.source,
        credits=scored.credits,
        answer_ids=tuple(answer.assignment_id for answer in standing.answers),
        shares=shares,
        unsaid=fsum((scored.unsaid, *others)),
        resolved_at=now if standing.resolved else None,
        disputed=standing.disputed,
        truth=standing.truth,
        gold_answers=answers,
        gold_right=right,
    )


def measured(standing: Standing) -> tuple[int, int]:
    """Answers that the task's known label measures, and how many of them meet it."""
    rights = met(standing)
    return len(rights), sum(rights)


def met(standing: Standing) -> list[bool]:
    """Answer by answer, whether it meets the known label; nothing where none is known."""
    known = standing.known_label
    if known is None:
        return []
    measure = measure_of_task(standing.task)
    return [measure.agrees(answer.label, known) for answer in standing.answers]
