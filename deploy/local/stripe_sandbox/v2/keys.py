"""Idempotency keys as the second version keeps them: 30 days, and failed work goes on.

docs.stripe.com/api-v2-overview: a key whose request succeeded changes nothing more and answers with
what it made, as that is now; a key whose request failed executes it again. Only what succeeded is
written down, together with what it made.
"""

from __future__ import annotations

import hashlib
from typing import Final

import orjson

from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.idempotency import Idempotency, Kept, in_use
from deploy.local.stripe_sandbox.world import Call, Sandbox

KEPT_SECONDS: Final = 30 * 24 * 3600


class GoingOn(Idempotency):
    """Keys of requests that succeeded, by what they made, and those under way."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._keys = sandbox
        self._running: set[tuple[str, str]] = set()
        self._made: dict[str, bytes] = {}

    def made(self, call: Call, body: bytes) -> None:
        """Remember what a call has made, in case its answer gets lost."""
        self._made[call.request_id] = body

    def begin(self, call: Call) -> Kept | None:
        """Claim a call's key, or return what it made; refuse a key that means another call."""
        key = _key(call)
        if key in self._running:
            raise in_use(key[1])
        row = self._keys.database.row(
            "SELECT path, fingerprint, request_id, status, body FROM idempotency "
            "WHERE account = ? AND key = ? AND created > ?",
            (*key, self._keys.clock.now() - KEPT_SECONDS),
        )
        if row is None:
            self._running.add(key)
            return None
        path, fingerprint, request_id, status, body = row
        if path != call.path or fingerprint != _fingerprint(call):
            raise ApiError(
                status=400,
                kind="idempotency_error",
                code="idempotency_key_reused",
                message=f"The key '{key[1]}' was used for another request.",
            )
        return Kept(request_id=request_id, status=status, body=self._as_it_is(body))

    def keep(self, call: Call, *, status: int, body: bytes) -> None:
        """Write a key down if its call made something that stays, whatever was answered."""
        made = self._made.pop(call.request_id, b"")
        if not made or not self._is_there(made, status):
            return
        now = self._keys.clock.now()
        self._keys.database.run(
            "INSERT OR REPLACE INTO idempotency (account, key, created, path, fingerprint, "
            "request_id, status, body) VALUES (?, ?, ?, ?, ?, ?, 200, ?)",
            (*_key(call), now, call.path, _fingerprint(call), call.request_id, made),
        )

    def end(self, call: Call) -> None:
        """Let go of a claimed key, whatever became of its call."""
        self._running.discard(_key(call))

    def _is_there(self, made: bytes, status: int) -> bool:
        # A fault before the commit has undone what was made.
        object_id = orjson.loads(made).get("id", "")
        return status == 200 or self._keys.objects.find(object_id) is not None

    def _as_it_is(self, body: bytes) -> bytes:
        stored = self._keys.objects.find(orjson.loads(body).get("id", ""))
        if stored is None or stored.kind != "outbound_payment":
            return body
        return orjson.dumps(stored.body)


def _key(call: Call) -> tuple[str, str]:
    if call.idempotency_key is None:
        raise ValueError("the call has no idempotency key")
    # Keys of the two versions do not meet.
    return f"v2:{call.account}", call.idempotency_key


def _fingerprint(call: Call) -> str:
    text = orjson.dumps([call.method, call.params], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
