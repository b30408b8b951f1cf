"""Operations on `webhook_endpoints`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import (
    CreateWebhookEndpointResponse,
    DeleteWebhookEndpointResponse,
    RotateWebhookSecretResponse,
    WebhookEndpoint,
)
from ..routes import Route

_CREATE_WEBHOOK_ENDPOINT = Route[CreateWebhookEndpointResponse](
    method="POST", path="/v1/webhook-endpoints", body="*"
)

_LIST_WEBHOOK_ENDPOINTS = Route[Sequence[WebhookEndpoint]](
    method="GET", path="/v1/webhook-endpoints", unwrap="webhook_endpoints"
)

_DELETE_WEBHOOK_ENDPOINT = Route[DeleteWebhookEndpointResponse](
    method="POST", path="/v1/webhook-endpoints/{webhook_endpoint_id}:delete", body="*"
)

_ROTATE_WEBHOOK_SECRET = Route[RotateWebhookSecretResponse](
    method="POST", path="/v1/webhook-endpoints/{webhook_endpoint_id}:rotate-secret", body="*"
)


class WebhookEndpointsApi:
    """Operations on `webhook_endpoints`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def create(
        self,
        url: str,
        *,
        types: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> CreateWebhookEndpointResponse:
        """The calling organisation is told of what happens, at an address of its own: signed as
        Standard Webhooks has it, tried again for three days. The secret is shown this once.
        Errors: WEBHOOK_URL_INVALID, WEBHOOK_ENDPOINTS_TOO_MANY.

        Args:
            url: https, and out in the world.
            types: Left out, everything there is to be told of.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_WEBHOOK_ENDPOINT,
            {"url": url, "types": types, "description": description},
            idempotency_key,
        )

    def list(self) -> Sequence[WebhookEndpoint]:
        """The caller's, oldest first; there are at most 10."""
        return self._http.send(_LIST_WEBHOOK_ENDPOINTS, {})

    def delete(
        self, webhook_endpoint_id: str, *, idempotency_key: str | None = None
    ) -> DeleteWebhookEndpointResponse:
        """Nothing is sent there any more. Errors: WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _DELETE_WEBHOOK_ENDPOINT, {"webhook_endpoint_id": webhook_endpoint_id}, idempotency_key
        )

    def rotate_secret(
        self, webhook_endpoint_id: str, *, idempotency_key: str | None = None
    ) -> RotateWebhookSecretResponse:
        """A new secret, shown this once; for a day notices carry the signatures of both. Errors:
        WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ROTATE_WEBHOOK_SECRET, {"webhook_endpoint_id": webhook_endpoint_id}, idempotency_key
        )


class AsyncWebhookEndpointsApi:
    """Operations on `webhook_endpoints`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create(
        self,
        url: str,
        *,
        types: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> CreateWebhookEndpointResponse:
        """The calling organisation is told of what happens, at an address of its own: signed as
        Standard Webhooks has it, tried again for three days. The secret is shown this once.
        Errors: WEBHOOK_URL_INVALID, WEBHOOK_ENDPOINTS_TOO_MANY.

        Args:
            url: https, and out in the world.
            types: Left out, everything there is to be told of.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_WEBHOOK_ENDPOINT,
            {"url": url, "types": types, "description": description},
            idempotency_key,
        )

    async def list(self) -> Sequence[WebhookEndpoint]:
        """The caller's, oldest first; there are at most 10."""
        return await self._http.send(_LIST_WEBHOOK_ENDPOINTS, {})

    async def delete(
        self, webhook_endpoint_id: str, *, idempotency_key: str | None = None
    ) -> DeleteWebhookEndpointResponse:
        """Nothing is sent there any more. Errors: WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _DELETE_WEBHOOK_ENDPOINT, {"webhook_endpoint_id": webhook_endpoint_id}, idempotency_key
        )

    async def rotate_secret(
        self, webhook_endpoint_id: str, *, idempotency_key: str | None = None
    ) -> RotateWebhookSecretResponse:
        """A new secret, shown this once; for a day notices carry the signatures of both. Errors:
        WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ROTATE_WEBHOOK_SECRET, {"webhook_endpoint_id": webhook_endpoint_id}, idempotency_key
        )
