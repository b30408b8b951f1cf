"""PayoutsService, the part of receipts and invoices: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import moment, timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.papers.papers import Paper
from services.payouts.parts.paper import PaperParts
from services.payouts.usecases.funding.payments import client_named
from services.payouts.usecases.papers.papers import INVOICES, RECEIPTS
from services.payouts.wire import ledger as wire

Context = grpc.aio.ServicerContext[Any, Any]


class PaperServicer:
    """Receipts, invoices, credit notes; see protos/crewline/payouts/v1/service.proto."""

    def __init__(self, *, transactions: Transactions, parts: PaperParts) -> None:
        self._paper_transactions = transactions
        self._client_papers = parts.papers

    async def GetReceipt(
        self, request: service_pb2.GetReceiptRequest, context: Context
    ) -> service_pb2.GetReceiptResponse:
        paper = await self._client_papers.get(current_principal(), request.paper_id, RECEIPTS)
        return service_pb2.GetReceiptResponse(receipt=_message(paper, whole=True))

    async def ListReceipts(
        self, request: service_pb2.ListReceiptsRequest, context: Context
    ) -> service_pb2.ListReceiptsResponse:
        page = await self._client_papers.page(
            client_named(current_principal(), request.client_id),
            RECEIPTS,
            size=request.page_size,
            token=request.page_token,
        )
        return service_pb2.ListReceiptsResponse(
            receipts=[_message(paper) for paper in page.items], next_page_token=page.next_token
        )

    async def CreateInvoice(
        self, request: service_pb2.CreateInvoiceRequest, context: Context
    ) -> service_pb2.CreateInvoiceResponse:
        ends_at = None
        if request.HasField("end_time"):
            ends_at = moment(request.end_time, field="end_time")

        draft = await self._client_papers.draft(
            request.client_id, request.currency, ends_at=ends_at
        )

        async def body(work: UnitOfWork) -> service_pb2.CreateInvoiceResponse:
            paper = await self._client_papers.invoice(work, draft)
            return service_pb2.CreateInvoiceResponse(invoice=_message(paper))

        return await self._paper_transactions.run_once(
            caller=current_principal().organisation_id,
            method="CreateInvoice",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateInvoiceResponse,
            body=body,
        )

    async def GetInvoice(
        self, request: service_pb2.GetInvoiceRequest, context: Context
    ) -> service_pb2.GetInvoiceResponse:
        paper = await self._client_papers.get(current_principal(), request.paper_id, INVOICES)
        return service_pb2.GetInvoiceResponse(invoice=_message(paper, whole=True))

    async def ListInvoices(
        self, request: service_pb2.ListInvoicesRequest, context: Context
    ) -> service_pb2.ListInvoicesResponse:
        page = await self._client_papers.page(
            client_named(current_principal(), request.client_id),
            INVOICES,
            size=request.page_size,
            token=request.page_token,
        )
        return service_pb2.ListInvoicesResponse(
            invoices=[_message(paper) for paper in page.items], next_page_token=page.next_token
        )

    async def CreateCreditNote(
        self, request: service_pb2.CreateCreditNoteRequest, context: Context
    ) -> service_pb2.CreateCreditNoteResponse:
        async def body(work: UnitOfWork) -> service_pb2.CreateCreditNoteResponse:
            with wire.naming_fields(amount="amount", account="paper_id"):
                paper = await self._client_papers.credit(
                    work,
                    request.paper_id,
                    amount=wire.money_of(request.amount),
                    reason=request.reason,
                )
            return service_pb2.CreateCreditNoteResponse(credit_note=_message(paper))

        return await self._paper_transactions.run_once(
            caller=current_principal().organisation_id,
            method="CreateCreditNote",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateCreditNoteResponse,
            body=body,
        )

    async def GetPaperFile(
        self, request: service_pb2.GetPaperFileRequest, context: Context
    ) -> service_pb2.GetPaperFileResponse:
        file = await self._client_papers.file(current_principal(), request.paper_id)
        return service_pb2.GetPaperFileResponse(filename=file.name, pdf=file.pdf)


def _message(paper: Paper, *, whole: bool = False) -> types_pb2.Paper:
    message = types_pb2.Paper(
        paper_id=paper.paper_id,
        kind=types_pb2.PaperKind.Value(f"PAPER_KIND_{paper.kind.name}"),
        number=paper.number,
        client_id=paper.client_id,
        total=common_pb2.Money(amount_minor=paper.total_minor, currency=paper.currency),
        source_id=paper.source_id,
        create_time=timestamp(paper.created_at),
        sha256=paper.sha256,
        content=paper.content if whole else "",
    )
    if paper.starts_at is not None:
        message.start_time.CopyFrom(timestamp(paper.starts_at))
    if paper.ends_at is not None:
        message.end_time.CopyFrom(timestamp(paper.ends_at))
    return message
