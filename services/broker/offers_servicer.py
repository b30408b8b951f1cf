"""BrokerService, offers and activity: protobuf in, use cases, protobuf out."""
# ruff: noqa: N802

from __future__ import annotations

from typing import Any

import grpc

from crewline.broker.v1 import service_pb2, types_pb2
from services.broker import wire
from services.broker.domain.offers import Offer
from services.broker.store.activity import Activity
from services.broker.usecases.offers import Offers
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, page_position, page_size, page_token
from services.chassis.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]

# Each contractor's whole history is read for it.
_POOL_PAGE_MAX = 50


class OffersServicer:
    """Offers, and what contractors have done; see protos/crewline/broker/v1/service.proto."""

    def __init__(self, *, offers: Offers) -> None:
        self._offers = offers

    async def ListOffers(
        self, request: service_pb2.ListOffersRequest, context: Context
    ) -> service_pb2.ListOffersResponse:
        principal = current_principal()
        scope = f"offers:{principal.subject_id}"
        page = await self._offers.of_contractor(
            principal,
            after=page_position(request.page_token, scope=scope),
            limit=page_size(request.page_size),
        )
        shown = fitting(_offer_message(offer) for offer in page.offers)
        more_after = page.more_after
        if len(shown) < len(page.offers):
            more_after = shown[-1].project_id
        return service_pb2.ListOffersResponse(
            offers=shown, next_page_token=page_token(more_after, scope=scope) if more_after else ""
        )

    async def ListPoolActivity(
        self, request: service_pb2.ListPoolActivityRequest, context: Context
    ) -> service_pb2.ListPoolActivityResponse:
        principal = current_principal()
        scope = f"pool_activity:{principal.organisation_id}"
        size = min(page_size(request.page_size), _POOL_PAGE_MAX)
        found = await self._offers.pool_activity(
            principal, after=page_position(request.page_token, scope=scope), limit=size + 1
        )
        page = found[:size]
        more = page_token(page[-1].contractor_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListPoolActivityResponse(
            contractors=[_activity_message(activity) for activity in page], next_page_token=more
        )


def _offer_message(offer: Offer) -> types_pb2.Offer:
    project = offer.project
    message = types_pb2.Offer(
        project_id=project.project_id,
        name=project.name,
        kind=project.kind.value,  # type: ignore[arg-type]
        instructions=project.instructions,
        pay=wire.money_message(project.pay_units, project.currency),
        price=wire.price_message(project.price(offer.commission_bps), project.currency),
        tasks_open=offer.tasks_open,
        usual_seconds=offer.pace.usual_seconds,
        lease_seconds=project.lease_seconds,
        acceptance_rate=offer.pace.acceptance_rate,
    )
    if offer.hourly_units:
        hourly = wire.money_message(offer.hourly_units, project.currency)
        message.hourly_pay.CopyFrom(hourly)
    return message


def _activity_message(activity: Activity) -> types_pb2.ContractorActivity:
    message = types_pb2.ContractorActivity(
        contractor_id=activity.contractor_id,
        answers_submitted=sum(activity.by_state.values()),
        answers_accepted=activity.by_state.get("ACCEPTED", 0),
        answers_rejected=activity.by_state.get("REJECTED", 0),
        answers_in_review=activity.by_state.get("IN_REVIEW", 0),
        active_seconds=activity.active_seconds,
    )
    if activity.last_submitted_at is not None:
        message.last_submit_time.CopyFrom(timestamp(activity.last_submitted_at))
    return message
