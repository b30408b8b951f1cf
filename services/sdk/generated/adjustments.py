"""Operations on `adjustments`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Adjustment, AdjustmentState, ProposedPosting
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_PROPOSE_ADJUSTMENT = Route[Adjustment](
    method="POST", path="/v1/adjustments", body="*", unwrap="adjustment"
)

_CONFIRM_ADJUSTMENT = Route[Adjustment](
    method="POST", path="/v1/adjustments/{adjustment_id}:confirm", body="*", unwrap="adjustment"
)

_DECLINE_ADJUSTMENT = Route[Adjustment](
    method="POST", path="/v1/adjustments/{adjustment_id}:decline", body="*", unwrap="adjustment"
)

_GET_ADJUSTMENT = Route[Adjustment](
    method="GET", path="/v1/adjustments/{adjustment_id}", unwrap="adjustment"
)

_LIST_ADJUSTMENTS = PageRoute[Adjustment](
    method="GET", path="/v1/adjustments", unwrap="adjustments"
)


class AdjustmentsApi:
    """Operations on `adjustments`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def propose(
        self,
        reason: str,
        *,
        postings: Sequence[ProposedPosting] | None = None,
        reverses_entry_id: str | None = None,
        document: str | None = None,
        effective_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> Adjustment:
        """A correction of the books: balanced postings, or the reversal of an entry. Books nothing
        until another operator confirms it. Errors: ADJUSTMENT_INVALID, ACCOUNT_NOT_ADJUSTABLE,
        ACCOUNT_NOT_FOUND, ENTRY_UNBALANCED, ENTRY_NOT_FOUND, ENTRY_NOT_REVERSIBLE,
        ENTRY_REVERSED, PERIOD_SEALED (effective_time is in a closed pay period).

        Args:
            postings: Balanced, in one currency. Empty where an entry is reversed.
            reason: In words; whose money it touches reads it.
            effective_time: From when it counts; not in a closed pay period. Not set: from when
                it is confirmed.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _PROPOSE_ADJUSTMENT,
            {
                "postings": postings,
                "reverses_entry_id": reverses_entry_id,
                "reason": reason,
                "document": document,
                "effective_time": effective_time,
            },
            idempotency_key,
        )

    def confirm(self, adjustment_id: str, *, idempotency_key: str | None = None) -> Adjustment:
        """Books a proposal, once. Errors: ADJUSTMENT_NOT_FOUND, ADJUSTMENT_RESOLVED,
        SECOND_PERSON_NEEDED (whoever proposed it may not confirm it), INSUFFICIENT_FUNDS,
        ENTRY_REVERSED, PERIOD_SEALED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CONFIRM_ADJUSTMENT, {"adjustment_id": adjustment_id}, idempotency_key
        )

    def decline(
        self, adjustment_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Adjustment:
        """A proposal is not booked. Whoever made it may decline it, too. Errors:
        ADJUSTMENT_NOT_FOUND, ADJUSTMENT_RESOLVED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _DECLINE_ADJUSTMENT, {"adjustment_id": adjustment_id, "reason": reason}, idempotency_key
        )

    def get(self, adjustment_id: str) -> Adjustment:
        """Errors: ADJUSTMENT_NOT_FOUND."""
        return self._http.send(_GET_ADJUSTMENT, {"adjustment_id": adjustment_id})

    def list(
        self, *, state: AdjustmentState | None = None, page_size: int | None = None
    ) -> Pages[Adjustment]:
        """Open proposals and what became of others, the newest first.

        Args:
            state: Left out, all states.
        """
        return Pages(self._http, _LIST_ADJUSTMENTS, {"state": state, "page_size": page_size})


class AsyncAdjustmentsApi:
    """Operations on `adjustments`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def propose(
        self,
        reason: str,
        *,
        postings: Sequence[ProposedPosting] | None = None,
        reverses_entry_id: str | None = None,
        document: str | None = None,
        effective_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> Adjustment:
        """A correction of the books: balanced postings, or the reversal of an entry. Books nothing
        until another operator confirms it. Errors: ADJUSTMENT_INVALID, ACCOUNT_NOT_ADJUSTABLE,
        ACCOUNT_NOT_FOUND, ENTRY_UNBALANCED, ENTRY_NOT_FOUND, ENTRY_NOT_REVERSIBLE,
        ENTRY_REVERSED, PERIOD_SEALED (effective_time is in a closed pay period).

        Args:
            postings: Balanced, in one currency. Empty where an entry is reversed.
            reason: In words; whose money it touches reads it.
            effective_time: From when it counts; not in a closed pay period. Not set: from when
                it is confirmed.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PROPOSE_ADJUSTMENT,
            {
                "postings": postings,
                "reverses_entry_id": reverses_entry_id,
                "reason": reason,
                "document": document,
                "effective_time": effective_time,
            },
            idempotency_key,
        )

    async def confirm(
        self, adjustment_id: str, *, idempotency_key: str | None = None
    ) -> Adjustment:
        """Books a proposal, once. Errors: ADJUSTMENT_NOT_FOUND, ADJUSTMENT_RESOLVED,
        SECOND_PERSON_NEEDED (whoever proposed it may not confirm it), INSUFFICIENT_FUNDS,
        ENTRY_REVERSED, PERIOD_SEALED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CONFIRM_ADJUSTMENT, {"adjustment_id": adjustment_id}, idempotency_key
        )

    async def decline(
        self, adjustment_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Adjustment:
        """A proposal is not booked. Whoever made it may decline it, too. Errors:
        ADJUSTMENT_NOT_FOUND, ADJUSTMENT_RESOLVED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _DECLINE_ADJUSTMENT, {"adjustment_id": adjustment_id, "reason": reason}, idempotency_key
        )

    async def get(self, adjustment_id: str) -> Adjustment:
        """Errors: ADJUSTMENT_NOT_FOUND."""
        return await self._http.send(_GET_ADJUSTMENT, {"adjustment_id": adjustment_id})

    def list(
        self, *, state: AdjustmentState | None = None, page_size: int | None = None
    ) -> AsyncPages[Adjustment]:
        """Open proposals and what became of others, the newest first.

        Args:
            state: Left out, all states.
        """
        return AsyncPages(self._http, _LIST_ADJUSTMENTS, {"state": state, "page_size": page_size})
