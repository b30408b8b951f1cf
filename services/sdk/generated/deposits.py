"""Operations on `deposits`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import CreateDepositResponse, Money
from ..routes import Route

_CREATE_DEPOSIT = Route[CreateDepositResponse](method="POST", path="/v1/deposits", body="*")


class DepositsApi:
    """Operations on `deposits`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, *, client_id: str, amount: Money, idempotency_key: str | None = None
    ) -> CreateDepositResponse:
        """Money of a client reaches the platform: a top-up at the payment provider is asked for,
        and the client's funds grow when the provider confirms it. Errors: CURRENCY_UNSUPPORTED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_DEPOSIT, {"client_id": client_id, "amount": amount}, idempotency_key
        )


class AsyncDepositsApi:
    """Operations on `deposits`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, *, client_id: str, amount: Money, idempotency_key: str | None = None
    ) -> CreateDepositResponse:
        """Money of a client reaches the platform: a top-up at the payment provider is asked for,
        and the client's funds grow when the provider confirms it. Errors: CURRENCY_UNSUPPORTED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_DEPOSIT, {"client_id": client_id, "amount": amount}, idempotency_key
        )
