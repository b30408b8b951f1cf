"""Operations on `payments`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import CreatePaymentResponse, GetPaymentResponse, Money, Payment
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CREATE_PAYMENT = Route[CreatePaymentResponse](method="POST", path="/v1/payments", body="*")

_CREATE_CHECKOUT = Route[Payment](method="POST", path="/v1/checkouts", body="*", unwrap="payment")

_GET_PAYMENT = Route[GetPaymentResponse](method="GET", path="/v1/payments/{payment_id}")

_LIST_PAYMENTS = PageRoute[Payment](method="GET", path="/v1/payments", unwrap="payments")


class PaymentsApi:
    """Operations on `payments`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, amount: Money, *, description: str | None = None, idempotency_key: str | None = None
    ) -> CreatePaymentResponse:
        """The calling client begins a payment by card or bank: it is asked for at the payment
        provider, and the client's own page confirms it there with the secret that comes back.
        The client's funds grow when the provider says that it has succeeded. Errors:
        CURRENCY_UNSUPPORTED, AMOUNT_INVALID, RAIL_UNITS_INVALID.

        Args:
            description: Shown where the payment is; may be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_PAYMENT, {"amount": amount, "description": description}, idempotency_key
        )

    def checkout(
        self,
        *,
        amount: Money,
        return_url: str,
        description: str | None = None,
        cancel_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Payment:
        """The calling client begins a payment by card that is made on the payment provider's own
        page, whose address comes back in the payment's checkout_url: no form and no script of
        the provider's is needed here. The page leads back to return_url, or to cancel_url where
        it was left unpaid; that it leads back proves nothing: the client's funds grow when the
        provider says that the payment has succeeded. Errors: CURRENCY_UNSUPPORTED,
        AMOUNT_INVALID, RAIL_UNITS_INVALID, RETURN_URL_INVALID.

        Args:
            description: What the payer reads beside the amount; may be empty.
            return_url: Where the provider's page leads when it is done; payment_id is added to
                its query.
            cancel_url: Where it leads who does not pay; payment_id is added to its query.
                Empty: to return_url.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_CHECKOUT,
            {
                "amount": amount,
                "description": description,
                "return_url": return_url,
                "cancel_url": cancel_url,
            },
            idempotency_key,
        )

    def get(self, payment_id: str) -> GetPaymentResponse:
        """A payment, or a deposit that an operator made, as it is now. Errors: PAYMENT_NOT_FOUND."""
        return self._http.send(_GET_PAYMENT, {"payment_id": payment_id})

    def list(self, *, client_id: str | None = None, page_size: int | None = None) -> Pages[Payment]:
        """A client's payments and deposits, newest first, without their secrets.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return Pages(self._http, _LIST_PAYMENTS, {"client_id": client_id, "page_size": page_size})


class AsyncPaymentsApi:
    """Operations on `payments`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, amount: Money, *, description: str | None = None, idempotency_key: str | None = None
    ) -> CreatePaymentResponse:
        """The calling client begins a payment by card or bank: it is asked for at the payment
        provider, and the client's own page confirms it there with the secret that comes back.
        The client's funds grow when the provider says that it has succeeded. Errors:
        CURRENCY_UNSUPPORTED, AMOUNT_INVALID, RAIL_UNITS_INVALID.

        Args:
            description: Shown where the payment is; may be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_PAYMENT, {"amount": amount, "description": description}, idempotency_key
        )

    async def checkout(
        self,
        *,
        amount: Money,
        return_url: str,
        description: str | None = None,
        cancel_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Payment:
        """The calling client begins a payment by card that is made on the payment provider's own
        page, whose address comes back in the payment's checkout_url: no form and no script of
        the provider's is needed here. The page leads back to return_url, or to cancel_url where
        it was left unpaid; that it leads back proves nothing: the client's funds grow when the
        provider says that the payment has succeeded. Errors: CURRENCY_UNSUPPORTED,
        AMOUNT_INVALID, RAIL_UNITS_INVALID, RETURN_URL_INVALID.

        Args:
            description: What the payer reads beside the amount; may be empty.
            return_url: Where the provider's page leads when it is done; payment_id is added to
                its query.
            cancel_url: Where it leads who does not pay; payment_id is added to its query.
                Empty: to return_url.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_CHECKOUT,
            {
                "amount": amount,
                "description": description,
                "return_url": return_url,
                "cancel_url": cancel_url,
            },
            idempotency_key,
        )

    async def get(self, payment_id: str) -> GetPaymentResponse:
        """A payment, or a deposit that an operator made, as it is now. Errors: PAYMENT_NOT_FOUND."""
        return await self._http.send(_GET_PAYMENT, {"payment_id": payment_id})

    def list(
        self, *, client_id: str | None = None, page_size: int | None = None
    ) -> AsyncPages[Payment]:
        """A client's payments and deposits, newest first, without their secrets.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return AsyncPages(
            self._http, _LIST_PAYMENTS, {"client_id": client_id, "page_size": page_size}
        )
