"""Events of the broker, as quality's use cases take them."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment
from services.quality.domain.decisions import Disputed, QualityPolicy
from services.quality.domain.records import ProjectRecord
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
        policy=QualityPolicy(
            reject_below=message.quality_policy.reject_below,
            review_share=message.quality_policy.review_share,
            review_seed=message.project_id,
            disputed=(
                Disputed.REVIEW if message.quality_policy.review_disputed else Disputed.ACCEPT
            ),
        ),
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
                ),
                engagement=int(answer.engagement),
                overlap=answer.overlap,
                gold=answer.gold_label or None,
                overlap_max=answer.overlap_max,
                opinion_id=answer.opinion_id,
            )
            for answer in message.answers
        ],
        fields=tuple(
            FieldSpec(
                name=field.name,
                kind=_KINDS[field.kind],
                labels=tuple(field.labels),
                multiple=field.multiple,
            )
            for field in message.fields
        ),
        tolerance=message.quality_policy.tolerance,
    )
