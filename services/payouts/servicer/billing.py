"""PayoutsService, the part of how clients are named on papers."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.papers.billing import (
    BilledClient,
    BillingDetails,
    ClientTax,
    Particulars,
)
from services.payouts.usecases.funding.payments import client_named
from services.payouts.usecases.papers.billing import Billing, OwnTax, Stated

Context = grpc.aio.ServicerContext[Any, Any]


class BillingServicer:
    """Billing details; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, billing: Billing) -> None:
        self._billing_transactions = transactions
        self._billing = billing

    async def SetBillingParticulars(
        self, request: service_pb2.SetBillingParticularsRequest, context: Context
    ) -> service_pb2.SetBillingParticularsResponse:
        principal = current_principal()
        said = _stated(request.particulars)

        async def body(work: UnitOfWork) -> service_pb2.SetBillingParticularsResponse:
            details = await self._billing.state(work, principal, said)
            return service_pb2.SetBillingParticularsResponse(particulars=_message(details))

        return await self._billing_transactions.run_once(
            caller=principal.organisation_id,
            method="SetBillingParticulars",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.SetBillingParticularsResponse,
            body=body,
        )

    async def SetClientTax(
        self, request: service_pb2.SetClientTaxRequest, context: Context
    ) -> service_pb2.SetClientTaxResponse:
        principal = current_principal()
        own = OwnTax(
            rate_bps=request.rate_bps if request.HasField("rate_bps") else None, note=request.note
        )

        async def body(work: UnitOfWork) -> service_pb2.SetClientTaxResponse:
            tax = await self._billing.set_tax(work, principal, request.client_id, own)
            return service_pb2.SetClientTaxResponse(tax=_tax(tax))

        return await self._billing_transactions.run_once(
            caller=principal.organisation_id,
            method="SetClientTax",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.SetClientTaxResponse,
            body=body,
        )

    async def GetBillingParticulars(
        self, request: service_pb2.GetBillingParticularsRequest, context: Context
    ) -> service_pb2.GetBillingParticularsResponse:
        client_id = client_named(current_principal(), request.client_id)
        message = _message(await self._billing.get(client_id))
        tax = await self._billing.tax(client_id)
        if tax is not None:
            message.tax.CopyFrom(_tax(tax))
        return service_pb2.GetBillingParticularsResponse(particulars=message)


def _stated(message: types_pb2.BillingParticulars) -> Stated:
    return Stated(
        particulars=Particulars(
            name=message.name,
            lines=tuple(message.lines),
            postal_code=message.postal_code,
            city=message.city,
            country=message.country,
            tax_number=message.tax_number,
            registration=message.registration,
        ),
        email=message.email,
        purchase_order=message.purchase_order,
        replaces=message.version,
    )


def _message(known: BillingDetails | BilledClient) -> types_pb2.BillingParticulars:
    said = known.particulars
    message = types_pb2.BillingParticulars(
        name=said.name,
        lines=said.lines,
        postal_code=said.postal_code,
        city=said.city,
        country=said.country,
        tax_number=said.tax_number,
        registration=said.registration,
        purchase_order=known.purchase_order,
    )
    if isinstance(known, BillingDetails):
        message.email = known.email
        message.version = known.version
        if known.stated_at is not None:
            message.state_time.CopyFrom(timestamp(known.stated_at))
    return message


def _tax(tax: ClientTax) -> types_pb2.ClientTax:
    return types_pb2.ClientTax(
        client_id=tax.client_id,
        rate_bps=tax.rate_bps,
        note=tax.note,
        version=tax.version,
        set_time=timestamp(tax.set_at),
    )
