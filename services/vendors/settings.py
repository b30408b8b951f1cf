"""Settings of vendors, besides those that every service has."""

from __future__ import annotations

from pydantic import Field

from services.chassis.region_settings import RegionSettings


class VendorsSettings(RegionSettings):
    """Read from `CREWLINE_*`; see RegionSettings."""

    mongo_database: str = Field(default="crewline_vendors", min_length=1, max_length=38)
    accounts_address: str = Field(min_length=1, description="host:port of accounts")
