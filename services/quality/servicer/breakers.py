"""Breakers: which projects' rejections are held, and what becomes of them."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, moment_place, next_page, page_moment, page_size
from services.chassis.timestamps import timestamp
from services.quality.domain.breaker import Breaker, BreakerState
from services.quality.usecases.breakers import Breakers

Context = grpc.aio.ServicerContext[Any, Any]

_STATES = {
    types_pb2.BREAKER_STATE_TRIPPED: BreakerState.TRIPPED,
    types_pb2.BREAKER_STATE_RELEASED: BreakerState.RELEASED,
    types_pb2.BREAKER_STATE_OVERRULED: BreakerState.OVERRULED,
}
_WIRE_STATES = {state: wire for wire, state in _STATES.items()}


class BreakersServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, breakers: Breakers) -> None:
        self._breakers = breakers

    async def ListBreakers(
        self, request: service_pb2.ListBreakersRequest, context: Context
    ) -> service_pb2.ListBreakersResponse:
        scope = f"breakers:{request.state}"
        size = page_size(request.page_size)
        found = await self._breakers.page(
            state=_STATES.get(request.state),
            after=page_moment(request.page_token, scope=scope),
            limit=size + 1,
        )
        shown = fitting(_breaker(breaker) for breaker in found[:size])
        return service_pb2.ListBreakersResponse(
            breakers=shown, next_page_token=next_page(found, shown, _place, scope=scope)
        )

    async def CloseBreaker(
        self, request: service_pb2.CloseBreakerRequest, context: Context
    ) -> service_pb2.CloseBreakerResponse:
        breaker = await self._breakers.close(
            current_principal(), request.breaker_id, _STATES[request.state], request.note
        )
        return service_pb2.CloseBreakerResponse(breaker=_breaker(breaker))


def _breaker(breaker: Breaker) -> types_pb2.Breaker:
    return types_pb2.Breaker(
        breaker_id=breaker.breaker_id,
        project_id=breaker.project_id,
        state=_WIRE_STATES[breaker.state],
        answers_held=breaker.answers_held,
        rejected_share=breaker.rejected_share,
        limit_share=breaker.limit_share,
        trip_time=timestamp(breaker.tripped_at),
        close_time=timestamp(breaker.closed_at) if breaker.closed_at is not None else None,
        closed_by=breaker.closed_by,
        note=breaker.note,
    )


def _place(breaker: Breaker) -> str:
    return moment_place(breaker.tripped_at, breaker.breaker_id)
