"""PayoutsService, clients' unspent money: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import moment, timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.funding.refunds import Refund
from services.payouts.domain.ledger.entries import Entry
from services.payouts.parts.client_money import ClientMoneyParts
from services.payouts.usecases.ledger.exchanges import GivenRate
from services.payouts.wire import ledger as wire

_CONVERSIONS = "conversions"

Context = grpc.aio.ServicerContext[Any, Any]


class ClientMoneyServicer:
    """Refunds and exchanges; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, parts: ClientMoneyParts) -> None:
        self._client_money_transactions = transactions
        self._refunds = parts.refunds
        self._exchanges = parts.exchanges

    async def RequestRefund(
        self, request: service_pb2.RequestRefundRequest, context: Context
    ) -> service_pb2.RequestRefundResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.RequestRefundResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                refund = await self._refunds.request(
                    work, principal, wire.money_of(request.amount), note=request.note
                )
            return service_pb2.RequestRefundResponse(refund=_refund_message(refund))

        return await self._client_money_transactions.run_once(
            caller=principal.organisation_id,
            method="RequestRefund",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RequestRefundResponse,
            body=body,
        )

    async def PayRefund(
        self, request: service_pb2.PayRefundRequest, context: Context
    ) -> service_pb2.PayRefundResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.PayRefundResponse:
            with wire.naming_fields(amount="paid", account="refund_id"):
                refund = await self._refunds.pay(
                    work,
                    principal,
                    request.refund_id,
                    wire.money_of(request.paid) if request.HasField("paid") else None,
                    bank_reference=request.bank_reference,
                )
            return service_pb2.PayRefundResponse(refund=_refund_message(refund))

        return await self._client_money_transactions.run_once(
            caller=principal.organisation_id,
            method="PayRefund",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.PayRefundResponse,
            body=body,
        )

    async def DeclineRefund(
        self, request: service_pb2.DeclineRefundRequest, context: Context
    ) -> service_pb2.DeclineRefundResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.DeclineRefundResponse:
            refund = await self._refunds.decline(
                work, principal, request.refund_id, reason=request.reason
            )
            return service_pb2.DeclineRefundResponse(refund=_refund_message(refund))

        return await self._client_money_transactions.run_once(
            caller=principal.organisation_id,
            method="DeclineRefund",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.DeclineRefundResponse,
            body=body,
        )

    async def ListRefunds(
        self, request: service_pb2.ListRefundsRequest, context: Context
    ) -> service_pb2.ListRefundsResponse:
        principal = current_principal()
        scope = f"refunds:{principal.organisation_id}"
        size = page_size(request.page_size)
        found = await self._refunds.list(
            principal, before=page_position(request.page_token, scope=scope), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1].refund_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListRefundsResponse(
            refunds=[_refund_message(refund) for refund in page], next_page_token=more
        )

    async def ConvertFunds(
        self, request: service_pb2.ConvertFundsRequest, context: Context
    ) -> service_pb2.ConvertFundsResponse:
        async def body(work: UnitOfWork) -> service_pb2.ConvertFundsResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                entry = await self._exchanges.convert(
                    work,
                    client_id=request.client_id,
                    amount=wire.money_of(request.amount),
                    target=request.currency,
                    given=_given(request),
                )
            return service_pb2.ConvertFundsResponse(conversion=_conversion_message(entry))

        return await self._client_money_transactions.run_once(
            caller=current_principal().organisation_id,
            method="ConvertFunds",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.ConvertFundsResponse,
            body=body,
        )

    async def ListConversions(
        self, request: service_pb2.ListConversionsRequest, context: Context
    ) -> service_pb2.ListConversionsResponse:
        size = page_size(request.page_size)
        found = await self._exchanges.newest(
            before=page_position(request.page_token, scope=_CONVERSIONS), limit=size + 1
        )
        page = found[:size]
        more = ""
        if len(found) > size:
            more = page_token(page[-1][0].subject.rail_id, scope=_CONVERSIONS)
        return service_pb2.ListConversionsResponse(
            conversions=[_conversion_message(*one) for one in page], next_page_token=more
        )

    async def SettleConversion(
        self, request: service_pb2.SettleConversionRequest, context: Context
    ) -> service_pb2.SettleConversionResponse:
        async def body(work: UnitOfWork) -> service_pb2.SettleConversionResponse:
            with wire.naming_fields(amount="paid", account="conversion_id"):
                entry = await self._exchanges.settle(
                    work,
                    request.conversion_id,
                    paid=wire.money_of(request.paid),
                    received=wire.money_of(request.received),
                    given=_given(request),
                )
            return service_pb2.SettleConversionResponse(entry_id=entry.entry_id)

        return await self._client_money_transactions.run_once(
            caller=current_principal().organisation_id,
            method="SettleConversion",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.SettleConversionResponse,
            body=body,
        )


def _given(
    request: service_pb2.ConvertFundsRequest | service_pb2.SettleConversionRequest,
) -> GivenRate:
    rated_at = None
    if request.HasField("rate_time"):
        rated_at = moment(request.rate_time, field="rate_time")
    return GivenRate(rate=request.rate, source=request.rate_source, rated_at=rated_at)


def _refund_message(refund: Refund) -> types_pb2.Refund:
    message = types_pb2.Refund(
        refund_id=refund.refund_id,
        client_id=refund.client_id,
        state=types_pb2.RefundState.Value(f"REFUND_STATE_{refund.state.name}"),
        amount=common_pb2.Money(amount_minor=refund.amount_minor, currency=refund.currency),
        note=refund.note,
        bank_reference=refund.bank_reference,
        reason=refund.reason,
        request_time=timestamp(refund.requested_at),
        expire_time=timestamp(refund.expires_at),
    )
    if refund.paid_minor:
        message.paid.CopyFrom(
            common_pb2.Money(amount_minor=refund.paid_minor, currency=refund.currency)
        )
    if refund.resolved_at is not None:
        message.resolve_time.CopyFrom(timestamp(refund.resolved_at))
    return message


def _conversion_message(entry: Entry, settlement: Entry | None = None) -> types_pb2.FundsConversion:
    taken, given = entry.postings[0], entry.postings[-1]
    message = types_pb2.FundsConversion(
        conversion_id=entry.subject.rail_id,
        client_id=entry.subject.client_id,
        taken=wire.units_message(taken.amount_units, taken.currency),
        given=wire.units_message(-given.amount_units, given.currency),
        create_time=timestamp(entry.booking.recorded_at),
    )
    if entry.exchange is not None:
        message.exchange.CopyFrom(wire.exchange_message(entry.exchange))
    if settlement is not None and settlement.exchange is not None:
        message.settlement.CopyFrom(wire.exchange_message(settlement.exchange))
    return message
