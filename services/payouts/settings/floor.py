"""Settings of fair pay: how old tables may be, and what counts where they say nothing."""

from __future__ import annotations

from pydantic import Field

from services.chassis.region_settings import RegionSettings


class FloorSettings(RegionSettings):
    """`PayoutsSettings` inherits them."""

    floor_max_age_days: int = Field(
        default=400, ge=1, le=3660, description="how long ago a floor's source may be published"
    )
    floor_rate_max_age_days: int = Field(
        default=7, ge=0, le=366, description="how old an exchange rate may be that a floor needs"
    )
    floor_warn_days: int = Field(
        default=30, ge=0, le=366, description="how early `crewline floors check` tells of an end"
    )
    floor_fallback_hourly_minor: dict[str, int] = Field(
        default={},
        description="by currency, what an hour comes to at least where no floor is known; of a"
        " currency without one such work is refused",
    )
    floor_needs_estimate: bool = Field(
        default=True, description="whether a project says how long an answer takes, to be funded"
    )
    floor_watch_seconds: float = Field(
        default=300.0, gt=0, le=86_400, description="between two looks at what projects really pay"
    )
    floor_measured_answers_min: int = Field(
        default=20, ge=1, le=1000, description="from so many on their time counts, not the estimate"
    )
