"""Operations on `payouts`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    ImportPayoutOutcomesResponse,
    ListPayoutBatchesResponse,
    Money,
    PayoutBatch,
    PayoutRail,
    PayoutRails,
    RecordRailFundingResponse,
    ResumePaymentResponse,
    TakeBackPaymentResponse,
)
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_GET_PAYOUT_RAILS = Route[PayoutRails](
    method="GET",
    path="/v1/payout-rails",
    unwrap="payout_rails",
    early=frozenset({"PAYEE_NOT_FOUND"}),
)

_SET_PAYOUT_RAIL = Route[PayoutRails](
    method="POST",
    path="/v1/payout-rails",
    body="*",
    unwrap="payout_rails",
    early=frozenset({"PAYEE_NOT_FOUND"}),
)

_SET_BANK_DETAILS = Route[PayoutRails](
    method="POST",
    path="/v1/bank-details",
    body="*",
    unwrap="payout_rails",
    early=frozenset({"PAYEE_NOT_FOUND"}),
)

_EXPORT_PAYOUTS = Route[PayoutBatch](
    method="POST", path="/v1/payout-batches", body="*", unwrap="batch"
)

_GET_PAYOUT_BATCH = Route[PayoutBatch](
    method="GET", path="/v1/payout-batches/{batch_id}", unwrap="batch"
)

_LIST_PAYOUT_BATCHES = PageRoute[ListPayoutBatchesResponse](method="GET", path="/v1/payout-batches")

_IMPORT_PAYOUT_OUTCOMES = Route[ImportPayoutOutcomesResponse](
    method="POST", path="/v1/payout-outcomes", body="*"
)

_RECORD_RAIL_FUNDING = Route[RecordRailFundingResponse](
    method="POST", path="/v1/rail-fundings", body="*"
)

_TAKE_BACK_PAYMENT = Route[TakeBackPaymentResponse](
    method="POST", path="/v1/statements/{statement_id}:takeBack", body="*"
)

_RESUME_PAYMENT = Route[ResumePaymentResponse](
    method="POST", path="/v1/statements/{statement_id}:resume", body="*"
)


class PayoutsApi:
    """Operations on `payouts`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def rails(self, *, payee_id: str | None = None) -> PayoutRails:
        """The rails that reach a payee, the one that counts, and who has chosen what. Operators
        name the payee. Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return self._http.send(_GET_PAYOUT_RAILS, {"payee_id": payee_id})

    def choose_rail(
        self,
        rail: PayoutRail,
        *,
        payee_id: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> PayoutRails:
        """Chooses the rail of payments to come, and of those that have come back. Every choice is
        kept with who made it and when. Errors: PAYEE_NOT_FOUND (may be early: try again),
        PAID_BY_VENDOR, PAYOUT_RAIL_NOT_ALLOWED.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_PAYOUT_RAIL,
            {"rail": rail, "payee_id": payee_id, "reason": reason},
            idempotency_key,
        )

    def set_bank_details(
        self,
        *,
        account_holder: str,
        account_number: str,
        bank_code: str,
        bank_name: str,
        bank_country: str,
        idempotency_key: str | None = None,
    ) -> PayoutRails:
        """The calling vendor or direct contractor tells where they bank, for payments that
        operators take to a bank; again, to correct it. It is encrypted, and shown but for its
        last four characters only in the files that operators export. Errors: PAYEE_NOT_FOUND
        (may be early: try again), PAID_BY_VENDOR, BANK_DETAILS_INVALID.

        Args:
            account_number: An IBAN, or the number that the country uses.
            bank_code: A BIC, or the country's own routing code.
            bank_country: ISO 3166-1, two letters.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_BANK_DETAILS,
            {
                "account_holder": account_holder,
                "account_number": account_number,
                "bank_code": bank_code,
                "bank_name": bank_name,
                "bank_country": bank_country,
            },
            idempotency_key,
        )

    def export(
        self, currency: str, *, limit: int | None = None, idempotency_key: str | None = None
    ) -> PayoutBatch:
        """Freezes the payments that wait for an operator into a file for a bank; a repeat returns
        the same file. Errors: NOTHING_TO_EXPORT, BANK_DETAILS_UNREADABLE.

        Args:
            limit: At most so many payments, the oldest first; 0 means 1,000.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _EXPORT_PAYOUTS, {"currency": currency, "limit": limit}, idempotency_key
        )

    def batch(self, batch_id: str) -> PayoutBatch:
        """A batch with its file, byte for byte as it was frozen. Errors: PAYOUT_BATCH_NOT_FOUND,
        PAYOUT_BATCH_ALTERED, BANK_DETAILS_UNREADABLE.
        """
        return self._http.send(_GET_PAYOUT_BATCH, {"batch_id": batch_id})

    def batches(self, *, page_size: int | None = None) -> Pages[ListPayoutBatchesResponse]:
        """The newest first, without their files; and what waits for the next."""
        return Pages(self._http, _LIST_PAYOUT_BATCHES, {"page_size": page_size})

    def import_outcomes(
        self, csv: str, *, idempotency_key: str | None = None
    ) -> ImportPayoutOutcomesResponse:
        """What a bank said about exported payments, row by row. A wrong row is told by its line
        and stops no other, a repeat changes nothing, and what contradicts an earlier outcome is
        refused. Errors: OUTCOME_FILE_INVALID.

        Args:
            csv: With a header: reference, outcome (paid, failed, returned), value_date,
                bank_reference, and code if there is one. At most 5,000 rows.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_IMPORT_PAYOUT_OUTCOMES, {"csv": csv}, idempotency_key)

    def record_funding(
        self,
        *,
        from_rail: PayoutRail,
        to_rail: PayoutRail,
        amount: Money,
        reference: str,
        idempotency_key: str | None = None,
    ) -> RecordRailFundingResponse:
        """Records that money of the platform went from one rail to another: to the financial
        account that Global Payouts pays from, or to the bank account that operators pay from.
        The reference is the movement's own, and recorded once. Errors: RAIL_FUNDING_INVALID,
        ENTRY_CONFLICT.

        Args:
            reference: What the bank or the provider calls the movement.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RECORD_RAIL_FUNDING,
            {"from_rail": from_rail, "to_rail": to_rail, "amount": amount, "reference": reference},
            idempotency_key,
        )

    def take_back(
        self, statement_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> TakeBackPaymentResponse:
        """Takes back money that lies with a payee at the provider and cannot go on, or a payment
        that has not left yet; it is owed again, and paid with the next PayStatements to where
        the payee says then. A repeat changes nothing. Errors: PAYMENT_NOT_FOUND,
        NOTHING_TO_TAKE_BACK, TAKE_BACK_REFUSED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _TAKE_BACK_PAYMENT, {"statement_id": statement_id, "reason": reason}, idempotency_key
        )

    def resume(
        self, statement_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> ResumePaymentResponse:
        """Lets a payment go on that stands still because something contradicted itself
        (KEY_MISMATCH, SECOND_OBJECT, TOO_MANY_ATTEMPTS and the like), from where it stood: an
        operator has looked, and says why. What might still be paid is looked up before anything
        is sent. One that does not stand still is left as it is. Errors: PAYMENT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RESUME_PAYMENT, {"statement_id": statement_id, "reason": reason}, idempotency_key
        )


class AsyncPayoutsApi:
    """Operations on `payouts`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def rails(self, *, payee_id: str | None = None) -> PayoutRails:
        """The rails that reach a payee, the one that counts, and who has chosen what. Operators
        name the payee. Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return await self._http.send(_GET_PAYOUT_RAILS, {"payee_id": payee_id})

    async def choose_rail(
        self,
        rail: PayoutRail,
        *,
        payee_id: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> PayoutRails:
        """Chooses the rail of payments to come, and of those that have come back. Every choice is
        kept with who made it and when. Errors: PAYEE_NOT_FOUND (may be early: try again),
        PAID_BY_VENDOR, PAYOUT_RAIL_NOT_ALLOWED.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_PAYOUT_RAIL,
            {"rail": rail, "payee_id": payee_id, "reason": reason},
            idempotency_key,
        )

    async def set_bank_details(
        self,
        *,
        account_holder: str,
        account_number: str,
        bank_code: str,
        bank_name: str,
        bank_country: str,
        idempotency_key: str | None = None,
    ) -> PayoutRails:
        """The calling vendor or direct contractor tells where they bank, for payments that
        operators take to a bank; again, to correct it. It is encrypted, and shown but for its
        last four characters only in the files that operators export. Errors: PAYEE_NOT_FOUND
        (may be early: try again), PAID_BY_VENDOR, BANK_DETAILS_INVALID.

        Args:
            account_number: An IBAN, or the number that the country uses.
            bank_code: A BIC, or the country's own routing code.
            bank_country: ISO 3166-1, two letters.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_BANK_DETAILS,
            {
                "account_holder": account_holder,
                "account_number": account_number,
                "bank_code": bank_code,
                "bank_name": bank_name,
                "bank_country": bank_country,
            },
            idempotency_key,
        )

    async def export(
        self, currency: str, *, limit: int | None = None, idempotency_key: str | None = None
    ) -> PayoutBatch:
        """Freezes the payments that wait for an operator into a file for a bank; a repeat returns
        the same file. Errors: NOTHING_TO_EXPORT, BANK_DETAILS_UNREADABLE.

        Args:
            limit: At most so many payments, the oldest first; 0 means 1,000.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _EXPORT_PAYOUTS, {"currency": currency, "limit": limit}, idempotency_key
        )

    async def batch(self, batch_id: str) -> PayoutBatch:
        """A batch with its file, byte for byte as it was frozen. Errors: PAYOUT_BATCH_NOT_FOUND,
        PAYOUT_BATCH_ALTERED, BANK_DETAILS_UNREADABLE.
        """
        return await self._http.send(_GET_PAYOUT_BATCH, {"batch_id": batch_id})

    def batches(self, *, page_size: int | None = None) -> AsyncPages[ListPayoutBatchesResponse]:
        """The newest first, without their files; and what waits for the next."""
        return AsyncPages(self._http, _LIST_PAYOUT_BATCHES, {"page_size": page_size})

    async def import_outcomes(
        self, csv: str, *, idempotency_key: str | None = None
    ) -> ImportPayoutOutcomesResponse:
        """What a bank said about exported payments, row by row. A wrong row is told by its line
        and stops no other, a repeat changes nothing, and what contradicts an earlier outcome is
        refused. Errors: OUTCOME_FILE_INVALID.

        Args:
            csv: With a header: reference, outcome (paid, failed, returned), value_date,
                bank_reference, and code if there is one. At most 5,000 rows.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_IMPORT_PAYOUT_OUTCOMES, {"csv": csv}, idempotency_key)

    async def record_funding(
        self,
        *,
        from_rail: PayoutRail,
        to_rail: PayoutRail,
        amount: Money,
        reference: str,
        idempotency_key: str | None = None,
    ) -> RecordRailFundingResponse:
        """Records that money of the platform went from one rail to another: to the financial
        account that Global Payouts pays from, or to the bank account that operators pay from.
        The reference is the movement's own, and recorded once. Errors: RAIL_FUNDING_INVALID,
        ENTRY_CONFLICT.

        Args:
            reference: What the bank or the provider calls the movement.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RECORD_RAIL_FUNDING,
            {"from_rail": from_rail, "to_rail": to_rail, "amount": amount, "reference": reference},
            idempotency_key,
        )

    async def take_back(
        self, statement_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> TakeBackPaymentResponse:
        """Takes back money that lies with a payee at the provider and cannot go on, or a payment
        that has not left yet; it is owed again, and paid with the next PayStatements to where
        the payee says then. A repeat changes nothing. Errors: PAYMENT_NOT_FOUND,
        NOTHING_TO_TAKE_BACK, TAKE_BACK_REFUSED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _TAKE_BACK_PAYMENT, {"statement_id": statement_id, "reason": reason}, idempotency_key
        )

    async def resume(
        self, statement_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> ResumePaymentResponse:
        """Lets a payment go on that stands still because something contradicted itself
        (KEY_MISMATCH, SECOND_OBJECT, TOO_MANY_ATTEMPTS and the like), from where it stood: an
        operator has looked, and says why. What might still be paid is looked up before anything
        is sent. One that does not stand still is left as it is. Errors: PAYMENT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RESUME_PAYMENT, {"statement_id": statement_id, "reason": reason}, idempotency_key
        )
