"""Which rows of the tables of floors apply to a person, and which to a price.

A row of a region comes before its country's, and a person's region is known where somebody has
said it. Where the rows that may apply are several, the highest of them does: too little is the
worse mistake. They may be in several currencies, so that they are told apart in the one that is
paid in (`FloorBook`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.payouts.domain.fairness.floors import Floor, newest_versions


class FloorScope(StrEnum):
    """As what a floor applies."""

    REGION = "region"
    """It is the row of the person's region."""
    COUNTRY = "country"
    """The row of the country: the region has none, or nobody knows the region."""
    HIGHEST_REGION = "highest_region"
    """The highest of the regions: the country has no row, or the price is for all of it."""
    FALLBACK = "fallback"
    """No row at all: the operator's fallback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorFound:
    """A floor that may apply, and whether it should have been renewed by now."""

    floor: Floor
    scope: FloorScope
    is_stale: bool


def floors_of_person(
    floors: Iterable[Floor], *, country: str, region: str, at: date, max_age_days: int
) -> list[FloorFound]:
    """Find the floors of which the highest applies to a person; none where none ever was.

    `region` is an ISO 3166-2 code such as US-CA, or empty where it is not known. The region's row
    is the only one where there is one, and else the country's. Where there is neither, the rows of
    all the country's regions are found: the person may live in any of them, or in one beside them.
    """
    found = floors_of_country(floors, country=country, at=at, max_age_days=max_age_days)
    return _of_region(found, region)


def _of_region(found: list[FloorFound], region: str) -> list[FloorFound]:
    """Of all that a country has, what may apply to somebody of the region."""
    for one in found:
        if region and one.floor.place == region:
            return [FloorFound(floor=one.floor, scope=FloorScope.REGION, is_stale=one.is_stale)]
    whole = [one for one in found if one.scope is FloorScope.COUNTRY]
    return whole or found


def floors_of_offer(
    floors: Sequence[Floor],
    *,
    country: str,
    regions: Iterable[str],
    at: date,
    max_age_days: int,
) -> list[FloorFound]:
    """Find the floors of whoever may take an offer in a country, the highest of which it reaches.

    `regions` are those of the country that the offer is for, by their ISO 3166-2 codes; none of the
    country's for all of it.
    """
    found = floors_of_country(floors, country=country, at=at, max_age_days=max_age_days)
    named = sorted({region for region in regions if region.partition("-")[0] == country})
    if not named:
        return found
    return [one for region in named for one in _of_region(found, region)]


def floors_of_country(
    floors: Iterable[Floor], *, country: str, at: date, max_age_days: int
) -> list[FloorFound]:
    """Find the floor of the country and of each of its regions that has one, in their order.

    A price that is offered in a country has to reach the highest of them: whoever takes the work
    may live wherever there is one. A floor whose time is over still applies, marked as stale, where
    no other has followed it: nobody's floor falls because a table was not renewed.
    """
    places: dict[str, list[Floor]] = {}
    begun = (floor for floor in floors if floor.country == country and floor.valid_from <= at)
    for floor in newest_versions(begun):
        places.setdefault(floor.place, []).append(floor)
    return [_in_force(places[place], at, max_age_days) for place in sorted(places)]


def _in_force(floors: list[Floor], at: date, max_age_days: int) -> FloorFound:
    valid = [floor for floor in floors if floor.is_valid(at)]
    # Of one place no two begin on the same day: newer versions have replaced older ones.
    floor = max(valid or floors, key=lambda floor: floor.valid_from)
    return FloorFound(
        floor=floor,
        scope=FloorScope.HIGHEST_REGION if floor.region else FloorScope.COUNTRY,
        is_stale=floor.is_stale(at, max_age_days=max_age_days),
    )
