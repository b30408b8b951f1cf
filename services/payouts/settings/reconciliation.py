"""Settings of reconciliation: how often both sides are compared, and when something is missed."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class ReconciliationSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    reconcile_seconds: float = Field(
        default=300.0, gt=0, le=86_400, description="between two readings of Stripe's movements"
    )
    reconcile_grace_seconds: float = Field(
        default=3600.0,
        gt=0,
        le=7 * 86_400,
        description="how long one side may know of a movement before the other",
    )
    clearing_days_max: float = Field(
        default=14.0,
        ge=0,
        le=366,
        description="money on its way for longer stops pay periods from being closed; 0: nothing",
    )
    missed_events_seconds: float = Field(
        default=300.0,
        gt=0,
        le=86_400,
        description="between two looks for events that Stripe could not deliver",
    )
