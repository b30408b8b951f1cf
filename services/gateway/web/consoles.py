"""All pages of the site."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.web.account import AccountPages
from services.gateway.web.sign_in import SignInPages
from services.gateway.web.site import Site


def consoles(site: Site) -> list[APIRouter]:
    """Their routers."""
    return [
        SignInPages(site).router(),
        *AccountPages(site).routers(),
    ]
