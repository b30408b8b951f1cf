"""Tasks taken from the store to be moved again: by a truth, by a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.confidence import settling
from services.quality.domain.keeping import standing_of
from services.quality.domain.records import ProjectRecord, StoredAnswer, StoredStanding
from services.quality.domain.stream import Stream
from services.quality.domain.types import Task
from services.quality.store.answers import AnswerStore
from services.quality.store.skills import SkillStore
from services.quality.usecases.rulings import Moved


class WorkingSets:
    """Loads tasks with all that a step with them reads or changes."""

    def __init__(self, *, answers: AnswerStore, skills: SkillStore) -> None:
        self._answers = answers
        self._skills = skills

    async def load(
        self, work: UnitOfWork, project: ProjectRecord, task_ids: Sequence[str]
    ) -> Moved:
        """A stream of those of the tasks that are the project's and have answers.

        Feed it, then have it concluded in the same transaction.
        """
        wanted = list(set(task_ids))
        stored = await self._answers.standings(wanted, session=work.session)
        by_task = {
            task_id: answers
            for task_id, answers in (
                await self._answers.of_tasks(wanted, session=work.session)
            ).items()
            if _is_of(project, stored.get(task_id), answers)
        }
        standings = {
            task_id: standing_of(
                task_of(project, answers, stored.get(task_id)), answers, stored.get(task_id)
            )
            for task_id, answers in by_task.items()
        }
        state = await self._skills.take_numbers(project.project_id, 0, session=work.session)
        people = await self._skills.load_people(
            project.project_id,
            {kept.answer.contractor_id for answers in by_task.values() for kept in answers},
            pool=state.pool,
            session=work.session,
        )
        return Moved(
            project_id=project.project_id,
            policy=project.policy,
            stream=Stream(
                skills=people.skills,
                standings=standings,
                settle=settling(
                    skills=people.skills,
                    calibration=state.calibration,
                    error_cost_answers=project.policy.error_cost_answers,
                ),
            ),
            by_task=by_task,
            known=set(stored) & set(by_task),
            state=state,
            limits=people.limits,
            colluders=people.colluders,
        )


def task_of(
    project: ProjectRecord, answers: Sequence[StoredAnswer], stored: StoredStanding | None
) -> Task:
    """The task as it was posted, as far as the project and its last scoring tell."""
    task = project.task(answers[0].answer.task_id)
    items = answers[0].answer.items
    if stored is None:
        return replace(task, items=items)
    posted = stored.gold if stored.truth is None else ""
    return replace(
        task,
        items=items,
        overlap=stored.overlap,
        overlap_max=stored.overlap_max,
        gold=posted or None,
    )


def _is_of(
    project: ProjectRecord, stored: StoredStanding | None, answers: Sequence[StoredAnswer]
) -> bool:
    """Answers that were recorded before they knew their project are known by their standing."""
    if stored is not None:
        return stored.project_id == project.project_id
    return all(kept.project_id == project.project_id for kept in answers)
