"""Operations on `pay_calendars`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import PayCalendar, RetirePayCalendarResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_PUT_PAY_CALENDAR = Route[PayCalendar](
    method="POST", path="/v1/pay-calendars", body="*", unwrap="pay_calendar"
)

_RETIRE_PAY_CALENDAR = Route[RetirePayCalendarResponse](
    method="POST", path="/v1/pay-calendars/{pay_calendar_id}:retire", body="*"
)

_LIST_PAY_CALENDARS = PageRoute[PayCalendar](
    method="GET", path="/v1/pay-calendars", unwrap="pay_calendars"
)


class PayCalendarsApi:
    """Operations on `pay_calendars`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def put(self, pay_calendar: PayCalendar, *, idempotency_key: str | None = None) -> PayCalendar:
        """Makes a pay calendar, or puts it in its namesake's place. Periods then close by
        themselves when a span of any calendar ends. Errors: PAY_CALENDAR_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_PUT_PAY_CALENDAR, {"pay_calendar": pay_calendar}, idempotency_key)

    def retire(
        self, pay_calendar_id: str, *, idempotency_key: str | None = None
    ) -> RetirePayCalendarResponse:
        """Its payees fall under another calendar, or are stated when an operator closes a period.
        Errors: PAY_CALENDAR_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RETIRE_PAY_CALENDAR, {"pay_calendar_id": pay_calendar_id}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> Pages[PayCalendar]:
        """At most 50, in the order of their ids."""
        return Pages(self._http, _LIST_PAY_CALENDARS, {"page_size": page_size})


class AsyncPayCalendarsApi:
    """Operations on `pay_calendars`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def put(
        self, pay_calendar: PayCalendar, *, idempotency_key: str | None = None
    ) -> PayCalendar:
        """Makes a pay calendar, or puts it in its namesake's place. Periods then close by
        themselves when a span of any calendar ends. Errors: PAY_CALENDAR_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PUT_PAY_CALENDAR, {"pay_calendar": pay_calendar}, idempotency_key
        )

    async def retire(
        self, pay_calendar_id: str, *, idempotency_key: str | None = None
    ) -> RetirePayCalendarResponse:
        """Its payees fall under another calendar, or are stated when an operator closes a period.
        Errors: PAY_CALENDAR_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RETIRE_PAY_CALENDAR, {"pay_calendar_id": pay_calendar_id}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[PayCalendar]:
        """At most 50, in the order of their ids."""
        return AsyncPages(self._http, _LIST_PAY_CALENDARS, {"page_size": page_size})
