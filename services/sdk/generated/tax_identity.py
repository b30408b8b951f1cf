"""Operations on `tax_identity`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Money, RecordTaxRemittanceResponse, TaxForm, TaxIdentity, TaxIdType
from ..routes import Route

_CERTIFY_TAX_IDENTITY = Route[TaxIdentity](
    method="POST",
    path="/v1/tax-identity",
    body="*",
    unwrap="tax_identity",
    early=frozenset({"PAYEE_NOT_FOUND"}),
)

_GET_TAX_IDENTITY = Route[TaxIdentity](method="GET", path="/v1/tax-identity", unwrap="tax_identity")

_RECORD_TAX_REMITTANCE = Route[RecordTaxRemittanceResponse](
    method="POST", path="/v1/tax-remittances", body="*"
)


class TaxIdentityApi:
    """Operations on `tax_identity`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def certify(
        self,
        *,
        form: TaxForm,
        country: str,
        id_type: TaxIdType,
        number: str,
        legal_name: str,
        certified: bool | None = None,
        idempotency_key: str | None = None,
    ) -> TaxIdentity:
        """The calling vendor or direct contractor certifies who they are to tax authorities;
        again, to correct it. The number is encrypted, and shown to nobody but for its last four
        characters. Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR,
        TAX_IDENTITY_INVALID.

        Args:
            country: ISO 3166-1, two letters: whose number it is.
            legal_name: As the authority knows the payee.
            certified: Under penalties of perjury, where the form says so: all of it is true.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CERTIFY_TAX_IDENTITY,
            {
                "form": form,
                "country": country,
                "id_type": id_type,
                "number": number,
                "legal_name": legal_name,
                "certified": certified,
            },
            idempotency_key,
        )

    def get(self, *, payee_id: str | None = None) -> TaxIdentity:
        """For payees their own; operators see whether it holds, not the number. Errors:
        TAX_IDENTITY_NOT_FOUND.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return self._http.send(_GET_TAX_IDENTITY, {"payee_id": payee_id})

    def record_remittance(
        self,
        *,
        authority: str,
        amount: Money,
        paid_from: str,
        reference: str,
        idempotency_key: str | None = None,
    ) -> RecordTaxRemittanceResponse:
        """Writes down that withheld tax was sent to its authority, out of the platform's balance
        at a rail. The reference is the key: a repeat changes nothing. Errors:
        INSUFFICIENT_FUNDS, ENTRY_CONFLICT, CURRENCY_UNSUPPORTED.

        Args:
            authority: As the account tax:{authority}:withheld names it.
            paid_from: At which rail the money was.
            reference: What the payment to the authority says.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RECORD_TAX_REMITTANCE,
            {
                "authority": authority,
                "amount": amount,
                "paid_from": paid_from,
                "reference": reference,
            },
            idempotency_key,
        )


class AsyncTaxIdentityApi:
    """Operations on `tax_identity`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def certify(
        self,
        *,
        form: TaxForm,
        country: str,
        id_type: TaxIdType,
        number: str,
        legal_name: str,
        certified: bool | None = None,
        idempotency_key: str | None = None,
    ) -> TaxIdentity:
        """The calling vendor or direct contractor certifies who they are to tax authorities;
        again, to correct it. The number is encrypted, and shown to nobody but for its last four
        characters. Errors: PAYEE_NOT_FOUND (may be early: try again), PAID_BY_VENDOR,
        TAX_IDENTITY_INVALID.

        Args:
            country: ISO 3166-1, two letters: whose number it is.
            legal_name: As the authority knows the payee.
            certified: Under penalties of perjury, where the form says so: all of it is true.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CERTIFY_TAX_IDENTITY,
            {
                "form": form,
                "country": country,
                "id_type": id_type,
                "number": number,
                "legal_name": legal_name,
                "certified": certified,
            },
            idempotency_key,
        )

    async def get(self, *, payee_id: str | None = None) -> TaxIdentity:
        """For payees their own; operators see whether it holds, not the number. Errors:
        TAX_IDENTITY_NOT_FOUND.

        Args:
            payee_id: Operators name a payee; for others it is the caller.
        """
        return await self._http.send(_GET_TAX_IDENTITY, {"payee_id": payee_id})

    async def record_remittance(
        self,
        *,
        authority: str,
        amount: Money,
        paid_from: str,
        reference: str,
        idempotency_key: str | None = None,
    ) -> RecordTaxRemittanceResponse:
        """Writes down that withheld tax was sent to its authority, out of the platform's balance
        at a rail. The reference is the key: a repeat changes nothing. Errors:
        INSUFFICIENT_FUNDS, ENTRY_CONFLICT, CURRENCY_UNSUPPORTED.

        Args:
            authority: As the account tax:{authority}:withheld names it.
            paid_from: At which rail the money was.
            reference: What the payment to the authority says.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RECORD_TAX_REMITTANCE,
            {
                "authority": authority,
                "amount": amount,
                "paid_from": paid_from,
                "reference": reference,
            },
            idempotency_key,
        )
