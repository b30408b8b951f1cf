"""Rankings by comparisons."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.quality.usecases.rankings import Rankings
from services.quality.usecases.reading import Reading

Context = grpc.aio.ServicerContext[Any, Any]


class RankingsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, rankings: Rankings) -> None:
        self._reading = reading
        self._rankings = rankings

    async def GetRanking(
        self, request: service_pb2.GetRankingRequest, context: Context
    ) -> service_pb2.GetRankingResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        items, fitted_at = await self._rankings.of_project(project)
        return service_pb2.GetRankingResponse(
            items=[
                types_pb2.RankedItem(
                    item=rated.item,
                    rating=rated.rating,
                    rating_low=rated.low,
                    rating_high=rated.high,
                    comparisons=rated.comparisons,
                )
                for rated in items
            ],
            fit_time=timestamp(fitted_at) if fitted_at is not None else None,
        )
