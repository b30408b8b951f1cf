"""Reports of the checks that clients run on answers in code."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2
from services.chassis.authentication import current_principal
from services.quality.servicer.results import review_result
from services.quality.usecases.checks import Check, Checks

Context = grpc.aio.ServicerContext[Any, Any]


class ChecksServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, checks: Checks) -> None:
        self._checks = checks

    async def ReportChecks(
        self, request: service_pb2.ReportChecksRequest, context: Context
    ) -> service_pb2.ReportChecksResponse:
        outcomes = await self._checks.report(
            current_principal(),
            [
                Check(
                    assignment_id=check.assignment_id,
                    passed=check.passed,
                    failed=check.failed,
                    log=check.log,
                )
                for check in request.checks
            ],
        )
        return service_pb2.ReportChecksResponse(
            results=[
                review_result(check.assignment_id, outcome)
                for check, outcome in zip(request.checks, outcomes, strict=True)
            ]
        )
