"""Parts of countries by ISO 3166-2: which codes there are, and what a mistyped one may have meant.

A code is the country's, a hyphen, and up to three characters. The list is that of the `pycountry`
package; it is read once, when the first region is asked about. ISO changes it several times a
year: codes that the package has not yet are an operator's to add. A country of which the list has
no part takes any code of the form: some have no subdivisions (HK), and some codes are nobody's and
meant for whoever needs one (XK, ZZ).

Only what comes in anew is asked about. What is stored, and what other services announce, was
checked where it came in, by the list of that day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Final

import pycountry

from services.chassis.errors import DomainError, Kind

FORM: Final = r"[A-Z]{2}-[A-Z0-9]{1,3}"
NEAREST_MAX: Final = 3
"""Codes that a refusal names."""

_FORM: Final = re.compile(FORM)


class RegionInvalid(DomainError):
    """A region is no ISO 3166-2 code, or one of another country."""

    kind, reason = Kind.INVALID, "REGION_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCodes:
    """The codes that are taken: those of the list, and those that an operator has added."""

    added: frozenset[str] = frozenset()

    def check(self, region: str, *, field: str, country: str = "") -> None:
        """Pass if it is a region's code, and where a country is given, of that country.

        Errors: RegionInvalid; `nearest` has the codes that may have been meant, with their names.
        """
        if _FORM.fullmatch(region) is None:
            raise RegionInvalid(
                f"{region!r} is no ISO 3166-2 code, such as US-CA", region=region, field=field
            )
        its_country, _, part = region.partition("-")
        if country and its_country != country:
            raise RegionInvalid(
                f"{region} is in {its_country}, and not in {country}",
                region=region,
                country=country,
                field=field,
            )
        listed = _names_by_part().get(its_country, {})
        if not listed or part in listed or region in self.added:
            return
        nearest = ", ".join(self._nearest(its_country, part, listed))
        near = f"; near it: {nearest}" if nearest else ""
        raise RegionInvalid(
            f"{region} is no region of {its_country} in ISO 3166-2{near}",
            region=region,
            country=its_country,
            nearest=nearest,
            field=field,
        )

    def _nearest(self, country: str, part: str, listed: Mapping[str, str]) -> list[str]:
        """Codes that one slip of the finger makes into this one, the likeliest first."""
        added = {one.partition("-")[2] for one in self.added if one.startswith(f"{country}-")}
        near = [
            other
            for other in {*listed, *added}
            if _is_one_edit(part, other) or _lost_zeros(part, other)
        ]
        near.sort(
            key=lambda other: (
                not _lost_zeros(part, other),
                sorted(part) != sorted(other),
                len(part) != len(other),
                -_same_beginning(part, other),
                other,
            )
        )
        return [
            f"{country}-{other} ({listed[other]})" if other in listed else f"{country}-{other}"
            for other in near[:NEAREST_MAX]
        ]


@cache
def _names_by_part() -> Mapping[str, Mapping[str, str]]:
    """Of each country the names by what is after the hyphen."""
    names: dict[str, dict[str, str]] = {}
    for one in pycountry.subdivisions:
        country, _, part = one.code.partition("-")
        names.setdefault(country, {})[part] = one.name
    return names


def _is_one_edit(one: str, other: str) -> bool:
    """Whether a character more, less or other, or two swapped neighbours, is all the difference.

    That is optimal string alignment distance 1 (Damerau 1964).
    """
    if len(one) != len(other):
        shorter, longer = sorted((one, other), key=len)
        return any(longer[:n] + longer[n + 1 :] == shorter for n in range(len(longer)))
    differing = [n for n in range(len(one)) if one[n] != other[n]]
    if len(differing) == 2:
        first, second = differing
        return second == first + 1 and one[first : second + 1] == other[first : second + 1][::-1]
    return len(differing) == 1


def _lost_zeros(one: str, other: str) -> bool:
    """Whether they are the same but for zeros before them, which spreadsheets take away."""
    return one.lstrip("0") == other.lstrip("0")


def _same_beginning(one: str, other: str) -> int:
    """How many characters they begin with together."""
    pairs = zip(one, other, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
