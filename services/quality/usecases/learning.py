"""What appeals and second opinions need of whoever makes truths known and scores by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from services.chassis.logs import logger
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.truths import GoldSource
from services.quality.store.projects import ProjectStore
from services.quality.usecases.outcome import count
from services.quality.usecases.truths import FoundTruth, Truths

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a task; None: it is not known any more."""

    project_id: str
    task_id: str
    label: str | None
    source: GoldSource


LearnTruths = Callable[[UnitOfWork, Sequence[Truth]], Awaitable[None]]
"""Scores the tasks anew, in the same transaction. Each task at most once."""


def learning(truths: Truths, projects: ProjectStore) -> LearnTruths:
    """By the project's own record; what cannot be learned leaves the decision as it is."""

    async def learn(work: UnitOfWork, found: Sequence[Truth]) -> None:
        by_project: dict[str, list[Truth]] = defaultdict(list)
        for truth in found:
            by_project[truth.project_id].append(truth)
        for project_id, known in by_project.items():
            project = await projects.get(project_id)
            if project is None:
                continue
            errors, outcome = await truths.learn(
                work,
                project,
                [
                    FoundTruth(task_id=truth.task_id, label=truth.label, source=truth.source)
                    for truth in known
                ],
            )
            work.afterwards(partial(count, outcome))
            for truth, error in zip(known, errors, strict=True):
                if error is not None:
                    log.info("truths.not_learned", task_id=truth.task_id, reason=error.reason)

    return learn
