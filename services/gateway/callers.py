"""Who is calling: API keys and sessions become access tokens here, once a minute and not a call."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.chassis.authentication import TokenVerifier
from services.chassis.errors import Unauthenticated
from services.gateway.peers import Peers

# A key that is revoked, or a session that is ended elsewhere, works here for so long at most.
CACHE_SECONDS_MAX = 60.0
# A token is not used to its very end: the call that carries it takes time, and clocks differ.
_TOKEN_SPARE_SECONDS = 30.0
_CREDENTIALS_MAX = 50_000
_CREDENTIAL_LENGTH_MAX = 8_000
_EXCHANGE_SECONDS = 10.0
_KEY_PREFIX = "ck_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever a request is made for, and the token that says so to the services."""

    token: str = field(repr=False)
    subject_id: str
    organisation_id: str
    organisation_kind: str
    """platform, client or vendor."""
    roles: frozenset[str]
    """Names of crewline.common.v1.Role without their prefix, such as CONTRACTOR."""
    limit_key: str
    """What requests are counted by: the key, the session, or the person."""


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    good_until: float


class Callers:
    """Requests side by side with the same credential share one exchange."""

    def __init__(
        self,
        *,
        peers: Peers,
        verifier: TokenVerifier,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._peers = peers
        self._verifier = verifier
        self._monotonic = monotonic
        self._wall = wall
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._exchanges: dict[bytes, asyncio.Task[_Known]] = {}

    async def from_credential(self, text: str, *, peer: str) -> Caller:
        """The caller behind an API key or an access token.

        Errors:
            Unauthenticated: neither; a key that does not work is refused by accounts with
                API_KEY_INVALID, or with RATE_LIMITED after too many failures from `peer`.
        """
        if not text or len(text) > _CREDENTIAL_LENGTH_MAX:
            raise Unauthenticated("no API key and no access token")
        if text.startswith(_KEY_PREFIX):
            return await self._cached(text, lambda: self._exchange_key(text, peer=peer))
        principal = await self._verifier.verify(text)
        return Caller(
            token=text,
            subject_id=principal.subject_id,
            organisation_id=principal.organisation_id,
            organisation_kind=principal.organisation_kind,
            roles=principal.roles,
            limit_key=f"person:{principal.subject_id}",
        )

    async def from_session(self, session_secret: str, *, peer: str) -> Caller:
        """The caller behind a session of the console.

        Errors:
            Unauthenticated: accounts' SESSION_ENDED, or no secret at all.
        """
        if not session_secret or len(session_secret) > _CREDENTIAL_LENGTH_MAX:
            raise Unauthenticated("no session")
        return await self._cached(
            session_secret, lambda: self._refresh_session(session_secret, peer=peer)
        )

    def forget_session(self, session_secret: str) -> None:
        """It was ended here: nobody uses its token again."""
        digest = _digest(session_secret)
        self._known.pop(digest, None)
        # Whoever waits for it has its answer, but it is not kept.
        self._exchanges.pop(digest, None)

    async def _cached(self, text: str, exchange: Callable[[], Awaitable[_Known]]) -> Caller:
        # The secret itself is not kept: what is in memory may end in a dump.
        digest = _digest(text)
        known = self._known.get(digest)
        if known is not None and self._monotonic() < known.good_until:
            self._known.move_to_end(digest)
            return known.caller
        task = self._exchanges.get(digest)
        if task is None:
            task = asyncio.ensure_future(self._fill(digest, exchange))
            self._exchanges[digest] = task
        # Shielded: the first who asked may go away, and the others still wait.
        return (await asyncio.shield(task)).caller

    async def _fill(self, digest: bytes, exchange: Callable[[], Awaitable[_Known]]) -> _Known:
        this = asyncio.current_task()
        try:
            known = await exchange()
            if self._exchanges.get(digest) is this:
                self._known[digest] = known
                self._known.move_to_end(digest)
                if len(self._known) > _CREDENTIALS_MAX:
                    self._known.popitem(last=False)
            return known
        finally:
            if self._exchanges.get(digest) is this:
                del self._exchanges[digest]

    async def _exchange_key(self, text: str, *, peer: str) -> _Known:
        answer = await self._peers.call(
            self._peers.accounts.ExchangeApiKey,
            accounts_pb2.ExchangeApiKeyRequest(secret=text),
            peer=peer,
            timeout_seconds=_EXCHANGE_SECONDS,
        )
        # The part before the secret names the key.
        key_id = text.removeprefix(_KEY_PREFIX).partition("_")[0]
        return await self._known_of(answer, limit_key=f"key:{key_id}")

    async def _refresh_session(self, session_secret: str, *, peer: str) -> _Known:
        answer = await self._peers.call(
            self._peers.accounts.RefreshSession,
            accounts_pb2.RefreshSessionRequest(session_secret=session_secret),
            peer=peer,
            timeout_seconds=_EXCHANGE_SECONDS,
        )
        return await self._known_of(answer, limit_key=f"session:{answer.session_id}")

    async def _known_of(self, answer: Any, *, limit_key: str) -> _Known:
        principal = await self._verifier.verify(answer.access_token)
        lives_seconds = answer.expire_time.ToMicroseconds() / 1e6 - self._wall()
        caller = Caller(
            token=answer.access_token,
            subject_id=principal.subject_id,
            organisation_id=principal.organisation_id,
            organisation_kind=principal.organisation_kind,
            roles=principal.roles,
            limit_key=limit_key,
        )
        good_seconds = min(CACHE_SECONDS_MAX, lives_seconds - _TOKEN_SPARE_SECONDS)
        return _Known(caller, self._monotonic() + good_seconds)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
