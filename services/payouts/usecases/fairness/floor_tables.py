"""Loading floors and exchange rates, and telling which are missing or about to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.regions import RegionCodes
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.fairness.floor_choice import FloorFound, floors_of_country
from services.payouts.domain.fairness.floor_rows import FloorRow, RateRow, floor_of, rate_of
from services.payouts.domain.fairness.floors import Floor, check_floor_fresh
from services.payouts.domain.fairness.rates import ExchangeRate, check_rate_fresh
from services.payouts.domain.tables import Imported, RowInvalid, RowProblem
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.fairness.floor_tables import FloorStore, RateStore

RowT = TypeVar("RowT", FloorRow, RateRow)
ItemT = TypeVar("ItemT", Floor, ExchangeRate)


class Lack(StrEnum):
    """What is wrong with a country's floor."""

    UNKNOWN = "unknown"
    STALE = "stale"
    ENDING = "ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorLack:
    """A country of contractors whose floor an operator has to see to."""

    country: str
    place: str
    """The country, or the region of it whose floor it is."""
    lack: Lack
    floor: Floor | None
    ends_on: date | None
    """The last day on which the floor may be relied on."""


class FloorTables:
    """Adds versions, and reads them."""

    def __init__(
        self,
        *,
        floors: FloorStore,
        rates: RateStore,
        projections: ProjectionStore,
        clock: Clock,
        floor_max_age_days: int,
        rate_max_age_days: int,
        warn_days: int,
        region_codes: RegionCodes,
    ) -> None:
        self._floors = floors
        self._rates = rates
        self._projections = projections
        self._clock = clock
        self._floor_max_age_days = floor_max_age_days
        self._rate_max_age_days = rate_max_age_days
        self._warn_days = warn_days
        self._region_codes = region_codes

    async def import_floors(
        self, work: UnitOfWork, principal: Principal, rows: Sequence[FloorRow]
    ) -> Imported:
        """Takes every row that is right; the others are told by line, field and rule."""
        today = work.now.date()

        def read(row: FloorRow) -> Floor:
            floor = floor_of(
                row,
                region_codes=self._region_codes,
                recorded_by=principal.subject_id,
                recorded_at=work.now,
            )
            check_floor_fresh(floor, today=today, max_age_days=self._floor_max_age_days)
            return floor

        floors, problems = _read_all(rows, read)
        known = await self._floors.of_countries(
            {floor.country for floor in floors}, session=work.session
        )
        added = _versions(floors, known, key=lambda floor: (floor.place, floor.valid_from))
        await self._floors.add(added, session=work.session)
        return Imported(added=len(added), known=len(floors) - len(added), problems=tuple(problems))

    async def import_rates(
        self, work: UnitOfWork, principal: Principal, rows: Sequence[RateRow]
    ) -> Imported:
        """Takes every row that is right; the others are told by line, field and rule."""
        today = work.now.date()

        def read(row: RateRow) -> ExchangeRate:
            rate = rate_of(row, recorded_by=principal.subject_id, recorded_at=work.now)
            check_rate_fresh(rate, today=today, max_age_days=self._rate_max_age_days)
            return rate

        rates, problems = _read_all(rows, read)
        known = await self._rates.of_pairs(
            {(rate.base, rate.quote) for rate in rates}, session=work.session
        )
        added = _versions(rates, known, key=lambda rate: (rate.base, rate.quote, rate.rate_date))
        await self._rates.add(added, session=work.session)
        return Imported(added=len(added), known=len(rates) - len(added), problems=tuple(problems))

    async def floors(self, *, country: str, after: str, limit: int) -> list[tuple[Floor, bool]]:
        """All versions by place and day, each with whether it may still be relied on."""
        today = self._clock().date()
        with store_errors():
            found = await self._floors.page(country=country, after=after, limit=limit)
        return [
            (floor, not floor.is_stale(today, max_age_days=self._floor_max_age_days))
            for floor in found
        ]

    async def rates(self, *, after: str, limit: int) -> list[tuple[ExchangeRate, bool]]:
        """All versions by pair and day, each with whether it may still be relied on."""
        today = self._clock().date()
        with store_errors():
            found = await self._rates.page(after=after, limit=limit)
        return [(rate, (today - rate.rate_date).days <= self._rate_max_age_days) for rate in found]

    async def lacks(self) -> list[FloorLack]:
        """Countries of contractors that have no floor, a stale one, or one that ends soon.

        Every region that has a floor is looked at: a price has to reach all of them.
        """
        today = self._clock().date()
        with store_errors():
            countries = await self._projections.countries()
            floors = await self._floors.of_countries(countries)
        by_country: dict[str, list[Floor]] = {country: [] for country in sorted(countries)}
        for floor in floors:
            by_country[floor.country].append(floor)
        return [
            lack
            for country, known in by_country.items()
            for lack in self._lacks_of(country, known, today)
        ]

    def _lacks_of(self, country: str, floors: list[Floor], today: date) -> list[FloorLack]:
        def found_at(day: date) -> dict[str, FloorFound]:
            found = floors_of_country(
                floors, country=country, at=day, max_age_days=self._floor_max_age_days
            )
            return {one.floor.place: one for one in found}

        now = found_at(today)
        if not now:
            return [
                FloorLack(
                    country=country, place=country, lack=Lack.UNKNOWN, floor=None, ends_on=None
                )
            ]
        soon = found_at(today + timedelta(days=self._warn_days))
        return [
            FloorLack(
                country=country,
                place=place,
                lack=Lack.STALE if one.is_stale else Lack.ENDING,
                floor=one.floor,
                ends_on=self._ends_on(one.floor),
            )
            for place, one in now.items()
            if one.is_stale or soon[place].is_stale
        ]

    def _ends_on(self, floor: Floor) -> date:
        """The last day on which it may be relied on."""
        too_old = floor.source_date + timedelta(days=self._floor_max_age_days)
        return too_old if floor.valid_to is None else min(too_old, floor.valid_to)


def _read_all(
    rows: Iterable[RowT], read: Callable[[RowT], ItemT]
) -> tuple[list[ItemT], list[RowProblem]]:
    items: list[ItemT] = []
    problems: list[RowProblem] = []
    for row in rows:
        try:
            items.append(read(row))
        except RowInvalid as err:
            problems.append(
                RowProblem(
                    line=row.line,
                    field=err.field,
                    rule=err.rule,
                    message=err.message,
                    nearest=err.nearest,
                )
            )
    return items, problems


def _versions(
    items: Iterable[ItemT], known: Iterable[ItemT], *, key: Callable[[ItemT], object]
) -> list[ItemT]:
    """Those that say something new, each as the version after the last of its key."""
    newest: dict[object, ItemT] = {}
    for item in known:
        last = newest.get(key(item))
        if last is None or last.version < item.version:
            newest[key(item)] = item
    added: list[ItemT] = []
    for item in items:
        last = newest.get(key(item))
        if last is not None and item.says_same(last):
            continue
        fresh = replace(item, version=1 if last is None else last.version + 1)
        newest[key(item)] = fresh
        added.append(fresh)
    return added
