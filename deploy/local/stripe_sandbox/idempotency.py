"""Idempotency keys as Stripe keeps them: per account, with the parameters, for 24 hours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import orjson

from deploy.local.stripe_sandbox.errors import ApiError, refused
from deploy.local.stripe_sandbox.world import Call, Sandbox

KEPT_SECONDS: Final = 24 * 3600
_MAX_KEY_CHARS: Final = 255
_ERROR: Final = "idempotency_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The answer that a key already has."""

    request_id: str
    status: int
    body: bytes


class Idempotency:
    """Answers of executed calls by key, and the keys whose calls are still under way."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._under_way: set[tuple[str, str]] = set()

    def begin(self, call: Call) -> Kept | None:
        """Claim a call's key, or return the answer it has; refuse a key that means another call."""
        key = _key(call)
        if key in self._under_way:
            raise in_use(key[1])
        row = self._sandbox.database.row(
            "SELECT path, fingerprint, request_id, status, body FROM idempotency "
            "WHERE account = ? AND key = ? AND created > ?",
            (*key, self._sandbox.clock.now() - KEPT_SECONDS),
        )
        if row is None:
            self._under_way.add(key)
            return None
        path, fingerprint, request_id, status, body = row
        if path != call.path:
            raise _other_endpoint(key[1], call.path, path)
        if fingerprint != _fingerprint(call):
            raise _other_parameters(key[1])
        return Kept(request_id=request_id, status=status, body=body)

    def keep(self, call: Call, *, status: int, body: bytes) -> None:
        """Store an executed call's answer, in the transaction that executed it."""
        now = self._sandbox.clock.now()
        database = self._sandbox.database
        database.run("DELETE FROM idempotency WHERE created <= ?", (now - KEPT_SECONDS,))
        database.run(
            "INSERT INTO idempotency (account, key, created, path, fingerprint, request_id, "
            "status, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*_key(call), now, call.path, _fingerprint(call), call.request_id, status, body),
        )

    def end(self, call: Call) -> None:
        """Let go of a claimed key, whatever became of its call."""
        self._under_way.discard(_key(call))


def check_key(key: str) -> None:
    """Refuse a key that Stripe would not keep."""
    if len(key) > _MAX_KEY_CHARS:
        raise refused(f"Idempotency keys can be up to {_MAX_KEY_CHARS} characters long.")


def _key(call: Call) -> tuple[str, str]:
    if call.idempotency_key is None:
        raise ValueError("the call has no idempotency key")
    return call.account, call.idempotency_key


def _fingerprint(call: Call) -> str:
    text = orjson.dumps([call.method, call.params], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def in_use(key: str) -> ApiError:
    """Return the 409 of a key whose first call has not been answered yet."""
    return ApiError(
        status=409,
        message=(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you submitted twice, and the other request is still going through): "
            f"{key}. Please try again later."
        ),
        code="idempotency_key_in_use",
    )


def _other_parameters(key: str) -> ApiError:
    return ApiError(
        status=400,
        kind=_ERROR,
        message=(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        ),
    )


def _other_endpoint(key: str, path: str, first_path: str) -> ApiError:
    return ApiError(
        status=400,
        kind=_ERROR,
        message=(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{path}' vs '{first_path}'). Try using a key other than '{key}' if you "
            "meant to execute a different request."
        ),
    )
