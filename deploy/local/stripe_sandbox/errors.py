"""Stripe's error object: every refusal leaves the server in this one shape."""

from __future__ import annotations

from typing import Any, Final

INVALID_REQUEST: Final = "invalid_request_error"
_DOCS: Final = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """A refusal with Stripe's status, type, code and parameter."""

    def __init__(
        self,
        *,
        status: int,
        message: str,
        kind: str = INVALID_REQUEST,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body, with absent members left out as Stripe does."""
        error: dict[str, Any] = {}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = _DOCS + self.code.replace("_", "-")
        error["message"] = self.message
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        error["type"] = self.kind
        return {"error": error}


def refused(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """Return the usual 400."""
    return ApiError(status=400, message=message, code=code, param=param)


def missing(param: str) -> ApiError:
    """Return the refusal of a request without a required parameter."""
    return refused(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(params: list[str]) -> ApiError:
    """Return the refusal of parameters that the endpoint does not have."""
    plural = "s" if len(params) > 1 else ""
    return refused(
        f"Received unknown parameter{plural}: {', '.join(params)}",
        code="parameter_unknown",
        param=params[0],
    )


def no_such(noun: str, object_id: str, *, param: str | None, status: int) -> ApiError:
    """Return the refusal of an id that names nothing: 404 in the path, 400 in a parameter."""
    return ApiError(
        status=status,
        message=f"No such {noun}: '{object_id}'",
        code="resource_missing",
        param=param,
    )


def no_access(secret_key: str, account_id: str) -> ApiError:
    """Return the 403 that hides whether somebody else's account exists."""
    return ApiError(
        status=403,
        message=(
            f"The provided key '{masked(secret_key)}' does not have access to account "
            f"'{account_id}' (or that account does not exist). Application access may have been "
            "revoked."
        ),
        code="account_invalid",
    )


def masked(secret_key: str) -> str:
    """Return a key as Stripe prints it: its prefix and last four characters."""
    prefix = "_".join(secret_key.split("_")[:2]) + "_" if secret_key.count("_") >= 2 else ""
    hidden = max(len(secret_key) - len(prefix) - 4, 0)
    return prefix + "*" * hidden + secret_key[-4:]


def server_fault() -> ApiError:
    """Return the 500 that says nothing about what happened to the request."""
    return ApiError(
        status=500,
        kind="api_error",
        message="An unknown error occurred. (This one was made by the Crewline sandbox.)",
    )
