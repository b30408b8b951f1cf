"""Tasks into projects, from rows or files."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from pathlib import Path

from ..generated.tasks import AsyncTasksApi as GeneratedAsync
from ..generated.tasks import TasksApi as Generated
from ..messages import NewTask, PostTasksResponse
from ..operations import UPLOAD_TASKS, TaskPosting, TasksUploaded, upload_rows
from ..progress import OnProgress, ignore
from ..uploads import TableFormat, table_type


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

    def upload(
        self,
        project_id: str,
        file: Path | str,
        *,
        format: TableFormat | None = None,  # noqa: A002 (the name it has in REST)
        on_progress: OnProgress = ignore,
    ) -> TasksUploaded:
        """Posts the tasks of a file: .jsonl, .csv, .parquet or .json.

        A row has external_id, gold_label, assignee_ids, and its data in `data` or in all other
        columns. What broke off is resumed by uploading the same file again: what is in already is
        counted as duplicates. A bad row costs the others nothing.
        Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG; FileInvalid.
        """
        path = Path(file)
        plan = upload_rows(
            self._http.planner,
            UPLOAD_TASKS,
            {"project_id": project_id},
            path=path,
            content_type=table_type(path, format),
            on_progress=on_progress,
        )
        return self._http.run(plan)


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

    async def upload(
        self,
        project_id: str,
        file: Path | str,
        *,
        format: TableFormat | None = None,  # noqa: A002 (the name it has in REST)
        on_progress: OnProgress = ignore,
    ) -> TasksUploaded:
        """Posts the tasks of a file: .jsonl, .csv, .parquet or .json.

        A row has external_id, gold_label, assignee_ids, and its data in `data` or in all other
        columns. What broke off is resumed by uploading the same file again: what is in already is
        counted as duplicates. A bad row costs the others nothing.
        Errors: PROJECT_NOT_FOUND, PROJECT_STATE_WRONG; FileInvalid.
        """
        path = Path(file)
        plan = upload_rows(
            self._http.planner,
            UPLOAD_TASKS,
            {"project_id": project_id},
            path=path,
            content_type=table_type(path, format),
            on_progress=on_progress,
        )
        return await self._http.run(plan)
