"""Known answers, and how they do as control tasks."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, next_page, page_position, page_size
from services.chassis.timestamps import timestamp
from services.quality.announcements import source_of
from services.quality.domain.records import StoredStanding
from services.quality.domain.truths import GoldSource
from services.quality.servicer.results import item_error
from services.quality.usecases.gold import Gold
from services.quality.usecases.reading import Reading
from services.quality.usecases.truths import FoundTruth

Context = grpc.aio.ServicerContext[Any, Any]


class GoldServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, gold: Gold) -> None:
        self._reading = reading
        self._gold = gold

    async def SetGold(
        self, request: service_pb2.SetGoldRequest, context: Context
    ) -> service_pb2.SetGoldResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        errors = await self._gold.set(
            project,
            [
                FoundTruth(
                    task_id=label.task_id,
                    label=label.label or None,
                    source=GoldSource.CLIENT,
                    is_control=label.is_control,
                )
                for label in request.labels
            ],
        )
        response = service_pb2.SetGoldResponse()
        for label, error in zip(request.labels, errors, strict=True):
            result = response.results.add(task_id=label.task_id)
            if error is not None:
                result.error.CopyFrom(item_error(error))
        return response

    async def ListGold(
        self, request: service_pb2.ListGoldRequest, context: Context
    ) -> service_pb2.ListGoldResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"gold:{project.project_id}"
        size = page_size(request.page_size)
        after = page_position(request.page_token, scope=scope)
        found = await self._gold.page(project, after=after, limit=size + 1)
        shown = fitting(_gold(standing) for standing in found[:size])
        return service_pb2.ListGoldResponse(
            gold=shown,
            next_page_token=next_page(found, shown, lambda last: last.task_id, scope=scope),
        )


def _gold(standing: StoredStanding) -> types_pb2.Gold:
    truth = standing.truth
    message = types_pb2.Gold(
        task_id=standing.task_id,
        answers=standing.gold_answers,
        right=standing.gold_right,
    )
    if truth is None:
        message.label = standing.gold
        message.source = source_of(standing.gold_source)
        message.is_control = True
    else:
        message.label = truth.label or ""
        message.source = source_of(truth.source)
        message.is_control = truth.is_control
        message.suspect = truth.suspect
        if truth.changed_at is not None:
            message.change_time.CopyFrom(timestamp(truth.changed_at))
    return message
