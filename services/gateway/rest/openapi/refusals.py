"""Error answers: one shape for all of them (RFC 9457), and which status means what."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.gateway.problems import MEDIA_TYPE

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). Programs go by `reason`, people by"
    " `detail`.",
    "required": ["type", "title", "status", "detail", "reason"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "urn:crewline:problem:REASON, or about:blank where the status says all.",
        },
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong with this very request."},
        "reason": {
            "type": "string",
            "pattern": "^[A-Z][A-Z0-9_]*$",
            "description": "Stable; what each operation may answer is in its description.",
        },
        "metadata": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "The facts behind the reason.",
        },
        "errors": {
            "type": "array",
            "description": "Every field that is at fault, at most twenty.",
            "items": {
                "type": "object",
                "required": ["field", "rule", "detail"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "Its path, as pay.currency or tasks[3].data.",
                    },
                    "rule": {"type": "string", "description": "Which rule it breaks; stable."},
                    "detail": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string", "description": "As in X-Request-Id; support asks for it."},
    },
}

_SAID: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: (
        "FIELD_VIOLATION",
        "The request breaks a rule of its contract; `errors` names each field.",
    ),
    HTTPStatus.UNAUTHORIZED: ("TOKEN_INVALID", "No credential, or none that works."),
    HTTPStatus.FORBIDDEN: ("ROLE_NOT_ADMITTED", "None of the caller's roles may do this."),
    HTTPStatus.NOT_FOUND: (
        "PROJECT_NOT_FOUND",
        "It is not there, or belongs to another organisation: which of them is not told.",
    ),
    HTTPStatus.CONFLICT: (
        "PROJECT_STATE_WRONG",
        "It is there already, in another state, or others are changing it.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("", "The body is larger than is taken."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("", "The body is of a kind that is not taken."),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "REQUEST_ID_REUSED",
        "The Idempotency-Key came before, with another request.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "RATE_EXCEEDED",
        "Too many requests; Retry-After says how many seconds to wait.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "STORE_UNAVAILABLE",
        "A part of Crewline does not answer; the same request may be sent again.",
    ),
    HTTPStatus.GATEWAY_TIMEOUT: (
        "DEADLINE_EXCEEDED",
        "No answer in time; the same request may be sent again, under the same key.",
    ),
}
_ALWAYS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT,
           HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE,
           HTTPStatus.GATEWAY_TIMEOUT)  # fmt: skip


def refusals(*, public: bool, has_body: bool, has_key: bool) -> dict[str, Any]:
    """References to what an operation may be refused with, by status."""
    statuses = [*_ALWAYS]
    if not public:
        statuses += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    else:
        statuses += [HTTPStatus.UNAUTHORIZED]  # for a wrong secret
    if has_body:
        statuses += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    if has_key:
        statuses += [HTTPStatus.UNPROCESSABLE_ENTITY]
    found = {str(status.value): _reference(status.name) for status in sorted(statuses)}
    return {**found, "default": _reference("OTHER_PROBLEM")}


def responses() -> dict[str, Any]:
    """The components that `refusals` refers to."""
    found = {status.name: _response(status, *said) for status, said in _SAID.items()}
    found["OTHER_PROBLEM"] = {
        "description": "Any other refusal, in the same shape.",
        "headers": _HEADERS,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return found


def response_headers() -> dict[str, Any]:
    """The headers that answers have."""
    return {
        "RateLimit-Limit": _number("Requests that the key may have left at most."),
        "RateLimit-Remaining": _number("Requests that the key has left."),
        "RateLimit-Reset": _number("Seconds until it has all of them again."),
        "Retry-After": _number("Seconds to wait before the next attempt."),
        "X-Request-Id": {
            "description": "The request's own id: yours, where you sent one.",
            "schema": {"type": "string"},
        },
    }


def _response(status: HTTPStatus, reason: str, description: str) -> dict[str, Any]:
    again = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    retry = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}} if again else {}
    return {
        "description": description,
        "headers": {**_HEADERS, **retry},
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _example(status, reason, description),
            }
        },
    }


def _example(status: HTTPStatus, reason: str, description: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:crewline:problem:{reason}" if reason else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": description,
        "reason": reason or status.name,
        "request_id": "3f2c9c1ab0d94c0f8b1f9d0c6a7e5d21",
    }
    if status is HTTPStatus.BAD_REQUEST:
        body["detail"] = "pay.currency: does not match regex pattern `^[A-Z]{3}$`"
        body["metadata"] = {"field": "pay.currency", "rule": "string.pattern"}
        body["errors"] = [
            {
                "field": "pay.currency",
                "rule": "string.pattern",
                "detail": "does not match regex pattern `^[A-Z]{3}$`",
            }
        ]
    return body


def _number(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "integer", "minimum": 0}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


_HEADERS = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
