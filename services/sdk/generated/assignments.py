"""Operations on `assignments`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    Assignment,
    AssignmentState,
    ClaimAssignmentsResponse,
    Lease,
    NewAnswer,
    ReleaseResult,
    RenewResult,
    SubmitResult,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CLAIM_ASSIGNMENTS = Route[ClaimAssignmentsResponse](
    method="POST", path="/v1/assignments:claim", body="*"
)

_RENEW_ASSIGNMENTS = Route[Sequence[RenewResult]](
    method="POST", path="/v1/assignments:renew", body="*", unwrap="results"
)

_RELEASE_ASSIGNMENTS = Route[Sequence[ReleaseResult]](
    method="POST", path="/v1/assignments:release", body="*", unwrap="results"
)

_SUBMIT_ANSWERS = Route[Sequence[SubmitResult]](
    method="POST", path="/v1/assignments:submit", body="*", unwrap="results"
)

_LIST_ASSIGNMENTS = PageRoute[Assignment](
    method="GET", path="/v1/assignments", unwrap="assignments"
)


class AssignmentsApi:
    """Operations on `assignments`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def claim(
        self,
        max_assignments: int,
        *,
        project_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> ClaimAssignmentsResponse:
        """Leases on up to max_assignments tasks that the calling contractor may do: first those
        that name the contractor, then the open pool. An empty answer is no error: ask again
        after retry_delay. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_NOT_ACTIVE,
        CLAIMS_EXHAUSTED, PROJECT_NOT_FOUND.

        Args:
            project_id: Left empty, any live project that the contractor may work on.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CLAIM_ASSIGNMENTS,
            {"project_id": project_id, "max_assignments": max_assignments},
            idempotency_key,
        )

    def renew(self, leases: Sequence[Lease]) -> Sequence[RenewResult]:
        """A new end for leases that still run; a repeat only moves the end again. Errors for an
        item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED.
        """
        return self._http.send(_RENEW_ASSIGNMENTS, {"leases": leases})

    def release(
        self, *, leases: Sequence[Lease], reason: str, unseen: bool | None = None
    ) -> Sequence[ReleaseResult]:
        """Gives tasks back, with the reason; they are not offered to the same contractor again,
        unless nobody had looked at them. A repeat changes nothing: its leases are lost. Errors
        for an item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED.

        Args:
            unseen: They were claimed ahead and never shown: as if their leases had run out, at
                once.
        """
        return self._http.send(
            _RELEASE_ASSIGNMENTS, {"leases": leases, "reason": reason, "unseen": unseen}
        )

    def submit(self, answers: Sequence[NewAnswer]) -> Sequence[SubmitResult]:
        """Delivers answers; each is durable when its result says so. A repeat of the same answer
        is answered as the first time: the assignment is the key, so no request_id is carried.
        Errors for an item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED (with another
        value), VALUE_INVALID, RESULT_INVALID.
        """
        return self._http.send(_SUBMIT_ANSWERS, {"answers": answers})

    def list(
        self, *, page_size: int | None = None, state: AssignmentState | None = None
    ) -> Pages[Assignment]:
        """The calling contractor's assignments, newest first.

        Args:
            state: Only those in this state; unspecified means all.
        """
        return Pages(self._http, _LIST_ASSIGNMENTS, {"page_size": page_size, "state": state})


class AsyncAssignmentsApi:
    """Operations on `assignments`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def claim(
        self,
        max_assignments: int,
        *,
        project_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> ClaimAssignmentsResponse:
        """Leases on up to max_assignments tasks that the calling contractor may do: first those
        that name the contractor, then the open pool. An empty answer is no error: ask again
        after retry_delay. Errors: CONTRACTOR_NOT_FOUND, CONTRACTOR_NOT_ACTIVE,
        CLAIMS_EXHAUSTED, PROJECT_NOT_FOUND.

        Args:
            project_id: Left empty, any live project that the contractor may work on.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CLAIM_ASSIGNMENTS,
            {"project_id": project_id, "max_assignments": max_assignments},
            idempotency_key,
        )

    async def renew(self, leases: Sequence[Lease]) -> Sequence[RenewResult]:
        """A new end for leases that still run; a repeat only moves the end again. Errors for an
        item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED.
        """
        return await self._http.send(_RENEW_ASSIGNMENTS, {"leases": leases})

    async def release(
        self, *, leases: Sequence[Lease], reason: str, unseen: bool | None = None
    ) -> Sequence[ReleaseResult]:
        """Gives tasks back, with the reason; they are not offered to the same contractor again,
        unless nobody had looked at them. A repeat changes nothing: its leases are lost. Errors
        for an item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED.

        Args:
            unseen: They were claimed ahead and never shown: as if their leases had run out, at
                once.
        """
        return await self._http.send(
            _RELEASE_ASSIGNMENTS, {"leases": leases, "reason": reason, "unseen": unseen}
        )

    async def submit(self, answers: Sequence[NewAnswer]) -> Sequence[SubmitResult]:
        """Delivers answers; each is durable when its result says so. A repeat of the same answer
        is answered as the first time: the assignment is the key, so no request_id is carried.
        Errors for an item: ASSIGNMENT_NOT_FOUND, LEASE_LOST, ALREADY_SUBMITTED (with another
        value), VALUE_INVALID, RESULT_INVALID.
        """
        return await self._http.send(_SUBMIT_ANSWERS, {"answers": answers})

    def list(
        self, *, page_size: int | None = None, state: AssignmentState | None = None
    ) -> AsyncPages[Assignment]:
        """The calling contractor's assignments, newest first.

        Args:
            state: Only those in this state; unspecified means all.
        """
        return AsyncPages(self._http, _LIST_ASSIGNMENTS, {"page_size": page_size, "state": state})
