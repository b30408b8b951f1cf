"""Working days by countries' public holidays and weekends, from the `holidays` package."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

_COUNTRIES_KEPT = 256


class BusinessDays:
    """Answers for countries; what it learns of a year is kept."""

    def knows(self, country: str) -> bool:
        """Whether its holidays are known."""
        return country in _supported()

    def is_working_day(self, country: str, day: date) -> bool:
        """Neither its weekend nor a public holiday of the whole country."""
        return bool(_calendar(country).is_working_day(day))


@lru_cache(maxsize=1)
def _supported() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())


@lru_cache(maxsize=_COUNTRIES_KEPT)
def _calendar(country: str) -> holidays.HolidayBase:
    # It fills itself with the years that it is asked about.
    return holidays.country_holidays(country)
