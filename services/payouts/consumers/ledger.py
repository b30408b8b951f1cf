"""Events of the other services, as the use cases of payouts take them."""

from __future__ import annotations

from collections.abc import Sequence

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types_pb2
from crewline.quality.v1 import events_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types_pb2
from crewline.vendors.v1 import events_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types_pb2
from services.chassis.errors import DomainError
from services.chassis.events import IncomingEvent
from services.chassis.timestamps import moment
from services.payouts.domain.answers.decisions import (
    Decision,
    DecisionInvalid,
    ProjectState,
    Verdict,
)
from services.payouts.domain.answers.efforts import Effort
from services.payouts.domain.ledger.money import BPS_IN_WHOLE
from services.payouts.usecases.answers.accruals import Accruals
from services.payouts.usecases.answers.projections import Projections
from services.payouts.wire import ledger as wire

# No lease is longer than a day.
_ACTIVE_SECONDS_MAX = 86_400.0

_VERDICTS = {
    quality_types_pb2.DECISION_ACCEPTED: Verdict.ACCEPTED,
    quality_types_pb2.DECISION_REJECTED: Verdict.REJECTED,
    quality_types_pb2.DECISION_IN_REVIEW: Verdict.IN_REVIEW,
}


class PayoutsConsumers:
    """One handler an event."""

    def __init__(self, *, projections: Projections, accruals: Accruals) -> None:
        self._projections = projections
        self._accruals = accruals

    async def vendor_state_changed(
        self, events: Sequence[IncomingEvent[vendors_pb2.VendorStateChanged]]
    ) -> None:
        """Where each vendor is."""
        await self._projections.vendors_changed(
            [
                {
                    "_id": event.message.vendor_id,
                    "country": event.message.country,
                    "state": vendors_types_pb2.VendorState.Name(event.message.state).removeprefix(
                        "VENDOR_STATE_"
                    ),
                    "version": event.message.version,
                    "legal_name": event.message.legal_name,
                }
                for event in events
            ]
        )

    async def rate_card_set(self, events: Sequence[IncomingEvent[vendors_pb2.RateCardSet]]) -> None:
        """What each vendor takes."""
        await self._projections.rate_cards_set(
            [
                {
                    "_id": event.message.rate_card.vendor_id,
                    "version": event.message.rate_card.version,
                    "rates_bps": {
                        str(int(rate.kind)): rate.commission_bps
                        for rate in event.message.rate_card.rates
                    },
                }
                for event in events
            ]
        )

    async def contractors_changed(
        self, events: Sequence[IncomingEvent[vendors_pb2.ContractorsChanged]]
    ) -> None:
        """Who is engaged by whom."""
        await self._projections.contractors_changed(
            [
                {
                    "_id": record.contractor_id,
                    "organisation_id": record.organisation_id,
                    "is_direct": record.engagement == vendors_types_pb2.ENGAGEMENT_DIRECT,
                    "country": record.country,
                    "region": record.region,
                    "version": record.version,
                }
                for event in events
                for record in event.message.contractors
            ]
        )

    async def project_created(
        self, events: Sequence[IncomingEvent[broker_pb2.ProjectCreated]]
    ) -> None:
        """What each project pays."""
        await self._projections.projects_created(
            [
                {
                    "_id": event.message.project.project_id,
                    "client_id": event.message.project.client_id,
                    "kind": int(event.message.project.kind),
                    "pay_units": wire.price_units(event.message.project.pay),
                    "currency": event.message.project.pay.currency,
                    "platform_fee_bps": event.message.project.platform_fee_bps,
                    "commission_bps_max": event.message.project.commission_bps_max,
                    "benefits_bps": event.message.project.benefits_bps,
                    "floor_reserve_bps": event.message.project.floor_reserve_bps,
                    "name": event.message.project.name,
                    "countries": sorted(event.message.project.eligibility.countries),
                    "regions": sorted(event.message.project.eligibility.regions),
                    "expected_milliseconds": round(event.message.project.expected_seconds * 1000),
                    "version": 1,
                }
                for event in events
            ]
        )

    async def project_state_changed(
        self, events: Sequence[IncomingEvent[broker_pb2.ProjectStateChanged]]
    ) -> None:
        """How far each project is."""
        await self._projections.project_states_changed(
            [
                ProjectState(
                    project_id=event.message.project_id,
                    state=broker_types_pb2.ProjectState.Name(event.message.state).removeprefix(
                        "PROJECT_STATE_"
                    ),
                    version=event.message.version,
                    settled=event.message.settled,
                    answers_submitted=event.message.answers_submitted,
                )
                for event in events
            ]
        )

    async def answers_decided(
        self, events: Sequence[IncomingEvent[quality_pb2.AnswersDecided]]
    ) -> None:
        """What is to be paid for, and what is not.

        Errors: as of `Accruals.decided`; DecisionInvalid, once all the others are booked.
        """
        decisions: list[Decision] = []
        invalid: list[DomainError] = []
        for event in events:
            for answer in event.message.answers:
                try:
                    decisions.append(_decision(event.message.project_id, answer))
                except DomainError as error:
                    invalid.append(error)
        await self._accruals.decided(decisions)
        if invalid:
            raise invalid[0]


def _decision(project_id: str, answer: quality_pb2.DecidedAnswer) -> Decision:
    verdict = _VERDICTS.get(answer.decision)
    if verdict is None or not answer.engagement:
        raise DecisionInvalid(
            "no decision, or no engagement",
            assignment_id=answer.assignment_id,
            decision=answer.decision,
            engagement=answer.engagement,
        )
    is_direct = answer.engagement == vendors_types_pb2.ENGAGEMENT_DIRECT
    if not is_direct and not answer.organisation_id:
        # Without its vendor's name it would be paid past the vendor.
        raise DecisionInvalid("no organisation", assignment_id=answer.assignment_id)
    return Decision(
        assignment_id=answer.assignment_id,
        revision=answer.revision,
        verdict=verdict,
        project_id=project_id,
        task_id=answer.task_id,
        contractor_id=answer.contractor_id,
        vendor_id="" if is_direct else answer.organisation_id,
        reason=answer.reason,
        decided_at=moment(answer.decide_time),
        pay_bps=answer.pay_bps or BPS_IN_WHOLE,
        effort=_effort(answer),
    )


def _effort(answer: quality_pb2.DecidedAnswer) -> Effort | None:
    # A time that is no number was never measured.
    if not answer.active_seconds > 0:
        return None
    return Effort(
        # To the nearest millisecond.
        active_milliseconds=round(min(answer.active_seconds, _ACTIVE_SECONDS_MAX) * 1000),
        claimed_at=moment(answer.claim_time) if answer.HasField("claim_time") else None,
        submitted_at=moment(answer.submit_time) if answer.HasField("submit_time") else None,
    )
