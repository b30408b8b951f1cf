"""Operations on `api_keys`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import ApiKey, ApiKeyResult, NewApiKey, RotateApiKeyResponse
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_BATCH_CREATE_API_KEYS = Route[Sequence[ApiKeyResult]](
    method="POST", path="/v1/api-keys:batchCreate", body="*", unwrap="results"
)

_LIST_API_KEYS = PageRoute[ApiKey](method="GET", path="/v1/api-keys", unwrap="api_keys")

_ROTATE_API_KEY = Route[RotateApiKeyResponse](
    method="POST", path="/v1/api-keys/{api_key_id}:rotate", body="*"
)

_REVOKE_API_KEY = Route[ApiKey](
    method="POST", path="/v1/api-keys/{api_key_id}:revoke", body="*", unwrap="api_key"
)


class ApiKeysApi:
    """Operations on `api_keys`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self, keys: Sequence[NewApiKey], *, idempotency_key: str | None = None
    ) -> Sequence[ApiKeyResult]:
        """Makes keys for people of the caller's organisation, contractors among them; the secrets
        are in the answer and nowhere else. Errors for an item: PERSON_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_BATCH_CREATE_API_KEYS, {"keys": keys}, idempotency_key)

    def list(self, *, page_size: int | None = None) -> Pages[ApiKey]:
        """See crewline.accounts.v1.AccountsService.ListApiKeys."""
        return Pages(self._http, _LIST_API_KEYS, {"page_size": page_size})

    def rotate(
        self,
        api_key_id: str,
        *,
        overlap_seconds: int | None = None,
        idempotency_key: str | None = None,
    ) -> RotateApiKeyResponse:
        """A new secret; the old key works for the overlap that is asked for. Errors:
        API_KEY_NOT_FOUND, API_KEY_REVOKED.

        Args:
            overlap_seconds: How long the old key goes on working; at most a week.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ROTATE_API_KEY,
            {"api_key_id": api_key_id, "overlap_seconds": overlap_seconds},
            idempotency_key,
        )

    def revoke(self, api_key_id: str, *, idempotency_key: str | None = None) -> ApiKey:
        """The key exchanges for no token from now on; tokens already out live to their end.
        Errors: API_KEY_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(_REVOKE_API_KEY, {"api_key_id": api_key_id}, idempotency_key)


class AsyncApiKeysApi:
    """Operations on `api_keys`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self, keys: Sequence[NewApiKey], *, idempotency_key: str | None = None
    ) -> Sequence[ApiKeyResult]:
        """Makes keys for people of the caller's organisation, contractors among them; the secrets
        are in the answer and nowhere else. Errors for an item: PERSON_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_BATCH_CREATE_API_KEYS, {"keys": keys}, idempotency_key)

    def list(self, *, page_size: int | None = None) -> AsyncPages[ApiKey]:
        """See crewline.accounts.v1.AccountsService.ListApiKeys."""
        return AsyncPages(self._http, _LIST_API_KEYS, {"page_size": page_size})

    async def rotate(
        self,
        api_key_id: str,
        *,
        overlap_seconds: int | None = None,
        idempotency_key: str | None = None,
    ) -> RotateApiKeyResponse:
        """A new secret; the old key works for the overlap that is asked for. Errors:
        API_KEY_NOT_FOUND, API_KEY_REVOKED.

        Args:
            overlap_seconds: How long the old key goes on working; at most a week.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ROTATE_API_KEY,
            {"api_key_id": api_key_id, "overlap_seconds": overlap_seconds},
            idempotency_key,
        )

    async def revoke(self, api_key_id: str, *, idempotency_key: str | None = None) -> ApiKey:
        """The key exchanges for no token from now on; tokens already out live to their end.
        Errors: API_KEY_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(_REVOKE_API_KEY, {"api_key_id": api_key_id}, idempotency_key)
