"""Operations on `payout_account`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import CreateAccountLinkResponse, PayoutAccount
from ..routes import Route

_CREATE_PAYOUT_ACCOUNT = Route[PayoutAccount](
    method="POST",
    path="/v1/payout-account",
    body="*",
    unwrap="payout_account",
    early=frozenset({"PAYEE_NOT_FOUND"}),
)

_CREATE_ACCOUNT_LINK = Route[CreateAccountLinkResponse](
    method="POST", path="/v1/payout-account:link", body="*"
)

_GET_PAYOUT_ACCOUNT = Route[PayoutAccount](
    method="GET", path="/v1/payout-account", unwrap="payout_account"
)


class PayoutAccountApi:
    """Operations on `payout_account`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, *, email: str | None = None, idempotency_key: str | None = None
    ) -> PayoutAccount:
        """The calling vendor or direct contractor gets an account at the payment provider; a
        repeat returns the one that is there. Errors: PAYEE_NOT_FOUND (may be early: try again),
        PAID_BY_VENDOR, COUNTRY_UNSUPPORTED.

        Args:
            email: May be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_CREATE_PAYOUT_ACCOUNT, {"email": email}, idempotency_key)

    def link(self, *, refresh_url: str, return_url: str) -> CreateAccountLinkResponse:
        """A single-use address where the payee tells the provider who they are; a repeat makes
        another. Errors: PAYOUT_ACCOUNT_NOT_FOUND.
        """
        return self._http.send(
            _CREATE_ACCOUNT_LINK, {"refresh_url": refresh_url, "return_url": return_url}
        )

    def get(self, *, payee_id: str | None = None) -> PayoutAccount:
        """Errors: PAYOUT_ACCOUNT_NOT_FOUND.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return self._http.send(_GET_PAYOUT_ACCOUNT, {"payee_id": payee_id})


class AsyncPayoutAccountApi:
    """Operations on `payout_account`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, *, email: str | None = None, idempotency_key: str | None = None
    ) -> PayoutAccount:
        """The calling vendor or direct contractor gets an account at the payment provider; a
        repeat returns the one that is there. Errors: PAYEE_NOT_FOUND (may be early: try again),
        PAID_BY_VENDOR, COUNTRY_UNSUPPORTED.

        Args:
            email: May be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_CREATE_PAYOUT_ACCOUNT, {"email": email}, idempotency_key)

    async def link(self, *, refresh_url: str, return_url: str) -> CreateAccountLinkResponse:
        """A single-use address where the payee tells the provider who they are; a repeat makes
        another. Errors: PAYOUT_ACCOUNT_NOT_FOUND.
        """
        return await self._http.send(
            _CREATE_ACCOUNT_LINK, {"refresh_url": refresh_url, "return_url": return_url}
        )

    async def get(self, *, payee_id: str | None = None) -> PayoutAccount:
        """Errors: PAYOUT_ACCOUNT_NOT_FOUND.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return await self._http.send(_GET_PAYOUT_ACCOUNT, {"payee_id": payee_id})
