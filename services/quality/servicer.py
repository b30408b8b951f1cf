"""QualityService: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import grpc

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import service_pb2, service_pb2_grpc, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.errors import DomainError, PageTokenInvalid
from services.chassis.natural_keys import derived_id
from services.chassis.paging import fitting, next_page, page_position, page_size
from services.chassis.timestamps import timestamp
from services.quality.announcements import DECISIONS
from services.quality.domain.accuracy import Accuracy
from services.quality.domain.decisions import Verdict
from services.quality.domain.records import ProjectRecord, StoredStanding
from services.quality.usecases.reading import Reading
from services.quality.usecases.reviews import ReviewDecision, Reviewed, Reviews

Context = grpc.aio.ServicerContext[Any, Any]

_VERDICTS = {
    types_pb2.DECISION_ACCEPTED: Verdict.ACCEPT,
    types_pb2.DECISION_REJECTED: Verdict.REJECT,
}


class QualityServicer(service_pb2_grpc.QualityServiceServicer):
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, reviews: Reviews) -> None:
        self._reading = reading
        self._reviews = reviews

    async def GetConsensus(
        self, request: service_pb2.GetConsensusRequest, context: Context
    ) -> service_pb2.GetConsensusResponse:
        standing = await self._reading.consensus(current_principal(), request.task_id)
        return service_pb2.GetConsensusResponse(consensus=_consensus(standing))

    async def ListConsensus(
        self, request: service_pb2.ListConsensusRequest, context: Context
    ) -> service_pb2.ListConsensusResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"consensus:{project.project_id}"
        size = page_size(request.page_size)
        after = page_position(request.page_token, scope=scope)
        found = await self._reading.consensus_page(project, after=after, limit=size + 1)
        shown = fitting(_consensus(standing) for standing in found[:size])
        return service_pb2.ListConsensusResponse(
            consensus=shown,
            next_page_token=next_page(found, shown, lambda last: last.task_id, scope=scope),
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
        )

    async def GetContractorQuality(
        self, request: service_pb2.GetContractorQualityRequest, context: Context
    ) -> service_pb2.GetContractorQualityResponse:
        found = await self._reading.contractor(
            current_principal(), request.contractor_id, project_id=request.project_id
        )
        return service_pb2.GetContractorQualityResponse(
            quality=[_contractor_quality(project, accuracy) for project, accuracy in found]
        )

    async def ListReviews(
        self, request: service_pb2.ListReviewsRequest, context: Context
    ) -> service_pb2.ListReviewsResponse:
        project = await self._reading.project(current_principal(), request.project_id)
        scope = f"reviews:{project.project_id}"
        size = page_size(request.page_size)
        after = _review_position(request.page_token, scope)
        found = await self._reviews.waiting(project, after=after, limit=size + 1)
        shown = fitting(_judged(project, reviewed) for reviewed in found[:size])
        return service_pb2.ListReviewsResponse(
            answers=shown,
            next_page_token=next_page(found, shown, _review_place, scope=scope),
        )

    async def DecideReviews(
        self, request: service_pb2.DecideReviewsRequest, context: Context
    ) -> service_pb2.DecideReviewsResponse:
        outcomes = await self._reviews.decide(
            current_principal(),
            [
                ReviewDecision(
                    assignment_id=decision.assignment_id,
                    verdict=_VERDICTS[decision.decision],
                    note=decision.reason,
                )
                for decision in request.decisions
            ],
        )
        response = service_pb2.DecideReviewsResponse()
        for decision, outcome in zip(request.decisions, outcomes, strict=True):
            result = response.results.add(assignment_id=decision.assignment_id)
            if isinstance(outcome, DomainError):
                result.error.CopyFrom(
                    common_pb2.ItemError(
                        reason=outcome.reason,
                        message=outcome.message,
                        field=outcome.metadata.get("field", ""),
                        metadata=outcome.metadata,
                    )
                )
            else:
                result.decision = DECISIONS[outcome.ruling.state]
                result.revision = outcome.ruling.revision
        return response


def _consensus(standing: StoredStanding) -> types_pb2.Consensus:
    return types_pb2.Consensus(
        task_id=standing.task_id,
        project_id=standing.project_id,
        label=standing.label,
        confidence=standing.confidence,
        answers=len(standing.answer_ids),
        resolved=standing.resolved_at is not None,
        resolve_time=timestamp(standing.resolved_at) if standing.resolved_at else None,
        disputed=standing.disputed,
    )


def _contractor_quality(project_id: str, accuracy: Accuracy) -> types_pb2.ContractorQuality:
    message = types_pb2.ContractorQuality(
        contractor_id=accuracy.contractor_id, project_id=project_id, answers=accuracy.answers
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


def _judged(project: ProjectRecord, reviewed: Reviewed) -> types_pb2.JudgedAnswer:
    ruling = reviewed.stored.ruling
    return types_pb2.JudgedAnswer(
        assignment_id=ruling.assignment_id,
        task_id=reviewed.stored.task_id,
        project_id=project.project_id,
        contractor_pseudonym=derived_id("anon", project.pseudonym_salt, ruling.contractor_id),
        value=reviewed.answer.answer.label,
        decision=DECISIONS[ruling.state],
        reason=ruling.reason.value.upper() if ruling.reason is not None else "",
        evidence={name: str(value) for name, value in ruling.evidence.items()},
        rule_version=ruling.rule_version,
        revision=ruling.revision,
        decide_time=timestamp(ruling.ruled_at) if ruling.ruled_at is not None else None,
        consensus_label=reviewed.standing.label if reviewed.standing is not None else "",
    )


def _review_place(reviewed: Reviewed) -> str:
    ruling = reviewed.stored.ruling
    moment = ruling.ruled_at.isoformat() if ruling.ruled_at is not None else ""
    return f"{moment} {ruling.assignment_id}"


def _review_position(token: str, scope: str) -> tuple[datetime, str] | None:
    position = page_position(token, scope=scope)
    if not position:
        return None
    moment, _, assignment_id = position.partition(" ")
    try:
        return datetime.fromisoformat(moment), assignment_id
    except ValueError as err:
        raise PageTokenInvalid("page_token is not a token of ours", field="page_token") from err
