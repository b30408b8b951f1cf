"""PayoutsService, the provider's money beside ours: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from datetime import date
from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import page_number, page_position, page_size, page_token
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.parts.reconciliation import ReconciliationParts
from services.payouts.usecases.reconciliation.mirror_report import DaysInvalid
from services.payouts.wire import reconciliation as wire

_CLEARING = "clearing_items"

Context = grpc.aio.ServicerContext[Any, Any]


class ReconciliationServicer:
    """Days, movements without their other side, clearing accounts; see the proto."""

    def __init__(self, *, transactions: Transactions, parts: ReconciliationParts) -> None:
        self._clearing_transactions = transactions
        self._mirror_reports = parts.reports
        self._clearing = parts.clearing

    async def ListReconciliationDays(
        self, request: service_pb2.ListReconciliationDaysRequest, context: Context
    ) -> service_pb2.ListReconciliationDaysResponse:
        report = await self._mirror_reports.days(
            first=_day(request.first_day, field="first_day"),
            last=_day(request.last_day, field="last_day"),
            currency=request.currency,
        )
        return wire.days_message(report)

    async def ListUnmatchedMovements(
        self, request: service_pb2.ListUnmatchedMovementsRequest, context: Context
    ) -> service_pb2.ListUnmatchedMovementsResponse:
        scope = f"unmatched:{request.currency}"
        size = page_size(request.page_size)
        found = await self._mirror_reports.unmatched(
            currency=request.currency,
            after=page_position(request.page_token, scope=scope),
            limit=size + 1,
        )
        page = found[:size]
        more = page_token(page[-1].item_id, scope=scope) if len(found) > size else ""
        return service_pb2.ListUnmatchedMovementsResponse(
            movements=[wire.movement_message(item) for item in page], next_page_token=more
        )

    async def GetClearingAges(
        self, request: service_pb2.GetClearingAgesRequest, context: Context
    ) -> service_pb2.GetClearingAgesResponse:
        found = await self._clearing.ages()
        return service_pb2.GetClearingAgesResponse(ages=[wire.age_message(one) for one in found])

    async def ListClearingItems(
        self, request: service_pb2.ListClearingItemsRequest, context: Context
    ) -> service_pb2.ListClearingItemsResponse:
        size = page_size(request.page_size)
        skip = page_number(request.page_token, scope=_CLEARING)
        found = await self._clearing.open_items(skip=skip, limit=size + 1)
        more = page_token(str(skip + size), scope=_CLEARING) if len(found) > size else ""
        return service_pb2.ListClearingItemsResponse(
            items=[wire.open_item_message(item) for item in found[:size]], next_page_token=more
        )

    async def AcknowledgeClearingItem(
        self, request: service_pb2.AcknowledgeClearingItemRequest, context: Context
    ) -> service_pb2.AcknowledgeClearingItemResponse:
        principal = current_principal()

        async def body(work: UnitOfWork) -> service_pb2.AcknowledgeClearingItemResponse:
            told = await self._clearing.acknowledge(
                work,
                principal.subject_id,
                account=request.account,
                group=request.group,
                reason=request.reason,
                days=request.days,
            )
            return service_pb2.AcknowledgeClearingItemResponse(item=wire.open_item_message(told))

        return await self._clearing_transactions.run_once(
            caller=principal.organisation_id,
            method="AcknowledgeClearingItem",
            request_id=request.request_id,
            request=request,
            response_type=service_pb2.AcknowledgeClearingItemResponse,
            body=body,
        )


def _day(text: str, *, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise DaysInvalid(f"{text} is no day", field=field, day=text) from err
