"""Reports of projects' quality."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.chassis.timestamps import timestamp
from services.quality.usecases.reading import Reading
from services.quality.usecases.reports import Reports

Context = grpc.aio.ServicerContext[Any, Any]


class ReportsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, reports: Reports) -> None:
        self._reading = reading
        self._reports = reports

    async def GetQualityReport(
        self, request: service_pb2.GetQualityReportRequest, context: Context
    ) -> service_pb2.GetQualityReportResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        report, made_at = await self._reports.report(project)
        return service_pb2.GetQualityReportResponse(
            report_json=report, create_time=timestamp(made_at)
        )
