"""Clients' money in another currency: at which rate, from where and when; and what is open."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from google.protobuf.timestamp_pb2 import Timestamp

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.client.new_project import CURRENCIES
from services.gateway.web.forms import Form
from services.gateway.web.numbers_typed import typed_amount
from services.gateway.web.site import Site
from services.gateway.web.visits import Visit, visit_of

PAGE_SIZE = 25
_PATH = "/operator/conversions"
_FIELDS = {
    "amount.amount_minor": "amount",
    "amount.currency": "source_currency",
    "paid.amount_minor": "paid",
    "received.amount_minor": "received",
    "rate_time": "rate_date",
}


class ConversionPages:
    """One page: what was converted, what is still open, and a form for one more."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix=_PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.convert, methods=["POST"])
        router.add_api_route("/{conversion_id}/settle", self.settle, methods=["POST"])
        return router

    async def show(self, request: Request, page: str = "", client: str = "") -> Response:
        """The newest first; `client` fills in whose money is to be converted."""
        return await self._page(request, page=page, client=client)

    async def convert(self, request: Request) -> Response:
        """At the rate that is given, or at the newest that was imported."""
        visit = visit_of(request)
        form = visit.form
        amount = typed_amount(form, "amount", form.text("source_currency"), visit.language)
        rated_at = _moment(visit) if form.text("rate_date") else None
        if amount is None or not form.is_good:
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.ConvertFunds,
                payouts_pb2.ConvertFundsRequest(
                    request_id=form.request_id,
                    client_id=form.text("client_id"),
                    amount=amount,
                    currency=form.text("currency"),
                    rate=form.text("rate").replace(",", "."),
                    rate_source=form.text("rate_source"),
                    rate_time=rated_at,
                ),
            )
        except DomainError as err:
            _refuse(visit, err)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        formats = self._site.pages.formats(visit)
        said = visit.language.translate(
            "%(taken)s became %(given)s.",
            taken=formats.amount(answer.conversion.taken),
            given=formats.amount(answer.conversion.given),
        )
        return self._site.pages.redirect(request, _PATH, said=said)

    async def settle(self, request: Request, conversion_id: str, page: str = "") -> Response:
        """What the bank has made of it closes the position."""
        visit = visit_of(request)
        form = visit.form
        paid = typed_amount(form, "paid", form.text("source_currency"), visit.language)
        received = typed_amount(form, "received", form.text("target_currency"), visit.language)
        rated_at = _moment(visit)
        if paid is None or received is None or rated_at is None:
            return await self._page(
                request, page=page, status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=conversion_id
            )
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.SettleConversion,
                payouts_pb2.SettleConversionRequest(
                    request_id=form.request_id,
                    conversion_id=conversion_id,
                    paid=paid,
                    received=received,
                    rate=form.text("rate").replace(",", "."),
                    rate_source=form.text("rate_source"),
                    rate_time=rated_at,
                ),
            )
        except DomainError as err:
            _refuse(visit, err)
            return await self._page(
                request, page=page, status=HTTPStatus.UNPROCESSABLE_ENTITY, refused=conversion_id
            )
        said = visit.language.translate("The conversion is settled.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def _page(
        self,
        request: Request,
        *,
        page: str = "",
        client: str = "",
        status: int = HTTPStatus.OK,
        refused: str = "",
    ) -> Response:
        """`refused`: whose row keeps what was typed, and says what is wrong with it."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListConversions,
            payouts_pb2.ListConversionsRequest(page_size=PAGE_SIZE, page_token=page),
        )
        return self._site.pages.render(
            request,
            "operator/conversions.html",
            status=status,
            conversions=found.conversions,
            client=client,
            refused=refused,
            blank=Form(),
            today=datetime.now(UTC).date().isoformat(),
            currencies=[(currency, currency) for currency in CURRENCIES],
            next_page=found.next_page_token,
            page=page,
            is_first=not page,
        )


def _moment(visit: Visit) -> Any:
    """The beginning of the day that was typed, in UTC; None with an error where it is none."""
    try:
        day = datetime.strptime(visit.form.text("rate_date"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        visit.form.errors["rate_date"] = visit.language.translate("That is not a day.")
        return None
    found = Timestamp()
    found.FromDatetime(day)
    return found


def _refuse(visit: Visit, err: DomainError) -> None:
    if err.reason == "CURRENCY_MISMATCH":
        visit.form.problem = visit.language.translate(
            "These are not the two currencies of a conversion."
        )
        return
    visit.form.refuse(err, visit.language, fields=_FIELDS)
