"""A person's own page: where they are signed in, their password, and how pages look."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.chassis.errors import DomainError
from services.gateway.web import devices
from services.gateway.web.cookies import LANGUAGE, THEME, THEMES
from services.gateway.web.pages import is_local
from services.gateway.web.site import Site
from services.gateway.web.translations import LANGUAGES
from services.gateway.web.visits import visit_of

_ROLES = ("CLIENT", "VENDOR", "OPERATOR", "CONTRACTOR")


class AccountPages:
    """Of everybody who signs in; the preferences are anybody's."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routers(self) -> list[APIRouter]:
        """Their routes."""
        own = self._site.router(*_ROLES)
        own.add_api_route("/account", self.account, methods=["GET"])
        own.add_api_route("/account/password", self.change_password, methods=["POST"])
        own.add_api_route(
            "/account/sessions/{session_id}/revoke", self.revoke_session, methods=["POST"]
        )
        anybody = self._site.router()
        anybody.add_api_route("/preferences", self.prefer, methods=["POST"])
        return [own, anybody]

    async def account(self, request: Request, page: str = "") -> Response:
        """Sessions, password, language and theme."""
        return await self._account(request, page=page)

    async def _account(
        self, request: Request, *, page: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        visit = visit_of(request)
        peers = self._site.peers
        sessions = await peers.call(
            peers.accounts.ListSessions,
            accounts_pb2.ListSessionsRequest(page_size=20, page_token=page),
            caller=visit.signed_in,
        )
        me = await peers.call(
            peers.accounts.GetCaller, accounts_pb2.GetCallerRequest(), caller=visit.signed_in
        )
        return self._site.pages.render(
            request,
            "account.html",
            status=status,
            sessions=sessions.sessions,
            next_page=sessions.next_page_token,
            this_session=_session_id(visit.signed_in),
            device_name=devices.name,
            me=me,
        )

    async def change_password(self, request: Request) -> Response:
        """The old one proves who asks; all other sessions end."""
        visit = visit_of(request)
        form, peers = visit.form, self._site.peers
        if form.secret("new_password") != form.secret("new_password_again"):
            form.errors["new_password_again"] = visit.language.translate(
                "The two are not the same."
            )
            return await self._account(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer = await peers.call(
                peers.accounts.ChangePassword,
                accounts_pb2.ChangePasswordRequest(
                    request_id=form.request_id,
                    old_password=form.secret("old_password"),
                    new_password=form.secret("new_password"),
                    session_id=_session_id(visit.signed_in),
                ),
                caller=visit.signed_in,
                peer=visit.peer,
            )
        except DomainError as err:
            if err.reason == "SIGN_IN_REFUSED":
                form.errors["old_password"] = visit.language.translate("This is not your password.")
            elif err.reason == "PASSWORD_WEAK":
                form.refuse(err, visit.language)
                form.errors.setdefault("new_password", form.problem or err.message)
                form.problem = ""
            else:
                form.refuse(err, visit.language)
            return await self._account(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        ended = visit.language.ngettext(
            "Your password is changed, and %(num)s other session has ended.",
            "Your password is changed, and %(num)s other sessions have ended.",
            answer.sessions_ended,
        )
        return self._site.pages.redirect(
            request, "/account", said=ended % {"num": answer.sessions_ended}
        )

    async def revoke_session(self, request: Request, session_id: str) -> Response:
        """Signs another browser of the person out."""
        visit = visit_of(request)
        peers = self._site.peers
        await peers.call(
            peers.accounts.RevokeSession,
            accounts_pb2.RevokeSessionRequest(session_id=session_id),
            caller=visit.signed_in,
        )
        said = visit.language.translate("That session has ended.")
        if session_id == _session_id(visit.signed_in):
            self._site.callers.forget_session(visit.secret)
            response = self._site.pages.redirect(request, "/sign-in", said=said)
            self._site.cookies.end_session(response)
            return response
        return self._site.pages.redirect(request, "/account", said=said)

    async def prefer(self, request: Request) -> Response:
        """Language or theme, remembered by the browser."""
        form = visit_of(request).form
        back = form.text("back")
        response = self._site.pages.redirect(request, back if is_local(back) else "/")
        if form.text("language") in LANGUAGES:
            self._site.cookies.prefer(response, LANGUAGE, form.text("language"))
        if form.text("theme") in THEMES:
            self._site.cookies.prefer(response, THEME, form.text("theme"))
        return response


def _session_id(caller: Any) -> str:
    return str(caller.limit_key).removeprefix("session:")
