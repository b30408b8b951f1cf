"""The places that a price is asked about: regions belong to the countries that are named."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.chassis.errors import DomainError, Kind
from services.chassis.regions import RegionCodes


class RegionElsewhere(DomainError):
    """A region of a country that is not named; a project like that is refused by this reason."""

    kind, reason = Kind.INVALID, "ELIGIBILITY_INVALID"


def check_places(
    regions: Iterable[str], *, countries: Collection[str], region_codes: RegionCodes
) -> None:
    """Errors: RegionElsewhere, RegionInvalid, as when a project is posted."""
    for region in sorted(set(regions)):
        country = region.partition("-")[0]
        if country not in countries:
            raise RegionElsewhere(
                f"{region} is in {country}, which is none of the countries",
                region=region,
                field="regions",
            )
        region_codes.check(region, field="regions")
