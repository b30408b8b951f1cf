"""Operations on `funds`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import GetFundsResponse
from ..routes import Route

_GET_FUNDS = Route[GetFundsResponse](method="GET", path="/v1/funds")


class FundsApi:
    """Operations on `funds`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self, *, client_id: str | None = None) -> GetFundsResponse:
        """What the calling client may spend, and what is held for its projects.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return self._http.send(_GET_FUNDS, {"client_id": client_id})


class AsyncFundsApi:
    """Operations on `funds`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self, *, client_id: str | None = None) -> GetFundsResponse:
        """What the calling client may spend, and what is held for its projects.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return await self._http.send(_GET_FUNDS, {"client_id": client_id})
