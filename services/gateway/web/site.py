"""The site as one part of the gateway: built once, from what app.py hands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request

from services.gateway.callers import Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.peers import Peers
from services.gateway.web.assets import Assets, packaged_assets
from services.gateway.web.cookies import Cookies
from services.gateway.web.live import LiveStreams
from services.gateway.web.mishaps import Mishaps
from services.gateway.web.pages import Pages
from services.gateway.web.visits import Visits, need_role, visit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page is built of; consoles take it in their constructor."""

    peers: Peers
    callers: Callers
    pages: Pages
    visits: Visits
    cookies: Cookies
    live: LiveStreams
    assets: Assets
    sign_media: Callable[[Any], Any]
    """A JSON value with links that show files, in place of the names of uploaded ones."""
    public_url: str
    """https://crewline.example, without a path; empty: whatever host was asked."""

    async def ask(self, request: Request, method: Callable[..., Any], message: Any) -> Any:
        """One call in the name of whoever asks for the page. Errors: RemoteError."""
        visit = visit_of(request)
        return await self.peers.call(method, message, caller=visit.signed_in, peer=visit.peer)

    def address(self, request: Request, path: str) -> str:
        """A page's whole address, for a link that is sent to somebody."""
        base = self.public_url or f"{request.url.scheme}://{request.url.netloc}"
        return base + path

    def router(self, *roles: str, prefix: str = "") -> APIRouter:
        """For pages: of these roles, or of anybody where none is named."""
        needs: list[Any] = [Depends(self.visits.open)]
        if roles:
            needs.append(need_role(*roles))
        return APIRouter(prefix=prefix, dependencies=needs)


def open_site(
    *,
    peers: Peers,
    callers: Callers,
    addresses: ClientAddresses,
    sign_media: Callable[[Any], Any],
    public_url: str,
) -> Site:
    """Reads templates and assets. Errors: AssetMissing; jinja2's, for a template that is broken."""
    assets = packaged_assets()
    cookies = Cookies(secure=public_url.startswith("https://"))
    visits = Visits(
        peers=peers, callers=callers, addresses=addresses, cookies=cookies, public_url=public_url
    )
    return Site(
        peers=peers,
        callers=callers,
        pages=Pages(assets=assets, cookies=cookies),
        visits=visits,
        cookies=cookies,
        live=LiveStreams(visits=visits),
        assets=assets,
        sign_media=sign_media,
        public_url=public_url,
    )


def site_app(site: Site, routers: list[APIRouter]) -> FastAPI:
    """An application for everything that is not for programs; its errors are pages."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    Mishaps(pages=site.pages, visits=site.visits, cookies=site.cookies).add_to(app)
    app.include_router(site.assets.router())
    for router in routers:
        app.include_router(router)
    return app
