"""PayoutsService, benefits: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import moment, timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.fairness.benefits import BenefitsProvider, BenefitsWithdrawal
from services.payouts.domain.ledger.money import minor_exponent
from services.payouts.usecases.fairness.benefits import Benefits
from services.payouts.wire import ledger as wire

Context = grpc.aio.ServicerContext[Any, Any]


class BenefitsServicer:
    """Benefits accounts; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, benefits: Benefits) -> None:
        self._benefits_transactions = transactions
        self._benefits = benefits

    async def WithdrawBenefits(
        self, request: service_pb2.WithdrawBenefitsRequest, context: Context
    ) -> service_pb2.WithdrawBenefitsResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.WithdrawBenefitsResponse:
            with wire.naming_fields(amount="amount", account="provider_id"):
                made = await self._benefits.withdraw(
                    work,
                    principal,
                    wire.money_of(request.amount),
                    provider_id=request.provider_id,
                    member_reference=request.member_reference,
                )
            return service_pb2.WithdrawBenefitsResponse(withdrawal=_withdrawal_message(made))

        return await self._benefits_transactions.run_once(
            caller=principal.subject_id,
            method="WithdrawBenefits",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.WithdrawBenefitsResponse,
            body=body,
        )

    async def ListBenefitsWithdrawals(
        self, request: service_pb2.ListBenefitsWithdrawalsRequest, context: Context
    ) -> service_pb2.ListBenefitsWithdrawalsResponse:
        principal = current_principal()
        scope = f"benefits:{principal.subject_id}:{request.provider_id}"
        size = page_size(request.page_size)
        found = await self._benefits.withdrawals(
            principal,
            provider_id=request.provider_id,
            before=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        page = found[:size]
        more = page_token(page[-1].withdrawal_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListBenefitsWithdrawalsResponse(
            withdrawals=[_withdrawal_message(one) for one in page], next_page_token=more
        )

    async def SetBenefitsProvider(
        self, request: service_pb2.SetBenefitsProviderRequest, context: Context
    ) -> service_pb2.SetBenefitsProviderResponse:
        async def body(work: UnitOfWork) -> service_pb2.SetBenefitsProviderResponse:
            with wire.naming_fields(amount="", account="provider_id"):
                minor_exponent(request.currency)
                made = await self._benefits.set_provider(
                    work,
                    BenefitsProvider(
                        provider_id=request.provider_id,
                        name=request.name,
                        currency=request.currency,
                        is_open=not request.closed,
                    ),
                )
            return service_pb2.SetBenefitsProviderResponse(provider=_provider_message(made))

        return await self._benefits_transactions.run_once(
            caller=current_principal().organisation_id,
            method="SetBenefitsProvider",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.SetBenefitsProviderResponse,
            body=body,
        )

    async def ListBenefitsProviders(
        self, request: service_pb2.ListBenefitsProvidersRequest, context: Context
    ) -> service_pb2.ListBenefitsProvidersResponse:
        scope = "benefits_providers"
        size = page_size(request.page_size)
        found = await self._benefits.providers(
            after=page_position(request.page_token, scope=scope), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1].provider_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListBenefitsProvidersResponse(
            providers=[_provider_message(one) for one in page], next_page_token=more
        )

    async def RemitBenefits(
        self, request: service_pb2.RemitBenefitsRequest, context: Context
    ) -> service_pb2.RemitBenefitsResponse:
        async def body(work: UnitOfWork) -> service_pb2.RemitBenefitsResponse:
            with wire.naming_fields(amount="amount", account="provider_id"):
                await self._benefits.remit(
                    work,
                    wire.money_of(request.amount),
                    provider_id=request.provider_id,
                    bank_reference=request.bank_reference,
                    paid_at=moment(request.pay_time) if request.HasField("pay_time") else work.now,
                )
            return service_pb2.RemitBenefitsResponse()

        return await self._benefits_transactions.run_once(
            caller=current_principal().organisation_id,
            method="RemitBenefits",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RemitBenefitsResponse,
            body=body,
        )


def _withdrawal_message(withdrawal: BenefitsWithdrawal) -> types_pb2.BenefitsWithdrawal:
    return types_pb2.BenefitsWithdrawal(
        withdrawal_id=withdrawal.withdrawal_id,
        contractor_id=withdrawal.contractor_id,
        amount=common_pb2.Money(amount_minor=withdrawal.amount_minor, currency=withdrawal.currency),
        provider_id=withdrawal.provider_id,
        member_reference=withdrawal.member_reference,
        create_time=timestamp(withdrawal.created_at),
    )


def _provider_message(provider: BenefitsProvider) -> types_pb2.BenefitsProvider:
    return types_pb2.BenefitsProvider(
        provider_id=provider.provider_id,
        name=provider.name,
        currency=provider.currency,
        closed=not provider.is_open,
    )
