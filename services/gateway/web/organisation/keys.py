"""API keys of an organisation: made, shown once, given a successor, revoked."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PAGE_SIZE = 50
_PEOPLE_MAX = 200
_OVERLAPS_SECONDS = (0, 3_600, 86_400, 604_800)
_CONTRACTOR = 4


class KeyPages:
    """One page, and what is done on it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CLIENT", "VENDOR", "OPERATOR", prefix="/keys")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.create, methods=["POST"])
        router.add_api_route("/{api_key_id}/rotate", self.rotate, methods=["POST"])
        router.add_api_route("/{api_key_id}/revoke", self.revoke, methods=["POST"])
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """Every key, without its secret."""
        return await self._page(request, page=page)

    async def create(self, request: Request) -> Response:
        """A key for a person; its secret is on the page that answers, and nowhere else."""
        visit = visit_of(request)
        form = visit.form
        answer = await self._site.ask(
            request,
            self._site.peers.accounts.BatchCreateApiKeys,
            accounts_pb2.BatchCreateApiKeysRequest(
                request_id=form.request_id,
                keys=[
                    accounts_pb2.NewApiKey(
                        person_id=form.text("person_id") or visit.signed_in.subject_id,
                        label=form.text("label"),
                    )
                ],
            ),
        )
        (result,) = answer.results
        if result.HasField("error"):
            form.problem = result.error.message
            return await self._page(request)
        return await self._page(request, made=result.api_key, secret=result.secret)

    async def rotate(self, request: Request, api_key_id: str) -> Response:
        """A new secret, while the old one works for a while."""
        form = visit_of(request).form
        seconds = int(form.text("overlap")) if form.text("overlap").isdecimal() else 0
        answer = await self._site.ask(
            request,
            self._site.peers.accounts.RotateApiKey,
            accounts_pb2.RotateApiKeyRequest(
                request_id=form.request_id,
                api_key_id=api_key_id,
                overlap_seconds=min(seconds, max(_OVERLAPS_SECONDS)),
            ),
        )
        return await self._page(request, made=answer.api_key, secret=answer.secret)

    async def revoke(self, request: Request, api_key_id: str) -> Response:
        """The key works no more."""
        visit = visit_of(request)
        await self._site.ask(
            request,
            self._site.peers.accounts.RevokeApiKey,
            accounts_pb2.RevokeApiKeyRequest(
                request_id=visit.form.request_id, api_key_id=api_key_id
            ),
        )
        said = visit.language.translate("The key is revoked.")
        return self._site.pages.redirect(request, "/keys", said=said)

    async def _page(
        self, request: Request, *, page: str = "", made: Any = None, secret: str = ""
    ) -> Response:
        accounts = self._site.peers.accounts
        keys, people = await asyncio.gather(
            self._site.ask(
                request,
                accounts.ListApiKeys,
                accounts_pb2.ListApiKeysRequest(page_size=_PAGE_SIZE, page_token=page),
            ),
            self._site.ask(
                request, accounts.ListPeople, accounts_pb2.ListPeopleRequest(page_size=_PEOPLE_MAX)
            ),
        )
        # A vendor's contractors may be thousands: their keys are made through the API.
        colleagues = [one for one in people.people if _CONTRACTOR not in one.roles]
        return self._site.pages.render(
            request,
            "organisation/keys.html",
            keys=keys.api_keys,
            next_page=keys.next_page_token,
            is_first=not page,
            names={person.person_id: person.name for person in people.people},
            colleagues=[(person.person_id, person.name) for person in colleagues],
            me=visit_of(request).signed_in.subject_id,
            overlaps=_OVERLAPS_SECONDS,
            made=made,
            secret=secret,
        )
