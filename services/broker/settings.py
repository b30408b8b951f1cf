"""The broker's settings."""

from __future__ import annotations

from pydantic import Field

from services.chassis.settings import ServiceSettings


class BrokerSettings(ServiceSettings):
    """What the broker needs besides what every service does."""

    mongo_database: str = "crewline_broker"
    platform_fee_bps: int = Field(default=2000, ge=0, le=10_000)
    benefits_bps: int = Field(default=0, ge=0, le=10_000)
    floor_reserve_bps: int = Field(default=0, ge=0, le=10_000)
    expiry_seconds: float = Field(default=1.0, gt=0, le=60)
    queue_bytes_max: int = Field(default=256 << 20, ge=1 << 20)
