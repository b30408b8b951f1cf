"""BrokerService, results and progress: protobuf in, use cases, protobuf out."""
# ruff: noqa: N802

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc

from crewline.broker.v1 import service_pb2
from services.broker import wire
from services.broker.usecases.projects import Projects
from services.broker.usecases.results import Results
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, next_page, page_position, page_size

Context = grpc.aio.ServicerContext[Any, Any]


class ResultsServicer:
    """Results and progress; see protos/crewline/broker/v1/service.proto."""

    def __init__(self, *, projects: Projects, results: Results) -> None:
        self._result_projects = projects
        self._result_reads = results

    async def ListResults(
        self, request: service_pb2.ListResultsRequest, context: Context
    ) -> service_pb2.ListResultsResponse:
        project = await self._result_projects.get(current_principal(), request.project_id)
        scope = f"results:{project.project_id}:{request.disputed_only}"
        size = page_size(request.page_size)
        after = page_position(request.page_token, scope=scope)
        found = await self._result_reads.page(
            project, after=after, limit=size + 1, disputed_only=request.disputed_only
        )
        shown = fitting(wire.result_message(result, project=project) for result in found[:size])
        return service_pb2.ListResultsResponse(
            results=shown,
            next_page_token=next_page(found, shown, lambda result: result.task_id, scope=scope),
        )

    async def StreamResults(
        self, request: service_pb2.StreamResultsRequest, context: Context
    ) -> AsyncIterator[service_pb2.StreamResultsResponse]:
        project = await self._result_projects.get(current_principal(), request.project_id)
        async for page in self._result_reads.stream(project):
            messages = [
                wire.result_message(result, project=project, include_data=request.include_data)
                for result in page
            ]
            while messages:
                part = fitting(messages)
                yield service_pb2.StreamResultsResponse(results=part)
                del messages[: len(part)]

    async def GetProjectProgress(
        self, request: service_pb2.GetProjectProgressRequest, context: Context
    ) -> service_pb2.GetProjectProgressResponse:
        project = await self._result_projects.get(current_principal(), request.project_id)
        progress = await self._result_reads.progress(project)
        response = service_pb2.GetProjectProgressResponse(
            tasks_posted=progress.tasks_posted,
            tasks_resolved=progress.tallies["resolved"],
            answers_submitted=progress.tallies["submitted"],
            answers_accepted=progress.tallies["accepted"],
            answers_rejected=progress.tallies["rejected"],
            answers_in_review=progress.tallies["in_review"],
            assignments_claimed=progress.running,
            assignments_released=progress.tallies["released"],
            release_reasons=[
                service_pb2.ReasonCount(reason=reason, count=count)
                for reason, count in progress.release_reasons
            ],
        )
        response.count_time.GetCurrentTime()
        return response
