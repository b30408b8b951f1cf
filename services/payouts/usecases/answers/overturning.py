"""Accepted answers that are rejected after all, and what the platform bears where pay has gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.chassis.errors import DomainError
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.costs import Cost, cost_of
from services.payouts.domain.answers.decisions import Step
from services.payouts.domain.answers.overturned import (
    after,
    benefits_borne_key,
    benefits_recovered,
    loss_repaid,
    loss_repaid_key,
    repaid_cost,
    with_benefits_borne,
)
from services.payouts.domain.errors import InsufficientFunds
from services.payouts.domain.ledger.balances import guarded_accounts
from services.payouts.domain.ledger.entries import MAX_REASON_CHARACTERS, Booking, Entry, EntryKind
from services.payouts.domain.ledger.flows import accrual_absorption, accrual_key, accrual_reversal
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.usecases.answers.accrual_batch import AccrualBatch

_REASON = "decision_overturned"


class Overturning:
    """Takes accruals back, or bears them, and has borne losses repaid; each within a batch."""

    def __init__(self, *, ledger: LedgerStore) -> None:
        self._ledger = ledger

    async def undo(
        self, work: UnitOfWork, steps: list[Step], batch: AccrualBatch
    ) -> tuple[list[Step], set[str]]:
        """Takes accruals back, or bears them where the payee was paid.

        Returns the steps as they are to be applied, and the answers whose accrual is gone: who was
        paid one share of an answer keeps it, and is not paid another on top.
        """
        undoing = {_undone_key(step): step for step in steps if step.reverses_revision}
        if not undoing:
            return steps, set()
        recorded_at = await self._ledger.accrual_time(work.now, session=work.session)
        accrued = await self._ledger.get_many(undoing, session=work.session)
        kept_pay = await self._accruals_borne(work, undoing.values())
        # What operators have reversed is gone already, and off its project's cost.
        by_hand = await self._ledger.reversed_by_hand(accrued, session=work.session)
        undone = [
            _undone(entry, undoing[entry_id], recorded_at=recorded_at)
            for entry_id, entry in accrued.items()
            if entry_id not in by_hand
        ]
        outcomes = await self._ledger.post(undone, session=work.session, now=work.now)
        kept: set[str] = set()
        short: list[Entry] = []
        for entry, outcome in zip(undone, outcomes, strict=True):
            step = undoing[entry.reverses_id]
            if isinstance(outcome, InsufficientFunds) and step.reprices:
                kept.add(step.decision.assignment_id)
            elif isinstance(outcome, InsufficientFunds):
                short.append(entry)
            elif isinstance(outcome, DomainError):
                raise outcome
            else:
                cost = cost_of(entry)
                if step.undoes_repaid:
                    original = kept_pay[entry.subject.assignment_id]
                    cost = -repaid_cost(accrued[entry.reverses_id], accrued=original)
                batch.entries.append(entry)
                batch.add_cost(entry.subject.project_id, cost)
        borne = await self._bear(work, short, undoing, accrued, batch)
        gone = {step.decision.assignment_id for step in undoing.values()} - kept
        went = borne | {
            step.decision.assignment_id: step.with_pay_kept()
            for step in undoing.values()
            if step.decision.assignment_id in kept
        }
        return [went.get(step.decision.assignment_id, step) for step in steps], gone

    async def _bear(
        self,
        work: UnitOfWork,
        short: Sequence[Entry],
        undoing: Mapping[str, Step],
        accrued: Mapping[str, Entry],
        batch: AccrualBatch,
    ) -> dict[str, Step]:
        """The client has it back, whoever bears it; returns the steps of what is borne.

        Where only benefits were taken out, only those are borne.
        """
        if not short:
            return {}
        balances_units = await self._ledger.balances(guarded_accounts(short), session=work.session)
        steps: dict[str, Step] = {}
        posted: list[Entry] = []
        for reversal in short:
            entry, step = accrued[reversal.reverses_id], undoing[reversal.reverses_id]
            both = with_benefits_borne(
                reversal, revision=step.reverses_revision, balances_units=balances_units
            )
            if both is not None:
                balances_units = after(balances_units, *both)
                steps[step.decision.assignment_id] = step.with_benefits_borne()
                batch.entries.append(reversal)
                posted += both
            else:
                absorption = accrual_absorption(
                    accrued=entry, reason=reversal.reason, booking=reversal.booking
                )
                steps[step.decision.assignment_id] = step.with_loss_borne()
                batch.entries.append(absorption)
                posted.append(absorption)
            batch.add_cost(reversal.subject.project_id, -cost_of(entry))
        await self._ledger.post_all(posted, session=work.session, now=work.now)
        return steps

    async def repayments(
        self, work: UnitOfWork, steps: Sequence[Step], *, recorded_at: datetime
    ) -> list[tuple[Entry, Cost]]:
        """What clients are to pay for answers that were paid before, each with its cost."""
        repaying = [step for step in steps if step.repays]
        kept_pay = await self._accruals_borne(work, repaying)
        found: list[tuple[Entry, Cost]] = []
        for step in repaying:
            accrued = kept_pay[step.decision.assignment_id]
            entry = loss_repaid(
                accrued=accrued,
                revision=step.decision.revision,
                bps=step.after.accrued_bps,
                borne_bps=step.after.borne_bps,
                booking=Booking(effective_at=step.decision.decided_at, recorded_at=recorded_at),
            )
            found.append((entry, repaid_cost(entry, accrued=accrued)))
        return found

    async def recover(
        self, work: UnitOfWork, steps: Sequence[Step], accrued: Sequence[Entry]
    ) -> None:
        """Of answers whose benefits were borne and that were accrued again: has those back."""
        revisions = {
            step.decision.assignment_id: step.recovers_revision
            for step in steps
            if step.recovers_revision
        }
        again = {
            benefits_borne_key(
                assignment_id=entry.subject.assignment_id,
                revision=revisions[entry.subject.assignment_id],
            ): entry
            for entry in accrued
            if entry.subject.assignment_id in revisions
        }
        borne = await self._ledger.get_many(again, session=work.session)
        recovered = [
            found
            for key, entry in borne.items()
            if (found := benefits_recovered(entry, accrued=again[key])) is not None
        ]
        await self._ledger.post_all(recovered, session=work.session, now=work.now)

    async def _accruals_borne(self, work: UnitOfWork, steps: Iterable[Step]) -> dict[str, Entry]:
        """By answer: the accrual whose pay was kept."""
        keys = {
            accrual_key(
                assignment_id=step.decision.assignment_id, revision=step.after.borne_revision
            )
            for step in steps
            if step.before is not None and step.before.borne_bps
        }
        found = await self._ledger.get_many(keys, session=work.session)
        return {entry.subject.assignment_id: entry for entry in found.values()}


def _undone_key(step: Step) -> str:
    name = loss_repaid_key if step.undoes_repaid else accrual_key
    return name(assignment_id=step.decision.assignment_id, revision=step.reverses_revision)


def _undone(entry: Entry, step: Step, *, recorded_at: datetime) -> Entry:
    undo = accrual_absorption if entry.kind is EntryKind.LOSS_REPAID else accrual_reversal
    return undo(
        accrued=entry,
        reason=(step.decision.reason or _REASON)[:MAX_REASON_CHARACTERS],
        booking=Booking(effective_at=step.decision.decided_at, recorded_at=recorded_at),
    )
