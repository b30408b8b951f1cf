"""Errors on HTTP: every refusal is a problem+json (RFC 9457), and this is the only table."""

from __future__ import annotations

import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from google.rpc import code_pb2
from starlette.exceptions import HTTPException

from services.chassis.errors import DomainError, FieldsInvalid, FieldViolation, Kind
from services.chassis.grpc_errors import RemoteError
from services.chassis.logs import logger

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 1
_UNAVAILABLE = "a part of Crewline does not answer; try again"

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
# Finer than the kind. A key that came before with another body is no malformed request: the draft
# of Idempotency-Key has 422 for it, and 409 for a first request that is still under way.
BY_REASON: dict[str, HTTPStatus] = {
    "REQUEST_ID_REUSED": HTTPStatus.UNPROCESSABLE_ENTITY,
}
# What no handler said, but the transport or an error that nobody foresaw.
_BY_CODE: dict[int, tuple[HTTPStatus, str]] = {
    code_pb2.UNIMPLEMENTED: (HTTPStatus.NOT_IMPLEMENTED, "not served yet"),
    code_pb2.DEADLINE_EXCEEDED: (HTTPStatus.GATEWAY_TIMEOUT, "no answer in time; try again"),
    code_pb2.INTERNAL: (HTTPStatus.INTERNAL_SERVER_ERROR, "internal error"),
    code_pb2.UNKNOWN: (HTTPStatus.INTERNAL_SERVER_ERROR, "internal error"),
    code_pb2.DATA_LOSS: (HTTPStatus.INTERNAL_SERVER_ERROR, "internal error"),
}
_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_OPAQUE = "internal error "

Rename = Callable[[str], str]


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
    retry_seconds: float | None = None,
    **members: Any,
) -> Response:
    """One problem+json response. Without a reason, the status says it all."""
    extra: dict[str, str] = {}
    if status in _AGAIN:
        extra["Retry-After"] = str(max(1, math.ceil(retry_seconds or _RETRY_SECONDS)))
    if status is HTTPStatus.UNAUTHORIZED:
        extra["WWW-Authenticate"] = 'Bearer realm="crewline"'
    return Response(
        orjson.dumps(problem_body(status, detail, reason=reason, **members)),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**extra, **(headers or {})},
    )


def problem_body(
    status: HTTPStatus, detail: str, *, reason: str = "", **members: Any
) -> dict[str, Any]:
    """The members of a problem."""
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
    return body


def problem_of(
    err: DomainError | HTTPException,
    *,
    headers: dict[str, str] | None = None,
    rename: Rename = str,
) -> Response:
    """The response that an error is told with."""
    status, members = describe(err, rename=rename)
    own = dict(err.headers or {}) if isinstance(err, HTTPException) else {}
    return problem(
        status,
        headers={**own, **(headers or {})},
        retry_seconds=err.retry_seconds if isinstance(err, DomainError) else None,
        **members,
    )


def describe(
    err: DomainError | HTTPException, *, rename: Rename = str
) -> tuple[HTTPStatus, dict[str, Any]]:
    """The status, and the members `detail`, `reason`, `metadata` and `errors` of the problem.

    `rename` turns paths of fields into the names that the caller knows.
    """
    if isinstance(err, HTTPException):
        return HTTPStatus(err.status_code), {"detail": str(err.detail)}
    if isinstance(err, RemoteError) and err.code in _BY_CODE:
        return _of_transport(err)
    status = BY_REASON.get(err.reason) or STATUSES[err.kind]
    if err.kind is Kind.UNAVAILABLE:
        # Its text is the transport's: it names addresses inside.
        log.warning("http.unavailable", reason=err.reason, error=err.message)
        return status, {"detail": _UNAVAILABLE, "reason": err.reason}
    metadata = dict(err.metadata)
    if "field" in metadata:
        metadata["field"] = rename(metadata["field"])
    members: dict[str, Any] = {"detail": err.message, "reason": err.reason, "metadata": metadata}
    violations = _violations(err)
    if violations:
        members["detail"] = rename(err.message)
        members["errors"] = [
            {"field": rename(each.field), "rule": each.rule, "detail": each.description}
            for each in violations
        ]
    return status, members


def _of_transport(err: RemoteError) -> tuple[HTTPStatus, dict[str, Any]]:
    status, detail = _BY_CODE[err.code]
    log.warning("http.remote_failed", reason=err.reason, error=err.message)
    # Services tell an unforeseen error by its id alone, which their log has too.
    told = err.message if err.message.startswith(_OPAQUE) else detail
    return status, {"detail": told, "reason": err.reason}


async def _answer(_request: Request, err: Exception) -> Response:
    if isinstance(err, RequestValidationError):
        errors = [
            {
                "field": ".".join(str(part) for part in e["loc"]),
                "rule": e["type"],
                "detail": e["msg"],
            }
            for e in err.errors()
        ]
        return problem(
            HTTPStatus.BAD_REQUEST,
            "the request breaks the rules of its contract",
            reason="FIELD_VIOLATION",
            errors=errors,
        )
    if isinstance(err, DomainError | HTTPException):
        return problem_of(err)
    raise err


def _violations(err: DomainError) -> list[FieldViolation]:
    return err.violations if isinstance(err, FieldsInvalid | RemoteError) else []
