"""A client asks for unspent money back, or thinks better of it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.client.new_project import CURRENCIES
from services.gateway.web.numbers_typed import typed_amount
from services.gateway.web.refund_declining import decline_refund
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PATH = "/client/money/refunds"
_FIELDS = {"amount.amount_minor": "amount", "amount.currency": "currency"}
_SHOWN = 20


class ClientRefundPages:
    """One page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CLIENT", prefix=_PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.ask, methods=["POST"])
        router.add_api_route("/{refund_id}/decline", self.withdraw, methods=["POST"])
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """What was asked for, the newest first."""
        return await self._page(request, page=page)

    async def ask(self, request: Request) -> Response:
        """The money is held at once, and sent by an operator."""
        visit = visit_of(request)
        form = visit.form
        amount = typed_amount(form, "amount", form.text("currency"), visit.language)
        if amount is None:
            return await self._page(request)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.RequestRefund,
                payouts_pb2.RequestRefundRequest(
                    request_id=form.request_id, amount=amount, note=form.text("note")
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request)
        said = visit.language.translate("The money is held until it is sent to you.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def withdraw(self, request: Request, refund_id: str) -> Response:
        """What was asked for is wanted no more."""
        if not await decline_refund(self._site, request, refund_id):
            return await self._page(request)
        said = visit_of(request).language.translate("The money is yours to spend again.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def _page(self, request: Request, *, page: str = "") -> Response:
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListRefunds,
            payouts_pb2.ListRefundsRequest(page_size=_SHOWN, page_token=page),
        )
        return self._site.pages.render(
            request,
            "client/refunds.html",
            status=(
                HTTPStatus.OK if visit_of(request).form.is_good else HTTPStatus.UNPROCESSABLE_ENTITY
            ),
            refunds=found.refunds,
            currencies=[(currency, currency) for currency in CURRENCIES],
            next_page=found.next_page_token,
            is_first=not page,
        )
