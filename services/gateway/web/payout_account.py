"""A payee's account at the payment provider: made, told who it is, and what is still missing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of


class PayoutAccountPages:
    """One page, of vendors and of directly engaged contractors."""

    def __init__(self, site: Site, *, role: str, path: str) -> None:
        self._site = site
        self._role = role
        self._path = path

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router(self._role, prefix=self._path)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.create, methods=["POST"])
        router.add_api_route("/onboarding", self.onboard, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The account, or that there is none."""
        return self._page(request, await self._account(request))

    async def create(self, request: Request) -> Response:
        """An account for the caller; one that is there stays."""
        visit = visit_of(request)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.CreatePayoutAccount,
                payouts_pb2.CreatePayoutAccountRequest(
                    request_id=visit.form.request_id, email=visit.form.text("email")
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return self._page(request, await self._account(request))
        said = visit.language.translate(
            "The account is made. Now tell the payment provider who you are."
        )
        return self._site.pages.redirect(request, self._path, said=said)

    async def onboard(self, request: Request) -> Response:
        """An address at the provider, good once: the page that answers leads there."""
        # A redirect would do, but the content policy lets no form lead to another site.
        answer = await self._site.ask(
            request,
            self._site.peers.payouts.CreateAccountLink,
            payouts_pb2.CreateAccountLinkRequest(
                refresh_url=self._site.address(request, self._path),
                return_url=self._site.address(request, self._path),
            ),
        )
        return self._page(request, await self._account(request), link=answer)

    def _page(self, request: Request, account: Any, *, link: Any = None) -> Response:
        return self._site.pages.render(
            request, "payout_account.html", account=account, link=link, base=self._path
        )

    async def _account(self, request: Request) -> Any:
        try:
            found = await self._site.ask(
                request,
                self._site.peers.payouts.GetPayoutAccount,
                payouts_pb2.GetPayoutAccountRequest(),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return None
            raise
        return found.payout_account
