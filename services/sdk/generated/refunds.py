"""Operations on `refunds`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Money, Refund
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_REQUEST_REFUND = Route[Refund](method="POST", path="/v1/refunds", body="*", unwrap="refund")

_PAY_REFUND = Route[Refund](
    method="POST", path="/v1/refunds/{refund_id}:pay", body="*", unwrap="refund"
)

_DECLINE_REFUND = Route[Refund](
    method="POST", path="/v1/refunds/{refund_id}:decline", body="*", unwrap="refund"
)

_LIST_REFUNDS = PageRoute[Refund](method="GET", path="/v1/refunds", unwrap="refunds")


class RefundsApi:
    """Operations on `refunds`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def request(
        self, amount: Money, *, note: str | None = None, idempotency_key: str | None = None
    ) -> Refund:
        """The calling client wants unspent money back: it is held at once, until an operator has
        sent it, somebody declines it or its time is over, whichever is first. Errors:
        INSUFFICIENT_FUNDS.

        Args:
            note: What the operator should know, such as where to.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_REQUEST_REFUND, {"amount": amount, "note": note}, idempotency_key)

    def pay(
        self,
        refund_id: str,
        *,
        bank_reference: str,
        paid: Money | None = None,
        idempotency_key: str | None = None,
    ) -> Refund:
        """The money was sent from the platform's bank account, or a part of it: the rest is
        available again. What was refunded at the payment provider books itself: decline it
        here. The same again changes nothing. Errors: REFUND_NOT_FOUND, REFUND_RESOLVED,
        REFUND_FACTS_MISSING.

        Args:
            paid: Not set: all of it.
            bank_reference: The bank's.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _PAY_REFUND,
            {"refund_id": refund_id, "paid": paid, "bank_reference": bank_reference},
            idempotency_key,
        )

    def decline(self, refund_id: str, *, reason: str, idempotency_key: str | None = None) -> Refund:
        """The money is not sent and is available again; by an operator, or by the client who asked
        for it. Errors: REFUND_NOT_FOUND, REFUND_RESOLVED, REFUND_FACTS_MISSING.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _DECLINE_REFUND, {"refund_id": refund_id, "reason": reason}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> Pages[Refund]:
        """The calling client's refunds, or everybody's for operators; the newest first."""
        return Pages(self._http, _LIST_REFUNDS, {"page_size": page_size})


class AsyncRefundsApi:
    """Operations on `refunds`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def request(
        self, amount: Money, *, note: str | None = None, idempotency_key: str | None = None
    ) -> Refund:
        """The calling client wants unspent money back: it is held at once, until an operator has
        sent it, somebody declines it or its time is over, whichever is first. Errors:
        INSUFFICIENT_FUNDS.

        Args:
            note: What the operator should know, such as where to.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REQUEST_REFUND, {"amount": amount, "note": note}, idempotency_key
        )

    async def pay(
        self,
        refund_id: str,
        *,
        bank_reference: str,
        paid: Money | None = None,
        idempotency_key: str | None = None,
    ) -> Refund:
        """The money was sent from the platform's bank account, or a part of it: the rest is
        available again. What was refunded at the payment provider books itself: decline it
        here. The same again changes nothing. Errors: REFUND_NOT_FOUND, REFUND_RESOLVED,
        REFUND_FACTS_MISSING.

        Args:
            paid: Not set: all of it.
            bank_reference: The bank's.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PAY_REFUND,
            {"refund_id": refund_id, "paid": paid, "bank_reference": bank_reference},
            idempotency_key,
        )

    async def decline(
        self, refund_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> Refund:
        """The money is not sent and is available again; by an operator, or by the client who asked
        for it. Errors: REFUND_NOT_FOUND, REFUND_RESOLVED, REFUND_FACTS_MISSING.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _DECLINE_REFUND, {"refund_id": refund_id, "reason": reason}, idempotency_key
        )

    def list(self, *, page_size: int | None = None) -> AsyncPages[Refund]:
        """The calling client's refunds, or everybody's for operators; the newest first."""
        return AsyncPages(self._http, _LIST_REFUNDS, {"page_size": page_size})
