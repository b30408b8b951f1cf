"""Who is calling: access tokens are verified here, locally, with the key set of accounts."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.chassis.errors import Unauthenticated

TOKEN_ISSUER = "crewline-accounts"  # noqa: S105
TOKEN_ALGORITHM = "EdDSA"  # noqa: S105
_LEEWAY_SECONDS = 5
_CACHED_TOKENS_MAX = 50_000
_REFRESH_PAUSE_SECONDS = 5.0

FetchKeys = Callable[[], Awaitable[Mapping[str, Ed25519PublicKey]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The bearer of a token: which person of which organisation, and what they may do."""

    subject_id: str
    organisation_id: str
    organisation_kind: str
    """platform, client or vendor."""
    roles: frozenset[str]
    """Names of crewline.common.v1.Role without their prefix, such as CONTRACTOR."""


_principal: ContextVar[Principal] = ContextVar("principal")


def current_principal() -> Principal:
    """The caller of the RPC that is being handled.

    Errors:
        Unauthenticated: the RPC is public and its caller showed no token.
    """
    try:
        return _principal.get()
    except LookupError:
        raise Unauthenticated("this call needs an access token") from None


def set_principal(principal: Principal) -> None:
    """For the server's pipeline: holds for the task that handles the call."""
    _principal.set(principal)


class TokenVerifier:
    """Turns a bearer token into a Principal; a token that was verified once costs a look-up."""

    def __init__(self, *, fetch_keys: FetchKeys) -> None:
        self._fetch_keys = fetch_keys
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._verified: OrderedDict[str, tuple[float, Principal]] = OrderedDict()

    async def refresh(self) -> None:
        """Fetches the key set. Errors: PeerUnavailable."""
        self._keys = dict(await self._fetch_keys())
        self._fetched_at = time.monotonic()

    async def verify(self, token: str) -> Principal:
        """Errors: Unauthenticated (TOKEN_INVALID or TOKEN_EXPIRED), PeerUnavailable."""
        known = self._verified.get(token)
        if known is not None:
            expires_at, principal = known
            if time.time() < expires_at:
                return principal
            del self._verified[token]
        expires_at, principal = await self._check(token)
        self._verified[token] = (expires_at, principal)
        if len(self._verified) > _CACHED_TOKENS_MAX:
            self._verified.popitem(last=False)
        return principal

    async def _check(self, token: str) -> tuple[float, Principal]:
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                key,
                algorithms=[TOKEN_ALGORITHM],
                issuer=TOKEN_ISSUER,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "iss"]},
            )
            principal = Principal(
                subject_id=claims["sub"],
                organisation_id=claims["org"],
                organisation_kind=claims["org_kind"],
                roles=frozenset(claims["roles"]),
            )
        except jwt.ExpiredSignatureError as err:
            raise TokenExpired("the access token has expired; exchange the API key again") from err
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as err:
            raise Unauthenticated("the access token is not one of ours") from err
        return float(claims["exp"]) + _LEEWAY_SECONDS, principal

    async def _key(self, key_id: str) -> Ed25519PublicKey:
        if key_id not in self._keys:
            async with self._fetching:
                stale = time.monotonic() - self._fetched_at > _REFRESH_PAUSE_SECONDS
                if key_id not in self._keys and stale:
                    await self.refresh()
        try:
            return self._keys[key_id]
        except KeyError:
            raise Unauthenticated("the access token's key is not known") from None


class TokenExpired(Unauthenticated):
    """The token was good once."""

    reason = "TOKEN_EXPIRED"
