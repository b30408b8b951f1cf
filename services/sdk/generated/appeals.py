"""Operations on `appeals`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Appeal, AppealDecision, AppealResult, AppealState
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_FILE_APPEAL = Route[Appeal](method="POST", path="/v1/appeals", body="*", unwrap="appeal")

_GET_APPEAL = Route[Appeal](method="GET", path="/v1/appeals/{appeal_id}", unwrap="appeal")

_LIST_APPEALS = PageRoute[Appeal](method="GET", path="/v1/appeals", unwrap="appeals")

_DECIDE_APPEALS = Route[Sequence[AppealResult]](
    method="POST", path="/v1/appeals:decide", body="*", unwrap="results"
)

_WITHDRAW_APPEAL = Route[Appeal](
    method="POST", path="/v1/appeals/{appeal_id}:withdraw", body="*", unwrap="appeal"
)


class AppealsApi:
    """Operations on `appeals`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(self, *, assignment_id: str, statement: str) -> Appeal:
        """A contractor, or their vendor for them, holds a rejection for wrong: within 7 days of
        it. A repeat, also in other words, returns the first appeal about the answer. Errors:
        ANSWER_NOT_FOUND, NOT_REJECTED, APPEAL_TOO_LATE.

        Args:
            statement: Why the rejection is wrong.
        """
        return self._http.send(
            _FILE_APPEAL, {"assignment_id": assignment_id, "statement": statement}
        )

    def get(self, appeal_id: str) -> Appeal:
        """Errors: APPEAL_NOT_FOUND."""
        return self._http.send(_GET_APPEAL, {"appeal_id": appeal_id})

    def list(
        self,
        *,
        state: AppealState | None = None,
        project_id: str | None = None,
        page_size: int | None = None,
    ) -> Pages[Appeal]:
        """One's own, one's pool's, one's projects' or all, newest first. Errors:
        PAGE_TOKEN_INVALID.

        Args:
            project_id: Empty for all that the caller may see.
        """
        return Pages(
            self._http,
            _LIST_APPEALS,
            {"state": state, "project_id": project_id, "page_size": page_size},
        )

    def decide(self, decisions: Sequence[AppealDecision]) -> Sequence[AppealResult]:
        """An operator decides what no second opinion has. A repeat of the same decision is
        answered as the first time. Errors for an item: APPEAL_NOT_FOUND, APPEAL_DECIDED,
        REASON_MISSING.
        """
        return self._http.send(_DECIDE_APPEALS, {"decisions": decisions})

    def withdraw(self, appeal_id: str) -> Appeal:
        """The contractor, or their vendor for them, lets the rejection stand after all. A repeat
        changes nothing. Errors: APPEAL_NOT_FOUND, APPEAL_DECIDED.
        """
        return self._http.send(_WITHDRAW_APPEAL, {"appeal_id": appeal_id})


class AsyncAppealsApi:
    """Operations on `appeals`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(self, *, assignment_id: str, statement: str) -> Appeal:
        """A contractor, or their vendor for them, holds a rejection for wrong: within 7 days of
        it. A repeat, also in other words, returns the first appeal about the answer. Errors:
        ANSWER_NOT_FOUND, NOT_REJECTED, APPEAL_TOO_LATE.

        Args:
            statement: Why the rejection is wrong.
        """
        return await self._http.send(
            _FILE_APPEAL, {"assignment_id": assignment_id, "statement": statement}
        )

    async def get(self, appeal_id: str) -> Appeal:
        """Errors: APPEAL_NOT_FOUND."""
        return await self._http.send(_GET_APPEAL, {"appeal_id": appeal_id})

    def list(
        self,
        *,
        state: AppealState | None = None,
        project_id: str | None = None,
        page_size: int | None = None,
    ) -> AsyncPages[Appeal]:
        """One's own, one's pool's, one's projects' or all, newest first. Errors:
        PAGE_TOKEN_INVALID.

        Args:
            project_id: Empty for all that the caller may see.
        """
        return AsyncPages(
            self._http,
            _LIST_APPEALS,
            {"state": state, "project_id": project_id, "page_size": page_size},
        )

    async def decide(self, decisions: Sequence[AppealDecision]) -> Sequence[AppealResult]:
        """An operator decides what no second opinion has. A repeat of the same decision is
        answered as the first time. Errors for an item: APPEAL_NOT_FOUND, APPEAL_DECIDED,
        REASON_MISSING.
        """
        return await self._http.send(_DECIDE_APPEALS, {"decisions": decisions})

    async def withdraw(self, appeal_id: str) -> Appeal:
        """The contractor, or their vendor for them, lets the rejection stand after all. A repeat
        changes nothing. Errors: APPEAL_NOT_FOUND, APPEAL_DECIDED.
        """
        return await self._http.send(_WITHDRAW_APPEAL, {"appeal_id": appeal_id})
