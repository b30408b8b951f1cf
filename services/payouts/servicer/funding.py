"""PayoutsService, the part of clients' money coming in: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from crewline.payouts.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.funding.bank_transfers import BankTransfer
from services.payouts.domain.funding.deposits import Deposit, Method
from services.payouts.parts.funding import FundingParts
from services.payouts.usecases.funding.bank_transfers import Statement
from services.payouts.usecases.funding.payments import client_named
from services.payouts.wire import ledger as wire
from services.payouts.wire.funding import payment_message, transfer_message, transfer_state

Context = grpc.aio.ServicerContext[Any, Any]
ResponseT = TypeVar("ResponseT", bound=Message)
Change = Callable[[UnitOfWork], Awaitable[BankTransfer]]


class FundingServicer:
    """Payments and bank transfers; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, funding: FundingParts) -> None:
        self._funding_transactions = transactions
        self._incoming = funding.deposits
        self._payments = funding.payments
        self._transfers = funding.transfers
        self._publishable_key = funding.publishable_key

    async def CreatePayment(
        self, request: service_pb2.CreatePaymentRequest, context: Context
    ) -> service_pb2.CreatePaymentResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.CreatePaymentResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                deposit = await self._incoming.create(
                    work,
                    client_id=principal.organisation_id,
                    amount=wire.money_of(request.amount),
                    method=Method.PAYMENT,
                    description=request.description,
                )
            message = payment_message(deposit, with_secret=False)
            return service_pb2.CreatePaymentResponse(payment=message)

        ordered = await self._funding_transactions.run_once(
            caller=principal.organisation_id,
            method="CreatePayment",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreatePaymentResponse,
            body=body,
        )
        # The order is durable; how far it is now, and how to pay, is what the caller wants to know.
        deposit = await self._incoming.drive(ordered.payment.payment_id)
        return service_pb2.CreatePaymentResponse(
            payment=payment_message(deposit, with_secret=True),
            publishable_key=self._publishable_key,
        )

    async def CreateCheckout(
        self, request: service_pb2.CreateCheckoutRequest, context: Context
    ) -> service_pb2.CreateCheckoutResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.CreateCheckoutResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                deposit = await self._incoming.create(
                    work,
                    client_id=principal.organisation_id,
                    amount=wire.money_of(request.amount),
                    method=Method.PAYMENT,
                    description=request.description,
                    return_url=request.return_url,
                    cancel_url=request.cancel_url,
                )
            message = payment_message(deposit, with_secret=False)
            return service_pb2.CreateCheckoutResponse(payment=message)

        ordered = await self._funding_transactions.run_once(
            caller=principal.organisation_id,
            method="CreateCheckout",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateCheckoutResponse,
            body=body,
        )
        deposit = await self._incoming.drive(ordered.payment.payment_id)
        return service_pb2.CreateCheckoutResponse(
            payment=payment_message(deposit, with_secret=True)
        )

    async def GetPayment(
        self, request: service_pb2.GetPaymentRequest, context: Context
    ) -> service_pb2.GetPaymentResponse:
        principal = current_principal()
        deposit = await self._payments.get(principal, request.payment_id)
        return service_pb2.GetPaymentResponse(
            payment=payment_message(deposit, with_secret=_is_own(deposit)),
            publishable_key=self._publishable_key,
        )

    async def ListPayments(
        self, request: service_pb2.ListPaymentsRequest, context: Context
    ) -> service_pb2.ListPaymentsResponse:
        page = await self._payments.page(
            current_principal(),
            request.client_id,
            size=request.page_size,
            token=request.page_token,
        )
        return service_pb2.ListPaymentsResponse(
            payments=[payment_message(deposit, with_secret=False) for deposit in page.items],
            next_page_token=page.next_token,
        )

    async def CreateTransferReference(
        self, request: service_pb2.CreateTransferReferenceRequest, context: Context
    ) -> service_pb2.CreateTransferReferenceResponse:
        client_id = client_named(current_principal(), request.client_id)

        async def body(work: UnitOfWork) -> service_pb2.CreateTransferReferenceResponse:
            with wire.naming_fields(amount="amount", account="client_id"):
                code = await self._transfers.reference(work, client_id)
            return service_pb2.CreateTransferReferenceResponse(client_id=client_id, code=code)

        return await self._funding_transactions.run_once(
            caller=current_principal().organisation_id,
            method="CreateTransferReference",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateTransferReferenceResponse,
            body=body,
        )

    async def AnnounceBankTransfer(
        self, request: service_pb2.AnnounceBankTransferRequest, context: Context
    ) -> service_pb2.AnnounceBankTransferResponse:
        async def change(work: UnitOfWork) -> BankTransfer:
            with wire.naming_fields(amount="amount", account="client_id"):
                return await self._transfers.announce(
                    work,
                    client_id=current_principal().organisation_id,
                    amount=wire.money_of(request.amount),
                    sender=request.sender,
                )

        return await self._once(request, service_pb2.AnnounceBankTransferResponse, change)

    async def RecordBankTransfer(
        self, request: service_pb2.RecordBankTransferRequest, context: Context
    ) -> service_pb2.RecordBankTransferResponse:
        async def change(work: UnitOfWork) -> BankTransfer:
            with wire.naming_fields(amount="amount", account="client_id"):
                stated = Statement(
                    amount=wire.money_of(request.amount),
                    value_date=request.value_date,
                    bank_reference=request.bank_reference,
                    sender=request.sender,
                    client_id=request.client_id,
                    transfer_reference=request.transfer_reference,
                    transfer_id=request.bank_transfer_id,
                )
                by = current_principal().subject_id
                return await self._transfers.record(work, stated, by=by)

        return await self._once(request, service_pb2.RecordBankTransferResponse, change)

    async def ConfirmBankTransfer(
        self, request: service_pb2.ConfirmBankTransferRequest, context: Context
    ) -> service_pb2.ConfirmBankTransferResponse:
        async def change(work: UnitOfWork) -> BankTransfer:
            by = current_principal().subject_id
            return await self._transfers.confirm(work, request.bank_transfer_id, by=by)

        return await self._once(request, service_pb2.ConfirmBankTransferResponse, change)

    async def RejectBankTransfer(
        self, request: service_pb2.RejectBankTransferRequest, context: Context
    ) -> service_pb2.RejectBankTransferResponse:
        async def change(work: UnitOfWork) -> BankTransfer:
            return await self._transfers.reject(
                work,
                request.bank_transfer_id,
                reason=request.reason,
                by=current_principal().subject_id,
            )

        return await self._once(request, service_pb2.RejectBankTransferResponse, change)

    async def GetBankTransfer(
        self, request: service_pb2.GetBankTransferRequest, context: Context
    ) -> service_pb2.GetBankTransferResponse:
        transfer = await self._transfers.get(current_principal(), request.bank_transfer_id)
        return service_pb2.GetBankTransferResponse(
            bank_transfer=transfer_message(transfer, for_operator=_is_operator())
        )

    async def ListBankTransfers(
        self, request: service_pb2.ListBankTransfersRequest, context: Context
    ) -> service_pb2.ListBankTransfersResponse:
        principal = current_principal()
        client_id = request.client_id
        if not (_is_operator() and not client_id):
            client_id = client_named(principal, client_id)
        page = await self._transfers.page(
            client_id=client_id,
            state=transfer_state(request.state),
            size=request.page_size,
            token=request.page_token,
        )
        return service_pb2.ListBankTransfersResponse(
            bank_transfers=[
                transfer_message(one, for_operator=_is_operator()) for one in page.items
            ],
            next_page_token=page.next_token,
        )

    async def _once(
        self, request: Any, response_type: type[ResponseT], change: Change
    ) -> ResponseT:
        async def body(work: UnitOfWork) -> ResponseT:
            transfer = await change(work)
            message = transfer_message(transfer, for_operator=_is_operator())
            return response_type(bank_transfer=message)

        return await self._funding_transactions.run_once(
            caller=current_principal().organisation_id,
            method=response_type.DESCRIPTOR.name.removesuffix("Response"),
            request_id=request.request_id,
            request=request,
            response_type=response_type,
            body=body,
        )


def _is_operator() -> bool:
    return "OPERATOR" in current_principal().roles


def _is_own(deposit: Deposit) -> bool:
    principal = current_principal()
    return "CLIENT" in principal.roles and deposit.client_id == principal.organisation_id
