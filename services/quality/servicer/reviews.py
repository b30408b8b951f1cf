"""What waits for people, and what they say."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.quality.v1 import service_pb2, types_pb2
from services.chassis.authentication import current_principal
from services.chassis.natural_keys import derived_id
from services.chassis.paging import fitting, moment_place, next_page, page_moment, page_size
from services.chassis.timestamps import timestamp
from services.quality.announcements import DECISIONS
from services.quality.domain.decisions import Verdict
from services.quality.domain.records import ProjectRecord
from services.quality.domain.rulings import FULL_PAY_BPS
from services.quality.servicer.results import review_result
from services.quality.usecases.reading import Reading
from services.quality.usecases.reviews import ReviewDecision, Reviewed, Reviews

Context = grpc.aio.ServicerContext[Any, Any]

_OF_THE_ANSWER = ("checks_", "error")

_VERDICTS = {
    types_pb2.DECISION_ACCEPTED: Verdict.ACCEPT,
    types_pb2.DECISION_REJECTED: Verdict.REJECT,
}


class ReviewsServicer:
    """See protos/crewline/quality/v1/service.proto."""

    def __init__(self, *, reading: Reading, reviews: Reviews) -> None:
        self._reading = reading
        self._reviews = reviews

    async def ListReviews(
        self, request: service_pb2.ListReviewsRequest, context: Context
    ) -> service_pb2.ListReviewsResponse:
        principal = current_principal()
        project = await self._reading.project(principal, request.project_id)
        blind = "OPERATOR" not in principal.roles
        scope = f"reviews:{project.project_id}"
        size = page_size(request.page_size)
        after = page_moment(request.page_token, scope=scope)
        found = await self._reviews.waiting(project, after=after, limit=size + 1)
        shown = fitting(_judged(project, reviewed, blind=blind) for reviewed in found[:size])
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
                    pay_bps=decision.pay_bps or FULL_PAY_BPS,
                    label=decision.label,
                )
                for decision in request.decisions
            ],
        )
        return service_pb2.DecideReviewsResponse(
            results=[
                review_result(decision.assignment_id, outcome)
                for decision, outcome in zip(request.decisions, outcomes, strict=True)
            ]
        )


def _judged(project: ProjectRecord, reviewed: Reviewed, *, blind: bool) -> types_pb2.JudgedAnswer:
    """Blind, it tells of the answer alone: also how the client's own checks of it went."""
    ruling = reviewed.stored.ruling
    standing = reviewed.standing
    return types_pb2.JudgedAnswer(
        assignment_id=ruling.assignment_id,
        task_id=reviewed.stored.task_id,
        project_id=project.project_id,
        contractor_pseudonym=derived_id("anon", project.pseudonym_salt, ruling.contractor_id),
        value=reviewed.answer.answer.label,
        decision=DECISIONS[ruling.state],
        reason=ruling.reason.value.upper() if ruling.reason is not None else "",
        evidence={
            name: str(value)
            for name, value in ruling.evidence.items()
            if not blind or name.startswith(_OF_THE_ANSWER)
        },
        rule_version=ruling.rule_version,
        revision=ruling.revision,
        decide_time=timestamp(ruling.ruled_at) if ruling.ruled_at is not None else None,
        consensus_label=standing.label if standing is not None and not blind else "",
        clause=ruling.clause,
        pay_bps=ruling.pay_bps,
    )


def _review_place(reviewed: Reviewed) -> str:
    ruling = reviewed.stored.ruling
    if ruling.ruled_at is None:
        raise ValueError(f"{ruling.assignment_id} is in review, and nobody has ruled so")
    return moment_place(ruling.ruled_at, ruling.assignment_id)
