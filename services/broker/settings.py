"""The broker's settings."""

from __future__ import annotations

from pydantic import Field

from services.chassis.region_settings import RegionSettings


class BrokerSettings(RegionSettings):
    """What the broker needs besides what every service does."""

    mongo_database: str = "crewline_broker"
    platform_fee_bps: int = Field(default=2000, ge=0, le=10_000)
    benefits_bps: int = Field(default=300, ge=0, le=10_000)
    """Of the pay and on top of it, into the contractor's benefits account."""
    floor_reserve_bps: int = Field(default=1000, ge=0, le=10_000)
    """Of the pay, set aside while a project runs for pay that comes out below a floor."""
    expiry_seconds: float = Field(default=1.0, gt=0, le=60)
    queue_bytes_max: int = Field(default=256 << 20, ge=1 << 20)
