"""A client's money coming in, and its papers: payments, bank transfers, invoices, receipts."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.papers import PaperFiles
from services.gateway.web.client.new_project import CURRENCIES
from services.gateway.web.numbers_typed import typed_amount
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PATH = "/client/money"
# See CheckoutPages.
_BACK = f"{_PATH}/returned"
_SHOWN = 20
_FIELDS = {"amount.amount_minor": "amount", "amount.currency": "currency"}


class ClientMoneyPages:
    """One page, and the files."""

    def __init__(self, site: Site, *, papers: PaperFiles) -> None:
        self._site = site
        self._papers = papers

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CLIENT", prefix=_PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/payments", self.pay, methods=["POST"])
        router.add_api_route("/transfers", self.announce, methods=["POST"])
        router.add_api_route("/reference", self.reference, methods=["POST"])
        router.add_api_route("/papers/{paper_id}/pdf", self.paper, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """What there is and what came in, the newest of each."""
        return await self._page(request)

    async def pay(self, request: Request) -> Response:
        """Begins a payment; its page says how to go on."""
        amount = self._amount(request)
        if amount is None:
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        visit = visit_of(request)
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.CreateCheckout,
                payouts_pb2.CreateCheckoutRequest(
                    request_id=visit.form.request_id,
                    amount=amount,
                    return_url=self._site.address(request, _BACK),
                    cancel_url=self._site.address(request, f"{_BACK}?left=1"),
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        # The content policy lets no form lead to another site: a page of ours leads there.
        path = f"{_PATH}/payments/{answer.payment.payment_id}"
        return self._site.pages.redirect(request, path)

    async def announce(self, request: Request) -> Response:
        """Says that a transfer is on its way."""
        visit = visit_of(request)
        amount = self._amount(request)
        sender = visit.form.text("sender")
        if amount is None:
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.AnnounceBankTransfer,
                payouts_pb2.AnnounceBankTransferRequest(
                    request_id=visit.form.request_id, amount=amount, sender=sender
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("The transfer is announced.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def reference(self, request: Request) -> Response:
        """The code to write on transfers, made when it is first asked for."""
        visit = visit_of(request)
        answer = await self._site.ask(
            request,
            self._site.peers.payouts.CreateTransferReference,
            payouts_pb2.CreateTransferReferenceRequest(request_id=visit.form.request_id),
        )
        return await self._page(request, code=answer.code)

    async def paper(self, request: Request, paper_id: str) -> Response:
        """A receipt, invoice or credit note as PDF."""
        return await self._papers.answer(visit_of(request).signed_in, paper_id)

    def _amount(self, request: Request) -> common_types.Money | None:
        visit = visit_of(request)
        return typed_amount(visit.form, "amount", visit.form.text("currency"), visit.language)

    async def _page(
        self, request: Request, *, code: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        payouts = self._site.peers.payouts

        def ask(method: Any, message: Any) -> Any:
            return self._site.ask(request, method, message)

        funds, payments, transfers, invoices, receipts = await asyncio.gather(
            ask(payouts.GetFunds, payouts_pb2.GetFundsRequest()),
            ask(payouts.ListPayments, payouts_pb2.ListPaymentsRequest(page_size=_SHOWN)),
            ask(payouts.ListBankTransfers, payouts_pb2.ListBankTransfersRequest(page_size=_SHOWN)),
            ask(payouts.ListInvoices, payouts_pb2.ListInvoicesRequest(page_size=_SHOWN)),
            ask(payouts.ListReceipts, payouts_pb2.ListReceiptsRequest(page_size=_SHOWN)),
        )
        return self._site.pages.render(
            request,
            "client/money.html",
            status=status,
            funds=funds,
            payments=payments.payments,
            transfers=transfers.bank_transfers,
            invoices=invoices.invoices,
            receipts={receipt.source_id: receipt for receipt in receipts.receipts},
            code=code,
            currencies=[(currency, currency) for currency in CURRENCIES],
        )
