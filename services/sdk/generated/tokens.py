"""Operations on `tokens`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import ExchangeApiKeyResponse, RefreshSessionResponse, SigningKey
from ..routes import Route

_EXCHANGE_API_KEY = Route[ExchangeApiKeyResponse](
    method="POST", path="/v1/access-tokens", body="*", is_public=True
)

_REFRESH_SESSION = Route[RefreshSessionResponse](
    method="POST", path="/v1/access-tokens:refresh", body="*", is_public=True
)

_GET_KEY_SET = Route[Sequence[SigningKey]](
    method="GET", path="/v1/key-set", unwrap="keys", is_public=True
)


class TokensApi:
    """Operations on `tokens`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def exchange(self, secret: str) -> ExchangeApiKeyResponse:
        """An API key for a short-lived access token (EdDSA JWT); a repeat mints another one.
        Errors: API_KEY_INVALID, RATE_LIMITED.
        """
        return self._http.send(_EXCHANGE_API_KEY, {"secret": secret})

    def refresh(self, session_secret: str) -> RefreshSessionResponse:
        """A session for a short-lived access token; a repeat mints another one. Errors:
        SESSION_ENDED, RATE_LIMITED.
        """
        return self._http.send(_REFRESH_SESSION, {"session_secret": session_secret})

    def key_set(self) -> Sequence[SigningKey]:
        """The public keys that tokens may be signed with."""
        return self._http.send(_GET_KEY_SET, {})


class AsyncTokensApi:
    """Operations on `tokens`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def exchange(self, secret: str) -> ExchangeApiKeyResponse:
        """An API key for a short-lived access token (EdDSA JWT); a repeat mints another one.
        Errors: API_KEY_INVALID, RATE_LIMITED.
        """
        return await self._http.send(_EXCHANGE_API_KEY, {"secret": secret})

    async def refresh(self, session_secret: str) -> RefreshSessionResponse:
        """A session for a short-lived access token; a repeat mints another one. Errors:
        SESSION_ENDED, RATE_LIMITED.
        """
        return await self._http.send(_REFRESH_SESSION, {"session_secret": session_secret})

    async def key_set(self) -> Sequence[SigningKey]:
        """The public keys that tokens may be signed with."""
        return await self._http.send(_GET_KEY_SET, {})
