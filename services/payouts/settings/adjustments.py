"""The settings of corrections by hand."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class AdjustmentSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    two_persons: bool = True
    """False, where one operator runs the platform alone: may confirm what they proposed."""
    adjustment_days: int = Field(
        default=14, ge=1, le=365, description="how long a proposal waits to be confirmed"
    )
