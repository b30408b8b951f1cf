"""Where a directly engaged contractor is paid: the account at the payment provider."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.responses import RedirectResponse

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.contractor.earnings import paid_by
from services.gateway.web.pages import own_headers
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PAGE = "/earnings/payout"


class PayoutPages:
    """One page, and the ways from it to the provider and back."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CONTRACTOR", prefix=_PAGE)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.open, methods=["POST"])
        router.add_api_route("/onboarding", self.onboard, methods=["GET"])
        return router

    async def show(self, request: Request, back: str = "") -> Response:
        """The account, or how to get one; for a vendor's contractor, who pays."""
        return await self._show(request, back=back)

    async def open(self, request: Request) -> Response:
        """Opens an account; a repeat finds the same."""
        visit = visit_of(request)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.CreatePayoutAccount,
                payouts_pb2.CreatePayoutAccountRequest(
                    request_id=str(uuid.uuid4()), email=visit.form.text("email")
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return await self._show(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("Your payout account is there. Now say who you are.")
        return self._site.pages.redirect(request, _PAGE, said=said)

    async def onboard(self, request: Request) -> Response:
        """Off to the provider, who asks who the payee is and where their bank account is.

        A link, not a form: pages let forms lead nowhere but to this site.
        """
        link = await self._site.ask(
            request,
            self._site.peers.payouts.CreateAccountLink,
            payouts_pb2.CreateAccountLinkRequest(
                refresh_url=self._site.address(request, f"{_PAGE}?back=expired"),
                return_url=self._site.address(request, f"{_PAGE}?back=done"),
            ),
        )
        return RedirectResponse(link.url, status_code=HTTPStatus.SEE_OTHER, headers=own_headers({}))

    async def _show(
        self, request: Request, *, back: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        account = None
        vendor = paid_by(request)
        if not vendor:
            try:
                found = await self._site.ask(
                    request,
                    self._site.peers.payouts.GetPayoutAccount,
                    payouts_pb2.GetPayoutAccountRequest(),
                )
                account = found.payout_account
            except DomainError as err:
                if err.kind is not Kind.NOT_FOUND:
                    raise
        return self._site.pages.render(
            request,
            "contractor/payout.html",
            status=status,
            account=account,
            back=back,
            paid_by=vendor,
        )
