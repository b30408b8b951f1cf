"""What looks wrong about contractors, and what an operator does about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, moment_place, next_page, page_moment, page_size
from services.chassis.timestamps import timestamp
from services.quality.domain.signals import Signal
from services.quality.usecases.reading import Reading
from services.quality.usecases.restraints import Restraints
from services.quality.usecases.signals import Signals

Context = grpc.aio.ServicerContext[Any, Any]


class ConductServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, signals: Signals, restraints: Restraints) -> None:
        self._reading = reading
        self._signals = signals
        self._restraints = restraints

    async def ListSignals(
        self, request: service_pb2.ListSignalsRequest, context: Context
    ) -> service_pb2.ListSignalsResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"signals:{project.project_id}"
        size = page_size(request.page_size)
        found = await self._signals.page(
            project, before=page_moment(request.page_token, scope=scope), limit=size + 1
        )
        shown = fitting(_signal(signal) for signal in found[:size])
        return service_pb2.ListSignalsResponse(
            signals=shown, next_page_token=next_page(found, shown, _place, scope=scope)
        )

    async def LimitContractor(
        self, request: service_pb2.LimitContractorRequest, context: Context
    ) -> service_pb2.LimitContractorResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        found = await self._restraints.limit(
            project,
            request.contractor_id,
            pause=timedelta(hours=request.pause_hours),
            review=timedelta(hours=request.review_hours),
            restrict=timedelta(hours=request.restrict_hours),
            explanation=request.explanation,
        )
        return service_pb2.LimitContractorResponse(
            paused_until=timestamp(found.paused_until) if found.paused_until else None,
            review_until=timestamp(found.review_until) if found.review_until else None,
            restricted_until=timestamp(found.restricted_until) if found.restricted_until else None,
        )


def _signal(signal: Signal) -> types_pb2.Signal:
    return types_pb2.Signal(
        signal_id=signal.signal_id,
        project_id=signal.project_id,
        name=signal.name.value,
        contractor_ids=signal.contractor_ids,
        task_id=signal.task_id,
        evidence=dict(signal.evidence),
        find_time=timestamp(signal.found_at),
    )


def _place(signal: Signal) -> str:
    return moment_place(signal.found_at, signal.signal_id)
