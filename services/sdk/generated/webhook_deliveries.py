"""Operations on `webhook_deliveries`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import WebhookDelivery, WebhookDeliveryState
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_LIST_WEBHOOK_DELIVERIES = PageRoute[WebhookDelivery](
    method="GET", path="/v1/webhook-deliveries", unwrap="webhook_deliveries"
)

_REDELIVER_WEBHOOK = Route[WebhookDelivery](
    method="POST",
    path="/v1/webhook-deliveries/{webhook_delivery_id}:redeliver",
    body="*",
    unwrap="webhook_delivery",
)


class WebhookDeliveriesApi:
    """Operations on `webhook_deliveries`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        webhook_endpoint_id: str | None = None,
        state: WebhookDeliveryState | None = None,
        page_size: int | None = None,
    ) -> Pages[WebhookDelivery]:
        """What was sent to the caller, or is to be, of the last 30 days, the newest first.

        Args:
            webhook_endpoint_id: Left out, all of the caller's.
        """
        return Pages(
            self._http,
            _LIST_WEBHOOK_DELIVERIES,
            {"webhook_endpoint_id": webhook_endpoint_id, "state": state, "page_size": page_size},
        )

    def redeliver(
        self, webhook_delivery_id: str, *, idempotency_key: str | None = None
    ) -> WebhookDelivery:
        """Sends one again, whatever became of it; its tries begin anew. Errors:
        WEBHOOK_DELIVERY_NOT_FOUND, WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REDELIVER_WEBHOOK, {"webhook_delivery_id": webhook_delivery_id}, idempotency_key
        )


class AsyncWebhookDeliveriesApi:
    """Operations on `webhook_deliveries`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        webhook_endpoint_id: str | None = None,
        state: WebhookDeliveryState | None = None,
        page_size: int | None = None,
    ) -> AsyncPages[WebhookDelivery]:
        """What was sent to the caller, or is to be, of the last 30 days, the newest first.

        Args:
            webhook_endpoint_id: Left out, all of the caller's.
        """
        return AsyncPages(
            self._http,
            _LIST_WEBHOOK_DELIVERIES,
            {"webhook_endpoint_id": webhook_endpoint_id, "state": state, "page_size": page_size},
        )

    async def redeliver(
        self, webhook_delivery_id: str, *, idempotency_key: str | None = None
    ) -> WebhookDelivery:
        """Sends one again, whatever became of it; its tries begin anew. Errors:
        WEBHOOK_DELIVERY_NOT_FOUND, WEBHOOK_ENDPOINT_NOT_FOUND.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REDELIVER_WEBHOOK, {"webhook_delivery_id": webhook_delivery_id}, idempotency_key
        )
