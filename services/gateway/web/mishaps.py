"""What a browser gets where something was refused or went wrong: a page, never a problem+json."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger
from services.gateway.problems import STATUSES, problem
from services.gateway.web.cookies import Cookies
from services.gateway.web.pages import FROM_HTMX, Pages, is_local
from services.gateway.web.refusals import sentence
from services.gateway.web.translations import mark
from services.gateway.web.visits import FormForged, SignInNeeded, Visit, Visits

log = logger(__name__)

# Addresses that programs call: to them, even what is not there is a problem+json.
_FOR_PROGRAMS = ("/v1/", "/webhooks/", "/work/api/")
# Of these, what the scripts of our own pages call: the text is for the person before the page.
_FOR_SCRIPTS = "/work/api/"

_TITLES = {
    HTTPStatus.NOT_FOUND: mark("This page is not there"),
    HTTPStatus.FORBIDDEN: mark("This was refused"),
    HTTPStatus.SERVICE_UNAVAILABLE: mark("A part of Crewline does not answer"),
    HTTPStatus.TOO_MANY_REQUESTS: mark("Too many requests"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: mark("That is too large"),
    HTTPStatus.INTERNAL_SERVER_ERROR: mark("Something went wrong here"),
}
_TEXTS = {
    HTTPStatus.NOT_FOUND: mark("Nothing is at this address, or it is not for you to see."),
    HTTPStatus.INTERNAL_SERVER_ERROR: mark(
        "It is our mistake, and it is written down as %(error_id)s. Nothing was changed half."
    ),
}


class Mishaps:
    """Turns refusals and errors of the pages into pages."""

    def __init__(self, *, pages: Pages, visits: Visits, cookies: Cookies) -> None:
        self._pages = pages
        self._visits = visits
        self._cookies = cookies

    def add_to(self, app: FastAPI) -> None:
        """Registers all of them."""
        app.add_exception_handler(SignInNeeded, self._sign_in)
        app.add_exception_handler(FormForged, self._forged)
        app.add_exception_handler(DomainError, self._refused)
        app.add_exception_handler(HTTPException, self._status)
        app.add_exception_handler(RequestValidationError, self._status)
        app.add_middleware(_LastResort, mishaps=self)

    async def _sign_in(self, request: Request, _: Exception) -> Response:
        if _is_script(request):
            text = self._visit(request).language.translate("Your session has ended. Sign in again.")
            return problem(HTTPStatus.UNAUTHORIZED, text, reason="SESSION_ENDED")
        back = request.url.path
        if request.url.query:
            back += f"?{request.url.query}"
        to = "/sign-in"
        if request.method == "GET" and back != "/" and FROM_HTMX not in request.headers:
            to += f"?next={quote(back)}"
        self._visit(request)
        response = self._pages.redirect(request, to)
        if self._cookies.session_secret(request):
            self._cookies.end_session(response)
        return response

    async def _forged(self, request: Request, _: Exception) -> Response:
        visit = self._visit(request)
        log.warning("web.form_refused", path=request.url.path, peer=visit.peer)
        text = visit.language.translate(
            "The form was too old, or did not come from a page of Crewline. Go back, load the page"
            " again and repeat what you did."
        )
        if _is_script(request):
            return problem(HTTPStatus.FORBIDDEN, text, reason="FORM_FORGED")
        return self._page(request, HTTPStatus.FORBIDDEN, text)

    async def _refused(self, request: Request, err: Exception) -> Response:
        if not isinstance(err, DomainError):
            raise err
        if err.kind is Kind.UNAUTHENTICATED:
            return await self._sign_in(request, err)
        visit = self._visit(request)
        if err.kind is Kind.UNAVAILABLE:
            log.warning("web.unavailable", reason=err.reason, error=err.message)
        text = sentence(err, visit.language)
        if _is_script(request):
            return problem(STATUSES[err.kind], text, reason=err.reason, metadata=err.metadata)
        back = _page_before(request)
        if request.method == "POST" and back and FROM_HTMX not in request.headers:
            return self._pages.redirect(request, back, said=text, tone="bad")
        return self._page(request, STATUSES[err.kind], text)

    async def _status(self, request: Request, err: Exception) -> Response:
        status = HTTPStatus(err.status_code) if isinstance(err, HTTPException) else HTTPStatus(400)
        if request.url.path.startswith(_FOR_PROGRAMS) or _is_script(request):
            return problem(status, status.description or status.phrase)
        visit = self._visit(request)
        known = _TEXTS.get(status)
        detail = str(err.detail) if isinstance(err, HTTPException) else status.description
        return self._page(request, status, visit.language.translate(known) if known else detail)

    def unforeseen(self, request: Request, error_id: str) -> Response:
        """For an exception that nobody expected, and that is in the log under the id."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        visit = self._visit(request)
        text = visit.language.translate(_TEXTS[status], error_id=error_id)
        if _is_script(request):
            return problem(status, text)
        return self._page(request, status, text)

    def _visit(self, request: Request) -> Visit:
        visit = getattr(request.state, "visit", None)
        if not isinstance(visit, Visit):
            visit = self._visits.anonymous(request)
            request.state.visit = visit
        return visit

    def _page(self, request: Request, status: HTTPStatus, text: str) -> Response:
        visit = self._visit(request)
        if FROM_HTMX in request.headers:
            return self._pages.render(request, "parts/alert.html", status=status, text=text)
        title = visit.language.gettext(_TITLES.get(status, mark("This did not work")))
        return self._pages.render(
            request, "mishap.html", status=status, title=title, text=text, number=int(status)
        )


class _LastResort:
    """Catches what no handler knows, before it reaches those who answer programs."""

    def __init__(self, app: ASGIApp, *, mishaps: Mishaps) -> None:
        self._app = app
        self._mishaps = mishaps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            raise
        except Exception:
            if begun:
                raise
            error_id = uuid.uuid4().hex[:12]
            log.exception("web.failed", error_id=error_id, path=scope["path"])
            response = self._mishaps.unforeseen(Request(scope, receive), error_id)
            await response(scope, receive, send)


def _is_script(request: Request) -> bool:
    """Whether a script of a page asks, and not the browser for a page."""
    accepted = request.headers.get("accept", "")
    asks_json = "json" in accepted and "text/html" not in accepted
    return asks_json or request.url.path.startswith(_FOR_SCRIPTS)


def _page_before(request: Request) -> str:
    """The page of ours that the request came from; empty where the browser does not say."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host", ""):
        return ""
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if is_local(path) else ""
