"""Operations on `invoices`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import BillingParticulars, ClientTax, Money, Paper
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CREATE_INVOICE = Route[Paper](method="POST", path="/v1/invoices", body="*", unwrap="invoice")

_GET_INVOICE = Route[Paper](method="GET", path="/v1/invoices/{paper_id}", unwrap="invoice")

_LIST_INVOICES = PageRoute[Paper](method="GET", path="/v1/invoices", unwrap="invoices")

_CREATE_CREDIT_NOTE = Route[Paper](
    method="POST", path="/v1/invoices/{paper_id}:credit", body="*", unwrap="credit_note"
)

_SET_BILLING_PARTICULARS = Route[BillingParticulars](
    method="POST", path="/v1/billing-particulars", body="*", unwrap="particulars"
)

_GET_BILLING_PARTICULARS = Route[BillingParticulars](
    method="GET", path="/v1/billing-particulars", unwrap="particulars"
)

_SET_CLIENT_TAX = Route[ClientTax](method="POST", path="/v1/client-taxes", body="*", unwrap="tax")


class InvoicesApi:
    """Operations on `invoices`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self,
        *,
        client_id: str,
        currency: str,
        end_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> Paper:
        """Invoices what a client's projects cost from where the last invoice ended until end_time,
        which lies some minutes back at least. Months that are over are invoiced without it.
        Errors: NOTHING_TO_INVOICE, INVOICE_SPAN_INVALID.

        Args:
            end_time: Left out, as late as may be.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_INVOICE,
            {"client_id": client_id, "currency": currency, "end_time": end_time},
            idempotency_key,
        )

    def get(self, paper_id: str) -> Paper:
        """An invoice or credit note, with its frozen content. Errors: PAPER_NOT_FOUND,
        PAPER_ALTERED.
        """
        return self._http.send(_GET_INVOICE, {"paper_id": paper_id})

    def list(self, *, client_id: str | None = None, page_size: int | None = None) -> Pages[Paper]:
        """A client's invoices and credit notes, newest first, without their content.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return Pages(self._http, _LIST_INVOICES, {"client_id": client_id, "page_size": page_size})

    def credit(
        self, paper_id: str, *, amount: Money, reason: str, idempotency_key: str | None = None
    ) -> Paper:
        """Takes an invoice back, or part of it, by a credit note; the invoice stays as it is.
        Errors: PAPER_NOT_FOUND, PAPER_ALTERED, CREDIT_TOO_LARGE, CURRENCY_MISMATCH.

        Args:
            paper_id: Of the invoice.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_CREDIT_NOTE,
            {"paper_id": paper_id, "amount": amount, "reason": reason},
            idempotency_key,
        )

    def set_particulars(
        self, particulars: BillingParticulars, *, idempotency_key: str | None = None
    ) -> BillingParticulars:
        """How receipts and invoices name the calling client from now on; those that are there stay
        as they are. Errors: BILLING_INVALID, BILLING_CHANGED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_BILLING_PARTICULARS, {"particulars": particulars}, idempotency_key
        )

    def particulars(self, *, client_id: str | None = None) -> BillingParticulars:
        """How they name a client now.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return self._http.send(_GET_BILLING_PARTICULARS, {"client_id": client_id})

    def set_tax(
        self,
        client_id: str,
        *,
        rate_bps: int | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> ClientTax:
        """Sets what tax is added to a client's invoices from now on, and what they say of it;
        those that are there stay as they are.

        Args:
            rate_bps: Left out, the platform's own rate holds.
            note: May be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_CLIENT_TAX,
            {"client_id": client_id, "rate_bps": rate_bps, "note": note},
            idempotency_key,
        )


class AsyncInvoicesApi:
    """Operations on `invoices`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self,
        *,
        client_id: str,
        currency: str,
        end_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> Paper:
        """Invoices what a client's projects cost from where the last invoice ended until end_time,
        which lies some minutes back at least. Months that are over are invoiced without it.
        Errors: NOTHING_TO_INVOICE, INVOICE_SPAN_INVALID.

        Args:
            end_time: Left out, as late as may be.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_INVOICE,
            {"client_id": client_id, "currency": currency, "end_time": end_time},
            idempotency_key,
        )

    async def get(self, paper_id: str) -> Paper:
        """An invoice or credit note, with its frozen content. Errors: PAPER_NOT_FOUND,
        PAPER_ALTERED.
        """
        return await self._http.send(_GET_INVOICE, {"paper_id": paper_id})

    def list(
        self, *, client_id: str | None = None, page_size: int | None = None
    ) -> AsyncPages[Paper]:
        """A client's invoices and credit notes, newest first, without their content.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return AsyncPages(
            self._http, _LIST_INVOICES, {"client_id": client_id, "page_size": page_size}
        )

    async def credit(
        self, paper_id: str, *, amount: Money, reason: str, idempotency_key: str | None = None
    ) -> Paper:
        """Takes an invoice back, or part of it, by a credit note; the invoice stays as it is.
        Errors: PAPER_NOT_FOUND, PAPER_ALTERED, CREDIT_TOO_LARGE, CURRENCY_MISMATCH.

        Args:
            paper_id: Of the invoice.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_CREDIT_NOTE,
            {"paper_id": paper_id, "amount": amount, "reason": reason},
            idempotency_key,
        )

    async def set_particulars(
        self, particulars: BillingParticulars, *, idempotency_key: str | None = None
    ) -> BillingParticulars:
        """How receipts and invoices name the calling client from now on; those that are there stay
        as they are. Errors: BILLING_INVALID, BILLING_CHANGED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_BILLING_PARTICULARS, {"particulars": particulars}, idempotency_key
        )

    async def particulars(self, *, client_id: str | None = None) -> BillingParticulars:
        """How they name a client now.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
        """
        return await self._http.send(_GET_BILLING_PARTICULARS, {"client_id": client_id})

    async def set_tax(
        self,
        client_id: str,
        *,
        rate_bps: int | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> ClientTax:
        """Sets what tax is added to a client's invoices from now on, and what they say of it;
        those that are there stay as they are.

        Args:
            rate_bps: Left out, the platform's own rate holds.
            note: May be empty.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_CLIENT_TAX,
            {"client_id": client_id, "rate_bps": rate_bps, "note": note},
            idempotency_key,
        )
