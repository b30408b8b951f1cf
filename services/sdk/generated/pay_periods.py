"""Operations on `pay_periods`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import PayPeriod, PayStatementsResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CLOSE_PAY_PERIOD = Route[PayPeriod](
    method="POST", path="/v1/pay-periods", body="*", unwrap="pay_period"
)

_PAY_STATEMENTS = Route[PayStatementsResponse](
    method="POST", path="/v1/pay-periods/{pay_period_id}:pay", body="*"
)

_GET_PAY_PERIOD = Route[PayPeriod](
    method="GET", path="/v1/pay-periods/{pay_period_id}", unwrap="pay_period"
)

_LIST_PAY_PERIODS = PageRoute[PayPeriod](method="GET", path="/v1/pay-periods", unwrap="pay_periods")


class PayPeriodsApi:
    """Operations on `pay_periods`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def close(
        self,
        *,
        end_time: datetime | str | None = None,
        minimum_minor: int | None = None,
        idempotency_key: str | None = None,
    ) -> PayPeriod:
        """Seals all that was accrued before end_time and makes the statements. Errors:
        PERIOD_END_INVALID, BOOKS_WRONG.

        Args:
            end_time: Entries recorded before it are in; left out, all up to now.
            minimum_minor: Payees who earned less carry it over to the next period.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CLOSE_PAY_PERIOD,
            {"end_time": end_time, "minimum_minor": minimum_minor},
            idempotency_key,
        )

    def pay(
        self,
        pay_period_id: str,
        *,
        resume_after: str | None = None,
        idempotency_key: str | None = None,
    ) -> PayStatementsResponse:
        """Issues the payments of a closed period, and again those that were refused and whose
        cause is gone. Each statement is paid once. Errors: PAY_PERIOD_NOT_FOUND,
        PERIOD_STATE_WRONG.

        Args:
            resume_after: Where to go on, as the answer before said; empty to begin.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _PAY_STATEMENTS,
            {"pay_period_id": pay_period_id, "resume_after": resume_after},
            idempotency_key,
        )

    def get(self, pay_period_id: str) -> PayPeriod:
        """Errors: PAY_PERIOD_NOT_FOUND."""
        return self._http.send(_GET_PAY_PERIOD, {"pay_period_id": pay_period_id})

    def list(self, *, page_size: int | None = None) -> Pages[PayPeriod]:
        """Newest first."""
        return Pages(self._http, _LIST_PAY_PERIODS, {"page_size": page_size})


class AsyncPayPeriodsApi:
    """Operations on `pay_periods`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def close(
        self,
        *,
        end_time: datetime | str | None = None,
        minimum_minor: int | None = None,
        idempotency_key: str | None = None,
    ) -> PayPeriod:
        """Seals all that was accrued before end_time and makes the statements. Errors:
        PERIOD_END_INVALID, BOOKS_WRONG.

        Args:
            end_time: Entries recorded before it are in; left out, all up to now.
            minimum_minor: Payees who earned less carry it over to the next period.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CLOSE_PAY_PERIOD,
            {"end_time": end_time, "minimum_minor": minimum_minor},
            idempotency_key,
        )

    async def pay(
        self,
        pay_period_id: str,
        *,
        resume_after: str | None = None,
        idempotency_key: str | None = None,
    ) -> PayStatementsResponse:
        """Issues the payments of a closed period, and again those that were refused and whose
        cause is gone. Each statement is paid once. Errors: PAY_PERIOD_NOT_FOUND,
        PERIOD_STATE_WRONG.

        Args:
            resume_after: Where to go on, as the answer before said; empty to begin.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PAY_STATEMENTS,
            {"pay_period_id": pay_period_id, "resume_after": resume_after},
            idempotency_key,
        )

    async def get(self, pay_period_id: str) -> PayPeriod:
        """Errors: PAY_PERIOD_NOT_FOUND."""
        return await self._http.send(_GET_PAY_PERIOD, {"pay_period_id": pay_period_id})

    def list(self, *, page_size: int | None = None) -> AsyncPages[PayPeriod]:
        """Newest first."""
        return AsyncPages(self._http, _LIST_PAY_PERIODS, {"page_size": page_size})
