"""How the services are: health, queues, lag and dead letters, live; and where to look closer."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.gateway.callers import Caller
from services.gateway.web.operator.scraping import Scraper
from services.gateway.web.site import Site


class SystemPage:
    """One page."""

    def __init__(self, site: Site, *, scraper: Scraper, links: Mapping[str, str]) -> None:
        """`links`: by name, where more is shown, such as Grafana."""
        self._site = site
        self._scraper = scraper
        self._links = links

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("OPERATOR", prefix="/operator/system")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/live", self.live, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """All services."""
        return self._site.pages.render(
            request, "operator/system.html", services=await self._scraper.look(), links=self._links
        )

    async def live(self, request: Request) -> Response:
        """The same, as it changes."""

        async def read(_: Caller) -> Mapping[str, str]:
            services = await self._scraper.look()
            return {
                "services": self._site.pages.fragment(
                    request, "operator/parts/services.html", services=services
                )
            }

        return await self._site.live.answer(request, read)
