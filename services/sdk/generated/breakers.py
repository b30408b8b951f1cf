"""Operations on `breakers`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Breaker, BreakerState
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_LIST_BREAKERS = PageRoute[Breaker](method="GET", path="/v1/breakers", unwrap="breakers")

_CLOSE_BREAKER = Route[Breaker](
    method="POST", path="/v1/breakers/{breaker_id}:close", body="*", unwrap="breaker"
)


class BreakersApi:
    """Operations on `breakers`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(
        self, *, state: BreakerState | None = None, page_size: int | None = None
    ) -> Pages[Breaker]:
        """Projects whose rejections are held, newest first. Errors: PAGE_TOKEN_INVALID."""
        return Pages(self._http, _LIST_BREAKERS, {"state": state, "page_size": page_size})

    def close(self, breaker_id: str, *, state: BreakerState, note: str) -> Breaker:
        """Lets the held rejections through, or accepts the answers instead. A repeat is answered
        as the first time. Errors: BREAKER_NOT_FOUND, BREAKER_CLOSED, REASON_MISSING.

        Args:
            state: RELEASED or OVERRULED.
        """
        return self._http.send(
            _CLOSE_BREAKER, {"breaker_id": breaker_id, "state": state, "note": note}
        )


class AsyncBreakersApi:
    """Operations on `breakers`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self, *, state: BreakerState | None = None, page_size: int | None = None
    ) -> AsyncPages[Breaker]:
        """Projects whose rejections are held, newest first. Errors: PAGE_TOKEN_INVALID."""
        return AsyncPages(self._http, _LIST_BREAKERS, {"state": state, "page_size": page_size})

    async def close(self, breaker_id: str, *, state: BreakerState, note: str) -> Breaker:
        """Lets the held rejections through, or accepts the answers instead. A repeat is answered
        as the first time. Errors: BREAKER_NOT_FOUND, BREAKER_CLOSED, REASON_MISSING.

        Args:
            state: RELEASED or OVERRULED.
        """
        return await self._http.send(
            _CLOSE_BREAKER, {"breaker_id": breaker_id, "state": state, "note": note}
        )
