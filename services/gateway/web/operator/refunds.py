"""Clients' unspent money on its way back: who asked, what was sent, what was declined."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.forms import Form
from services.gateway.web.numbers_typed import typed_amount
from services.gateway.web.refund_declining import decline_refund
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_PATH = "/operator/refunds"
_FIELDS = {"paid.amount_minor": "paid"}


class RefundPages:
    """One page; what is held is sent or declined in its row."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix=_PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/{refund_id}/pay", self.pay, methods=["POST"])
        router.add_api_route("/{refund_id}/decline", self.decline, methods=["POST"])
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """Everybody's, the newest first."""
        return await self._page(request, page=page)

    async def pay(self, request: Request, refund_id: str, page: str = "") -> Response:
        """Notes that the money was sent from the platform's bank account, or a part of it."""
        visit = visit_of(request)
        form = visit.form
        asked = payouts_pb2.PayRefundRequest(
            request_id=form.request_id,
            refund_id=refund_id,
            bank_reference=form.text("bank_reference"),
        )
        if form.text("paid"):
            paid = typed_amount(form, "paid", form.text("currency"), visit.language)
            if paid is None:
                return await self._page(request, page=page, refused=refund_id)
            asked.paid.CopyFrom(paid)
        try:
            await self._site.ask(request, self._site.peers.payouts.PayRefund, asked)
        except DomainError as err:
            form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request, page=page, refused=refund_id)
        said = visit.language.translate("The refund is noted as sent.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def decline(self, request: Request, refund_id: str, page: str = "") -> Response:
        """The client may spend the money again."""
        if not await decline_refund(self._site, request, refund_id):
            return await self._page(request, page=page, refused=refund_id)
        language = visit_of(request).language
        said = language.translate("The refund is declined; the client has the money again.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def _page(self, request: Request, *, page: str = "", refused: str = "") -> Response:
        """`refused`: whose row keeps what was typed, and says what is wrong with it."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListRefunds,
            payouts_pb2.ListRefundsRequest(page_size=PAGE_SIZE, page_token=page),
        )
        return self._site.pages.render(
            request,
            "operator/refunds.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
            refunds=found.refunds,
            refused=refused,
            blank=Form(),
            next_page=found.next_page_token,
            page=page,
            is_first=not page,
        )
