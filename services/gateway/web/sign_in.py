"""In and out: sign-in, registration, invitations, and where each leads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types
from services.chassis.errors import DomainError, Kind
from services.gateway.problems import STATUSES
from services.gateway.web.navigation import home
from services.gateway.web.pages import is_local
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_DEVICE_LENGTH_MAX = 200
_KINDS = {
    "client": accounts_types.ORGANISATION_KIND_CLIENT,
    "vendor": accounts_types.ORGANISATION_KIND_VENDOR,
}


class SignInPages:
    """The pages before there is a session, and the way out of one."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router()
        router.add_api_route("/", self.front, methods=["GET"])
        router.add_api_route("/sign-in", self.sign_in_page, methods=["GET"])
        router.add_api_route("/sign-in", self.sign_in, methods=["POST"])
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"])
        router.add_api_route("/register", self.register_page, methods=["GET"])
        router.add_api_route("/register", self.register, methods=["POST"])
        router.add_api_route("/invitations/accept", self.invitation_page, methods=["GET"])
        router.add_api_route("/invitations/accept", self.look_up, methods=["POST"])
        router.add_api_route("/invitations/accepted", self.accept, methods=["POST"])
        return router

    async def front(self, request: Request) -> Response:
        """The site's first address."""
        visit = visit_of(request)
        to = home(visit.role) if visit.caller else "/sign-in"
        return RedirectResponse(to, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})

    async def sign_in_page(self, request: Request, next: str = "") -> Response:  # noqa: A002
        """Asks who it is."""
        visit = visit_of(request)
        back = next if is_local(next) else ""
        if visit.caller is not None:
            return self._site.pages.redirect(request, back or home(visit.role))
        return self._site.pages.render(request, "sign_in.html", next=back)

    async def sign_in(self, request: Request) -> Response:
        """An address and its password for a session."""
        visit = visit_of(request)
        form = visit.form
        back = form.text("next") if is_local(form.text("next")) else ""
        try:
            answer = await self._site.peers.call(
                self._site.peers.accounts.SignIn,
                accounts_pb2.SignInRequest(
                    email=form.text("email"),
                    password=form.secret("password"),
                    device=_device(request),
                ),
                peer=visit.peer,
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return self._site.pages.render(
                request, "sign_in.html", status=_form_status(err), next=back
            )
        return await self._enter(request, answer, back=back)

    async def sign_out(self, request: Request) -> Response:
        """Ends the session here and at accounts."""
        visit = visit_of(request)
        response = self._site.pages.redirect(
            request, "/sign-in", said=visit.language.translate("You are signed out.")
        )
        if visit.caller is None:
            return response
        session_id = visit.caller.limit_key.removeprefix("session:")
        try:
            await self._site.peers.call(
                self._site.peers.accounts.RevokeSession,
                accounts_pb2.RevokeSessionRequest(session_id=session_id),
                caller=visit.caller,
            )
        finally:
            self._site.callers.forget_session(visit.secret)
        self._site.cookies.end_session(response)
        return response

    async def register_page(self, request: Request, kind: str = "client") -> Response:
        """Asks who wants to join."""
        chosen = kind if kind in _KINDS else "client"
        return self._site.pages.render(request, "register.html", kind=chosen)

    async def register(self, request: Request) -> Response:
        """A new organisation, its first person, and a session of theirs."""
        visit = visit_of(request)
        form, peers = visit.form, self._site.peers
        kind = form.text("kind") if form.text("kind") in _KINDS else "client"
        if not form.secret("password"):
            form.errors["password"] = visit.language.translate("Fill this in.")
        try:
            if form.is_good:
                await peers.call(
                    peers.accounts.RegisterOrganisation,
                    accounts_pb2.RegisterOrganisationRequest(
                        # A reload of the same form is the same registration.
                        request_id=form.request_id,
                        name=form.text("name"),
                        kind=_KINDS[kind],
                        email=form.text("email"),
                        person_name=form.text("person_name"),
                        password=form.secret("password"),
                    ),
                    peer=visit.peer,
                )
                return await self.sign_in(request)
        except DomainError as err:
            form.refuse(err, visit.language)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return self._site.pages.render(request, "register.html", status=status, kind=kind)

    async def invitation_page(self, request: Request) -> Response:
        """The secret is behind the # of the address: it never reaches this request."""
        return self._site.pages.render(request, "invitation_find.html")

    async def look_up(self, request: Request) -> Response:
        """What the invitation is for."""
        visit = visit_of(request)
        secret = _invitation_secret(visit.form.text("secret"))
        visit.form.set("secret", secret)
        try:
            found = await self._look_up(request, secret)
        except DomainError as err:
            visit.form.refuse(err, visit.language)
            return self._site.pages.render(
                request, "invitation_find.html", status=_form_status(err)
            )
        visit.form.set("email", found.email)
        return self._site.pages.render(request, "invitation.html", invitation=found)

    async def accept(self, request: Request) -> Response:
        """A password for the person that the invitation names, and a session."""
        visit = visit_of(request)
        form, peers = visit.form, self._site.peers
        secret = _invitation_secret(form.text("secret"))
        try:
            answer = await peers.call(
                peers.accounts.AcceptInvitation,
                accounts_pb2.AcceptInvitationRequest(
                    request_id=form.request_id,
                    secret=secret,
                    email=form.text("email"),
                    password=form.secret("password"),
                    device=_device(request),
                ),
                peer=visit.peer,
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            if err.reason == "INVITATION_INVALID":
                return self._site.pages.render(
                    request, "invitation_find.html", status=_form_status(err)
                )
            found = await self._look_up(request, secret)
            return self._site.pages.render(
                request, "invitation.html", status=_form_status(err), invitation=found
            )
        return await self._enter(request, answer)

    async def _look_up(self, request: Request, secret: str) -> Any:
        return await self._site.peers.call(
            self._site.peers.accounts.LookUpInvitation,
            accounts_pb2.LookUpInvitationRequest(secret=secret),
            peer=visit_of(request).peer,
        )

    async def _enter(self, request: Request, answer: Any, *, back: str = "") -> Response:
        """The browser gets the session, and goes to where it wanted."""
        seconds = int(answer.session.expire_time.seconds - answer.session.create_time.seconds)
        response = self._site.pages.redirect(request, back or "/")
        self._site.cookies.set_session(response, answer.session_secret, seconds=max(seconds, 60))
        return response


def _device(request: Request) -> str:
    return request.headers.get("user-agent", "")[:_DEVICE_LENGTH_MAX]


def _invitation_secret(text: str) -> str:
    """Of the secret alone, or of the whole address that it came in."""
    return text.rpartition("#")[2].strip()


def _form_status(err: DomainError) -> int:
    # 401 would be a challenge that no header of ours can meet; the page asks again.
    if err.kind is Kind.UNAUTHENTICATED:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return STATUSES[err.kind]
