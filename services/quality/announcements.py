"""What quality tells the others: domain -> events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.vendors.v1 import types_pb2 as vendors_pb2
from services.chassis.timestamps import timestamp
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.confidence import confidence
from services.quality.domain.limits import Limits
from services.quality.domain.records import StoredRuling
from services.quality.domain.rulings import RulingState
from services.quality.domain.standings import Standing
from services.quality.domain.truths import GoldSource
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
SOURCES = {
    GoldSource.CLIENT: types_pb2.GOLD_SOURCE_CLIENT,
    GoldSource.REVIEW: types_pb2.GOLD_SOURCE_REVIEW,
    GoldSource.ADJUDICATION: types_pb2.GOLD_SOURCE_ADJUDICATION,
    GoldSource.CONSENSUS: types_pb2.GOLD_SOURCE_CONSENSUS,
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
    """AnswersDecided, TasksResolved, MoreAnswersNeeded, GoldChanged: in parts, by their bounds."""
    golds = {
        move.after.task.task_id: move.after.known_label or ""
        for move in found.moves
        if move.after.is_control
    }
    for start in range(0, len(found.rulings), _ITEMS_PER_EVENT_MAX):
        part = found.rulings[start : start + _ITEMS_PER_EVENT_MAX]
        work.publish(
            events_pb2.AnswersDecided(
                project_id=found.project_id,
                kind=KINDS[found.kind],
                answers=[_decided(stored, golds.get(stored.task_id, "")) for stored in part],
            ),
            key=found.project_id,
        )
    _publish_resolved(work, found)
    _publish_needed(work, found)
    _publish_gold(work, found)


def limits(work: UnitOfWork, found: Sequence[Limits], gold_share_max: float) -> None:
    """ContractorLimitsSet, in parts."""
    for start in range(0, len(found), _ITEMS_PER_EVENT_MAX):
        part = found[start : start + _ITEMS_PER_EVENT_MAX]
        work.publish(
            events_pb2.ContractorLimitsSet(limits=[_limits(one, gold_share_max) for one in part]),
            key=part[0].project_id,
        )


def _limits(one: Limits, gold_share_max: float) -> events_pb2.ContractorLimits:
    def until(moment: datetime | None) -> Timestamp | None:
        return timestamp(moment) if moment is not None else None

    return events_pb2.ContractorLimits(
        project_id=one.project_id,
        contractor_id=one.contractor_id,
        version=one.version,
        gold_share=one.share(gold_share_max),
        gold_share_max=gold_share_max,
        extra_gold_until=until(one.extra_gold_until),
        restricted_until=until(one.restricted_until),
        paused_until=until(one.paused_until),
        reason=one.reason,
        explanation=one.explanation,
    )


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
        event.tasks.append(_resolved(standing, found, work))
    if event.tasks:
        work.publish(event, key=found.project_id)


def _publish_needed(work: UnitOfWork, found: Outcome) -> None:
    needs = [
        events_pb2.TaskNeed(task_id=move.after.task.task_id, overlap=move.after.task.overlap)
        for move in found.moves
        if move.wants_more
    ]
    for start in range(0, len(needs), _ITEMS_PER_EVENT_MAX):
        part = needs[start : start + _ITEMS_PER_EVENT_MAX]
        work.publish(
            events_pb2.MoreAnswersNeeded(project_id=found.project_id, tasks=part),
            key=found.project_id,
        )


def _publish_gold(work: UnitOfWork, found: Outcome) -> None:
    event = events_pb2.GoldChanged(project_id=found.project_id)
    size = 0
    for move in found.moves:
        truth = move.after.truth
        if truth is None or not move.learned:
            continue
        weight = len(truth.label or "") * 4 + _BYTES_PER_TASK
        if event.tasks and (
            len(event.tasks) >= _ITEMS_PER_EVENT_MAX or size + weight > _BYTES_PER_EVENT_MAX
        ):
            work.publish(event, key=found.project_id)
            event, size = events_pb2.GoldChanged(project_id=found.project_id), 0
        size += weight
        event.tasks.add(
            task_id=move.after.task.task_id,
            label=truth.label or "",
            source=SOURCES[truth.source],
            is_control=truth.is_control,
            version=truth.version,
        )
    if event.tasks:
        work.publish(event, key=found.project_id)


def _resolved(standing: Standing, found: Outcome, work: UnitOfWork) -> types_pb2.Consensus:
    return types_pb2.Consensus(
        task_id=standing.task.task_id,
        project_id=standing.task.project_id,
        label=standing.scored.label or "",
        confidence=confidence(standing.task, standing.scored, found.calibration),
        raw_confidence=standing.scored.confidence,
        gold_source=source_of(standing.source),
        answers=len(standing.answers),
        disputed=standing.disputed,
        resolved=True,
        resolve_time=timestamp(work.now),
    )


def source_of(source: GoldSource | None) -> types_pb2.GoldSource.ValueType:
    """Unspecified where no truth is known."""
    return SOURCES[source] if source is not None else types_pb2.GOLD_SOURCE_UNSPECIFIED


def _decided(stored: StoredRuling, gold: str) -> events_pb2.DecidedAnswer:
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
        decide_time=_told(ruling.ruled_at),
        clause=ruling.clause,
        gold_label=gold,
        pay_bps=ruling.pay_bps if ruling.state is RulingState.ACCEPTED else 0,
        active_seconds=stored.effort.active_seconds,
        claim_time=_told(stored.effort.claimed_at),
        submit_time=_told(stored.effort.submitted_at),
    )


def _told(moment: datetime | None) -> Timestamp | None:
    return timestamp(moment) if moment is not None else None
