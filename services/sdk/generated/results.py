"""Operations on `results`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Consensus, Result
from ..paging import AsyncPages, Pages
from ..routes import PageRoute

_LIST_RESULTS = PageRoute[Result](
    method="GET", path="/v1/projects/{project_id}/results", unwrap="results"
)

_LIST_CONSENSUS = PageRoute[Consensus](
    method="GET", path="/v1/projects/{project_id}/consensus", unwrap="consensus"
)


class ResultsApi:
    """Operations on `results`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(
        self, project_id: str, *, page_size: int | None = None, disputed_only: bool | None = None
    ) -> Pages[Result]:
        """Resolved tasks with their answers, in the order of task_id. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.

        Args:
            disputed_only: Only tasks whose answers are not all the same.
        """
        return Pages(
            self._http,
            _LIST_RESULTS,
            {"project_id": project_id, "page_size": page_size, "disputed_only": disputed_only},
        )

    def consensus(self, project_id: str, *, page_size: int | None = None) -> Pages[Consensus]:
        """In the order of task_id. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return Pages(
            self._http, _LIST_CONSENSUS, {"project_id": project_id, "page_size": page_size}
        )


class AsyncResultsApi:
    """Operations on `results`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self, project_id: str, *, page_size: int | None = None, disputed_only: bool | None = None
    ) -> AsyncPages[Result]:
        """Resolved tasks with their answers, in the order of task_id. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.

        Args:
            disputed_only: Only tasks whose answers are not all the same.
        """
        return AsyncPages(
            self._http,
            _LIST_RESULTS,
            {"project_id": project_id, "page_size": page_size, "disputed_only": disputed_only},
        )

    def consensus(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[Consensus]:
        """In the order of task_id. Errors: PROJECT_NOT_FOUND, PAGE_TOKEN_INVALID."""
        return AsyncPages(
            self._http, _LIST_CONSENSUS, {"project_id": project_id, "page_size": page_size}
        )
