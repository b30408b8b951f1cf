"""Settings of the services that take regions of countries."""

from __future__ import annotations

from pydantic import Field

from services.chassis.regions import FORM, RegionCodes
from services.chassis.settings import ServiceSettings


class RegionSettings(ServiceSettings):
    """Every service that takes regions is told the same."""

    regions_extra: str = Field(
        default="",
        max_length=2000,
        pattern=rf"^({FORM}(,{FORM})*)?$",
        description="codes of ISO 3166-2 that the release does not know yet: KE-48,KE-49",
    )

    @property
    def region_codes(self) -> RegionCodes:
        """The codes that are taken."""
        extra = self.regions_extra
        return RegionCodes(added=frozenset(extra.split(",")) if extra else frozenset())
