"""Adaptive overlap: tasks whose label is in doubt get more answers, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.broker import metrics
from services.broker.domain.errors import ProjectNotFound
from services.broker.domain.projects import ENDED
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.requeueing import requeue
from services.chassis.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The answers that a task shall have in all."""

    project_id: str
    task_id: str
    overlap: int


class Overlaps:
    """Asks contractors for what quality needs; each need may come late, twice and out of order."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        projects: ProjectStore,
        tasks: TaskStore,
        candidates: Candidates,
    ) -> None:
        self._transactions = transactions
        self._projects = projects
        self._tasks = tasks
        self._candidates = candidates

    async def needed(self, needs: Sequence[Need]) -> None:
        """What a task was asked for only ever grows, up to what money is held for.

        A task that has its result, or an ended project, is asked for nothing more.

        Errors:
            ProjectNotFound, TaskNotFound.
        """
        by_project: dict[str, dict[str, int]] = defaultdict(dict)
        for need in needs:
            tasks = by_project[need.project_id]
            tasks[need.task_id] = max(need.overlap, tasks.get(need.task_id, 0))
        tails: dict[str, int] = {}

        async def body(work: UnitOfWork) -> int:
            tails.clear()
            raised = 0
            for project_id, wanted in sorted(by_project.items()):
                project = await self._projects.get(project_id, session=work.session)
                if project is None:
                    raise ProjectNotFound("no such project", project_id=project_id)
                if project.state in ENDED:
                    continue
                task_ids = await self._tasks.ask_for(wanted, session=work.session)
                if task_ids:
                    tails[project_id] = await requeue(
                        project_id,
                        task_ids,
                        projects=self._projects,
                        tasks=self._tasks,
                        work=work,
                    )
                raised += len(task_ids)
            return raised

        metrics.ANSWERS_ASKED_TOTAL.inc(await self._transactions.run(body))
        for project_id, tail in tails.items():
            self._candidates.posted(project_id, tail=tail)
