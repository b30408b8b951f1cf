"""Operations on `tasks`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Consensus, Task
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_TASK = Route[Task](method="GET", path="/v1/tasks/{task_id}", unwrap="task")

_LIST_TASKS = PageRoute[Task](method="GET", path="/v1/projects/{project_id}/tasks", unwrap="tasks")

_GET_CONSENSUS = Route[Consensus](
    method="GET", path="/v1/tasks/{task_id}/consensus", unwrap="consensus"
)


class TasksApi:
    """Operations on `tasks`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self, task_id: str) -> Task:
        """Errors: TASK_NOT_FOUND."""
        return self._http.send(_GET_TASK, {"task_id": task_id})

    def list(self, project_id: str, *, page_size: int | None = None) -> Pages[Task]:
        """In the order in which they were posted. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return Pages(self._http, _LIST_TASKS, {"project_id": project_id, "page_size": page_size})

    def consensus(self, task_id: str) -> Consensus:
        """Errors: TASK_NOT_FOUND."""
        return self._http.send(_GET_CONSENSUS, {"task_id": task_id})


class AsyncTasksApi:
    """Operations on `tasks`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self, task_id: str) -> Task:
        """Errors: TASK_NOT_FOUND."""
        return await self._http.send(_GET_TASK, {"task_id": task_id})

    def list(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[Task]:
        """In the order in which they were posted. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return AsyncPages(
            self._http, _LIST_TASKS, {"project_id": project_id, "page_size": page_size}
        )

    async def consensus(self, task_id: str) -> Consensus:
        """Errors: TASK_NOT_FOUND."""
        return await self._http.send(_GET_CONSENSUS, {"task_id": task_id})
