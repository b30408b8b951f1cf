"""Countries of ISO 3166-1."""

from __future__ import annotations

import iso3166

from services.vendors.domain.errors import CountryUnknown


def check_country(code: str, *, field: str = "country") -> None:
    """Errors: CountryUnknown for what is not an assigned alpha-2 code."""
    if code not in iso3166.countries_by_alpha2:
        raise CountryUnknown("no country has this code", country=code, field=field)
