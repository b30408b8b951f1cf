"""One request of a browser: who it is from, in which language, and whether it may change things."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.callers import Caller, Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.peers import Peers
from services.gateway.web import csrf
from services.gateway.web.cookies import LANGUAGE, THEME, THEMES, Cookies, Said
from services.gateway.web.forms import Form, read_form
from services.gateway.web.navigation import home_role
from services.gateway.web.translations import Language, choose_language

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_NAMES_KEPT_SECONDS = 300.0
_NAMES_MAX = 10_000


class SignInNeeded(Exception):
    """The page is for people who are signed in."""


class FormForged(Exception):
    """A change was asked for, and not from a page of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a page calls whoever is signed in."""

    person: str = ""
    organisation: str = ""


@dataclass(slots=True, kw_only=True)
class Visit:
    """All that a page needs to know of the request."""

    secret: str = field(repr=False)
    """What the forms' tokens are derived from."""
    is_new: bool
    """The browser does not have the secret yet."""
    language: Language
    theme: str
    peer: str
    """The browser's address."""
    caller: Caller | None = None
    role: str = ""
    """CLIENT, VENDOR, OPERATOR or CONTRACTOR; empty for nobody."""
    names: Names = Names()
    said: Said | None = None
    form: Form = field(default_factory=Form)

    @property
    def csrf_token(self) -> str:
        """For the page's forms."""
        return csrf.csrf_token(self.secret)

    @property
    def signed_in(self) -> Caller:
        """Errors: SignInNeeded."""
        if self.caller is None:
            raise SignInNeeded
        return self.caller


def visit_of(request: Request) -> Visit:
    """The visit that the router opened for the request."""
    visit: Visit = request.state.visit
    return visit


CurrentVisit = Annotated[Visit, Depends(visit_of)]


class Visits:
    """Opens a visit for every request to a page."""

    def __init__(
        self,
        *,
        peers: Peers,
        callers: Callers,
        addresses: ClientAddresses,
        cookies: Cookies,
        public_url: str,
    ) -> None:
        self._peers = peers
        self._callers = callers
        self._addresses = addresses
        self._cookies = cookies
        self._public_url = public_url
        self._names: OrderedDict[str, tuple[float, Names]] = OrderedDict()

    async def open(self, request: Request) -> None:
        """A router's dependency: sets what `visit_of` returns.

        Errors:
            FormForged: a change without its proof.
            RemoteError: accounts did not say who it is.
        """
        visit = self.anonymous(request)
        request.state.visit = visit
        session_secret = self._cookies.session_secret(request)
        if session_secret:
            await self._recognise(visit, session_secret)
        if request.method not in _SAFE_METHODS:
            await self._check(request, visit)

    def anonymous(self, request: Request) -> Visit:
        """Without asking anybody: also for the page that says that nobody answers."""
        secret = self._cookies.visit_secret(request)
        theme = request.cookies.get(THEME, "")
        return Visit(
            secret=secret or self._cookies.new_visit_secret(),
            is_new=not secret,
            language=choose_language(
                cookie=request.cookies.get(LANGUAGE, ""),
                accept=request.headers.get("accept-language", ""),
            ),
            theme=theme if theme in THEMES else "auto",
            peer=self._addresses.of(request.scope),
            said=self._cookies.said(request),
        )

    async def caller_now(self, visit: Visit) -> Caller:
        """Who the visit is from, asked again: for a page that lives on.

        Errors:
            SignInNeeded: the session has ended since.
        """
        try:
            return await self._callers.from_session(visit.secret, peer=visit.peer)
        except DomainError as err:
            if err.kind is Kind.UNAUTHENTICATED:
                raise SignInNeeded from err
            raise

    async def _recognise(self, visit: Visit, session_secret: str) -> None:
        try:
            caller = await self._callers.from_session(session_secret, peer=visit.peer)
        except DomainError as err:
            if err.kind is Kind.UNAUTHENTICATED:
                return
            raise
        visit.caller, visit.secret, visit.is_new = caller, session_secret, False
        visit.role = home_role(caller.roles)
        visit.names = await self._names_of(caller)

    async def _names_of(self, caller: Caller) -> Names:
        known = self._names.get(caller.subject_id)
        if known is not None and time.monotonic() - known[0] < _NAMES_KEPT_SECONDS:
            return known[1]
        answer = await self._peers.call(
            self._peers.accounts.GetCaller, accounts_pb2.GetCallerRequest(), caller=caller
        )
        names = Names(person=answer.person.name, organisation=answer.organisation.name)
        self._names[caller.subject_id] = (time.monotonic(), names)
        if len(self._names) > _NAMES_MAX:
            self._names.popitem(last=False)
        return names

    async def _check(self, request: Request, visit: Visit) -> None:
        visit.form = await read_form(request)
        token = request.headers.get(csrf.HEADER) or visit.form.text(csrf.FIELD)
        if not csrf.is_token_good(token, secret=visit.secret) or not csrf.is_from_here(
            request.headers, public_url=self._public_url
        ):
            raise FormForged


async def need_sign_in(request: Request) -> None:
    """A router's dependency, after `open`. Errors: SignInNeeded."""
    _ = visit_of(request).signed_in


def need_role(*roles: str) -> object:
    """A router's dependency, after `open`: to others, the page is not there.

    What anybody may do is decided by the services; this chooses what to show.
    """

    async def check(request: Request) -> None:
        if visit_of(request).signed_in.roles.isdisjoint(roles):
            raise HTTPException(HTTPStatus.NOT_FOUND)

    return Depends(check)
