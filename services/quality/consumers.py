"""Events of the broker, as quality's use cases take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment
from services.quality.domain.decisions import (
    DECISION_HOURS,
    GOLD_SHARE_MAX,
    Disputed,
    QualityPolicy,
)
from services.quality.domain.records import ProjectRecord
from services.quality.domain.stopping import ERROR_COST_ANSWERS
from services.quality.domain.types import Answer, FieldSpec, Kind
from services.quality.usecases.arrivals import ArrivedAnswer, ArrivedAnswers
from services.quality.usecases.reading import Reading
from services.quality.usecases.scoring import Scoring

_KINDS = {
    common_pb2.WORK_KIND_CHOICE: Kind.CHOICE,
    common_pb2.WORK_KIND_PAIRWISE: Kind.PAIRWISE,
    common_pb2.WORK_KIND_TEXT: Kind.TEXT,
    common_pb2.WORK_KIND_STRUCTURED: Kind.STRUCTURED,
    common_pb2.WORK_KIND_ORDINAL: Kind.ORDINAL,
    common_pb2.WORK_KIND_NUMERIC: Kind.NUMERIC,
    common_pb2.WORK_KIND_RANKED: Kind.RANKED,
    common_pb2.WORK_KIND_REGIONS: Kind.REGIONS,
    common_pb2.WORK_KIND_SPANS: Kind.SPANS,
    common_pb2.WORK_KIND_CODE: Kind.CODE,
}


class QualityConsumers:
    """One handler an event."""

    def __init__(self, *, scoring: Scoring, reading: Reading) -> None:
        self._scoring = scoring
        self._reading = reading

    async def project_created(
        self, events: Sequence[IncomingEvent[broker_pb2.ProjectCreated]]
    ) -> None:
        """Whose projects there are."""
        await self._reading.projects_created(
            [
                ProjectRecord(
                    project_id=event.message.project.project_id,
                    client_id=event.message.project.client_id,
                    kind=_KINDS[event.message.project.kind],
                    pseudonym_salt=event.message.pseudonym_salt,
                    labels=tuple(event.message.project.labels),
                    fields=_fields(event.message.project.fields),
                    tolerance=event.message.project.quality_policy.tolerance,
                    overlap=max(event.message.project.overlap, 1),
                    overlap_max=event.message.project.overlap_max,
                    policy=_policy(
                        event.message.project.quality_policy, event.message.project.project_id
                    ),
                )
                for event in events
            ]
        )

    async def answers_submitted(
        self, events: Sequence[IncomingEvent[broker_pb2.AnswersSubmitted]]
    ) -> None:
        """What contractors have answered."""
        await self._scoring.arrive([_arrived(event.message) for event in events])


def _arrived(message: broker_pb2.AnswersSubmitted) -> ArrivedAnswers:
    return ArrivedAnswers(
        project_id=message.project_id,
        kind=_KINDS[message.kind],
        labels=tuple(message.labels),
        policy=_policy(message.quality_policy, message.project_id),
        answers=[
            ArrivedAnswer(
                answer=Answer(
                    assignment_id=answer.assignment_id,
                    task_id=answer.task_id,
                    contractor_id=answer.contractor_id,
                    label=answer.value,
                    vendor_id=answer.organisation_id,
                    active_seconds=answer.active_seconds,
                    submitted_at=moment(answer.submit_time),
                    items=tuple(answer.items),
                    claimed_at=(
                        moment(answer.claim_time) if answer.HasField("claim_time") else None
                    ),
                ),
                engagement=int(answer.engagement),
                overlap=answer.overlap,
                gold=answer.gold_label or None,
                overlap_max=answer.overlap_max,
                opinion_id=answer.opinion_id,
            )
            for answer in message.answers
        ],
        fields=_fields(message.fields),
        tolerance=message.quality_policy.tolerance,
    )


def _policy(message: types_pb2.QualityPolicy, project_id: str) -> QualityPolicy:
    """Zeros take the defaults."""
    return QualityPolicy(
        reject_below=message.reject_below,
        review_share=message.review_share,
        review_seed=project_id,
        disputed=Disputed.REVIEW if message.review_disputed else Disputed.ACCEPT,
        error_cost_answers=message.error_cost_answers or ERROR_COST_ANSWERS,
        decision_hours=message.decision_hours or DECISION_HOURS,
        hands_out_gold=message.gold_share_max > 0 or message.gold_answers_max > 0,
        gold_share_max=message.gold_share_max or GOLD_SHARE_MAX,
        clauses={reason.lower(): clause for reason, clause in message.clauses.items()},
        adjudicate=message.adjudicate,
    )


def _fields(messages: Iterable[types_pb2.AnswerField]) -> tuple[FieldSpec, ...]:
    return tuple(
        FieldSpec(
            name=field.name,
            kind=_KINDS[field.kind],
            labels=tuple(field.labels),
            multiple=field.multiple,
        )
        for field in messages
    )
