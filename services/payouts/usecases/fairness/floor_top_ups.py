"""Before a pay period has its statements, every contractor's pay of it is tested against the floor.

What is missing is added at once, out of the client's reserve, and stands on the same statements.
Why in this place and in this order: deploy/adr/0019-floors.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.efforts import held_milliseconds
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.fairness.fair_pay import AppliedFloor, FairPayPolicy, FloorBook
from services.payouts.domain.fairness.fairness_flows import (
    floor_top_up,
    reserve_shortfall,
    top_up_key,
)
from services.payouts.domain.fairness.floor_tests import (
    FloorTest,
    PaidPart,
    tested,
    untested,
    vendors_of,
)
from services.payouts.domain.fairness.floor_top_ups import Worked, lacks, top_up, top_up_id
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.flows import project_hold
from services.payouts.metrics import floor as floor_metrics
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.answers.worked import WorkedReads
from services.payouts.store.fairness.floor_tables import FloorStore, RateStore
from services.payouts.store.fairness.floor_tests import FloorTestStore
from services.payouts.store.funding.client_funds import ClientFundsReads
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.statements.periods import PeriodRecord
from services.payouts.usecases.funding.releases import Releases

log = logger(__name__)

# Contractors of one read of floors, and those with a shortfall of one transaction.
_TESTED_MAX = 500
_TOPPED_UP_MAX = 50
_PROJECTS_MAX = 200
# Clients read it as well: it names the test, which says to those whom it concerns whose row it was,
# and not where in the country somebody lives.
_REASON = "floor of {country}, by test {test}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a person lives, as far as it is known."""

    country: str = ""
    region: str = ""


class _Floors:
    """The floors of one part, each looked for once: its contractors are many, its places few."""

    def __init__(self, book: FloorBook, *, at: date) -> None:
        self._book = book
        self._at = at
        self._found: dict[tuple[_Place, str], AppliedFloor | DomainError] = {}

    def of(self, place: _Place, currency: str) -> AppliedFloor:
        """Errors: FloorUnknown, RateUnknown."""
        found = self._found.get((place, currency))
        if found is None:
            try:
                found = self._book.applied(
                    place.country,
                    region=place.region,
                    currency=currency,
                    at=self._at,
                    stale_counts=True,
                )
            except DomainError as err:
                found = err
            self._found[place, currency] = found
        if isinstance(found, DomainError):
            raise found
        return found


class FloorTopUps:
    """Tests a period's pay and makes up what is missing; again it does nothing again."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        ledger: LedgerStore,
        reads: ClientFundsReads,
        books: ProjectBookStore,
        worked: WorkedReads,
        tests: FloorTestStore,
        floors: FloorStore,
        rates: RateStore,
        projections: ProjectionStore,
        releases: Releases,
        policy: FairPayPolicy,
    ) -> None:
        self._transactions = transactions
        self._ledger = ledger
        self._reads = reads
        self._books = books
        self._worked = worked
        self._tests = tests
        self._floors = floors
        self._rates = rates
        self._projections = projections
        self._releases = releases
        self._policy = policy

    async def settle(self, record: PeriodRecord) -> None:
        """Tests whoever was not tested yet; what the period has is sealed.

        A stop at any point leaves whole batches: the next call goes on with the others.
        """
        with store_errors():
            worked = await self._worked.in_time(
                recorded_from=record.recorded_from, recorded_before=record.period.ends_at
            )
            known = await self._tests.known(record.period_id)
        groups = [
            group
            for group in _by_contractor(worked)
            if _test_id(record.period_id, group) not in known
        ]
        for start in range(0, len(groups), _TESTED_MAX):
            await self._settle_part(record, groups[start : start + _TESTED_MAX])
        await self._release_reserves(record.period.ends_at)

    async def _settle_part(self, record: PeriodRecord, groups: list[list[Worked]]) -> None:
        with store_errors():
            contractors = await self._projections.contractors(
                {group[0].contractor_id for group in groups}
            )
            places = {
                one.contractor_id: _Place(one.country, one.region) for one in contractors.values()
            }
            floors = await self._floors.of_countries(place.country for place in places.values())
            rates = await self._rates.of_pairs(
                {(floor.currency, group[0].currency) for floor in floors for group in groups}
            )
        book = FloorBook(floors=floors, rates=rates, policy=self._policy)
        applied = _Floors(book, at=record.period.ends_at.date())
        tests = [
            await self._test(record, group, places.get(group[0].contractor_id, _Place()), applied)
            for group in groups
        ]
        short = [test for test in tests if test.parts]
        others = [test for test in tests if not test.parts]
        if others:
            await self._transactions.run(self._recording(others))
        for start in range(0, len(short), _TOPPED_UP_MAX):
            batch = short[start : start + _TOPPED_UP_MAX]
            await self._transactions.run(self._topping_up(record, batch))

    async def _test(
        self, record: PeriodRecord, group: list[Worked], place: _Place, floors: _Floors
    ) -> FloorTest:
        test_id = _test_id(record.period_id, group)
        try:
            applied = floors.of(place, group[0].currency)
        except DomainError as err:
            log.warning(
                "floor.untested",
                contractor=group[0].contractor_id,
                period=record.period_id,
                country=place.country,
                reason=err.reason,
            )
            return untested(
                test_id,
                group,
                period_id=record.period_id,
                country=place.country,
                region=place.region,
                reason=err.reason,
            )
        held = None
        if lacks(group, applied):
            # Only where it may cost somebody money is it worth looking at every single answer.
            with store_errors():
                efforts = await self._worked.efforts(
                    group[0].contractor_id,
                    group[0].currency,
                    recorded_from=record.recorded_from,
                    recorded_before=record.period.ends_at,
                )
            held = held_milliseconds(efforts)
        found = top_up(group, applied, period_id=record.period_id, held=held)
        return tested(test_id, found, region=place.region, vendor_ids=vendors_of(group))

    def _recording(self, tests: Sequence[FloorTest]) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            await self._add(work, await self._fresh(work, tests))

        return body

    def _topping_up(
        self, record: PeriodRecord, tests: Sequence[FloorTest]
    ) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            fresh = await self._fresh(work, tests)
            booking = Booking(
                effective_at=record.period.ends_at,
                recorded_at=await self._ledger.accrual_time(work.now, session=work.session),
                period_id=record.period_id,
            )
            funded, entries = await self._fund(work, fresh, booking)
            await self._ledger.post_all(entries, session=work.session, now=work.now)
            for test in funded:
                for part in test.parts:
                    await self._books.add_top_up(
                        part.project_id, part.amount_units, session=work.session
                    )
            await self._add(work, funded)

        return body

    async def _fresh(self, work: UnitOfWork, tests: Sequence[FloorTest]) -> list[FloorTest]:
        known = await self._tests.known_of([test.test_id for test in tests], session=work.session)
        return [test for test in tests if test.test_id not in known]

    async def _add(self, work: UnitOfWork, tests: Sequence[FloorTest]) -> None:
        await self._tests.add(tests, now=work.now, session=work.session)
        work.afterwards(lambda: floor_metrics.count_tests(tests))

    async def _fund(
        self, work: UnitOfWork, tests: Sequence[FloorTest], booking: Booking
    ) -> tuple[list[FloorTest], list[Entry]]:
        """Finds the money for every part: the reserve, then the client's funds, then the platform.

        What is held for answers is not touched: it belongs to whoever gives them.
        """
        left = await self._balances(work, tests)
        entries: list[Entry] = []
        funded: list[FloorTest] = []
        for test in tests:
            parts: list[PaidPart] = []
            for part in test.parts:
                paid = _drawn(part, test.currency, left)
                parts.append(paid)
                entries += _entries(test, paid, booking)
            funded.append(replace(test, parts=tuple(parts)))
        return funded, entries

    async def _balances(self, work: UnitOfWork, tests: Sequence[FloorTest]) -> dict[str, int]:
        """What is in the accounts that may be drawn on."""
        wanted = {
            account
            for test in tests
            for part in test.parts
            for account in _sources(part, test.currency)
        }
        balances = await self._ledger.balances(wanted, session=work.session)
        # Both kinds of account are on the credit side.
        return {account: max(-balances.get(account, 0), 0) for account in wanted}

    async def _release_reserves(self, before: datetime) -> None:
        """Gives back what projects that are over did not need of their reserve.

        One with answers that count into a later period keeps it until that has its top-ups.
        """
        after = ""
        while True:
            with store_errors():
                held = await self._reads.reserves(after=after, limit=_PROJECTS_MAX)
                projects = await self._projections.projects([one.project_id for one in held])
            for project in projects.values():
                if await self._is_over(project, before):
                    await self._transactions.run(self._releasing(project))
            if len(held) < _PROJECTS_MAX:
                return
            after = held[-1].account

    async def _is_over(self, project: Project, before: datetime) -> bool:
        with store_errors():
            book = await self._books.get(project.project_id)
            if not book.is_decided:
                return False
            last = await self._worked.last_booked(project.project_id)
        return last is None or last < before

    def _releasing(self, project: Project) -> Callable[[UnitOfWork], Awaitable[None]]:
        async def body(work: UnitOfWork) -> None:
            await self._releases.release_reserve(work, project)

        return body


def _by_contractor(worked: Sequence[Worked]) -> Iterator[list[Worked]]:
    def key(one: Worked) -> tuple[str, str]:
        return (one.contractor_id, one.currency)

    for _, group in groupby(sorted(worked, key=key), key=key):
        yield list(group)


def _test_id(period_id: str, group: Sequence[Worked]) -> str:
    return top_up_id(
        period_id=period_id, contractor_id=group[0].contractor_id, currency=group[0].currency
    )


def _sources(part: PaidPart, currency: str) -> tuple[str, str]:
    reserve = accounts.project_reserve(
        client_id=part.client_id, project_id=part.project_id, currency=currency
    )
    return reserve, accounts.client_available(client_id=part.client_id, currency=currency)


def _drawn(part: PaidPart, currency: str, left: dict[str, int]) -> PaidPart:
    """Takes it off what is left in the accounts."""
    reserve, available = _sources(part, currency)
    from_reserve = min(part.amount_units, left[reserve])
    left[reserve] -= from_reserve
    from_available = min(part.amount_units - from_reserve, left[available])
    left[available] -= from_available
    return replace(part, reserve_units=from_reserve, available_units=from_available)


def _entries(test: FloorTest, part: PaidPart, booking: Booking) -> Iterator[Entry]:
    key = top_up_key(
        period_id=test.period_id, contractor_id=test.contractor_id, project_id=part.project_id
    )
    reason = _REASON.format(country=test.country, test=test.test_id)
    if part.available_units:
        yield project_hold(
            hold_id=f"floor:{key}",
            client_id=part.client_id,
            project_id=part.project_id,
            currency=test.currency,
            amount_units=part.available_units,
            reserve_units=part.available_units,
            booking=booking,
        )
    if part.absorbed_units:
        yield reserve_shortfall(
            period_id=test.period_id,
            client_id=part.client_id,
            project_id=part.project_id,
            contractor_id=test.contractor_id,
            currency=test.currency,
            amount_units=part.absorbed_units,
            reason=reason,
            booking=booking,
        )
    yield floor_top_up(
        period_id=test.period_id,
        client_id=part.client_id,
        project_id=part.project_id,
        contractor_id=test.contractor_id,
        vendor_id=part.vendor_id,
        currency=test.currency,
        amount_units=part.amount_units,
        reason=reason,
        booking=booking,
    )
