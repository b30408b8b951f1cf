"""Decisions about answers become money: each accepted answer is booked once, and only once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.chassis.errors import DomainError, Kind
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.answers.costs import Cost, cost_of
from services.payouts.domain.answers.decisions import (
    Decision,
    Standing,
    Step,
    Verdict,
    counts_of,
    newest,
    step_of,
)
from services.payouts.domain.answers.parties import ContractorNotFound, Project, ProjectNotFound
from services.payouts.domain.errors import InsufficientFunds
from services.payouts.domain.ledger.entries import Booking, Entry
from services.payouts.domain.ledger.flows import accrual, project_hold
from services.payouts.store.answers.decisions import DecisionStore, ProjectBookStore
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.answers.accrual_batch import AccrualBatch
from services.payouts.usecases.answers.overturning import Overturning
from services.payouts.usecases.funding.releases import Releases

# Answers a transaction: more gain nothing, and hold their locks for longer.
_ANSWERS_MAX = 1000
_KNOWN_CONTRACTORS_MAX = 200_000


class _RepriceRefused(Exception):
    """Answers whose one share was taken back and whose other cannot be booked, and why."""

    def __init__(self, errors: dict[str, DomainError]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class Accruals:
    """Applies decisions; each may come late, twice and out of order."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        ledger: LedgerStore,
        decisions: DecisionStore,
        books: ProjectBookStore,
        projections: ProjectionStore,
        releases: Releases,
    ) -> None:
        self._transactions = transactions
        self._ledger = ledger
        self._decisions = decisions
        self._books = books
        self._projections = projections
        self._releases = releases
        self._overturning = Overturning(ledger=ledger)
        # Contractors never vanish: who was seen once need not be looked up again.
        self._known_contractors: set[str] = set()

    async def decided(self, decisions: Sequence[Decision]) -> None:
        """Books what was accepted and takes back what was overturned.

        All that can be applied is committed, whatever is wrong with the others.

        Errors:
            ProjectNotFound, ContractorNotFound: news of them has not arrived yet.
            InsufficientFunds: the project's hold is too small for an accepted answer.
            DomainError: an answer that can never be booked.
        """
        errors: list[DomainError] = []
        wanted = newest(decisions)
        for start in range(0, len(wanted), _ANSWERS_MAX):
            batch = await self._apply_whole(wanted[start : start + _ANSWERS_MAX])
            batch.measure()
            errors += batch.errors
        if errors:
            # What may come right by itself goes first, so that it is tried again.
            raise min(errors, key=lambda error: error.kind is not Kind.NOT_FOUND)

    async def _apply_whole(self, decisions: list[Decision]) -> AccrualBatch:
        """Without those of which only half could be booked: nothing of them is."""
        refused: list[DomainError] = []
        while True:

            async def body(work: UnitOfWork, part: list[Decision] = decisions) -> AccrualBatch:
                return await self._apply(work, part)

            try:
                batch = await self._transactions.run(body)
            except _RepriceRefused as err:
                refused += err.errors.values()
                decisions = [one for one in decisions if one.assignment_id not in err.errors]
                continue
            batch.errors += refused
            return batch

    async def _apply(self, work: UnitOfWork, decisions: list[Decision]) -> AccrualBatch:
        batch = AccrualBatch()
        projects = await self._projections.projects(
            {decision.project_id for decision in decisions}, session=work.session
        )
        await self._learn(decisions, work)
        known = [decision for decision in decisions if self._is_known(decision, projects, batch)]
        standings = await self._decisions.standings(
            [decision.assignment_id for decision in known], session=work.session
        )
        steps = _steps(known, standings)
        if not steps:
            return batch
        steps, undone = await self._overturning.undo(work, steps, batch)
        booked = await self._book(work, steps, projects, batch)
        repriced = {step.decision.assignment_id for step in steps if step.reprices}
        if torn := repriced & batch.refused.keys():
            raise _RepriceRefused({name: batch.refused[name] for name in torn})
        applied = [
            step
            for step in steps
            if (not step.accrues or step.decision.assignment_id in booked)
            and (not step.reverses_revision or step.decision.assignment_id in undone)
        ]
        await self._decisions.put(
            applied, rejected_at=await self._rejected_at(work, applied), session=work.session
        )
        for project_id, counts in sorted(counts_of(applied).items()):
            cost = batch.costs.get(project_id, Cost())
            book = await self._books.count(project_id, counts, cost, session=work.session)
            await self._releases.release(work, book, projects[project_id])
        return batch

    async def _rejected_at(self, work: UnitOfWork, applied: list[Step]) -> datetime:
        """A rejection, too, is of one period: the first whose statements can still tell it."""
        if any(step.after.verdict is Verdict.REJECTED for step in applied):
            return await self._ledger.rejection_time(work.now, session=work.session)
        return work.now

    async def _learn(self, decisions: list[Decision], work: UnitOfWork) -> None:
        strange = {decision.contractor_id for decision in decisions} - self._known_contractors
        if strange:
            if len(self._known_contractors) > _KNOWN_CONTRACTORS_MAX:
                self._known_contractors.clear()
            found = await self._projections.contractors(strange, session=work.session)
            self._known_contractors |= found.keys()

    def _is_known(
        self, decision: Decision, projects: dict[str, Project], batch: AccrualBatch
    ) -> bool:
        if decision.project_id not in projects:
            batch.errors.append(
                ProjectNotFound("the project is not known here", project_id=decision.project_id)
            )
            return False
        if decision.contractor_id not in self._known_contractors:
            batch.errors.append(
                ContractorNotFound(
                    "the contractor is not known here", contractor_id=decision.contractor_id
                )
            )
            return False
        return True

    async def _book(
        self, work: UnitOfWork, steps: list[Step], projects: dict[str, Project], batch: AccrualBatch
    ) -> set[str]:
        """Posts the accruals; returns the answers for which that went well."""
        accruing = [step.decision for step in steps if step.accrues and not step.repays]
        if not any(step.accrues for step in steps):
            return set()
        rates = await self._projections.rates_bps(
            {decision.vendor_id for decision in accruing if decision.vendor_id},
            session=work.session,
        )
        recorded_at = await self._ledger.accrual_time(work.now, session=work.session)
        repaid = await self._overturning.repayments(work, steps, recorded_at=recorded_at)
        entries = [entry for entry, _ in repaid]
        costs = {entry.entry_id: cost for entry, cost in repaid}
        by_entry = {entry.entry_id: entry.subject.assignment_id for entry in entries}
        for decision in accruing:
            project = projects[decision.project_id]
            bps = project.commission_bps(rates.get(decision.vendor_id, {}))
            try:
                entry = _accrual(decision, project, commission_bps=bps, recorded_at=recorded_at)
            except DomainError as error:
                batch.refuse(decision.assignment_id, error)
                continue
            entries.append(entry)
            by_entry[entry.entry_id] = decision.assignment_id
        outcomes = await self._ledger.post(entries, session=work.session, now=work.now)
        errors = {
            entry.entry_id: outcome
            for entry, outcome in zip(entries, outcomes, strict=True)
            if isinstance(outcome, DomainError)
        }
        await self._hold_again(work, entries, errors)
        for entry in entries:
            refused = errors.get(entry.entry_id)
            if refused is None:
                batch.entries.append(entry)
                batch.add_cost(
                    entry.subject.project_id, costs.get(entry.entry_id) or cost_of(entry)
                )
            else:
                batch.refuse(by_entry.pop(entry.entry_id), refused)
        await self._overturning.recover(
            work, steps, [entry for entry in entries if entry.entry_id in by_entry]
        )
        return set(by_entry.values())

    async def _hold_again(
        self, work: UnitOfWork, entries: list[Entry], errors: dict[str, DomainError]
    ) -> None:
        """What a hold no longer covers is taken from what the client has available.

        An ended project has given back what it held: an appeal that is upheld later is paid all the
        same. Takes those that went well out of `errors`.
        """
        short = [
            entry for entry in entries if isinstance(errors.get(entry.entry_id), InsufficientFunds)
        ]
        if not short:
            return
        holds = [
            project_hold(
                hold_id=entry.entry_id,
                client_id=entry.subject.client_id,
                project_id=entry.subject.project_id,
                currency=entry.postings[0].currency,
                amount_units=entry.postings[0].amount_units,
                booking=entry.booking,
            )
            for entry in short
        ]
        held = await self._ledger.post(holds, session=work.session, now=work.now)
        covered = [
            entry
            for entry, outcome in zip(short, held, strict=True)
            if not isinstance(outcome, DomainError)
        ]
        if covered:
            await self._ledger.post_all(covered, session=work.session, now=work.now)
        for entry in covered:
            del errors[entry.entry_id]


def _steps(decisions: list[Decision], standings: dict[str, Standing]) -> list[Step]:
    steps = (step_of(decision, standings.get(decision.assignment_id)) for decision in decisions)
    return [step for step in steps if step is not None]


def _accrual(
    decision: Decision, project: Project, *, commission_bps: int, recorded_at: datetime
) -> Entry:
    return accrual(
        assignment_id=decision.assignment_id,
        revision=decision.revision,
        client_id=project.client_id,
        project_id=project.project_id,
        contractor_id=decision.contractor_id,
        vendor_id=decision.vendor_id,
        currency=project.currency,
        pay_units=project.pay_units,
        commission_bps=commission_bps,
        fee_bps=project.platform_fee_bps,
        benefits_bps=project.benefits_bps,
        booking=Booking(effective_at=decision.decided_at, recorded_at=recorded_at),
        task_id=decision.task_id,
        pay_bps=decision.pay_bps,
        effort=decision.effort,
    )
