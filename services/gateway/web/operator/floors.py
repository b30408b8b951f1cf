"""Living-wage floors and exchange rates as they are loaded, and the pay that fell short of them."""

from __future__ import annotations

import asyncio
import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import floors_pb2
from services.gateway.uploads.payout_tables import FLOORS, RATES, PayoutTables, TableKind
from services.gateway.web.refusals import table_sentence
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_COUNTRY = re.compile(r"[A-Z]{2}")


class FloorPages:
    """Tables with their sources, what is missing in them, and the tests of closed periods."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._tables = PayoutTables(site.peers)

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator/floors")
        router.add_api_route("", self.floors, methods=["GET"])
        router.add_api_route("/import", self.import_floors, methods=["POST"])
        router.add_api_route("/rates", self.rates, methods=["GET"])
        router.add_api_route("/rates/import", self.import_rates, methods=["POST"])
        router.add_api_route("/tests", self.tests, methods=["GET"])
        return router

    async def floors(self, request: Request, page: str = "", country: str = "") -> Response:
        """Every version by place and day, and before them what an operator has to see to."""
        chosen = country.strip().upper()
        chosen = chosen if _COUNTRY.fullmatch(chosen) else ""
        payouts = self._site.peers.payouts
        check, found = await asyncio.gather(
            self._site.ask(request, payouts.GetFloorsCheck, floors_pb2.GetFloorsCheckRequest()),
            self._site.ask(
                request,
                payouts.ListFloors,
                floors_pb2.ListFloorsRequest(page_size=PAGE_SIZE, page_token=page, country=chosen),
            ),
        )
        return self._site.pages.render(
            request,
            "operator/floors.html",
            lacks=check.lacks,
            floors=found.floors,
            country=chosen,
            columns=FLOORS.columns,
            next_page=found.next_page_token,
            is_first=not page,
        )

    async def rates(self, request: Request, page: str = "") -> Response:
        """Every version by pair and day."""
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListRates,
            floors_pb2.ListRatesRequest(page_size=PAGE_SIZE, page_token=page),
        )
        return self._site.pages.render(
            request,
            "operator/rates.html",
            rates=found.rates,
            columns=RATES.columns,
            next_page=found.next_page_token,
            is_first=not page,
        )

    async def tests(
        self, request: Request, page: str = "", contractor: str = "", show: str = ""
    ) -> Response:
        """Whose pay was below the floor in closed periods, by whose row, and who made it up."""
        contractor = contractor.strip()[:64]
        shows_all = show == "all"
        found = await self._site.ask(
            request,
            self._site.peers.payouts.ListFloorTests,
            floors_pb2.ListFloorTestsRequest(
                page_size=PAGE_SIZE,
                page_token=page,
                contractor_id=contractor,
                shortfalls_only=not shows_all,
            ),
        )
        return self._site.pages.render(
            request,
            "operator/floor-tests.html",
            tests=found.floor_tests,
            contractor=contractor,
            shows_all=shows_all,
            next_page=found.next_page_token,
            is_first=not page,
        )

    async def import_floors(self, request: Request) -> Response:
        """A table of floors as the body; lines of progress, and what became of the rows."""
        return await self._load(request, FLOORS)

    async def import_rates(self, request: Request) -> Response:
        """A table of exchange rates as the body, in the same way."""
        return await self._load(request, RATES)

    async def _load(self, request: Request, kind: TableKind) -> Response:
        visit = visit_of(request)

        def say(problem: floors_pb2.RowProblem) -> str:
            return table_sentence(problem.rule, problem.message, problem.nearest, visit.language)

        return await self._tables.load(request, visit.signed_in, kind=kind, say=say)
