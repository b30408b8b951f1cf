"""The REST door: finds the rule, knows the caller, minds the limits, and hands over."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis.errors import DomainError
from services.gateway.bodies import Incoming
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.problems import problem_of
from services.gateway.rest.admission import Admission
from services.gateway.rest.decode import Decoder
from services.gateway.rest.encode import Encoder, TransformJson
from services.gateway.rest.fields import FieldNames
from services.gateway.rest.handlers import (
    Exchange,
    Headers,
    RowsHandler,
    StreamHandler,
    UnaryHandler,
)
from services.gateway.rest.limits import Allowance, RateExceeded
from services.gateway.rest.rows import RowSender
from services.gateway.rest.rules import Rule, read_rules
from services.gateway.rest.templates import Match, Paths
from services.gateway.rest.transcode import Transcoder

Handler = UnaryHandler | StreamHandler | RowsHandler
Found = Match[Handler]

# No RPC answers with a file: without this, a rule without a verb would take its path for an id.
FILE_VERBS = (":pdf", ":html", ":csv", ":json")
# Answers are the caller's own, and never a page.
_PLAIN: Headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class RestApi:
    """An ASGI application that answers every path of the protos' HTTP rules."""

    def __init__(
        self,
        *,
        peers: Peers,
        admission: Admission,
        transform_json: TransformJson | None = None,
    ) -> None:
        self.rules = read_rules(peers.channels)
        self._admission = admission
        names = FieldNames(
            message
            for rule in self.rules
            for message in (rule.rpc.input_type, rule.rpc.output_type)
        )
        self.names = names
        self.decoder = Decoder()
        self.encoder = Encoder(names=names, transform_json=transform_json)
        self._senders = {
            rule.rpc.name: RowSender(rule, peers=peers, decoder=self.decoder)
            for rule in self.rules
            if rule.streams_in
        }
        self._paths: Paths[Handler] = Paths()
        for rule in self.rules:
            self._paths.add(rule.template, rule.http_method, self._handler(rule, peers))

    def rows(self, rpc: str) -> RowSender:
        """What sends rows of any origin to PostTasks or ImportContractors."""
        return self._senders[rpc]

    def find(self, scope: Scope) -> Found | None:
        """The rules at the path that is asked for; none at a file's, which has its own route."""
        path = scope["raw_path"].decode("latin-1")
        return None if path.endswith(FILE_VERBS) else self._paths.find(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        found = self.find(scope)
        if found is not None:
            await self.answer(found, scope, receive, send)
            return
        err = HTTPException(HTTPStatus.NOT_FOUND, "nothing is at this path")
        await self._refuse(err, Incoming(receive), scope, send, list(_PLAIN))

    async def answer(self, found: Found, scope: Scope, receive: Receive, send: Send) -> None:
        """A request whose path was found."""
        handlers, method = found.found, scope["method"]
        some = next(iter(handlers.values()))
        # What metrics call it: the rule and never the path.
        scope["route"] = handlers.get(method, some).rule
        if method == "OPTIONS":
            headers = {"Allow": _allow(handlers)}
            await Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)(scope, receive, send)
            return
        incoming = Incoming(receive)
        is_head = method == "HEAD"
        handler = handlers.get("GET" if is_head else method)
        if handler is None or (is_head and handler.rule.streams_out):
            err = HTTPException(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"not {method} at this path",
                headers={"Allow": _allow(handlers)},
            )
            await self._refuse(err, incoming, scope, send, list(_PLAIN))
            return
        if is_head:
            send = _bodiless(send)
        request = Request(scope, incoming.receive)
        await self._serve(handler, request, incoming, found.values, send)

    async def _serve(
        self,
        handler: Handler,
        request: Request,
        incoming: Incoming,
        values: tuple[str, ...],
        send: Send,
    ) -> None:
        headers = list(_PLAIN)
        try:
            caller, key = await self._admit(handler.rule, request, headers)
            exchange = Exchange(
                request=request,
                receive=incoming.receive,
                send=send,
                values=values,
                caller=caller,
                address=self._admission.address(request),
                headers=headers,
            )
            if isinstance(handler, UnaryHandler):
                await handler.answer(exchange)
            else:
                with self._admission.limits.streams.one(key):
                    await handler.answer(exchange)
        except (DomainError, HTTPException) as err:
            await self._refuse(err, incoming, request.scope, send, headers)

    async def _admit(
        self, rule: Rule, request: Request, headers: Headers
    ) -> tuple[Caller | None, str]:
        """The caller, and what its requests are counted by. Errors: DomainError."""
        if rule.public:
            headers.extend(_limit_headers(self._admission.admit_public(request)))
            return None, self._admission.address(request)
        caller, allowance = await self._admission.admit(request)
        headers.extend(_limit_headers(allowance))
        return caller, caller.limit_key

    async def _refuse(
        self,
        err: DomainError | HTTPException,
        incoming: Incoming,
        scope: Scope,
        send: Send,
        headers: Headers,
    ) -> None:
        if isinstance(err, RateExceeded) and err.allowance is not None:
            headers.extend(_limit_headers(err.allowance))
        own = {name.decode(): value.decode() for name, value in headers}
        response = problem_of(err, headers=own, rename=self.names.path)
        await incoming.refuse(response, scope, send)

    def _handler(self, rule: Rule, peers: Peers) -> Handler:
        rename = self.names.path
        if rule.streams_in:
            sender = self._senders[rule.rpc.name]
            return RowsHandler(rule, sender=sender, encoder=self.encoder, rename=rename)
        transcoder = Transcoder(rule, decoder=self.decoder, encoder=self.encoder)
        if rule.streams_out:
            return StreamHandler(
                rule, peers=peers, transcoder=transcoder, encoder=self.encoder, rename=rename
            )
        return UnaryHandler(rule, peers=peers, transcoder=transcoder)


class RestFirst:
    """Middleware: what a rule stands at goes to REST at once, and not through all the routes."""

    def __init__(self, app: ASGIApp, *, api: RestApi) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        found = self._api.find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
        else:
            await self._api.answer(found, scope, receive, send)


def _allow(handlers: dict[str, Handler]) -> str:
    allowed = {*handlers, "OPTIONS"}
    if "GET" in handlers and not handlers["GET"].rule.streams_out:
        allowed.add("HEAD")
    return ", ".join(sorted(allowed))


def _limit_headers(allowance: Allowance) -> Headers:
    return [
        (b"ratelimit-limit", b"%d" % allowance.limit),
        (b"ratelimit-remaining", b"%d" % allowance.remaining),
        (b"ratelimit-reset", b"%d" % allowance.reset_seconds),
    ]


def _bodiless(send: Send) -> Send:
    async def without_body(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return without_body  # type: ignore[return-value]
