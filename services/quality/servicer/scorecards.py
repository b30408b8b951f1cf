"""Vendors' scorecards."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.quality.announcements import KINDS
from services.quality.domain.accuracy import Estimate
from services.quality.domain.scorecards import Scorecard
from services.quality.usecases.scorecards import Scorecards

Context = grpc.aio.ServicerContext[Any, Any]


class ScorecardsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, scorecards: Scorecards) -> None:
        self._scorecards = scorecards

    async def GetVendorScorecard(
        self, request: service_pb2.GetVendorScorecardRequest, context: Context
    ) -> service_pb2.GetVendorScorecardResponse:
        found = await self._scorecards.of_vendor(current_principal(), request.vendor_id)
        return service_pb2.GetVendorScorecardResponse(scorecards=[_scorecard(c) for c in found])


def _scorecard(card: Scorecard) -> types_pb2.VendorScorecard:
    return types_pb2.VendorScorecard(
        vendor_id=card.vendor_id,
        kind=KINDS[card.kind],
        contractors=card.contractors,
        answers=card.answers,
        gold_accuracy=_estimate(card.gold_accuracy),
        consensus_accuracy=_estimate(card.consensus_accuracy),
        acceptance=_estimate(card.acceptance),
        appeals_upheld=_estimate(card.upheld),
    )


def _estimate(found: Estimate | None) -> types_pb2.Estimate | None:
    if found is None:
        return None
    return types_pb2.Estimate(
        value=found.value, low=found.low, high=found.high, weight=found.weight
    )
