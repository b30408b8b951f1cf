"""Work that a contractor may take, and what it pays."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from services.chassis.errors import DomainError
from services.gateway.web.contractor.notices import read_notices
from services.gateway.web.refusals import sentence
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_OFFERS_SHOWN = 50
# Who may not take work now is told why on the page that would show it.
_NO_WORK = ("CONTRACTOR_NOT_FOUND", "CONTRACTOR_NOT_ACTIVE")


class OffersPage:
    """One page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its route."""
        router = self._site.router("CONTRACTOR")
        router.add_api_route("/work", self.show, methods=["GET"])
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """Each offer with its instructions, its pay, and the hourly pay that follows."""
        visit = visit_of(request)
        refused = ""
        offers = broker_pb2.ListOffersResponse()
        try:
            offers = await self._site.ask(
                request,
                self._site.peers.broker.ListOffers,
                broker_pb2.ListOffersRequest(page_size=_OFFERS_SHOWN, page_token=page),
            )
        except DomainError as err:
            if err.reason not in _NO_WORK:
                raise
            refused = sentence(err, visit.language)
        return self._site.pages.render(
            request,
            "contractor/offers.html",
            offers=offers.offers,
            next_page=offers.next_page_token,
            is_first=not page,
            refused=refused,
            notices=await read_notices(self._site.peers, visit.signed_in),
        )
