"""Tasks into projects, from rows or files."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable

from ..generated.tasks import AsyncTasksApi as GeneratedAsync
from ..generated.tasks import TasksApi as Generated
from ..operations import TaskPosting
from ..progress import OnProgress, ignore
from ..types import NewTask, PostTasksResponse


class TasksApi(Generated):
    """Operations on `tasks`."""

    def post(
        self, project_id: str, tasks: Iterable[NewTask], *, on_progress: OnProgress = ignore
    ) -> PostTasksResponse:
        """Posts any number of tasks, a thousand in a request.

        A task whose external_id is there already is counted as a duplicate, so what broke off is
        resumed by posting the same again. A bad row costs the others nothing: it is in `errors`
        (the first thousand), with its place in `tasks` counted from 0.
        Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.
        """
        posting = TaskPosting(self._http.planner, project_id, on_progress=on_progress)
        for task in tasks:
            if posting.add(task):
                self._http.run(posting.send())
        if posting.is_due:
            self._http.run(posting.send())
        return posting.summary


class AsyncTasksApi(GeneratedAsync):
    """Operations on `tasks`."""

    async def post(
        self,
        project_id: str,
        tasks: Iterable[NewTask] | AsyncIterable[NewTask],
        *,
        on_progress: OnProgress = ignore,
    ) -> PostTasksResponse:
        """Posts any number of tasks, a thousand in a request.

        A task whose external_id is there already is counted as a duplicate, so what broke off is
        resumed by posting the same again. A bad row costs the others nothing: it is in `errors`
        (the first thousand), with its place in `tasks` counted from 0.
        Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG.
        """
        posting = TaskPosting(self._http.planner, project_id, on_progress=on_progress)
        if isinstance(tasks, AsyncIterable):
            async for task in tasks:
                if posting.add(task):
                    await self._http.run(posting.send())
        else:
            for task in tasks:
                if posting.add(task):
                    await self._http.run(posting.send())
        if posting.is_due:
            await self._http.run(posting.send())
        return posting.summary
