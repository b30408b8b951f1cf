"""How sure a standing's labels are once a project's calibration is applied to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.quality.domain.calibration import UNCALIBRATED, Calibration, Sample, calibrated
from services.quality.domain.scorers.priors import CHOICE
from services.quality.domain.skills import Skills
from services.quality.domain.standings import Standing, blind
from services.quality.domain.stopping import ERROR_COST_ANSWERS, wanted_overlap
from services.quality.domain.stream import Settle
from services.quality.domain.types import LABELLED, Scored, Task

SAMPLES_STEP = 10
"""Known tasks that are new since the last fit: so many, or a tenth of all, make the next one."""


def labels_count(task: Task, scored: Scored) -> int:
    """How many labels might be true; where they are open, those given and one that nobody gave."""
    if task.labels:
        return max(len(task.labels), len(scored.posterior))
    return max(2, len(scored.posterior) + (1 if scored.unsaid > 0.0 else 0))


def believed(task: Task, scored: Scored, calibration: Calibration) -> Mapping[str, float]:
    """The calibrated posterior; of kinds whose posterior is not one of labels, as it is."""
    if task.kind not in LABELLED:
        return scored.posterior
    return calibrated(scored.posterior, scored.unsaid, labels_count(task, scored), calibration)[0]


def confidence(task: Task, scored: Scored, calibration: Calibration) -> float:
    """Of the standing label, calibrated; 0 where there is none."""
    if scored.label is None or task.kind not in LABELLED:
        return scored.confidence
    return believed(task, scored, calibration).get(scored.label, scored.confidence)


def answers_wanted(
    standing: Standing,
    *,
    skills: Skills,
    calibration: Calibration,
    error_cost_answers: float = ERROR_COST_ANSWERS,
) -> int:
    """How many answers an adaptive task shall have in all, now that it has those that it wanted.

    At least as many as it has, at most its overlap_max.
    """
    task, scored = standing.task, standing.scored
    if task.gold is not None:
        return standing.given
    labelled = task.kind in LABELLED
    posterior: Mapping[str, float] = scored.posterior
    unsaid = scored.unsaid
    if not labelled and scored.label is not None:
        # Right or not: all that closeness can say.
        posterior, unsaid = {scored.label: scored.confidence}, 1.0 - scored.confidence
    return wanted_overlap(
        posterior=posterior,
        unsaid=unsaid,
        labels_count=labels_count(task, scored) if labelled else 2,
        answers=standing.given,
        overlap=min(task.overlap, standing.given),
        overlap_max=task.overlap_max,
        pool_accuracy=CHOICE.pool_accuracy_of(skills.pool),
        error_cost_answers=error_cost_answers,
        calibration=calibration if labelled else UNCALIBRATED,
    )


def settling(*, skills: Skills, calibration: Calibration, error_cost_answers: float) -> Settle:
    """Tasks of fixed overlap are resolved by count, adaptive ones when asking on would not pay."""

    def settle(standing: Standing) -> Standing:
        task = standing.task
        if task.adaptive:
            wanted = answers_wanted(
                standing,
                skills=skills,
                calibration=calibration,
                error_cost_answers=error_cost_answers,
            )
            if wanted > standing.given:
                return replace(standing, task=replace(task, overlap=wanted))
        return replace(standing, resolved=True)

    return settle


def sample_of(standing: Standing, *, skills: Skills) -> Sample | None:
    """What calibration learns from a task whose truth is known; None where it learns nothing."""
    task = standing.task
    if task.gold is None or task.kind not in LABELLED or not standing.answers:
        return None
    unknown = blind(standing, skills=skills)
    return Sample(
        task_id=task.task_id,
        gold=task.gold,
        posterior=unknown.posterior,
        unsaid=unknown.unsaid,
        labels_count=labels_count(task, unknown),
    )


def due(*, samples: int, fitted: int) -> bool:
    """Whether so many known tasks are enough more than those of the last fit."""
    return samples - fitted >= max(SAMPLES_STEP, fitted // 10)
