"""PayoutsService, webhooks of organisations: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.errors import PageTokenInvalid
from services.chassis.paging import page_position, page_size, page_token
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.notices.notices import Delivery, DeliveryState, Endpoint, NoticeType
from services.payouts.usecases.notices.notices import Notices

_STATES = {
    types_pb2.WEBHOOK_DELIVERY_STATE_PENDING: DeliveryState.PENDING,
    types_pb2.WEBHOOK_DELIVERY_STATE_DELIVERED: DeliveryState.DELIVERED,
    types_pb2.WEBHOOK_DELIVERY_STATE_DEAD: DeliveryState.DEAD,
}
# Shown once: a repeat of the request returns the rest.
_SECRETS = ("secret",)

Context = grpc.aio.ServicerContext[Any, Any]


class NoticeServicer:
    """Endpoints and deliveries of the calling organisation; see the proto."""

    def __init__(self, *, transactions: Transactions, notices: Notices) -> None:
        self._notice_transactions = transactions
        self._notices = notices

    async def CreateWebhookEndpoint(
        self, request: service_pb2.CreateWebhookEndpointRequest, context: Context
    ) -> service_pb2.CreateWebhookEndpointResponse:
        organisation_id = current_principal().organisation_id

        async def body(work: UnitOfWork) -> service_pb2.CreateWebhookEndpointResponse:
            made = await self._notices.create(
                work,
                organisation_id,
                url=request.url,
                types=[NoticeType(kind) for kind in request.types],
                description=request.description,
            )
            return service_pb2.CreateWebhookEndpointResponse(
                webhook_endpoint=_endpoint(made.endpoint), secret=made.secret
            )

        return await self._notice_transactions.run_once(
            caller=organisation_id,
            method="CreateWebhookEndpoint",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.CreateWebhookEndpointResponse,
            body=body,
            secrets=_SECRETS,
        )

    async def ListWebhookEndpoints(
        self, request: service_pb2.ListWebhookEndpointsRequest, context: Context
    ) -> service_pb2.ListWebhookEndpointsResponse:
        found = await self._notices.endpoints(current_principal().organisation_id)
        return service_pb2.ListWebhookEndpointsResponse(
            webhook_endpoints=[_endpoint(one) for one in found]
        )

    async def DeleteWebhookEndpoint(
        self, request: service_pb2.DeleteWebhookEndpointRequest, context: Context
    ) -> service_pb2.DeleteWebhookEndpointResponse:
        organisation_id = current_principal().organisation_id

        async def body(work: UnitOfWork) -> service_pb2.DeleteWebhookEndpointResponse:
            await self._notices.delete(work, organisation_id, request.webhook_endpoint_id)
            return service_pb2.DeleteWebhookEndpointResponse()

        return await self._notice_transactions.run_once(
            caller=organisation_id,
            method="DeleteWebhookEndpoint",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.DeleteWebhookEndpointResponse,
            body=body,
        )

    async def RotateWebhookSecret(
        self, request: service_pb2.RotateWebhookSecretRequest, context: Context
    ) -> service_pb2.RotateWebhookSecretResponse:
        organisation_id = current_principal().organisation_id

        async def body(work: UnitOfWork) -> service_pb2.RotateWebhookSecretResponse:
            made = await self._notices.rotate(work, organisation_id, request.webhook_endpoint_id)
            return service_pb2.RotateWebhookSecretResponse(
                webhook_endpoint=_endpoint(made.endpoint), secret=made.secret
            )

        return await self._notice_transactions.run_once(
            caller=organisation_id,
            method="RotateWebhookSecret",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RotateWebhookSecretResponse,
            body=body,
            secrets=_SECRETS,
        )

    async def ListWebhookDeliveries(
        self, request: service_pb2.ListWebhookDeliveriesRequest, context: Context
    ) -> service_pb2.ListWebhookDeliveriesResponse:
        organisation_id = current_principal().organisation_id
        scope = f"deliveries:{organisation_id}:{request.webhook_endpoint_id}:{request.state}"
        size = page_size(request.page_size)
        found = await self._notices.deliveries(
            organisation_id,
            endpoint_id=request.webhook_endpoint_id,
            state=_STATES.get(request.state),
            before=_position(page_position(request.page_token, scope=scope)),
            limit=size + 1,
        )
        page = found[:size]
        more = ""
        if len(found) > size:
            last = page[-1]
            millis = round(last.created_at.timestamp() * 1000)
            more = page_token(f"{millis} {last.delivery_id}", scope=scope)
        return service_pb2.ListWebhookDeliveriesResponse(
            webhook_deliveries=[_delivery(one) for one in page], next_page_token=more
        )

    async def RedeliverWebhook(
        self, request: service_pb2.RedeliverWebhookRequest, context: Context
    ) -> service_pb2.RedeliverWebhookResponse:
        organisation_id = current_principal().organisation_id

        async def body(work: UnitOfWork) -> service_pb2.RedeliverWebhookResponse:
            found = await self._notices.redeliver(
                work, organisation_id, request.webhook_delivery_id
            )
            return service_pb2.RedeliverWebhookResponse(webhook_delivery=_delivery(found))

        return await self._notice_transactions.run_once(
            caller=organisation_id,
            method="RedeliverWebhook",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.RedeliverWebhookResponse,
            body=body,
        )


def _position(text: str) -> tuple[datetime, str] | None:
    if not text:
        return None
    millis, _, delivery_id = text.partition(" ")
    try:
        return datetime.fromtimestamp(int(millis) / 1000, UTC), delivery_id
    except (ValueError, OverflowError, OSError) as err:
        raise PageTokenInvalid("page_token is not one of ours", field="page_token") from err


def _endpoint(endpoint: Endpoint) -> types_pb2.WebhookEndpoint:
    return types_pb2.WebhookEndpoint(
        webhook_endpoint_id=endpoint.endpoint_id,
        url=endpoint.url,
        types=sorted(endpoint.types),
        description=endpoint.description,
        create_time=timestamp(endpoint.created_at),
    )


def _delivery(delivery: Delivery) -> types_pb2.WebhookDelivery:
    message = types_pb2.WebhookDelivery(
        webhook_delivery_id=delivery.delivery_id,
        webhook_endpoint_id=delivery.endpoint_id,
        notice_id=delivery.notice_id,
        type=delivery.type.value,
        state=types_pb2.WebhookDeliveryState.Value(
            f"WEBHOOK_DELIVERY_STATE_{delivery.state.value}"
        ),
        tries=delivery.tries,
        status=delivery.status,
        error=delivery.error,
        payload=delivery.payload.decode(),
        create_time=timestamp(delivery.created_at),
    )
    if delivery.tried_at is not None:
        message.try_time.CopyFrom(timestamp(delivery.tried_at))
    return message
