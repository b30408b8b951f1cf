"""Operations on `receipts`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Paper
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_RECEIPT = Route[Paper](method="GET", path="/v1/receipts/{paper_id}", unwrap="receipt")

_LIST_RECEIPTS = PageRoute[Paper](method="GET", path="/v1/receipts", unwrap="receipts")


class ReceiptsApi:
    """Operations on `receipts`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self, paper_id: str) -> Paper:
        """A receipt, with its frozen content. Errors: PAPER_NOT_FOUND, PAPER_ALTERED."""
        return self._http.send(_GET_RECEIPT, {"paper_id": paper_id})

    def list(self, *, client_id: str | None = None, page_size: int | None = None) -> Pages[Paper]:
        """A client's receipts, one for everything that came in; newest first, without their
        content.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return Pages(self._http, _LIST_RECEIPTS, {"client_id": client_id, "page_size": page_size})


class AsyncReceiptsApi:
    """Operations on `receipts`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self, paper_id: str) -> Paper:
        """A receipt, with its frozen content. Errors: PAPER_NOT_FOUND, PAPER_ALTERED."""
        return await self._http.send(_GET_RECEIPT, {"paper_id": paper_id})

    def list(
        self, *, client_id: str | None = None, page_size: int | None = None
    ) -> AsyncPages[Paper]:
        """A client's receipts, one for everything that came in; newest first, without their
        content.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return AsyncPages(
            self._http, _LIST_RECEIPTS, {"client_id": client_id, "page_size": page_size}
        )
