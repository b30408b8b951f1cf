"""Clients' unspent money on its way back: who asked, what was sent, what was declined."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.formats import AmountMalformed, parse_amount
from services.gateway.web.forms import Form
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

    async def pay(self, request: Request, refund_id: str) -> Response:
        """Notes that the money was sent from the platform's bank account, or a part of it."""
        visit = visit_of(request)
        form = visit.form
        asked = payouts_pb2.PayRefundRequest(
            request_id=form.request_id,
            refund_id=refund_id,
            bank_reference=form.text("bank_reference"),
        )
        if form.text("paid"):
            currency = form.text("currency")
            try:
                amount_minor = parse_amount(form.text("paid"), currency)
            except AmountMalformed:
                form.errors["paid"] = visit.language.translate(
                    "That is not an amount. Write it as 12.50."
                )
                return await self._page(request, refused=refund_id)
            asked.paid.CopyFrom(common_types.Money(amount_minor=amount_minor, currency=currency))
        try:
            await self._site.ask(request, self._site.peers.payouts.PayRefund, asked)
        except DomainError as err:
            form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request, refused=refund_id)
        said = visit.language.translate("The refund is noted as sent.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def decline(self, request: Request, refund_id: str) -> Response:
        """The client may spend the money again."""
        visit = visit_of(request)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.DeclineRefund,
                payouts_pb2.DeclineRefundRequest(
                    request_id=visit.form.request_id,
                    refund_id=refund_id,
                    reason=visit.form.text("reason"),
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return await self._page(request, refused=refund_id)
        said = visit.language.translate("The refund is declined; the client has the money again.")
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
            is_first=not page,
        )
