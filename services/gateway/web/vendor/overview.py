"""A vendor's beginning: the application, its state, and what is still to do; and the rate card."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types
from services.chassis.errors import DomainError, Kind
from services.gateway.web.forms import Form
from services.gateway.web.numbers_typed import typed_number
from services.gateway.web.scorecards import read_scorecards
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_KINDS = tuple(
    name.removeprefix("WORK_KIND_") for name, number in common_types.WorkKind.items() if number
)


class OverviewPages:
    """The first page and the rate card."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("VENDOR", prefix="/vendor")
        router.add_api_route("/overview", self.show, methods=["GET"])
        router.add_api_route("/overview", self.apply, methods=["POST"])
        router.add_api_route("/rates", self.rates, methods=["GET"])
        router.add_api_route("/rates", self.set_rates, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The application form, or what became of it."""
        return await self._overview(request)

    async def apply(self, request: Request) -> Response:
        """The organisation asks to be a vendor."""
        visit = visit_of(request)
        form = visit.form
        form.set("country", form.text("country").upper())
        try:
            await self._site.ask(
                request,
                self._site.peers.vendors.SubmitApplication,
                vendors_pb2.SubmitApplicationRequest(
                    request_id=form.request_id,
                    legal_name=form.text("legal_name"),
                    country=form.text("country"),
                    contact_email=form.text("contact_email"),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._overview(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("Your application is in. An operator looks at it.")
        return self._site.pages.redirect(request, "/vendor/overview", said=said)

    async def rates(self, request: Request) -> Response:
        """What the vendor takes for each kind of work."""
        card = await self._rate_card(request)
        form = Form.of(
            {
                common_types.WorkKind.Name(rate.kind).removeprefix("WORK_KIND_"): (
                    f"{rate.commission_bps / 100:g}"
                )
                for rate in (card.rates if card is not None else ())
            }
        )
        return self._rates(request, card, form)

    async def set_rates(self, request: Request) -> Response:
        """Another version of the card: for answers that are accepted from now on."""
        visit = visit_of(request)
        form = visit.form
        rates = []
        for kind in _KINDS:
            if form.text(kind):
                percent = typed_number(form, kind, visit.language, most=100)
                rates.append(
                    vendors_types.Rate(
                        kind=common_types.WorkKind.Value(f"WORK_KIND_{kind}"),
                        commission_bps=round(percent * 100),
                    )
                )
        if not rates and form.is_good:
            form.problem = visit.language.translate("Fill in one kind of work at least.")
        if form.is_good:
            try:
                await self._site.ask(
                    request,
                    self._site.peers.vendors.SetRateCard,
                    vendors_pb2.SetRateCardRequest(request_id=form.request_id, rates=rates),
                )
            except DomainError as err:
                form.refuse(err, visit.language)
            else:
                said = visit.language.translate(
                    "The rate card holds for answers that are accepted from now on."
                )
                return self._site.pages.redirect(request, "/vendor/rates", said=said)
        card = await self._rate_card(request)
        return self._rates(request, card, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def _rates(
        self, request: Request, card: Any, form: Form, *, status: int = HTTPStatus.OK
    ) -> Response:
        return self._site.pages.render(
            request, "vendor/rates.html", status=status, card=card, form=form, kinds=_KINDS
        )

    async def _overview(self, request: Request, *, status: int = HTTPStatus.OK) -> Response:
        caller = visit_of(request).signed_in
        peers = self._site.peers
        vendor = await self._or_none(
            request,
            peers.vendors.GetVendor,
            vendors_pb2.GetVendorRequest(vendor_id=caller.organisation_id),
        )
        context: dict[str, Any] = {"vendor": vendor.vendor if vendor is not None else None}
        if vendor is None:
            me = await self._site.ask(
                request, peers.accounts.GetCaller, accounts_pb2.GetCallerRequest()
            )
            form = visit_of(request).form
            for name, value in (
                ("legal_name", me.organisation.name),
                ("contact_email", me.person.email),
            ):
                if not form.text(name):
                    form.set(name, value)
        else:
            card, account, pool, scorecards = await asyncio.gather(
                self._rate_card(request),
                self._or_none(
                    request,
                    peers.payouts.GetPayoutAccount,
                    payouts_pb2.GetPayoutAccountRequest(),
                ),
                self._site.ask(
                    request,
                    peers.vendors.ListContractors,
                    vendors_pb2.ListContractorsRequest(page_size=1),
                ),
                read_scorecards(self._site, request, caller.organisation_id),
            )
            context |= {
                "card": card,
                "account": account.payout_account if account is not None else None,
                "has_pool": bool(pool.contractors),
                "scorecards": scorecards,
            }
        return self._site.pages.render(request, "vendor/overview.html", status=status, **context)

    async def _rate_card(self, request: Request) -> Any:
        found = await self._or_none(
            request,
            self._site.peers.vendors.GetRateCard,
            vendors_pb2.GetRateCardRequest(vendor_id=visit_of(request).signed_in.organisation_id),
        )
        return found.rate_card if found is not None else None

    async def _or_none(self, request: Request, method: Any, message: Any) -> Any:
        try:
            return await self._site.ask(request, method, message)
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return None
            raise
