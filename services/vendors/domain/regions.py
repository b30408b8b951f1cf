"""Where in their country a contractor lives."""

from __future__ import annotations

from services.chassis.regions import RegionCodes


def check_region(region: str, *, country: str, codes: RegionCodes, field: str = "region") -> None:
    """An empty one is not known. Errors: RegionInvalid for what is no code of the country's."""
    if region:
        codes.check(region, field=field, country=country)
