"""PayoutsService, how far an erasure is: protobuf in, use case, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import erasures_pb2 as pb
from services.chassis.timestamps import timestamp
from services.payouts.domain.papers.erasures import Hurdle, Open
from services.payouts.usecases.papers.erasures import Erasures, Progress
from services.payouts.wire.ledger import units_message

Context = grpc.aio.ServicerContext[Any, Any]


class ErasureServicer:
    """GetErasureProgress; see protos/crewline/payouts/v1/erasures.proto."""

    def __init__(self, *, erasures: Erasures) -> None:
        self._erasures = erasures

    async def GetErasureProgress(
        self, request: pb.GetErasureProgressRequest, context: Context
    ) -> pb.GetErasureProgressResponse:
        found = await self._erasures.progress(request.contractor_id)
        return pb.GetErasureProgressResponse(progress=_message(found))


def _message(found: Progress) -> pb.ErasureProgress:
    message = pb.ErasureProgress(
        contractor_id=found.erasure.contractor_id,
        ask_time=timestamp(found.erasure.asked_at),
        hurdles=[_hurdle(one) for one in found.open],
    )
    if found.erasure.erased_at is not None:
        message.erase_time.CopyFrom(timestamp(found.erasure.erased_at))
    return message


def _hurdle(one: Open) -> pb.ErasureHurdleFound:
    message = pb.ErasureHurdleFound(
        hurdle=pb.ErasureHurdle.Value(f"ERASURE_HURDLE_{one.hurdle.value}"),
        vendor_id=one.vendor_id,
        of_id=one.of_id,
        reason=one.reason,
    )
    if one.hurdle is not Hurdle.ADJUSTMENT_PROPOSED:
        message.amount.CopyFrom(units_message(one.amount_units, one.currency))
    return message
