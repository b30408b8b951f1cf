"""Operations on `pass_throughs`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Money, PassThrough, PassThroughBalance
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_RECORD_PASS_THROUGH = Route[PassThrough](
    method="POST", path="/v1/pass-throughs", body="*", unwrap="pass_through"
)

_ANSWER_PASS_THROUGH = Route[PassThrough](
    method="POST",
    path="/v1/pass-throughs/{pass_through_id}:answer",
    body="*",
    unwrap="pass_through",
)

_WITHDRAW_PASS_THROUGH = Route[PassThrough](
    method="POST",
    path="/v1/pass-throughs/{pass_through_id}:withdraw",
    body="*",
    unwrap="pass_through",
)

_LIST_PASS_THROUGHS = PageRoute[PassThrough](
    method="GET", path="/v1/pass-throughs", unwrap="pass_throughs"
)

_LIST_PASS_THROUGH_BALANCES = PageRoute[PassThroughBalance](
    method="GET", path="/v1/pass-through-balances", unwrap="balances"
)


class PassThroughsApi:
    """Operations on `pass_throughs`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self,
        *,
        contractor_id: str,
        amount: Money,
        pay_date: str,
        reference: str,
        idempotency_key: str | None = None,
    ) -> PassThrough:
        """The calling vendor says that it has passed pay on to a contractor. Errors:
        CONTRACTOR_NOT_FOUND, AMOUNT_INVALID, CURRENCY_UNSUPPORTED, PAY_DATE_INVALID,
        REFERENCE_TAKEN.

        Args:
            reference: Of one vendor each is there once.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RECORD_PASS_THROUGH,
            {
                "contractor_id": contractor_id,
                "amount": amount,
                "pay_date": pay_date,
                "reference": reference,
            },
            idempotency_key,
        )

    def answer(
        self,
        pass_through_id: str,
        *,
        received: bool | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> PassThrough:
        """The calling contractor confirms that the money has come, or disputes it; either may be
        changed later. Errors: PASS_THROUGH_NOT_FOUND, REASON_MISSING.

        Args:
            received: False: it is disputed, and reason says what is wrong.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ANSWER_PASS_THROUGH,
            {"pass_through_id": pass_through_id, "received": received, "reason": reason},
            idempotency_key,
        )

    def withdraw(
        self, pass_through_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> PassThrough:
        """A record that was wrong is taken back, until the contractor has confirmed it; its
        reference is free again. Errors: PASS_THROUGH_NOT_FOUND, PASS_THROUGH_STATE_INVALID.

        Args:
            reason: What was wrong with it.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _WITHDRAW_PASS_THROUGH,
            {"pass_through_id": pass_through_id, "reason": reason},
            idempotency_key,
        )

    def list(
        self, *, page_size: int | None = None, contractor_id: str | None = None
    ) -> Pages[PassThrough]:
        """What vendors have recorded, in the order of recording; all parties see their own.

        Args:
            contractor_id: For operators and vendors.
        """
        return Pages(
            self._http,
            _LIST_PASS_THROUGHS,
            {"page_size": page_size, "contractor_id": contractor_id},
        )

    def balances(
        self, *, page_size: int | None = None, vendor_id: str | None = None
    ) -> Pages[PassThroughBalance]:
        """What vendors were paid for their contractors' work, and what of it has reached them.
        Errors: VENDOR_MISSING (operators name one).

        Args:
            vendor_id: For operators; a vendor sees the own ones.
        """
        return Pages(
            self._http,
            _LIST_PASS_THROUGH_BALANCES,
            {"page_size": page_size, "vendor_id": vendor_id},
        )


class AsyncPassThroughsApi:
    """Operations on `pass_throughs`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self,
        *,
        contractor_id: str,
        amount: Money,
        pay_date: str,
        reference: str,
        idempotency_key: str | None = None,
    ) -> PassThrough:
        """The calling vendor says that it has passed pay on to a contractor. Errors:
        CONTRACTOR_NOT_FOUND, AMOUNT_INVALID, CURRENCY_UNSUPPORTED, PAY_DATE_INVALID,
        REFERENCE_TAKEN.

        Args:
            reference: Of one vendor each is there once.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RECORD_PASS_THROUGH,
            {
                "contractor_id": contractor_id,
                "amount": amount,
                "pay_date": pay_date,
                "reference": reference,
            },
            idempotency_key,
        )

    async def answer(
        self,
        pass_through_id: str,
        *,
        received: bool | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> PassThrough:
        """The calling contractor confirms that the money has come, or disputes it; either may be
        changed later. Errors: PASS_THROUGH_NOT_FOUND, REASON_MISSING.

        Args:
            received: False: it is disputed, and reason says what is wrong.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ANSWER_PASS_THROUGH,
            {"pass_through_id": pass_through_id, "received": received, "reason": reason},
            idempotency_key,
        )

    async def withdraw(
        self, pass_through_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> PassThrough:
        """A record that was wrong is taken back, until the contractor has confirmed it; its
        reference is free again. Errors: PASS_THROUGH_NOT_FOUND, PASS_THROUGH_STATE_INVALID.

        Args:
            reason: What was wrong with it.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _WITHDRAW_PASS_THROUGH,
            {"pass_through_id": pass_through_id, "reason": reason},
            idempotency_key,
        )

    def list(
        self, *, page_size: int | None = None, contractor_id: str | None = None
    ) -> AsyncPages[PassThrough]:
        """What vendors have recorded, in the order of recording; all parties see their own.

        Args:
            contractor_id: For operators and vendors.
        """
        return AsyncPages(
            self._http,
            _LIST_PASS_THROUGHS,
            {"page_size": page_size, "contractor_id": contractor_id},
        )

    def balances(
        self, *, page_size: int | None = None, vendor_id: str | None = None
    ) -> AsyncPages[PassThroughBalance]:
        """What vendors were paid for their contractors' work, and what of it has reached them.
        Errors: VENDOR_MISSING (operators name one).

        Args:
            vendor_id: For operators; a vendor sees the own ones.
        """
        return AsyncPages(
            self._http,
            _LIST_PASS_THROUGH_BALANCES,
            {"page_size": page_size, "vendor_id": vendor_id},
        )
