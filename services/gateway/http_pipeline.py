"""What every HTTP request goes through around its route: request id, metrics, unforeseen errors."""

from __future__ import annotations

import re
import time
import uuid
from http import HTTPStatus

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.logs import logger
from services.gateway import metrics
from services.gateway.problems import problem

log = logger(__name__)

REQUEST_ID_HEADER = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# What nginx calls it; nobody is there to read it.
_CLIENT_GONE = "499"


class HttpPipeline:
    """The application's middleware: ASGI around ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = _Response(send=send, request_id=request_id)
        started = time.perf_counter()
        metrics.HTTP_IN_FLIGHT.inc()
        try:
            await self._app(scope, receive, response.send)
        except ClientDisconnect:
            response.status = _CLIENT_GONE
        except Exception:
            error_id = uuid.uuid4().hex[:12]
            log.exception("http.failed", error_id=error_id, path=scope["path"])
            if response.status:
                raise  # half an answer is out: only the connection's end can say so
            failed = problem(HTTPStatus.INTERNAL_SERVER_ERROR, f"internal error {error_id}")
            await failed(scope, receive, response.send)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            metrics.HTTP_IN_FLIGHT.dec()
            metrics.HTTP_TOTAL.labels(route, response.status or _CLIENT_GONE).inc()
            metrics.HTTP_SECONDS.labels(route).observe(time.perf_counter() - started)


class _Response:
    """Sees the status go out and adds the request's id to it."""

    def __init__(self, *, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = ""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            header = (REQUEST_ID_HEADER.encode(), self._request_id.encode())
            message["headers"] = [*message.get("headers", ()), header]
        await self._send(message)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER.encode():
            given = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(given):
                return str(given)
    return uuid.uuid4().hex
