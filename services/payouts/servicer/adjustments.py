"""PayoutsService, corrections by two persons: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from crewline.payouts.v1 import adjustments_pb2 as pb
from services.chassis.authentication import current_principal
from services.chassis.clock import Clock
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.errors import CurrencyUnsupported, InvalidAccount, InvalidAmount
from services.payouts.domain.ledger.adjustments import Adjustment
from services.payouts.usecases.ledger.adjustments import Adjustments
from services.payouts.wire import adjustments as wire

Context = grpc.aio.ServicerContext[Any, Any]
ResponseT = TypeVar("ResponseT", bound=Message)
Change = Callable[[UnitOfWork], Awaitable[Adjustment]]


class AdjustmentServicer:
    """Proposals; see protos/crewline/payouts/v1/adjustments.proto."""

    def __init__(
        self, *, transactions: Transactions, adjustments: Adjustments, clock: Clock
    ) -> None:
        self._adjustment_transactions = transactions
        self._adjustments = adjustments
        self._adjustment_clock = clock

    async def ProposeAdjustment(
        self, request: pb.ProposeAdjustmentRequest, context: Context
    ) -> pb.ProposeAdjustmentResponse:
        async def change(work: UnitOfWork) -> Adjustment:
            try:
                wanted = wire.wanted_of(request)
            except (InvalidAccount, InvalidAmount, CurrencyUnsupported) as err:
                err.metadata.setdefault("field", "postings")
                raise
            by = current_principal().subject_id
            return await self._adjustments.propose(work, wanted, by=by)

        return await self._once_adjusted(request, pb.ProposeAdjustmentResponse, change)

    async def ConfirmAdjustment(
        self, request: pb.ConfirmAdjustmentRequest, context: Context
    ) -> pb.ConfirmAdjustmentResponse:
        async def change(work: UnitOfWork) -> Adjustment:
            by = current_principal().subject_id
            return await self._adjustments.confirm(work, request.adjustment_id, by=by)

        return await self._once_adjusted(request, pb.ConfirmAdjustmentResponse, change)

    async def DeclineAdjustment(
        self, request: pb.DeclineAdjustmentRequest, context: Context
    ) -> pb.DeclineAdjustmentResponse:
        async def change(work: UnitOfWork) -> Adjustment:
            by = current_principal().subject_id
            return await self._adjustments.decline(
                work, request.adjustment_id, reason=request.reason, by=by
            )

        return await self._once_adjusted(request, pb.DeclineAdjustmentResponse, change)

    async def GetAdjustment(
        self, request: pb.GetAdjustmentRequest, context: Context
    ) -> pb.GetAdjustmentResponse:
        found = await self._adjustments.get(request.adjustment_id)
        message = wire.adjustment_message(found, now=self._adjustment_clock())
        return pb.GetAdjustmentResponse(adjustment=message)

    async def ListAdjustments(
        self, request: pb.ListAdjustmentsRequest, context: Context
    ) -> pb.ListAdjustmentsResponse:
        now = self._adjustment_clock()
        page = await self._adjustments.page(
            state=wire.state_of(request.state),
            now=now,
            size=request.page_size,
            token=request.page_token,
        )
        return pb.ListAdjustmentsResponse(
            adjustments=[wire.adjustment_message(one, now=now) for one in page.items],
            next_page_token=page.next_token,
        )

    async def _once_adjusted(
        self, request: Any, response_type: type[ResponseT], change: Change
    ) -> ResponseT:
        async def body(work: UnitOfWork) -> ResponseT:
            message = wire.adjustment_message(await change(work), now=work.now)
            return response_type(adjustment=message)

        return await self._adjustment_transactions.run_once(
            # Of each person: what one has confirmed is no answer to another.
            caller=current_principal().subject_id,
            method=response_type.DESCRIPTOR.name.removesuffix("Response"),
            request_id=request.request_id,
            request=request,
            response_type=response_type,
            body=body,
        )
