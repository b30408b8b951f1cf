"""Operations on `offers`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Offer
from ..paging import AsyncPages, Pages
from ..routes import PageRoute

_LIST_OFFERS = PageRoute[Offer](method="GET", path="/v1/offers", unwrap="offers")


class OffersApi:
    """Operations on `offers`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(self, *, page_size: int | None = None) -> Pages[Offer]:
        """Live projects with work that the calling contractor may do now. Errors:
        CONTRACTOR_NOT_FOUND, CONTRACTOR_NOT_ACTIVE.
        """
        return Pages(self._http, _LIST_OFFERS, {"page_size": page_size})


class AsyncOffersApi:
    """Operations on `offers`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(self, *, page_size: int | None = None) -> AsyncPages[Offer]:
        """Live projects with work that the calling contractor may do now. Errors:
        CONTRACTOR_NOT_FOUND, CONTRACTOR_NOT_ACTIVE.
        """
        return AsyncPages(self._http, _LIST_OFFERS, {"page_size": page_size})
