"""Results out: consensus and answers, with pseudonyms for the people behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.broker.domain.assignments import Assignment, AssignmentState
from services.broker.domain.projects import Project
from services.broker.domain.tasks import Task
from services.broker.store.assignments import AssignmentStore
from services.broker.store.projects import ProjectStore
from services.broker.store.tasks import TaskStore
from services.chassis.mongo import Document, store_errors
from services.chassis.natural_keys import derived_id
from services.chassis.paging import PAGE_BYTES_MAX

_STREAM_PAGE = 200
_ANSWERS_PER_READ = 300
_REASONS_TOLD_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAnswer:
    """One answer as the client sees it."""

    assignment: Assignment
    pseudonym: str
    value: str
    active_seconds: float
    result_json: str
    """As the editor makes it: as it came, or made from the value; "" if none can be."""
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A resolved task."""

    task_id: str
    external_id: str
    is_gold: bool
    document: Document
    """label, confidence, resolved_at."""
    answers: list[ResultAnswer]
    data_json: str
    """What the task showed."""

    @property
    def characters(self) -> int:
        """Of its answers: no more than its message has bytes."""
        return sum(len(answer.value) + len(answer.result_json) for answer in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One assignment as its contractor sees it."""

    assignment: Assignment
    project: Project
    value: str
    """What was answered, once it was."""
    data_json: str
    """What the task shows, while it is claimed."""
    result_json: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a project is."""

    tasks_posted: int
    tallies: dict[str, int]
    running: int
    release_reasons: list[tuple[str, int]]
    """The most frequent ones, with how often."""


class Results:
    """Reads what has been found out."""

    def __init__(
        self, *, projects: ProjectStore, tasks: TaskStore, assignments: AssignmentStore
    ) -> None:
        self._projects = projects
        self._tasks = tasks
        self._assignments = assignments

    async def page(
        self, project: Project, *, after: str, limit: int, disputed_only: bool = False
    ) -> list[Result]:
        """Results by task_id: so many, or fewer that are more than one page has room for."""
        found: list[Result] = []
        characters = 0
        with store_errors():
            documents = await self._tasks.result_page(
                project.project_id, after=after, limit=limit, disputed_only=disputed_only
            )
            async for part in self._in_parts(project, documents):
                found += part
                characters += sum(result.characters for result in part)
                if characters > 2 * PAGE_BYTES_MAX and len(found) > 1:
                    break
        return found

    async def stream(self, project: Project) -> AsyncIterator[list[Result]]:
        """All of them, in bounded parts."""
        with store_errors():
            async for documents in self._tasks.result_pages(project.project_id, page=_STREAM_PAGE):
                async for part in self._in_parts(project, documents):
                    yield part

    async def progress(self, project: Project) -> Progress:
        """Counts."""
        with store_errors():
            return Progress(
                tasks_posted=(await self._projects.counters(project.project_id))["seq"],
                tallies=await self._projects.tallies(project.project_id),
                running=await self._assignments.count_running(project.project_id),
                release_reasons=await self._projects.release_reasons(
                    project.project_id, limit=_REASONS_TOLD_MAX
                ),
            )

    async def history(
        self, contractor_id: str, *, state: str, skip: int, limit: int
    ) -> list[HistoryLine]:
        """A contractor's assignments, the newest first."""
        with store_errors():
            found = await self._assignments.history(
                contractor_id, state=state, before=None, skip=skip, limit=limit
            )
            answers = await self._answers([a.assignment_id for a in found])
            found = [a for a in found if a.assignment_id in answers]
            projects = await self._projects.get_many({a.project_id for a in found})
            tasks = await self._tasks.get_many(
                a.task_id for a in found if a.state is AssignmentState.CLAIMED
            )
        return [
            HistoryLine(
                assignment=a,
                project=projects[a.project_id],
                data_json=tasks[a.task_id].data_json if a.task_id in tasks else "",
                **_answered(answers[a.assignment_id]),
            )
            for a in found
        ]

    async def _answers(self, assignment_ids: Sequence[str]) -> dict[str, Document | None]:
        """The answer of each, as far as there is one, until they are more than a page has room for.

        An answer may be long: they are read a few at a time.
        """
        found: dict[str, Document | None] = {}
        characters = 0
        for start in range(0, len(assignment_ids), _ANSWERS_PER_READ):
            part = assignment_ids[start : start + _ANSWERS_PER_READ]
            answers = await self._assignments.answers(part)
            found |= {key: answers.get(key) for key in part}
            characters += sum(
                len(a["value"]) + len(a.get("result_json", "")) for a in answers.values()
            )
            if characters > 2 * PAGE_BYTES_MAX:
                break
        return found

    async def _in_parts(
        self, project: Project, documents: Sequence[Document]
    ) -> AsyncIterator[list[Result]]:
        """The results, a few at a time: an answer may be long, and a task may have many."""
        tasks = await self._tasks.get_many([document["_id"] for document in documents])
        part: list[Document] = []
        expected = 0
        for document in documents:
            overlap = tasks[document["_id"]].answers_held_for
            if part and expected + overlap > _ANSWERS_PER_READ:
                yield await self._complete(project, part, tasks)
                part, expected = [], 0
            part.append(document)
            expected += overlap
        if part:
            yield await self._complete(project, part, tasks)

    async def _complete(
        self, project: Project, documents: Sequence[Document], tasks: Mapping[str, Task]
    ) -> list[Result]:
        ids = [document["_id"] for document in documents]
        answers: dict[str, list[ResultAnswer]] = defaultdict(list)
        for assignment, answer in await self._assignments.answered(ids):
            answers[assignment.task_id].append(
                ResultAnswer(
                    assignment=assignment,
                    pseudonym=pseudonym(project, assignment.contractor_id),
                    value=answer["value"],
                    active_seconds=answer["active_seconds"],
                    result_json=answer.get("result_json", ""),
                    submitted_at=answer["submitted_at"],
                )
            )
        return [
            Result(
                task_id=document["_id"],
                external_id=tasks[document["_id"]].external_id,
                is_gold=bool(tasks[document["_id"]].gold_label),
                document=document,
                answers=answers[document["_id"]],
                data_json=tasks[document["_id"]].data_json,
            )
            for document in documents
        ]


def _answered(answer: Document | None) -> dict[str, Any]:
    if answer is None:
        return {"value": ""}
    return {
        "value": answer["value"],
        "result_json": answer.get("result_json", ""),
        "submitted_at": answer["submitted_at"],
    }


def pseudonym(project: Project, contractor_id: str) -> str:
    """The same person in the same project is the same name, and in no other."""
    return derived_id("anon", project.pseudonym_salt, contractor_id)
