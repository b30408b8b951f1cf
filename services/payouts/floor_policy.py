"""The settings of fair pay, as the domain takes them."""

from __future__ import annotations

from services.payouts.domain.fairness.fair_pay import FairPayPolicy
from services.payouts.settings.floor import FloorSettings


def fair_pay_policy(settings: FloorSettings) -> FairPayPolicy:
    """What the operator has decided about floors."""
    return FairPayPolicy(
        floor_max_age_days=settings.floor_max_age_days,
        rate_max_age_days=settings.floor_rate_max_age_days,
        fallback_hourly_minor=settings.floor_fallback_hourly_minor,
        needs_estimate=settings.floor_needs_estimate,
        measured_answers_min=settings.floor_measured_answers_min,
    )
