"""Whether a project's pay reaches the floors of the places where it is offered: before and while.

Before anybody has worked the client's estimate of the time counts; from so many measured answers
on it is the time in which three quarters of them were given (p75, as Appen re-prices by).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.mongo import Session, store_errors
from services.chassis.regions import RegionCodes
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.parties import Project, ProjectNotFound
from services.payouts.domain.fairness.fair_pay import (
    FairPayPolicy,
    FloorBook,
    PriceLine,
    Verdict,
    check_price,
    judge,
    percentile,
)
from services.payouts.domain.fairness.price_places import check_places
from services.payouts.metrics import floor as floor_metrics
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.answers.worked import WorkedReads
from services.payouts.store.fairness.floor_tables import FloorStore, RateStore

# The newest answers of a project: enough for a percentile, and quickly read.
_SAMPLE = 1000
_SLOW_SHARE = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What answers of a project took, by the newest of them; 0 before the first was measured."""

    answers: int
    """In the sample: those whose time was measured."""
    median_milliseconds: int
    slow_milliseconds: int
    """Three quarters were given in this time or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPay:
    """What a project pays an hour, as it runs, beside the floors."""

    project: Project
    pace: Pace
    judged_milliseconds: int
    """The time that the verdicts are by: measured, or expected."""
    is_measured: bool
    lines: Sequence[PriceLine]


class PriceChecks:
    """Judges prices by what operators have loaded."""

    def __init__(
        self,
        *,
        floors: FloorStore,
        rates: RateStore,
        projections: ProjectionStore,
        worked: WorkedReads,
        clock: Clock,
        policy: FairPayPolicy,
        region_codes: RegionCodes,
    ) -> None:
        self._floors = floors
        self._rates = rates
        self._projections = projections
        self._worked = worked
        self._clock = clock
        self._policy = policy
        self._region_codes = region_codes

    async def check(self, work: UnitOfWork, project: Project) -> None:
        """Passes if the project may be funded.

        Errors:
            FloorUnknown, FloorStale, RateUnknown, RateStale, PayBelowFloor, TimeUnknown.
        """
        pace = await self.pace(project.project_id)
        milliseconds, _ = self._time(project, pace)
        lines = await self._judge(project, milliseconds, session=work.session)
        if not self._policy.needs_estimate:
            lines = [line for line in lines if line.verdict is not Verdict.TIME_UNKNOWN]
        try:
            check_price(lines, currency=project.currency, milliseconds=milliseconds)
        except DomainError as err:
            floor_metrics.FLOOR_REFUSALS_TOTAL.labels(err.reason).inc()
            raise

    async def of_project(self, principal: Principal, project_id: str) -> ProjectPay:
        """How a project's pay stands now. Errors: ProjectNotFound (or another client's)."""
        with store_errors():
            project = (await self._projections.projects([project_id])).get(project_id)
            if project is None or (
                "OPERATOR" not in principal.roles and project.client_id != principal.organisation_id
            ):
                raise ProjectNotFound("no such project", project_id=project_id)
            pace = await self.pace(project_id)
            milliseconds, is_measured = self._time(project, pace)
            lines = await self._judge(project, milliseconds)
        return ProjectPay(
            project=project,
            pace=pace,
            judged_milliseconds=milliseconds,
            is_measured=is_measured,
            lines=lines,
        )

    async def as_measured(self, project_id: str) -> ProjectPay | None:
        """How a project's pay stands by measured time; None before there is enough of it."""
        with store_errors():
            project = (await self._projections.projects([project_id])).get(project_id)
            if project is None:
                return None
            pace = await self.pace(project_id)
            milliseconds, is_measured = self._time(project, pace)
            if not is_measured:
                return None
            lines = await self._judge(project, milliseconds)
        return ProjectPay(
            project=project,
            pace=pace,
            judged_milliseconds=milliseconds,
            is_measured=True,
            lines=lines,
        )

    async def of_price(
        self,
        *,
        pay_units: int,
        currency: str,
        milliseconds: int,
        countries: Collection[str],
        regions: Sequence[str] = (),
    ) -> list[PriceLine]:
        """How a price would stand, in some countries, or in all where contractors are.

        Errors: RegionElsewhere, RegionInvalid.
        """
        check_places(regions, countries=countries, region_codes=self._region_codes)
        with store_errors():
            places = set(countries) or await self._projections.countries()
            book = await self._book(places, currency)
        return judge(
            book,
            pay_units=pay_units,
            currency=currency,
            milliseconds=milliseconds,
            countries=places,
            regions=regions,
            at=self._clock().date(),
        )

    async def pace(self, project_id: str) -> Pace:
        """What its newest measured answers took."""
        efforts = await self._worked.of_project(project_id, limit=_SAMPLE)
        times = sorted(effort.plausible_milliseconds for effort in efforts)
        return Pace(
            answers=len(times),
            median_milliseconds=percentile(times, 50),
            slow_milliseconds=percentile(times, _SLOW_SHARE),
        )

    def _time(self, project: Project, pace: Pace) -> tuple[int, bool]:
        """The time of an answer that counts, and whether it was measured."""
        if pace.answers >= self._policy.measured_answers_min:
            return pace.slow_milliseconds, True
        return project.expected_milliseconds, False

    async def _judge(
        self, project: Project, milliseconds: int, *, session: Session | None = None
    ) -> list[PriceLine]:
        countries = set(project.countries) or await self._projections.countries(session=session)
        book = await self._book(countries, project.currency, session=session)
        return judge(
            book,
            pay_units=project.pay_units,
            currency=project.currency,
            milliseconds=milliseconds,
            countries=countries,
            regions=project.regions,
            at=self._clock().date(),
        )

    async def _book(
        self, countries: Iterable[str], currency: str, *, session: Session | None = None
    ) -> FloorBook:
        floors = await self._floors.of_countries(countries, session=session)
        rates = await self._rates.of_pairs(
            {(floor.currency, currency) for floor in floors if floor.currency != currency},
            session=session,
        )
        return FloorBook(floors=floors, rates=rates, policy=self._policy)
