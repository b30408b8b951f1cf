"""Operations on `statements`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Statement
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_STATEMENT = Route[Statement](
    method="GET", path="/v1/statements/{statement_id}", unwrap="statement"
)

_LIST_STATEMENTS = PageRoute[Statement](method="GET", path="/v1/statements", unwrap="statements")


class StatementsApi:
    """Operations on `statements`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self, statement_id: str) -> Statement:
        """Errors: STATEMENT_NOT_FOUND, STATEMENT_ALTERED."""
        return self._http.send(_GET_STATEMENT, {"statement_id": statement_id})

    def list(
        self, *, page_size: int | None = None, pay_period_id: str | None = None
    ) -> Pages[Statement]:
        """Payees see their own; a vendor's contractors see their own part of their vendor's.

        Args:
            pay_period_id: Left empty, all periods.
        """
        return Pages(
            self._http, _LIST_STATEMENTS, {"page_size": page_size, "pay_period_id": pay_period_id}
        )


class AsyncStatementsApi:
    """Operations on `statements`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self, statement_id: str) -> Statement:
        """Errors: STATEMENT_NOT_FOUND, STATEMENT_ALTERED."""
        return await self._http.send(_GET_STATEMENT, {"statement_id": statement_id})

    def list(
        self, *, page_size: int | None = None, pay_period_id: str | None = None
    ) -> AsyncPages[Statement]:
        """Payees see their own; a vendor's contractors see their own part of their vendor's.

        Args:
            pay_period_id: Left empty, all periods.
        """
        return AsyncPages(
            self._http, _LIST_STATEMENTS, {"page_size": page_size, "pay_period_id": pay_period_id}
        )
