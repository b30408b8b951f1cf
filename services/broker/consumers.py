"""Events of the other services, as the broker's use cases take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from crewline.payouts.v1 import events_pb2 as payouts_pb2
from crewline.quality.v1 import events_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types_pb2
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types_pb2
from services.broker.domain.assignments import AssignmentState
from services.broker.domain.known_truths import KnownTruth
from services.broker.domain.limits import limits_key
from services.broker.domain.opinions import AskedOpinion
from services.broker.domain.prices import BPS
from services.broker.usecases.known_truths import KnownTruths
from services.broker.usecases.news import Decided, Funded, News
from services.broker.usecases.opinions import Opinions
from services.broker.usecases.overlaps import Need, Overlaps
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment

_STATES = {
    quality_types_pb2.DECISION_ACCEPTED: AssignmentState.ACCEPTED,
    quality_types_pb2.DECISION_REJECTED: AssignmentState.REJECTED,
    quality_types_pb2.DECISION_IN_REVIEW: AssignmentState.IN_REVIEW,
}


_LimitEnd = Literal["extra_gold_until", "restricted_until", "paused_until"]


class BrokerConsumers:
    """One handler an event."""

    def __init__(
        self,
        *,
        news: News,
        overlaps: Overlaps,
        opinions: Opinions,
        known_truths: KnownTruths,
    ) -> None:
        self._news = news
        self._overlaps = overlaps
        self._opinions = opinions
        self._known_truths = known_truths

    async def contractors_changed(
        self, events: Sequence[IncomingEvent[vendors_pb2.ContractorsChanged]]
    ) -> None:
        """Who is there, and may work."""
        await self._news.contractors_changed(
            [
                {
                    "_id": record.contractor_id,
                    "organisation_id": record.organisation_id,
                    "engagement": int(record.engagement),
                    "country": record.country,
                    "region": record.region,
                    "languages": list(record.languages),
                    "skills": list(record.skills),
                    "is_active": record.state == vendors_types_pb2.CONTRACTOR_STATE_ACTIVE,
                    "version": record.version,
                }
                for event in events
                for record in event.message.contractors
            ]
        )

    async def vendor_state_changed(
        self, events: Sequence[IncomingEvent[vendors_pb2.VendorStateChanged]]
    ) -> None:
        """Whose contractors may work."""
        await self._news.vendors_changed(
            [
                {
                    "_id": event.message.vendor_id,
                    "is_approved": event.message.state == vendors_types_pb2.VENDOR_STATE_APPROVED,
                    "version": event.message.version,
                }
                for event in events
            ]
        )

    async def rate_card_set(self, events: Sequence[IncomingEvent[vendors_pb2.RateCardSet]]) -> None:
        """What each vendor takes."""
        await self._news.rate_cards_set(
            [
                {
                    "_id": event.message.rate_card.vendor_id,
                    "version": event.message.rate_card.version,
                    "rates": {
                        str(int(rate.kind)): rate.commission_bps
                        for rate in event.message.rate_card.rates
                    },
                }
                for event in events
            ]
        )

    async def project_funded(
        self, events: Sequence[IncomingEvent[payouts_pb2.ProjectFunded]]
    ) -> None:
        """What is held for each project."""
        await self._news.projects_funded(
            [
                Funded(
                    project_id=event.message.project_id,
                    currency=event.message.currency,
                    held_units=event.message.held_units,
                    version=event.message.version,
                )
                for event in events
            ]
        )

    async def answers_decided(
        self, events: Sequence[IncomingEvent[quality_pb2.AnswersDecided]]
    ) -> None:
        """What became of the answers."""
        await self._news.answers_decided(
            [
                Decided(
                    assignment_id=answer.assignment_id,
                    state=_STATES[answer.decision],
                    reason=answer.reason,
                    revision=answer.revision,
                    clause=answer.clause,
                    gold_label=answer.gold_label,
                    pay_bps=_pay_bps(answer),
                )
                for event in events
                for answer in event.message.answers
            ]
        )

    async def contractor_limits_set(
        self, events: Sequence[IncomingEvent[quality_pb2.ContractorLimitsSet]]
    ) -> None:
        """What contractors may do for the time being."""
        await self._news.limits_set(
            [
                {
                    "_id": limits_key(limits.project_id, limits.contractor_id),
                    "project_id": limits.project_id,
                    "contractor_id": limits.contractor_id,
                    "version": limits.version,
                    "gold_share": limits.gold_share,
                    "gold_share_max": limits.gold_share_max,
                    "extra_gold_until": _until(limits, "extra_gold_until"),
                    "restricted_until": _until(limits, "restricted_until"),
                    "paused_until": _until(limits, "paused_until"),
                    "reason": limits.reason,
                    "explanation": limits.explanation,
                }
                for event in events
                for limits in event.message.limits
            ]
        )

    async def gold_changed(self, events: Sequence[IncomingEvent[quality_pb2.GoldChanged]]) -> None:
        """What is true of tasks, found after they were posted."""
        await self._known_truths.changed(
            [
                KnownTruth(
                    project_id=event.message.project_id,
                    task_id=task.task_id,
                    is_control=bool(task.label) and task.is_control,
                    version=task.version,
                )
                for event in events
                for task in event.message.tasks
            ]
        )

    async def opinions_asked(
        self, events: Sequence[IncomingEvent[quality_pb2.OpinionsAsked]]
    ) -> None:
        """Who shall do a task that others have done."""
        await self._opinions.asked(
            [
                AskedOpinion(
                    opinion_id=opinion.opinion_id,
                    project_id=event.message.project_id,
                    task_id=opinion.task_id,
                    contractor_id=opinion.contractor_id,
                    expires_at=moment(opinion.expire_time),
                )
                for event in events
                for opinion in event.message.opinions
            ]
        )

    async def more_answers_needed(
        self, events: Sequence[IncomingEvent[quality_pb2.MoreAnswersNeeded]]
    ) -> None:
        """Whose label is in doubt."""
        await self._overlaps.needed(
            [
                Need(
                    project_id=event.message.project_id,
                    task_id=task.task_id,
                    overlap=task.overlap,
                )
                for event in events
                for task in event.message.tasks
            ]
        )

    async def tasks_resolved(
        self, events: Sequence[IncomingEvent[quality_pb2.TasksResolved]]
    ) -> None:
        """What the answers say."""
        await self._news.tasks_resolved(
            [
                {
                    "_id": task.task_id,
                    "project_id": event.message.project_id,
                    "label": task.label,
                    "confidence": task.confidence,
                    "answers": task.answers,
                    **({"disputed": True} if task.disputed else {}),
                    "resolved_at": moment(task.resolve_time),
                }
                for event in events
                for task in event.message.tasks
            ]
        )


def _until(limits: quality_pb2.ContractorLimits, name: _LimitEnd) -> datetime | None:
    return moment(getattr(limits, name)) if limits.HasField(name) else None


def _pay_bps(answer: quality_pb2.DecidedAnswer) -> int:
    if answer.decision != quality_types_pb2.DECISION_ACCEPTED:
        return 0
    return answer.pay_bps or BPS
