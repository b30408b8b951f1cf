"""Parts of countries by ISO 3166-2: the country's code, a hyphen, and up to three characters.

The codes themselves are not listed here: they change several times a year, and none of the lists
that come with the packages in use has those of every country. A code that nobody uses finds no
floor of its own, and then the country's holds.
"""

from __future__ import annotations

import re
from typing import Final

from services.vendors.domain.errors import RegionInvalid

_FORM: Final = re.compile(r"(?P<country>[A-Z]{2})-[A-Z0-9]{1,3}")


def check_region(region: str, *, country: str, field: str = "region") -> None:
    """An empty one is not known. Errors: RegionInvalid for what is no code of the country's."""
    if not region:
        return
    found = _FORM.fullmatch(region)
    if found is None:
        raise RegionInvalid(
            f"{region!r} is no ISO 3166-2 code, such as {country}-30 or US-CA",
            region=region,
            field=field,
        )
    if found["country"] != country:
        raise RegionInvalid(
            f"{region} is in {found['country']}, and the contractor in {country}",
            region=region,
            country=country,
            field=field,
        )
