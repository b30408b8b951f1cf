"""Errors on HTTP: every refusal is a problem+json (RFC 9457), and this is the only table."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 1

STATUSES: dict[Kind, HTTPStatus] = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.EXISTS: HTTPStatus.CONFLICT,
    Kind.PRECONDITION: HTTPStatus.CONFLICT,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def add_problems(app: FastAPI) -> None:
    """Makes the application answer errors of every kind as problems."""
    for kind in (DomainError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    reason: str = "",
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response:
    """One problem+json response. Without a reason, the status says it all."""
    body: dict[str, Any] = {
        "type": f"urn:crewline:problem:{reason}" if reason else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "reason": reason or status.name,
        **members,
    }
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["request_id"] = request_id
    again = {"Retry-After": str(_RETRY_SECONDS)} if status in _AGAIN else {}
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**again, **(headers or {})},
    )


async def _answer(_request: Request, err: Exception) -> Response:
    if isinstance(err, DomainError):
        return _of_domain_error(err)
    if isinstance(err, RequestValidationError):
        errors = [
            {"field": ".".join(str(part) for part in e["loc"]), "detail": e["msg"]}
            for e in err.errors()
        ]
        return problem(
            HTTPStatus.BAD_REQUEST,
            "the request breaks the rules of its contract",
            reason="FIELD_VIOLATION",
            errors=errors,
        )
    if isinstance(err, HTTPException):
        return problem(
            HTTPStatus(err.status_code), str(err.detail), headers=dict(err.headers or {})
        )
    raise err


def _of_domain_error(err: DomainError) -> Response:
    status = STATUSES[err.kind]
    if err.kind is Kind.UNAVAILABLE:
        # Its text is the transport's: it names addresses inside.
        log.warning("http.unavailable", reason=err.reason, error=err.message)
        return problem(status, "a part of Crewline does not answer; try again", reason=err.reason)
    return problem(status, err.message, reason=err.reason, metadata=err.metadata)
