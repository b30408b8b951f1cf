"""Answers in: a batch of submissions is one transaction of inserts, one update and the events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.broker import metrics
from services.broker.domain.answering import answer_value, same_result
from services.broker.domain.assignments import Answer, Assignment, AssignmentState
from services.broker.domain.errors import AlreadySubmitted, AssignmentNotFound
from services.broker.domain.projects import Project
from services.broker.domain.work import needs_data
from services.broker.store.assignments import AssignmentStore
from services.broker.store.opinions import OpinionStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.broker.usecases.directory import Directory
from services.chassis.errors import DomainError
from services.chassis.mongo import Document
from services.chassis.unit_of_work import Transactions, UnitOfWork

_LONG_RESULT = 16_384

Announce = Callable[[UnitOfWork, Project, list[tuple[Assignment, Answer]]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One answer on its way in."""

    assignment_id: str
    lease_token: str
    contractor_id: str
    value: str
    active_seconds: float
    result_json: str = ""

    @property
    def weight(self) -> int:
        """Of its batch: one for itself, and one for every so much that its result is long."""
        return 1 + len(self.result_json) // _LONG_RESULT


@dataclass(slots=True)
class _Batch:
    """What one run of the transaction's body knows and decides."""

    assignments: dict[str, Assignment]
    answers: dict[str, Document]
    """What was answered before: value and, where there was one, result_json."""
    now: datetime
    data_json: dict[str, str] = field(default_factory=dict)
    """What tasks showed, by task: of those whose answers are checked beside it."""
    taken: dict[str, tuple[Assignment, Answer]] = field(default_factory=dict)


class Delivering:
    """Takes answers."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        directory: Directory,
        assignments: AssignmentStore,
        projects: ProjectStore,
        tasks: TaskStore,
        opinions: OpinionStore,
        announce: Announce,
    ) -> None:
        self._transactions = transactions
        self._directory = directory
        self._assignments = assignments
        self._projects = projects
        self._tasks = tasks
        self._opinions = opinions
        self._announce = announce

    async def submit(
        self, requests: Sequence[Sequence[Delivery]]
    ) -> list[list[AssignmentState | DomainError]]:
        """For each request, one outcome an answer. Good ones are durable, whatever the others."""
        ids = [d.assignment_id for deliveries in requests for d in deliveries]

        async def body(work: UnitOfWork) -> list[list[AssignmentState | DomainError]]:
            batch = await self._read(ids, work)
            projects = await self._directory.projects(
                a.project_id for a in batch.assignments.values()
            )
            await self._read_shown(batch, projects)
            outcomes = [await self._judge_all(ds, batch, projects) for ds in requests]
            await self._write(batch, projects, work)
            return outcomes

        outcomes = await self._transactions.run(body)
        _count(outcome for request in outcomes for outcome in request)
        return outcomes

    async def _read(self, ids: list[str], work: UnitOfWork) -> _Batch:
        assignments = await self._assignments.get_many(ids, session=work.session)
        answered = [
            a.assignment_id for a in assignments.values() if a.state is not AssignmentState.CLAIMED
        ]
        answers: dict[str, Document] = {}
        if answered:
            answers = await self._assignments.answers(answered, session=work.session)
        return _Batch(assignments=assignments, answers=answers, now=work.now)

    async def _read_shown(self, batch: _Batch, projects: dict[str, Project]) -> None:
        needing = {key for key, project in projects.items() if needs_data(project)}
        task_ids = {a.task_id for a in batch.assignments.values() if a.project_id in needing}
        if task_ids:
            tasks = await self._tasks.get_many(task_ids)
            batch.data_json = {key: task.data_json for key, task in tasks.items()}

    async def _judge_all(
        self, deliveries: Sequence[Delivery], batch: _Batch, projects: dict[str, Project]
    ) -> list[AssignmentState | DomainError]:
        outcomes: list[AssignmentState | DomainError] = []
        for delivery in deliveries:
            outcomes.append(self._judge(delivery, batch, projects))
            if len(delivery.result_json) > _LONG_RESULT:
                # Judging it took a while: others get a turn.
                await asyncio.sleep(0)
        return outcomes

    def _judge(
        self, delivery: Delivery, batch: _Batch, projects: dict[str, Project]
    ) -> AssignmentState | DomainError:
        assignment = batch.assignments.get(delivery.assignment_id)
        try:
            if assignment is None:
                raise AssignmentNotFound("no such assignment", assignment_id=delivery.assignment_id)
            try:
                assignment.check_lease(
                    contractor_id=delivery.contractor_id,
                    lease_token=delivery.lease_token,
                    now=batch.now,
                )
            except AlreadySubmitted:
                # The same answer again is the first answer's repeat.
                project = projects[assignment.project_id]
                value = _value(project, delivery, assignment, batch)
                known = batch.answers.get(delivery.assignment_id)
                if known is None or not _repeats(project, delivery, value, known):
                    raise
                return assignment.state
            project = projects[assignment.project_id]
            value = _value(project, delivery, assignment, batch)
            earlier = batch.taken.get(delivery.assignment_id)
            if earlier is not None:
                answer = earlier[1]
                known = {"value": answer.value, "result_json": answer.result_json}
                if not _repeats(project, delivery, value, known):
                    raise AlreadySubmitted(
                        "the assignment has its answer", assignment_id=delivery.assignment_id
                    )
                return AssignmentState.SUBMITTED
        except DomainError as err:
            return err
        batch.taken[delivery.assignment_id] = (
            assignment,
            Answer(
                assignment_id=assignment.assignment_id,
                task_id=assignment.task_id,
                project_id=assignment.project_id,
                contractor_id=assignment.contractor_id,
                value=value,
                active_seconds=delivery.active_seconds,
                submitted_at=batch.now,
                result_json=delivery.result_json,
            ),
        )
        return AssignmentState.SUBMITTED

    async def _write(self, batch: _Batch, projects: dict[str, Project], work: UnitOfWork) -> None:
        if not batch.taken:
            return
        await self._assignments.move(
            list(batch.taken), AssignmentState.SUBMITTED, session=work.session
        )
        await self._assignments.insert_answers(
            [answer for _, answer in batch.taken.values()], session=work.session
        )
        given = [a.opinion_id for a, _ in batch.taken.values() if a.opinion_id]
        if given:
            await self._opinions.give(given, session=work.session)
        by_project: dict[str, list[tuple[Assignment, Answer]]] = defaultdict(list)
        for assignment, answer in batch.taken.values():
            by_project[assignment.project_id].append((assignment, answer))
        for project_id, taken in by_project.items():
            await self._projects.count(
                project_id, {"submitted": len(taken)}, writer="submit", session=work.session
            )
            self._announce(work, projects[project_id], taken)


def _value(project: Project, delivery: Delivery, assignment: Assignment, batch: _Batch) -> str:
    return answer_value(
        project,
        value=delivery.value,
        result_json=delivery.result_json,
        data_json=batch.data_json.get(assignment.task_id, ""),
        items=assignment.items,
    )


def _repeats(project: Project, delivery: Delivery, value: str, known: Document) -> bool:
    """The answer is the one that is known already."""
    return bool(
        known["value"] == value
        and same_result(project, delivery.result_json, known.get("result_json", ""))
    )


def _count(outcomes: Iterable[AssignmentState | DomainError]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, DomainError):
            metrics.ANSWERS_REFUSED_TOTAL.labels(outcome.reason).inc()
        else:
            metrics.ANSWERS_SUBMITTED_TOTAL.inc()
