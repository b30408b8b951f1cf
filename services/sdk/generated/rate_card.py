"""Operations on `rate_card`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Rate, RateCard
from ..routes import Route

_SET_RATE_CARD = Route[RateCard](method="PUT", path="/v1/rate-card", body="*", unwrap="rate_card")

_GET_RATE_CARD = Route[RateCard](
    method="GET", path="/v1/vendors/{vendor_id}/rate-card", unwrap="rate_card"
)


class RateCardApi:
    """Operations on `rate_card`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def set(self, rates: Sequence[Rate], *, idempotency_key: str | None = None) -> RateCard:
        """Replaces the caller's rate card; applies to answers accepted from now on. Errors:
        VENDOR_NOT_FOUND.

        Args:
            rates: At most one rate a kind of work.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_SET_RATE_CARD, {"rates": rates}, idempotency_key)

    def get(self, vendor_id: str) -> RateCard:
        """Errors: VENDOR_NOT_FOUND, RATE_CARD_NOT_FOUND."""
        return self._http.send(_GET_RATE_CARD, {"vendor_id": vendor_id})


class AsyncRateCardApi:
    """Operations on `rate_card`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def set(self, rates: Sequence[Rate], *, idempotency_key: str | None = None) -> RateCard:
        """Replaces the caller's rate card; applies to answers accepted from now on. Errors:
        VENDOR_NOT_FOUND.

        Args:
            rates: At most one rate a kind of work.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_SET_RATE_CARD, {"rates": rates}, idempotency_key)

    async def get(self, vendor_id: str) -> RateCard:
        """Errors: VENDOR_NOT_FOUND, RATE_CARD_NOT_FOUND."""
        return await self._http.send(_GET_RATE_CARD, {"vendor_id": vendor_id})
