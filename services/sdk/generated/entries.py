"""Operations on `entries`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Entry
from ..paging import AsyncPages, Pages
from ..routes import PageRoute

_LIST_ENTRIES = PageRoute[Entry](method="GET", path="/v1/entries", unwrap="entries")


class EntriesApi:
    """Operations on `entries`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(self, *, account: str | None = None, page_size: int | None = None) -> Pages[Entry]:
        """Entries that touch one account, or for operators all entries, in the order they were
        recorded. Payees and clients see their own accounts. Errors: ACCOUNT_NOT_FOUND,
        PAGE_TOKEN_INVALID.

        Args:
            account: Empty for the whole journal: operators only.
        """
        return Pages(self._http, _LIST_ENTRIES, {"account": account, "page_size": page_size})


class AsyncEntriesApi:
    """Operations on `entries`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self, *, account: str | None = None, page_size: int | None = None
    ) -> AsyncPages[Entry]:
        """Entries that touch one account, or for operators all entries, in the order they were
        recorded. Payees and clients see their own accounts. Errors: ACCOUNT_NOT_FOUND,
        PAGE_TOKEN_INVALID.

        Args:
            account: Empty for the whole journal: operators only.
        """
        return AsyncPages(self._http, _LIST_ENTRIES, {"account": account, "page_size": page_size})
