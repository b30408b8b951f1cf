"""Operations on `pay_schedule`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import GetPayScheduleResponse
from ..routes import Route

_GET_PAY_SCHEDULE = Route[GetPayScheduleResponse](
    method="GET", path="/v1/pay-schedule", early=frozenset({"PAYEE_NOT_FOUND"})
)


class PayScheduleApi:
    """Operations on `pay_schedule`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def get(self) -> GetPayScheduleResponse:
        """When the caller's pay is stated and paid next, and what was carried over until then.
        Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR.
        """
        return self._http.send(_GET_PAY_SCHEDULE, {})


class AsyncPayScheduleApi:
    """Operations on `pay_schedule`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def get(self) -> GetPayScheduleResponse:
        """When the caller's pay is stated and paid next, and what was carried over until then.
        Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR.
        """
        return await self._http.send(_GET_PAY_SCHEDULE, {})
