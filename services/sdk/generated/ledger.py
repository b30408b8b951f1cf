"""Operations on `ledger`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    Block,
    BookFinding,
    ClearingAge,
    ClearingItem,
    GetChainResponse,
    GetReconciliationResponse,
    GetTrialBalanceResponse,
    ListReconciliationDaysResponse,
    UnmatchedMovement,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_TRIAL_BALANCE = Route[GetTrialBalanceResponse](method="GET", path="/v1/trial-balance")

_GET_RECONCILIATION = Route[GetReconciliationResponse](method="GET", path="/v1/reconciliation")

_LIST_RECONCILIATION_DAYS = Route[ListReconciliationDaysResponse](
    method="GET", path="/v1/reconciliation/days"
)

_LIST_UNMATCHED_MOVEMENTS = PageRoute[UnmatchedMovement](
    method="GET", path="/v1/reconciliation/unmatched", unwrap="movements"
)

_GET_CLEARING_AGES = Route[Sequence[ClearingAge]](
    method="GET", path="/v1/clearing-ages", unwrap="ages"
)

_LIST_CLEARING_ITEMS = PageRoute[ClearingItem](
    method="GET", path="/v1/clearing-items", unwrap="items"
)

_ACKNOWLEDGE_CLEARING_ITEM = Route[ClearingItem](
    method="POST", path="/v1/clearing-items:acknowledge", body="*", unwrap="item"
)

_GET_BOOKS_CHECK = Route[Sequence[BookFinding]](
    method="GET", path="/v1/books-check", unwrap="findings"
)

_GET_CHAIN = Route[GetChainResponse](method="GET", path="/v1/chain")

_LIST_BLOCKS = PageRoute[Block](method="GET", path="/v1/chain/blocks", unwrap="blocks")


class LedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def trial_balance(self, *, as_of_time: datetime | str | None = None) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose, now or at a past moment; the totals are zero,
        or something is wrong.

        Args:
            as_of_time: As the books stood when everything up to this moment was recorded; not
                set: now.
        """
        return self._http.send(_GET_TRIAL_BALANCE, {"as_of_time": as_of_time})

    def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return self._http.send(_GET_RECONCILIATION, {})

    def reconciliation_days(
        self,
        *,
        first_day: str | None = None,
        last_day: str | None = None,
        currency: str | None = None,
    ) -> ListReconciliationDaysResponse:
        """What moved at the payment provider beside what the ledger booked of it, by currency and
        day, with what neither explains. Errors: DAYS_INVALID.

        Args:
            first_day: UTC, as in 2026-11-28. Left out: the other one, or today.
            last_day: The last one that is meant, at most a year later.
            currency: Left out, all of them.
        """
        return self._http.send(
            _LIST_RECONCILIATION_DAYS,
            {"first_day": first_day, "last_day": last_day, "currency": currency},
        )

    def unmatched(
        self, *, currency: str | None = None, page_size: int | None = None
    ) -> Pages[UnmatchedMovement]:
        """Movements that one side has and the other has not, in the order of their ids."""
        return Pages(
            self._http, _LIST_UNMATCHED_MOVEMENTS, {"currency": currency, "page_size": page_size}
        )

    def clearing_ages(self) -> Sequence[ClearingAge]:
        """Money on its way, by account and by how long it has been."""
        return self._http.send(_GET_CLEARING_AGES, {})

    def clearing_items(self, *, page_size: int | None = None) -> Pages[ClearingItem]:
        """What that money is of, the oldest first."""
        return Pages(self._http, _LIST_CLEARING_ITEMS, {"page_size": page_size})

    def acknowledge_clearing(
        self,
        *,
        account: str,
        group: str,
        reason: str,
        days: int,
        idempotency_key: str | None = None,
    ) -> ClearingItem:
        """Money that has been on its way for too long lets no pay period close, until an operator
        who knows why says so: for some days, and as long as the item stays what it is. Each is
        kept for good, and periods closed meanwhile name what was set aside. Errors:
        CLEARING_ITEM_NOT_FOUND.

        Args:
            account: As ListClearingItems names them.
            reason: Why it is still on its way, and who looks after it.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ACKNOWLEDGE_CLEARING_ITEM,
            {"account": account, "group": group, "reason": reason, "days": days},
            idempotency_key,
        )

    def check(self) -> Sequence[BookFinding]:
        """What is known to be wrong with the books: nothing, or no pay period is closed. Every
        account is added up again from its entries, round after round.
        """
        return self._http.send(_GET_BOOKS_CHECK, {})

    def chain(self) -> GetChainResponse:
        """The newest block of the journal's hash chain, and how far the chain has been looked
        through. Whoever keeps a block's hash can be shown later that nothing before it was
        changed.
        """
        return self._http.send(_GET_CHAIN, {})

    def blocks(self, *, page_size: int | None = None) -> Pages[Block]:
        """The blocks of the journal's hash chain in their order: the first covers the first
        entries of the journal, the next those after them. Together with all entries they can be
        computed again.
        """
        return Pages(self._http, _LIST_BLOCKS, {"page_size": page_size})


class AsyncLedgerApi:
    """Operations on `ledger`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def trial_balance(
        self, *, as_of_time: datetime | str | None = None
    ) -> GetTrialBalanceResponse:
        """Every account's balance summed by purpose, now or at a past moment; the totals are zero,
        or something is wrong.

        Args:
            as_of_time: As the books stood when everything up to this moment was recorded; not
                set: now.
        """
        return await self._http.send(_GET_TRIAL_BALANCE, {"as_of_time": as_of_time})

    async def reconciliation(self) -> GetReconciliationResponse:
        """The ledger's money at the payment provider beside what the provider says there is."""
        return await self._http.send(_GET_RECONCILIATION, {})

    async def reconciliation_days(
        self,
        *,
        first_day: str | None = None,
        last_day: str | None = None,
        currency: str | None = None,
    ) -> ListReconciliationDaysResponse:
        """What moved at the payment provider beside what the ledger booked of it, by currency and
        day, with what neither explains. Errors: DAYS_INVALID.

        Args:
            first_day: UTC, as in 2026-11-28. Left out: the other one, or today.
            last_day: The last one that is meant, at most a year later.
            currency: Left out, all of them.
        """
        return await self._http.send(
            _LIST_RECONCILIATION_DAYS,
            {"first_day": first_day, "last_day": last_day, "currency": currency},
        )

    def unmatched(
        self, *, currency: str | None = None, page_size: int | None = None
    ) -> AsyncPages[UnmatchedMovement]:
        """Movements that one side has and the other has not, in the order of their ids."""
        return AsyncPages(
            self._http, _LIST_UNMATCHED_MOVEMENTS, {"currency": currency, "page_size": page_size}
        )

    async def clearing_ages(self) -> Sequence[ClearingAge]:
        """Money on its way, by account and by how long it has been."""
        return await self._http.send(_GET_CLEARING_AGES, {})

    def clearing_items(self, *, page_size: int | None = None) -> AsyncPages[ClearingItem]:
        """What that money is of, the oldest first."""
        return AsyncPages(self._http, _LIST_CLEARING_ITEMS, {"page_size": page_size})

    async def acknowledge_clearing(
        self,
        *,
        account: str,
        group: str,
        reason: str,
        days: int,
        idempotency_key: str | None = None,
    ) -> ClearingItem:
        """Money that has been on its way for too long lets no pay period close, until an operator
        who knows why says so: for some days, and as long as the item stays what it is. Each is
        kept for good, and periods closed meanwhile name what was set aside. Errors:
        CLEARING_ITEM_NOT_FOUND.

        Args:
            account: As ListClearingItems names them.
            reason: Why it is still on its way, and who looks after it.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ACKNOWLEDGE_CLEARING_ITEM,
            {"account": account, "group": group, "reason": reason, "days": days},
            idempotency_key,
        )

    async def check(self) -> Sequence[BookFinding]:
        """What is known to be wrong with the books: nothing, or no pay period is closed. Every
        account is added up again from its entries, round after round.
        """
        return await self._http.send(_GET_BOOKS_CHECK, {})

    async def chain(self) -> GetChainResponse:
        """The newest block of the journal's hash chain, and how far the chain has been looked
        through. Whoever keeps a block's hash can be shown later that nothing before it was
        changed.
        """
        return await self._http.send(_GET_CHAIN, {})

    def blocks(self, *, page_size: int | None = None) -> AsyncPages[Block]:
        """The blocks of the journal's hash chain in their order: the first covers the first
        entries of the journal, the next those after them. Together with all entries they can be
        computed again.
        """
        return AsyncPages(self._http, _LIST_BLOCKS, {"page_size": page_size})
