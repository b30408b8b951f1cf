"""Operations on `gold`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Gold, GoldLabel, SetGoldResult
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_SET_GOLD = Route[Sequence[SetGoldResult]](
    method="POST", path="/v1/projects/{project_id}/gold:set", body="*", unwrap="results"
)

_LIST_GOLD = PageRoute[Gold](method="GET", path="/v1/projects/{project_id}/gold", unwrap="gold")


class GoldApi:
    """Operations on `gold`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def set(self, project_id: str, *, labels: Sequence[GoldLabel]) -> Sequence[SetGoldResult]:
        """Makes known what is true of tasks, after they were posted; an empty label takes it back.
        Their answers are scored anew, and what was rejected and turns out right is accepted. A
        repeat changes nothing. Errors for an item: TASK_NOT_FOUND (also where nobody has
        answered it yet), UNKNOWN_LABEL, MALFORMED_VALUE.
        """
        return self._http.send(_SET_GOLD, {"project_id": project_id, "labels": labels})

    def list(self, project_id: str, *, page_size: int | None = None) -> Pages[Gold]:
        """Known answers, in the order of task_id. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return Pages(self._http, _LIST_GOLD, {"project_id": project_id, "page_size": page_size})


class AsyncGoldApi:
    """Operations on `gold`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def set(self, project_id: str, *, labels: Sequence[GoldLabel]) -> Sequence[SetGoldResult]:
        """Makes known what is true of tasks, after they were posted; an empty label takes it back.
        Their answers are scored anew, and what was rejected and turns out right is accepted. A
        repeat changes nothing. Errors for an item: TASK_NOT_FOUND (also where nobody has
        answered it yet), UNKNOWN_LABEL, MALFORMED_VALUE.
        """
        return await self._http.send(_SET_GOLD, {"project_id": project_id, "labels": labels})

    def list(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[Gold]:
        """Known answers, in the order of task_id. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return AsyncPages(
            self._http, _LIST_GOLD, {"project_id": project_id, "page_size": page_size}
        )
