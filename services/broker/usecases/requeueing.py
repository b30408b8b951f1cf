"""Tasks back in the queue: at its end, where every contractor still comes by."""

from __future__ import annotations

from collections.abc import Iterable

from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.chassis.unit_of_work import UnitOfWork


async def requeue(
    project_id: str,
    task_ids: Iterable[str],
    *,
    projects: ProjectStore,
    tasks: TaskStore,
    work: UnitOfWork,
) -> int:
    """New places for tasks of the pool that are still open; returns where the queue ends now."""
    ordered = sorted(set(task_ids))
    before = await projects.advance(
        project_id, seq=0, place=len(ordered), reserved_units=0, session=work.session
    )
    first: int = before["place"]
    places = {task_id: first + offset for offset, task_id in enumerate(ordered)}
    await tasks.requeue(places, session=work.session)
    return first + len(ordered)
