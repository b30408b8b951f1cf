"""What a statement tells beside its lines: frozen with it, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.parties import Project
from services.payouts.domain.fairness.floor_tests import FloorTest, Outcome, told
from services.payouts.domain.fairness.floor_top_ups import top_up_id
from services.payouts.domain.papers.billing import Particulars
from services.payouts.domain.payments.rail_units import payable_step_minor
from services.payouts.domain.statements.pay_calendars import IsWorkingDay, PayCalendar
from services.payouts.domain.statements.payable_totals import after_taxes, carried_whole
from services.payouts.domain.statements.statement_documents import (
    REJECTED_MAX,
    Circumstances,
    PayeeFacts,
    RejectedAnswer,
    StatementDocument,
    freeze,
)
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.statements import CarryOver, CarryReason, Closing, Statement
from services.payouts.domain.statements.tax_forms import TaxFacts
from services.payouts.domain.statements.withholding import Withheld, WithholdingPolicy
from services.payouts.store.answers.decisions import DecisionStore, Span
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.fairness.floor_tests import FloorTestStore
from services.payouts.store.ledger.corrections import CorrectionReads
from services.payouts.store.papers.names import NameStore
from services.payouts.store.statements.pay_calendars import PayCalendarStore
from services.payouts.store.statements.periods import PeriodRecord
from services.payouts.store.statements.statement_documents import StatementDocumentStore
from services.payouts.store.statements.statement_records import MadeStatement
from services.payouts.usecases.statements.tax_identities import TaxIdentities

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_PAYEES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A period's closing, and who falls under which calendar."""

    closing: Closing
    calendars: Mapping[Payee, PayCalendar]
    carried: Mapping[tuple[Payee, str], CarryReason]
    """Why what a payee has from before, in a currency, was not stated then."""


class StatementMaking:
    """Adds taxes, pay days and documents to statements that are about to be inserted."""

    def __init__(
        self,
        *,
        documents: StatementDocumentStore,
        calendars: PayCalendarStore,
        decisions: DecisionStore,
        projections: ProjectionStore,
        taxes: TaxIdentities,
        withholding: WithholdingPolicy,
        is_working_day: IsWorkingDay,
        floor_tests: FloorTestStore,
        names: NameStore,
        issuer: Particulars,
        corrections: CorrectionReads,
    ) -> None:
        self._documents = documents
        self._calendars = calendars
        self._decisions = decisions
        self._projections = projections
        self._taxes = taxes
        self._withholding = withholding
        self._is_working_day = is_working_day
        self._floor_tests = floor_tests
        self._names = names
        self._issuer = issuer
        self._corrections = corrections

    async def calendars_of(
        self, record: PeriodRecord, payees: Iterable[Payee]
    ) -> dict[Payee, PayCalendar]:
        """Of those that fall under one, as the calendars were when the period ended."""
        with store_errors():
            calendars = await self._calendars.version(record.calendars_version)
            if not calendars.calendars:
                return {}
            wanted = sorted(set(payees))
            found = {}
            for start in range(0, len(wanted), _PAYEES_AT_ONCE):
                part = wanted[start : start + _PAYEES_AT_ONCE]
                countries = await self._taxes.countries(part)
                for payee in part:
                    one = calendars.of_payee(payee, country=countries.get(payee, ""))
                    if one is not None:
                        found[payee] = one
        return found

    async def complete(
        self, work: UnitOfWork, record: PeriodRecord, plan: Plan, statements: Sequence[Statement]
    ) -> tuple[list[MadeStatement], list[CarryOver]]:
        """Withholds, freezes, writes the documents; the statements are the caller's to insert.

        As is what is carried over instead, where taxes leave less than can be paid.
        """
        payees = sorted({statement.payee for statement in statements})
        facts = await self._taxes.facts(payees, at=record.period.ends_at, session=work.session)
        on = record.period.ends_at.date()
        taxed = [
            after_taxes(one, partial(self._withheld, facts[one.payee], on)) for one in statements
        ]
        carried = [
            carried_whole(one) for one, whole in zip(statements, taxed, strict=True) if not whole
        ]
        statements = [one for one in taxed if one is not None]
        names = await self._payee_names(work, payees)
        people = await self._names.newest_of_people(
            {line.contractor_id for one in statements for line in one.lines}, session=work.session
        )
        rejected, counts = await self._rejected(work, record, statements)
        projects = await self._projections.projects(
            {line.project_id for one in statements for line in one.lines}
            | {one.project_id for some in rejected.values() for one in some},
            session=work.session,
        )
        tests = await self._floor_tests.get_many(
            test_id for one in statements for test_id in _test_ids(one)
        )
        made: list[MadeStatement] = []
        documents: list[StatementDocument] = []
        for statement in statements:
            payee = statement.payee
            calendar = plan.calendars.get(payee)
            told = self._circumstances(record, plan, statement, calendar, at=work.now)
            document = freeze(
                statement,
                replace(
                    told,
                    payee=PayeeFacts(name=names.get(payee, ""), country=facts[payee].country),
                    name_seals={
                        line.contractor_id: people[line.contractor_id].seal
                        for line in statement.lines
                        if line.contractor_id in people
                    },
                    project_names=_names(projects),
                    rejected=rejected.get(_key(statement), ()),
                    rejected_count=counts.get(_key(statement), 0),
                    top_ups=_told_tests(statement, tests),
                    corrections=await self._corrections.of_lines(
                        statement.lines,
                        payee=payee,
                        currency=statement.currency,
                        session=work.session,
                    ),
                ),
            )
            documents.append(document)
            pay_on = told.pay_on
            made.append(
                MadeStatement(
                    statement=statement,
                    document_hash=document.document_hash,
                    pay_at=None
                    if calendar is None or pay_on is None
                    else calendar.starts_at(pay_on),
                )
            )
        await self._documents.insert(documents, session=work.session)
        await self._documents.tell_until(
            {_key(statement): record.period.ends_at for statement in statements},
            session=work.session,
        )
        return made, carried

    def _withheld(
        self, facts: TaxFacts, on: date, units_by_kind: Mapping[str, int]
    ) -> tuple[Withheld, ...]:
        return self._withholding(facts, units_by_kind, on)

    def _circumstances(
        self,
        record: PeriodRecord,
        plan: Plan,
        statement: Statement,
        calendar: PayCalendar | None,
        *,
        at: datetime,
    ) -> Circumstances:
        period = record.period
        pay_on = next_ends_at = None
        if calendar is not None:
            boundary = boundary_of(calendar, record)
            if boundary is not None:
                pay_on = calendar.pay_day(boundary, is_working_day=self._is_working_day)
            next_ends_at = calendar.boundary_after(period.ends_at)
        return Circumstances(
            period_starts_at=period.starts_at,
            period_ends_at=period.ends_at,
            made_at=at,
            minimum_minor=max(
                payable_step_minor(statement.currency), record.least_minor(statement.currency)
            ),
            issuer=self._issuer,
            name_seals={},
            project_names={},
            carried_reason=plan.carried.get((statement.payee, statement.currency)),
            calendar_id=calendar.calendar_id if calendar is not None else "",
            pay_on=pay_on,
            next_ends_at=next_ends_at,
        )

    async def _payee_names(self, work: UnitOfWork, payees: Sequence[Payee]) -> dict[Payee, str]:
        """As certified on a tax form; else a vendor's as it applied, else as it registered."""
        vendor_ids = [payee.payee_id for payee in payees if payee.kind is PayeeKind.VENDOR]
        registered = await self._names.organisations(vendor_ids, session=work.session)
        vendors = await self._projections.vendors(vendor_ids, session=work.session)
        applied = {
            vendor_id: vendor.legal_name
            for vendor_id, vendor in vendors.items()
            if vendor.legal_name
        }
        names = {
            Payee(kind=PayeeKind.VENDOR, payee_id=vendor_id): name
            for vendor_id, name in (registered | applied).items()
        }
        return names | await self._taxes.legal_names(payees, session=work.session)

    async def _rejected(
        self, work: UnitOfWork, record: PeriodRecord, statements: Sequence[Statement]
    ) -> tuple[dict[str, list[RejectedAnswer]], dict[str, int]]:
        """By statement: work that was rejected since the payee's last statement in the currency."""
        keys = [_key(statement) for statement in statements]
        told = await self._documents.told_until(keys, session=work.session)
        spans: dict[str, Span] = {}
        for statement in statements:
            payee_id, after = statement.payee.payee_id, told.get(_key(statement), _EVER)
            if payee_id in spans:
                after = min(after, spans[payee_id].after)
            spans[payee_id] = Span(after=after, until=record.period.ends_at)
        counts = await self._decisions.rejected_counts(spans, session=work.session)
        found: dict[str, list[RejectedAnswer]] = {}
        for payee_id in counts:
            found[payee_id] = await self._decisions.rejected(
                payee_id, spans[payee_id], limit=REJECTED_MAX, session=work.session
            )
        projects = await self._projections.projects(
            {one.project_id for some in found.values() for one in some}, session=work.session
        )
        by_statement: dict[str, list[RejectedAnswer]] = {}
        totals: dict[str, int] = {}
        for statement in statements:
            payee_id = statement.payee.payee_id
            some = found.get(payee_id)
            if not some:
                continue
            # What a project would have paid in another currency is on that currency's statement.
            own = [
                one
                for one in some
                if one.project_id in projects
                and projects[one.project_id].currency == statement.currency
                and one.recorded_at >= told.get(_key(statement), _EVER)
            ]
            if own:
                by_statement[_key(statement)] = own
                left_out = counts[payee_id] - len(some)
                totals[_key(statement)] = len(own) + left_out
        return by_statement, totals


def boundary_of(calendar: PayCalendar, record: PeriodRecord) -> datetime | None:
    """The end of the calendar's span that the period has reached; None: its payees are not due."""
    return calendar.boundary_within(after=record.period.starts_at, until=record.period.ends_at)


def due_by(record: PeriodRecord, calendars: Mapping[Payee, PayCalendar]) -> Callable[[Payee], bool]:
    """Whoever has a calendar is due with its spans, the others when an operator says so."""
    reached = {
        calendar.calendar_id: boundary_of(calendar, record) is not None
        for calendar in calendars.values()
    }

    def is_due(payee: Payee) -> bool:
        calendar = calendars.get(payee)
        return not record.is_automatic if calendar is None else reached[calendar.calendar_id]

    return is_due


def _key(statement: Statement) -> str:
    payee = statement.payee
    return f"{payee.kind.value}.{payee.payee_id}.{statement.currency}"


def _test_ids(statement: Statement) -> list[str]:
    """Of the contractors' floor tests in the periods whose pay the statement tells."""
    return sorted(
        {
            top_up_id(
                period_id=line.period_id,
                contractor_id=line.contractor_id,
                currency=statement.currency,
            )
            for line in statement.lines
        }
    )


def _told_tests(statement: Statement, tests: Mapping[str, FloorTest]) -> list[dict[str, str | int]]:
    """A contractor reads every test; a vendor, who has many, those that did not pass."""
    payee = statement.payee
    vendor_id = payee.payee_id if payee.kind is PayeeKind.VENDOR else ""
    found = [tests[test_id] for test_id in _test_ids(statement) if test_id in tests]
    return [
        told(test, vendor_id=vendor_id)
        for test in found
        if not vendor_id or test.outcome is not Outcome.PASSED
    ]


def _names(projects: Mapping[str, Project]) -> dict[str, str]:
    return {project_id: project.name for project_id, project in projects.items()}
