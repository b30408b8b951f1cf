"""Tasks in: each message of a client's stream is one transaction, each bad row alone refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.broker import metrics
from services.broker.domain.errors import (
    FundsShort,
    ProjectNotFound,
    ProjectStateWrong,
    TaskChanged,
    TaskNotFound,
)
from services.broker.domain.projects import Project
from services.broker.domain.tasks import Task, new_task
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskEntry, TaskStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.directory import Directory
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTaskRow:
    """One row of a client's stream, checked against the proto's rules."""

    external_id: str
    data_json: str
    gold_label: str
    assignee_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """The task is in the queue."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same task was there already."""


Outcome = Posted | Duplicate | DomainError


class Posting:
    """Takes tasks."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        candidates: Candidates,
        projects: ProjectStore,
        tasks: TaskStore,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._candidates = candidates
        self._projects = projects
        self._tasks = tasks

    async def open(self, principal: Principal, project_id: str) -> Project:
        """The project that tasks are posted to. Errors: ProjectNotFound, ProjectStateWrong."""
        with store_errors():
            project = await self._projects.get(project_id)
        if project is None or project.client_id != principal.organisation_id:
            raise ProjectNotFound("no such project", project_id=project_id)
        _check_takes_tasks(project)
        return project

    async def post(self, project: Project, rows: Sequence[NewTaskRow]) -> list[Outcome]:
        """One outcome a row."""
        outcomes: list[Outcome | None] = []
        tasks: dict[str, Task] = {}
        positions: dict[str, int] = {}
        for position, row in enumerate(rows):
            try:
                task = new_task(
                    project,
                    external_id=row.external_id,
                    data_json=row.data_json,
                    gold_label=row.gold_label,
                    assignee_ids=row.assignee_ids,
                )
            except DomainError as err:
                outcomes.append(err)
                continue
            earlier = tasks.get(task.task_id)
            if earlier is not None:
                outcomes.append(_repeated(task, earlier.digest))
                continue
            tasks[task.task_id] = task
            positions[task.task_id] = position
            outcomes.append(None)
        written = await self._write(project, tasks)
        for task_id, outcome in written.items():
            outcomes[positions[task_id]] = outcome
        result = [outcome for outcome in outcomes if outcome is not None]
        _count(result)
        return result

    async def get(self, principal: Principal, task_id: str) -> Task:
        """Errors: TaskNotFound."""
        with store_errors():
            task = await self._tasks.get(task_id)
        if task is not None:
            project = await self._directory.project(task.project_id)
            if "OPERATOR" in principal.roles or project.client_id == principal.organisation_id:
                return task
        raise TaskNotFound("no such task", task_id=task_id)

    async def page(self, project_id: str, *, after_seq: int, limit: int) -> list[TaskEntry]:
        """Tasks in the order of posting."""
        with store_errors():
            return await self._tasks.page(project_id, after_seq=after_seq, limit=limit)

    async def _write(self, project: Project, tasks: dict[str, Task]) -> dict[str, Outcome]:
        if not tasks:
            return {}
        tail = 0
        names = any(task.assignee_ids for task in tasks.values())

        async def body(work: UnitOfWork) -> dict[str, Outcome]:
            nonlocal tail
            outcomes, fresh, cost = await self._judge(project.project_id, tasks, work)
            if fresh:
                pool = sum(not task.assignee_ids for task in fresh)
                before = await self._projects.advance(
                    project.project_id,
                    seq=len(fresh),
                    place=pool,
                    reserved_units=cost,
                    session=work.session,
                )
                tail = before["place"] + pool
                await self._tasks.insert(
                    fresh,
                    # Numbers of posting begin at 1, so that 0 is before the first page.
                    first_seq=before["seq"] + 1,
                    first_place=before["place"],
                    session=work.session,
                )
                if pool < len(fresh):
                    await self._projects.mark(
                        project.project_id, "has_named_tasks", session=work.session
                    )
            return outcomes

        outcomes = await self._transactions.run(body)
        if tail:
            self._candidates.posted(project.project_id, tail=tail)
        if names and not project.has_named_tasks:
            self._directory.forget_project(project.project_id)
        return outcomes

    async def _judge(
        self, project_id: str, tasks: dict[str, Task], work: UnitOfWork
    ) -> tuple[dict[str, Outcome], list[Task], int]:
        """Which are new, were there, or are more than the held money covers."""
        # As it is now: it may have been paused, cancelled or funded since the stream began.
        project = await self._projects.get(project_id, session=work.session)
        if project is None:
            raise ProjectNotFound("no such project", project_id=project_id)
        _check_takes_tasks(project)
        known = await self._tasks.digests(list(tasks), session=work.session)
        counters = await self._projects.counters(project_id, session=work.session)
        room = project.held_units - counters["reserved_units"]
        outcomes: dict[str, Outcome] = {}
        fresh: list[Task] = []
        cost = 0
        for task_id, task in tasks.items():
            if task_id in known:
                outcomes[task_id] = _repeated(task, known[task_id])
                continue
            price = task.cost_units_max(project)
            if cost + price > room:
                outcomes[task_id] = FundsShort(
                    "the money held for the project does not cover this task",
                    external_id=task.external_id,
                    held_units=project.held_units,
                    reserved_units=counters["reserved_units"] + cost,
                    needed_units=price,
                )
                continue
            cost += price
            fresh.append(task)
            outcomes[task_id] = Posted()
        return outcomes, fresh, cost


def _check_takes_tasks(project: Project) -> None:
    if not project.takes_tasks:
        raise ProjectStateWrong(
            f"a project that is {project.state} takes no tasks",
            project_id=project.project_id,
            state=project.state,
        )


def _repeated(task: Task, digest: bytes) -> Outcome:
    if task.digest == digest:
        return Duplicate()
    return TaskChanged(
        "another task of that external_id is there",
        field="external_id",
        external_id=task.external_id,
    )


def _count(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, DomainError):
            metrics.TASKS_REFUSED_TOTAL.labels(outcome.reason).inc()
        elif isinstance(outcome, Posted):
            metrics.TASKS_POSTED_TOTAL.inc()
