"""Operations on `benefits`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from datetime import datetime

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import BenefitsProvider, BenefitsWithdrawal, Money, RemitBenefitsResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_WITHDRAW_BENEFITS = Route[BenefitsWithdrawal](
    method="POST", path="/v1/benefits/withdrawals", body="*", unwrap="withdrawal"
)

_LIST_BENEFITS_WITHDRAWALS = PageRoute[BenefitsWithdrawal](
    method="GET", path="/v1/benefits/withdrawals", unwrap="withdrawals"
)

_SET_BENEFITS_PROVIDER = Route[BenefitsProvider](
    method="PUT", path="/v1/benefits/providers/{provider_id}", body="*", unwrap="provider"
)

_LIST_BENEFITS_PROVIDERS = PageRoute[BenefitsProvider](
    method="GET", path="/v1/benefits/providers", unwrap="providers"
)

_REMIT_BENEFITS = Route[RemitBenefitsResponse](
    method="POST", path="/v1/benefits/providers/{provider_id}:remit", body="*"
)


class BenefitsApi:
    """Operations on `benefits`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def withdraw(
        self,
        amount: Money,
        *,
        provider_id: str | None = None,
        member_reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> BenefitsWithdrawal:
        """Takes the calling contractor's benefits out: to the person with the next statement, or
        to a provider. Errors: CONTRACTOR_NOT_FOUND, INSUFFICIENT_FUNDS, BENEFITS_BELOW_MINIMUM,
        BENEFITS_POLICY_FORBIDS, BENEFITS_PROVIDER_NOT_FOUND, BENEFITS_PROVIDER_INVALID,
        MEMBER_REFERENCE_MISSING.

        Args:
            provider_id: Empty for the person.
            member_reference: The contractor's number at the provider.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _WITHDRAW_BENEFITS,
            {"amount": amount, "provider_id": provider_id, "member_reference": member_reference},
            idempotency_key,
        )

    def withdrawals(
        self, *, page_size: int | None = None, provider_id: str | None = None
    ) -> Pages[BenefitsWithdrawal]:
        """The caller's own, for operators everybody's; the newest first.

        Args:
            provider_id: Empty for all.
        """
        return Pages(
            self._http,
            _LIST_BENEFITS_WITHDRAWALS,
            {"page_size": page_size, "provider_id": provider_id},
        )

    def set_provider(
        self,
        provider_id: str,
        *,
        name: str,
        currency: str,
        closed: bool | None = None,
        idempotency_key: str | None = None,
    ) -> BenefitsProvider:
        """Names a provider that contractors may send their benefits to, or changes its name, or
        closes it. Errors: BENEFITS_PROVIDER_INVALID, CURRENCY_UNSUPPORTED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _SET_BENEFITS_PROVIDER,
            {"provider_id": provider_id, "name": name, "currency": currency, "closed": closed},
            idempotency_key,
        )

    def providers(self, *, page_size: int | None = None) -> Pages[BenefitsProvider]:
        """See crewline.payouts.v1.PayoutsService.ListBenefitsProviders."""
        return Pages(self._http, _LIST_BENEFITS_PROVIDERS, {"page_size": page_size})

    def remit(
        self,
        provider_id: str,
        *,
        amount: Money,
        bank_reference: str,
        pay_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> RemitBenefitsResponse:
        """Notes that a provider was paid from the platform's bank what it is owed. The bank's
        reference is the key: a repeat changes nothing. Errors: BENEFITS_PROVIDER_NOT_FOUND,
        BENEFITS_PROVIDER_INVALID, INSUFFICIENT_FUNDS, REMITTANCE_REFERENCE_TAKEN.

        Args:
            bank_reference: The bank's own, unique for the provider.
            pay_time: Left out, now.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REMIT_BENEFITS,
            {
                "provider_id": provider_id,
                "amount": amount,
                "bank_reference": bank_reference,
                "pay_time": pay_time,
            },
            idempotency_key,
        )


class AsyncBenefitsApi:
    """Operations on `benefits`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def withdraw(
        self,
        amount: Money,
        *,
        provider_id: str | None = None,
        member_reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> BenefitsWithdrawal:
        """Takes the calling contractor's benefits out: to the person with the next statement, or
        to a provider. Errors: CONTRACTOR_NOT_FOUND, INSUFFICIENT_FUNDS, BENEFITS_BELOW_MINIMUM,
        BENEFITS_POLICY_FORBIDS, BENEFITS_PROVIDER_NOT_FOUND, BENEFITS_PROVIDER_INVALID,
        MEMBER_REFERENCE_MISSING.

        Args:
            provider_id: Empty for the person.
            member_reference: The contractor's number at the provider.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _WITHDRAW_BENEFITS,
            {"amount": amount, "provider_id": provider_id, "member_reference": member_reference},
            idempotency_key,
        )

    def withdrawals(
        self, *, page_size: int | None = None, provider_id: str | None = None
    ) -> AsyncPages[BenefitsWithdrawal]:
        """The caller's own, for operators everybody's; the newest first.

        Args:
            provider_id: Empty for all.
        """
        return AsyncPages(
            self._http,
            _LIST_BENEFITS_WITHDRAWALS,
            {"page_size": page_size, "provider_id": provider_id},
        )

    async def set_provider(
        self,
        provider_id: str,
        *,
        name: str,
        currency: str,
        closed: bool | None = None,
        idempotency_key: str | None = None,
    ) -> BenefitsProvider:
        """Names a provider that contractors may send their benefits to, or changes its name, or
        closes it. Errors: BENEFITS_PROVIDER_INVALID, CURRENCY_UNSUPPORTED.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _SET_BENEFITS_PROVIDER,
            {"provider_id": provider_id, "name": name, "currency": currency, "closed": closed},
            idempotency_key,
        )

    def providers(self, *, page_size: int | None = None) -> AsyncPages[BenefitsProvider]:
        """See crewline.payouts.v1.PayoutsService.ListBenefitsProviders."""
        return AsyncPages(self._http, _LIST_BENEFITS_PROVIDERS, {"page_size": page_size})

    async def remit(
        self,
        provider_id: str,
        *,
        amount: Money,
        bank_reference: str,
        pay_time: datetime | str | None = None,
        idempotency_key: str | None = None,
    ) -> RemitBenefitsResponse:
        """Notes that a provider was paid from the platform's bank what it is owed. The bank's
        reference is the key: a repeat changes nothing. Errors: BENEFITS_PROVIDER_NOT_FOUND,
        BENEFITS_PROVIDER_INVALID, INSUFFICIENT_FUNDS, REMITTANCE_REFERENCE_TAKEN.

        Args:
            bank_reference: The bank's own, unique for the provider.
            pay_time: Left out, now.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REMIT_BENEFITS,
            {
                "provider_id": provider_id,
                "amount": amount,
                "bank_reference": bank_reference,
                "pay_time": pay_time,
            },
            idempotency_key,
        )
