"""What people have earned, and what projects have cost: reads for contractors, vendors, clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.costs import Cost
from services.payouts.domain.answers.parties import Project, ProjectNotFound
from services.payouts.domain.ledger import accounts
from services.payouts.domain.payments.payments import StatementState
from services.payouts.store.answers.decisions import ProjectBookStore
from services.payouts.store.answers.earnings import Accrued, EarningsReads, Payable, Stated
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.ledger.ledger_reads import EntryPosition


@dataclass(slots=True, kw_only=True)
class Earned:
    """What one contractor has earned in one currency, by how far it is on its way."""

    currency: str
    accrued_units: int = 0
    stated_units: int = 0
    paid_units: int = 0
    benefits_units: int = 0
    """In the person's benefits account now."""
    answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCost:
    """What became of the money that was held for a project."""

    currency: str
    held_units: int
    reserve_units: int
    cost: Cost
    floor_top_up_units: int
    answers: int

    @property
    def spent_units(self) -> int:
        """On accepted answers, and to raise their pay to floors."""
        return self.cost.total_units + self.floor_top_up_units


class EarningsInspection:
    """Reads for people."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        reads: EarningsReads,
        ledger: LedgerStore,
        books: ProjectBookStore,
        projections: ProjectionStore,
    ) -> None:
        self._transactions = transactions
        self._reads = reads
        self._ledger = ledger
        self._books = books
        self._projections = projections

    async def of_contractor(self, principal: Principal) -> list[Earned]:
        """The caller's own, by currency, whoever pays it out."""
        contractor_id = principal.subject_id
        with store_errors():
            payables, stated = await self._money([contractor_id])
            answers = await self._reads.answers([contractor_id])
            benefits = await self._reads.benefits([contractor_id])
        found = _Sums()
        for (_, currency), amount_units in benefits.items():
            found.of(contractor_id, currency).benefits_units = amount_units
        for payable in payables:
            found.of(contractor_id, payable.currency).accrued_units += payable.amount_units
        for part in stated:
            found.add_stated(part)
        found.add_answers(answers)
        return found.by_currency(contractor_id)

    async def accruals(
        self, principal: Principal, *, before: EntryPosition | None, limit: int
    ) -> list[Accrued]:
        """What single answers earned the caller, the newest first."""
        with store_errors():
            return await self._reads.accruals(principal.subject_id, before=before, limit=limit)

    async def of_pool(
        self, principal: Principal, *, after: str, limit: int
    ) -> list[tuple[str, list[Earned]]]:
        """The caller's contractors in the order of their ids, and what each earned with the caller.

        What they earned through others before or after is not the caller's to know.
        """
        vendor_id = principal.organisation_id if "VENDOR" in principal.roles else ""
        with store_errors():
            ids = await self._projections.contractors_of(
                principal.organisation_id, after=after, limit=limit
            )
            payables, stated = await self._money(ids, vendor_id=vendor_id)
            answers = await self._reads.answers(ids, vendor_id=vendor_id)
        found = _Sums()
        for payable in payables:
            earned = found.of(payable.contractor_id, payable.currency)
            earned.accrued_units += payable.amount_units
        for part in stated:
            found.add_stated(part)
        found.add_answers(answers)
        return [(contractor_id, found.by_currency(contractor_id)) for contractor_id in ids]

    async def _money(
        self, contractor_ids: Sequence[str], *, vendor_id: str | None = None
    ) -> tuple[list[Payable], list[Stated]]:
        """Of one moment: what a statement takes from an account is in one of the two, not in both.

        Earned through one vendor (directly, where it is empty), or through any.
        """

        async def body(work: UnitOfWork) -> tuple[list[Payable], list[Stated]]:
            found = await self._reads.payables(contractor_ids, session=work.session)
            payables = [p for p in found if vendor_id is None or p.vendor_id == vendor_id]
            return payables, await self._reads.stated(payables, session=work.session)

        return await self._transactions.run(body)

    async def cost(self, principal: Principal, project_id: str) -> ProjectCost:
        """What a project has cost its client so far. Errors: ProjectNotFound."""
        with store_errors():
            project = (await self._projections.projects([project_id])).get(project_id)
            if project is None or not _may_see(principal, project):
                raise ProjectNotFound("no such project", project_id=project_id)
            held = accounts.project_held(
                client_id=project.client_id, project_id=project_id, currency=project.currency
            )
            reserve = accounts.project_reserve(
                client_id=project.client_id, project_id=project_id, currency=project.currency
            )
            book = await self._books.get(project_id)
            balances_units = await self._ledger.balances([held, reserve])
        return ProjectCost(
            currency=project.currency,
            held_units=-balances_units.get(held, 0),
            reserve_units=-balances_units.get(reserve, 0),
            cost=book.cost,
            floor_top_up_units=book.top_up_units,
            answers=book.accepted,
        )


class _Sums:
    """Earnings by contractor and currency."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Earned]] = defaultdict(dict)

    def of(self, contractor_id: str, currency: str) -> Earned:
        """Where to add to."""
        return self._found[contractor_id].setdefault(currency, Earned(currency=currency))

    def add_stated(self, part: Stated) -> None:
        """A part of statements that stand alike."""
        earned = self.of(part.payable.contractor_id, part.payable.currency)
        if part.state is StatementState.PAID:
            earned.paid_units += part.pay_units
        else:
            earned.stated_units += part.pay_units

    def add_answers(self, answers: dict[tuple[str, str], int]) -> None:
        """By contractor and currency."""
        for (contractor_id, currency), count in answers.items():
            self.of(contractor_id, currency).answers += count

    def by_currency(self, contractor_id: str) -> list[Earned]:
        """In the order of the currencies."""
        found: Sequence[tuple[str, Earned]] = sorted(self._found.get(contractor_id, {}).items())
        return [earned for _, earned in found]


def _may_see(principal: Principal, project: Project) -> bool:
    return "OPERATOR" in principal.roles or project.client_id == principal.organisation_id
