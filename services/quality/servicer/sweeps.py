"""Sweeps when asked for."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.quality.usecases.reading import Reading
from services.quality.usecases.sweeps import Sweeps

Context = grpc.aio.ServicerContext[Any, Any]


class SweepsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, sweeps: Sweeps) -> None:
        self._reading = reading
        self._sweeps = sweeps

    async def SweepProject(
        self, request: service_pb2.SweepProjectRequest, context: Context
    ) -> service_pb2.SweepProjectResponse:
        principal = current_principal()
        project = await self._reading.project(principal, request.project_id)
        owner = f"{principal.organisation_id}:{request.request_id}"
        result = await self._sweeps.sweep(project, owner=owner)
        return service_pb2.SweepProjectResponse(
            tasks_scored=result.tasks_scored, labels_changed=result.labels_changed
        )
