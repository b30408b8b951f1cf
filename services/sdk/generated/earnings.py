"""Operations on `earnings`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import AnswerEarning, Earnings
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_EARNINGS = Route[Sequence[Earnings]](method="GET", path="/v1/earnings", unwrap="earnings")

_LIST_EARNINGS = PageRoute[AnswerEarning](
    method="GET", path="/v1/earnings/answers", unwrap="answers"
)


class EarningsApi:
    """Operations on `earnings`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self) -> Sequence[Earnings]:
        """What the calling contractor has earned, whoever pays it out."""
        return self._http.send(_GET_EARNINGS, {})

    def list(self, *, page_size: int | None = None) -> Pages[AnswerEarning]:
        """What single answers earned the calling contractor, newest first."""
        return Pages(self._http, _LIST_EARNINGS, {"page_size": page_size})


class AsyncEarningsApi:
    """Operations on `earnings`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self) -> Sequence[Earnings]:
        """What the calling contractor has earned, whoever pays it out."""
        return await self._http.send(_GET_EARNINGS, {})

    def list(self, *, page_size: int | None = None) -> AsyncPages[AnswerEarning]:
        """What single answers earned the calling contractor, newest first."""
        return AsyncPages(self._http, _LIST_EARNINGS, {"page_size": page_size})
