"""What quality tells the others: domain -> events."""

from __future__ import annotations

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import types_pb2 as vendors_pb2
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.records import StoredRuling
from services.quality.domain.rulings import RulingState
from services.quality.domain.standings import Standing
from services.quality.domain.types import Kind
from services.quality.usecases.outcome import Outcome

_ITEMS_PER_EVENT_MAX = 500
_BYTES_PER_EVENT_MAX = 700_000
_BYTES_PER_TASK = 200

DECISIONS = {
    RulingState.ACCEPTED: types_pb2.DECISION_ACCEPTED,
    RulingState.REJECTED: types_pb2.DECISION_REJECTED,
    RulingState.IN_REVIEW: types_pb2.DECISION_IN_REVIEW,
}
KINDS = {
    Kind.CHOICE: common_pb2.WORK_KIND_CHOICE,
    Kind.PAIRWISE: common_pb2.WORK_KIND_PAIRWISE,
    Kind.TEXT: common_pb2.WORK_KIND_TEXT,
    Kind.STRUCTURED: common_pb2.WORK_KIND_STRUCTURED,
    Kind.ORDINAL: common_pb2.WORK_KIND_ORDINAL,
    Kind.NUMERIC: common_pb2.WORK_KIND_NUMERIC,
    Kind.RANKED: common_pb2.WORK_KIND_RANKED,
    Kind.REGIONS: common_pb2.WORK_KIND_REGIONS,
    Kind.SPANS: common_pb2.WORK_KIND_SPANS,
    Kind.CODE: common_pb2.WORK_KIND_CODE,
}


def outcome(work: UnitOfWork, found: Outcome) -> None:
    """AnswersDecided and TasksResolved, in as many events as their bounds ask for."""
    for start in range(0, len(found.rulings), _ITEMS_PER_EVENT_MAX):
        part = found.rulings[start : start + _ITEMS_PER_EVENT_MAX]
        work.publish(
            events_pb2.AnswersDecided(
                project_id=found.project_id,
                kind=KINDS[found.kind],
                answers=[_decided(stored) for stored in part],
            ),
            key=found.project_id,
        )
    _publish_resolved(work, found)


def _publish_resolved(work: UnitOfWork, found: Outcome) -> None:
    event = events_pb2.TasksResolved(project_id=found.project_id)
    size = 0
    for standing in found.resolved:
        weight = len(standing.scored.label or "") * 4 + _BYTES_PER_TASK
        if event.tasks and (
            len(event.tasks) >= _ITEMS_PER_EVENT_MAX or size + weight > _BYTES_PER_EVENT_MAX
        ):
            work.publish(event, key=found.project_id)
            event, size = events_pb2.TasksResolved(project_id=found.project_id), 0
        size += weight
        event.tasks.append(_resolved(standing, work))
    if event.tasks:
        work.publish(event, key=found.project_id)


def _resolved(standing: Standing, work: UnitOfWork) -> types_pb2.Consensus:
    return types_pb2.Consensus(
        task_id=standing.task.task_id,
        project_id=standing.task.project_id,
        label=standing.scored.label or "",
        confidence=standing.scored.confidence,
        answers=len(standing.answers),
        disputed=standing.disputed,
        resolved=True,
        resolve_time=timestamp(work.now),
    )


def _decided(stored: StoredRuling) -> events_pb2.DecidedAnswer:
    ruling = stored.ruling
    return events_pb2.DecidedAnswer(
        assignment_id=ruling.assignment_id,
        revision=ruling.revision,
        task_id=stored.task_id,
        contractor_id=ruling.contractor_id,
        organisation_id=stored.organisation_id,
        engagement=vendors_pb2.Engagement.ValueType(stored.engagement),
        decision=DECISIONS[ruling.state],
        reason=ruling.reason.value.upper() if ruling.reason is not None else "",
        decide_time=timestamp(ruling.ruled_at) if ruling.ruled_at is not None else None,
        clause=ruling.clause,
        pay_bps=ruling.pay_bps if ruling.state is RulingState.ACCEPTED else 0,
    )
