"""What is known of tasks, projects and contractors."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.paging import fitting, next_page, page_position, page_size
from services.chassis.timestamps import timestamp
from services.quality.announcements import source_of
from services.quality.domain.accuracy import Accuracy
from services.quality.domain.limits import Limits
from services.quality.usecases.reading import Consensus, Reading

Context = grpc.aio.ServicerContext[Any, Any]


class ReadingServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading) -> None:
        self._reading = reading

    async def GetConsensus(
        self, request: service_pb2.GetConsensusRequest, context: Context
    ) -> service_pb2.GetConsensusResponse:
        found = await self._reading.consensus(current_principal(), request.task_id)
        return service_pb2.GetConsensusResponse(consensus=_consensus(found))

    async def ListConsensus(
        self, request: service_pb2.ListConsensusRequest, context: Context
    ) -> service_pb2.ListConsensusResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"consensus:{project.project_id}"
        size = page_size(request.page_size)
        after = page_position(request.page_token, scope=scope)
        found = await self._reading.consensus_page(project, after=after, limit=size + 1)
        shown = fitting(_consensus(consensus) for consensus in found[:size])
        return service_pb2.ListConsensusResponse(
            consensus=shown,
            next_page_token=next_page(found, shown, _task_id, scope=scope),
        )

    async def GetProjectQuality(
        self, request: service_pb2.GetProjectQualityRequest, context: Context
    ) -> service_pb2.GetProjectQualityResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        tallies, contractors = await self._reading.counts(project)
        return service_pb2.GetProjectQualityResponse(
            answers_scored=tallies["scored"],
            answers_accepted=tallies["accepted"],
            answers_rejected=tallies["rejected"],
            answers_in_review=tallies["in_review"],
            tasks_resolved=tallies["resolved"],
            gold_tasks=tallies["gold"],
            contractors=contractors,
            answers_saved=tallies["saved"],
            appeals_open=tallies["appeals_open"],
            answers_held=tallies["held"],
            temperature=(await self._reading.calibration(project)).temperature,
            alpha=await self._reading.agreement(project),
        )

    async def GetContractorQuality(
        self, request: service_pb2.GetContractorQualityRequest, context: Context
    ) -> service_pb2.GetContractorQualityResponse:
        found = await self._reading.contractor(
            current_principal(), request.contractor_id, project_id=request.project_id
        )
        limits = await self._reading.limits_in(
            request.contractor_id, [project_id for project_id, _ in found]
        )
        return service_pb2.GetContractorQualityResponse(
            quality=[
                _limited(_contractor_quality(project_id, accuracy), limits.get(project_id))
                for project_id, accuracy in found
            ]
        )


def _task_id(last: Consensus) -> str:
    return last.standing.task_id


def _consensus(found: Consensus) -> types_pb2.Consensus:
    standing = found.standing
    return types_pb2.Consensus(
        task_id=standing.task_id,
        project_id=standing.project_id,
        label=standing.label,
        confidence=standing.confidence,
        answers=len(standing.answer_ids),
        resolved=standing.resolved_at is not None,
        resolve_time=timestamp(standing.resolved_at) if standing.resolved_at else None,
        disputed=standing.disputed,
        posterior=[
            types_pb2.LabelShare(label=label, probability=probability)
            for label, probability in found.posterior.items()
        ],
        raw_confidence=standing.raw_confidence,
        gold_source=source_of(standing.gold_source),
    )


def _limited(
    message: types_pb2.ContractorQuality, limits: Limits | None
) -> types_pb2.ContractorQuality:
    if limits is None:
        return message
    if limits.gold_share is not None:
        message.gold_share = limits.gold_share
    for ends, until in (
        (message.paused_until, limits.paused_until),
        (message.review_until, limits.review_until),
        (message.restricted_until, limits.restricted_until),
        (message.extra_gold_until, limits.extra_gold_until),
    ):
        if until is not None:
            ends.CopyFrom(timestamp(until))
    message.limit_explanation = limits.explanation
    return message


def _contractor_quality(project_id: str, accuracy: Accuracy) -> types_pb2.ContractorQuality:
    message = types_pb2.ContractorQuality(
        contractor_id=accuracy.contractor_id,
        project_id=project_id,
        answers=accuracy.answers,
        confusion=[
            types_pb2.ConfusionCell(true_label=true, given_label=given, answers=answers)
            for (true, given), answers in sorted(accuracy.confusion.items())
        ],
    )
    if accuracy.gold is not None:
        message.gold_answers = round(accuracy.gold.weight)
        message.gold_right = round(accuracy.gold.value * accuracy.gold.weight)
    # What gold says where there is gold: the consensus shares the crowd's mistakes.
    estimate = accuracy.gold or accuracy.consensus
    if estimate is not None:
        message.accuracy = estimate.value
        message.accuracy_low = estimate.low
        message.accuracy_high = estimate.high
    else:
        message.accuracy_high = 1.0
    return message
