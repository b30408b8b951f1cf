"""Operations on `conversions`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import FundsConversion, Money, SettleConversionResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CONVERT_FUNDS = Route[FundsConversion](
    method="POST", path="/v1/conversions", body="*", unwrap="conversion"
)

_SETTLE_CONVERSION = Route[SettleConversionResponse](
    method="POST", path="/v1/conversions/{conversion_id}:settle", body="*"
)

_LIST_CONVERSIONS = PageRoute[FundsConversion](
    method="GET", path="/v1/conversions", unwrap="conversions"
)


class ConversionsApi:
    """Operations on `conversions`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self,
        *,
        client_id: str,
        amount: Money,
        currency: str,
        rate: str | None = None,
        rate_source: str | None = None,
        rate_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> FundsConversion:
        """A client's available money is turned into another currency, by way of the pair's
        clearing accounts: at a rate that is given with its source, or by the newest that was
        imported. Errors: INSUFFICIENT_FUNDS, FX_RATE_UNKNOWN, FX_RATE_STALE, FX_RATE_INVALID,
        CURRENCY_MISMATCH.

        Args:
            currency: Into which.
            rate: So much of it for one of the amount's, as decimal text; empty: the newest that
                was imported.
            rate_source: Where a given rate is from.
            rate_time: Of when a given rate is; not set: now.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CONVERT_FUNDS,
            {
                "client_id": client_id,
                "amount": amount,
                "currency": currency,
                "rate": rate,
                "rate_source": rate_source,
                "rate_time": rate_time,
            },
            idempotency_key,
        )

    def settle(
        self,
        conversion_id: str,
        *,
        paid: Money,
        received: Money,
        rate: str,
        rate_source: str,
        rate_time: datetime | str,
        idempotency_key: str | None = None,
    ) -> SettleConversionResponse:
        """The platform has changed that money at its bank: the open position is closed, and what
        it came to more or less is the platform's. The same again changes nothing. Errors:
        CONVERSION_NOT_FOUND, CURRENCY_MISMATCH, ENTRY_CONFLICT (it was settled otherwise).

        Args:
            paid: What left the platform's account in the one currency, and what came in the
                other.
            rate: The bank's rate, as it states it, and its reference.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SETTLE_CONVERSION,
            {
                "conversion_id": conversion_id,
                "paid": paid,
                "received": received,
                "rate": rate,
                "rate_source": rate_source,
                "rate_time": rate_time,
            },
            idempotency_key,
        )

    def list(self, *, page_size: int | None = None) -> Pages[FundsConversion]:
        """Conversions of clients' money, the newest first, each with what the bank has made of it."""
        return Pages(self._http, _LIST_CONVERSIONS, {"page_size": page_size})


class AsyncConversionsApi:
    """Operations on `conversions`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self,
        *,
        client_id: str,
        amount: Money,
        currency: str,
        rate: str | None = None,
        rate_source: str | None = None,
        rate_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> FundsConversion:
        """A client's available money is turned into another currency, by way of the pair's
        clearing accounts: at a rate that is given with its source, or by the newest that was
        imported. Errors: INSUFFICIENT_FUNDS, FX_RATE_UNKNOWN, FX_RATE_STALE, FX_RATE_INVALID,
        CURRENCY_MISMATCH.

        Args:
            currency: Into which.
            rate: So much of it for one of the amount's, as decimal text; empty: the newest that
                was imported.
            rate_source: Where a given rate is from.
            rate_time: Of when a given rate is; not set: now.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CONVERT_FUNDS,
            {
                "client_id": client_id,
                "amount": amount,
                "currency": currency,
                "rate": rate,
                "rate_source": rate_source,
                "rate_time": rate_time,
            },
            idempotency_key,
        )

    async def settle(
        self,
        conversion_id: str,
        *,
        paid: Money,
        received: Money,
        rate: str,
        rate_source: str,
        rate_time: datetime | str,
        idempotency_key: str | None = None,
    ) -> SettleConversionResponse:
        """The platform has changed that money at its bank: the open position is closed, and what
        it came to more or less is the platform's. The same again changes nothing. Errors:
        CONVERSION_NOT_FOUND, CURRENCY_MISMATCH, ENTRY_CONFLICT (it was settled otherwise).

        Args:
            paid: What left the platform's account in the one currency, and what came in the
                other.
            rate: The bank's rate, as it states it, and its reference.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SETTLE_CONVERSION,
            {
                "conversion_id": conversion_id,
                "paid": paid,
                "received": received,
                "rate": rate,
                "rate_source": rate_source,
                "rate_time": rate_time,
            },
            idempotency_key,
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[FundsConversion]:
        """Conversions of clients' money, the newest first, each with what the bank has made of it."""
        return AsyncPages(self._http, _LIST_CONVERSIONS, {"page_size": page_size})
