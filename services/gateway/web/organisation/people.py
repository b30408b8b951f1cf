"""Colleagues: who is there, who is invited, and inviting one more."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PAGE_SIZE = 50
INVITATION_PATH = "/invitations/accept#"


class PeoplePages:
    """One page, and what is done on it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CLIENT", "VENDOR", "OPERATOR", prefix="/people")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.add, methods=["POST"])
        router.add_api_route("/{person_id}/invite", self.invite, methods=["POST"])
        router.add_api_route(
            "/invitations/{invitation_id}/revoke", self.revoke_invitation, methods=["POST"]
        )
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """People and open invitations."""
        return await self._page(request, page=page)

    async def add(self, request: Request) -> Response:
        """A colleague, and the link that lets them in, shown once."""
        visit = visit_of(request)
        form = visit.form
        try:
            created = await self._site.ask(
                request,
                self._site.peers.accounts.CreatePerson,
                accounts_pb2.CreatePersonRequest(
                    request_id=form.request_id, email=form.text("email"), name=form.text("name")
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._page(request)
        return await self._invite(request, created.person.person_id, created.person.name)

    async def invite(self, request: Request, person_id: str) -> Response:
        """Another link for somebody who is there; an earlier one stops working."""
        return await self._invite(request, person_id, visit_of(request).form.text("name"))

    async def revoke_invitation(self, request: Request, invitation_id: str) -> Response:
        """The link works no more."""
        visit = visit_of(request)
        await self._site.ask(
            request,
            self._site.peers.accounts.RevokeInvitation,
            accounts_pb2.RevokeInvitationRequest(
                request_id=visit.form.request_id, invitation_id=invitation_id
            ),
        )
        said = visit.language.translate("The invitation does not work any more.")
        return self._site.pages.redirect(request, "/people", said=said)

    async def _invite(self, request: Request, person_id: str, name: str) -> Response:
        form = visit_of(request).form
        answer = await self._site.ask(
            request,
            self._site.peers.accounts.BatchCreateInvitations,
            accounts_pb2.BatchCreateInvitationsRequest(
                # Its own: the form's belongs to the person that it made.
                request_id=str(uuid.uuid4()),
                invitations=[accounts_pb2.NewInvitation(person_id=person_id)],
            ),
        )
        (result,) = answer.results
        if result.HasField("error"):
            form.problem = result.error.message
            return await self._page(request)
        link = self._site.address(request, INVITATION_PATH + result.secret)
        return await self._page(request, invited=name, link=link)

    async def _page(
        self, request: Request, *, page: str = "", invited: str = "", link: str = ""
    ) -> Response:
        accounts = self._site.peers.accounts
        people, invitations = await asyncio.gather(
            self._site.ask(
                request,
                accounts.ListPeople,
                accounts_pb2.ListPeopleRequest(page_size=_PAGE_SIZE, page_token=page),
            ),
            self._site.ask(
                request,
                accounts.ListInvitations,
                accounts_pb2.ListInvitationsRequest(page_size=_PAGE_SIZE),
            ),
        )
        return self._site.pages.render(
            request,
            "organisation/people.html",
            people=people.people,
            next_page=people.next_page_token,
            is_first=not page,
            names=_names(people.people),
            invitations=invitations.invitations,
            invited=invited,
            link=link,
        )


def _names(people: Any) -> dict[str, str]:
    return {person.person_id: person.name for person in people}
