"""Organisations, and money of clients that comes in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.client.new_project import CURRENCIES
from services.gateway.web.numbers_typed import typed_amount
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 50


class OrganisationPages:
    """The list, one organisation's page, and deposits."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator/organisations")
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/{organisation_id}", self.show, methods=["GET"])
        router.add_api_route("/{organisation_id}/deposits", self.deposit, methods=["POST"])
        return router

    async def show_all(self, request: Request, page: str = "") -> Response:
        """All of them."""
        found = await self._site.ask(
            request,
            self._site.peers.accounts.ListOrganisations,
            accounts_pb2.ListOrganisationsRequest(page_size=PAGE_SIZE, page_token=page),
        )
        return self._site.pages.render(
            request,
            "operator/organisations.html",
            organisations=found.organisations,
            next_page=found.next_page_token,
            is_first=not page,
        )

    async def show(self, request: Request, organisation_id: str) -> Response:
        """One; a client with its money."""
        return await self._page(request, organisation_id)

    async def deposit(self, request: Request, organisation_id: str) -> Response:
        """Asks the payment provider for a client's money; it counts once the provider has it."""
        visit = visit_of(request)
        form = visit.form
        amount = typed_amount(form, "amount", form.text("currency"), visit.language)
        if amount is None:
            return await self._page(request, organisation_id, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.CreateDeposit,
                payouts_pb2.CreateDepositRequest(
                    request_id=form.request_id,
                    client_id=organisation_id,
                    amount=amount,
                ),
            )
        except DomainError as err:
            form.refuse(
                err,
                visit.language,
                fields={"amount.amount_minor": "amount", "amount.currency": "currency"},
            )
            return await self._page(request, organisation_id, HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate(
            "The deposit %(topup)s of %(amount)s is %(status)s.",
            topup=answer.topup_id,
            amount=self._site.pages.formats(visit).money(amount.amount_minor, amount.currency),
            status=answer.status,
        )
        return self._site.pages.redirect(
            request,
            f"/operator/organisations/{organisation_id}",
            said=said,
            tone="bad" if answer.status == "failed" else "good",
        )

    async def _page(
        self, request: Request, organisation_id: str, status: int = HTTPStatus.OK
    ) -> Response:
        found = await self._site.ask(
            request,
            self._site.peers.accounts.GetOrganisation,
            accounts_pb2.GetOrganisationRequest(organisation_id=organisation_id),
        )
        organisation = found.organisation
        funds: Any = None
        if organisation.kind == accounts_types.ORGANISATION_KIND_CLIENT:
            funds = await self._site.ask(
                request,
                self._site.peers.payouts.GetFunds,
                payouts_pb2.GetFundsRequest(client_id=organisation_id),
            )
        return self._site.pages.render(
            request,
            "operator/organisation.html",
            status=status,
            organisation=organisation,
            funds=funds,
            currencies=[(currency, currency) for currency in CURRENCIES],
        )
