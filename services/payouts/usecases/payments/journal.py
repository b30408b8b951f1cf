"""The one way in which payment instructions change: step, ledger entries, statement, together.

Changes that come side by side share a transaction. Each is a pure function of the instruction as
that transaction reads it, so whoever acts on old news finds out, and nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.chassis.errors import DomainError
from services.chassis.group_commit import GroupCommit
from services.chassis.logs import logger
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.ledger.entries import Booking, Entry, EntryKind
from services.payouts.domain.payments.instructions import (
    Instruction,
    LegState,
    RailPolicy,
    Step,
    Todo,
)
from services.payouts.domain.payments.payments import (
    Standing,
    StatementState,
    next_look,
    standing_of,
)
from services.payouts.domain.payments.rail_errors import StatementNotFound
from services.payouts.domain.payments.rail_flows import entries_for
from services.payouts.metrics import rail as metrics
from services.payouts.store.ledger.ledger import LedgerStore
from services.payouts.store.payments.instructions import InstructionStore, Put
from services.payouts.store.statements.statement_records import StatementRecord
from services.payouts.store.statements.statements import StatementStore

log = logger(__name__)

Announce = Callable[[UnitOfWork, StatementRecord], None]

_CHANGES_MAX = 100
_OUTCOMES = {
    LegState.CONFIRMED: "confirmed",
    LegState.REFUSED: "refused",
    LegState.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a change comes to: steps, or why the statement cannot be paid now."""

    steps: tuple[Step, ...] = ()
    reason: str = ""


Decide = Callable[[Instruction | None, datetime], Ruling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; `hold` keeps the instruction with whoever is working on it."""

    instruction_id: str
    statement_id: str
    decide: Decide
    hold: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The instruction as it then is, None where there is none."""

    instruction: Instruction | None
    steps: int = 0


class BatchSpoiled(Exception):
    """One change cannot be posted; each has to be tried alone."""


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What one transaction reads, and what it is going to write."""

    instructions: dict[str, Instruction]
    records: dict[str, StatementRecord]
    known: frozenset[str]
    holds: dict[str, timedelta] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    steps: list[tuple[Instruction | None, Step]] = field(default_factory=list)
    touched: dict[str, Standing] = field(default_factory=dict)


class InstructionJournal:
    """Applies changes in batches; safe beside other processes that do the same."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        instructions: InstructionStore,
        statements: StatementStore,
        ledger: LedgerStore,
        policy_of: Callable[[str], RailPolicy],
        poll_after: timedelta,
        announce: Announce,
    ) -> None:
        self._transactions = transactions
        self._instructions = instructions
        self._statements = statements
        self._ledger = ledger
        self._policy_of = policy_of
        self._poll_after = poll_after
        self._announce = announce
        self._commits = GroupCommit[Change, Changed](
            name="instructions", commit=self._commit, weight_max=_CHANGES_MAX
        )

    async def change(self, change: Change) -> Changed:
        """Durable when it returns.

        Errors: whatever `decide` raises; InsufficientFunds, EntryConflict from the ledger.
        """
        return await self._commits.submit(change)

    async def close(self) -> None:
        """Takes nothing more."""
        await self._commits.close()

    async def _commit(self, changes: list[Change]) -> Sequence[Changed | DomainError]:
        async def body(work: UnitOfWork) -> tuple[list[Changed | DomainError], _Batch]:
            batch = await self._read(work, changes)
            outcomes = [_apply(batch, change, now=work.now) for change in changes]
            await self._write(work, batch, alone=len(changes) == 1)
            return outcomes, batch

        outcomes, batch = await self._transactions.run(body)
        _measure(batch)
        return outcomes

    async def _read(self, work: UnitOfWork, changes: list[Change]) -> _Batch:
        instructions = await self._instructions.get_many(
            {change.instruction_id for change in changes}, session=work.session
        )
        records = await self._statements.records(
            {change.statement_id for change in changes}, session=work.session
        )
        return _Batch(instructions=instructions, records=records, known=frozenset(instructions))

    async def _write(self, work: UnitOfWork, batch: _Batch, *, alone: bool) -> None:
        booking = Booking(effective_at=work.now, recorded_at=work.now)
        try:
            entries = [
                entry
                for _, step in batch.steps
                for entry in entries_for(step.instruction, step.movements, booking=booking)
            ]
        except DomainError as err:
            raise err if alone else BatchSpoiled from err
        for outcome in await self._ledger.post(entries, session=work.session, now=work.now):
            if isinstance(outcome, DomainError):
                raise outcome if alone else BatchSpoiled from outcome
        changed = {step.instruction.instruction_id for _, step in batch.steps}
        puts = [
            Put(
                instruction=batch.instructions[instruction_id],
                next=self._next(batch, instruction_id, now=work.now),
                is_new=instruction_id not in batch.known,
            )
            for instruction_id in sorted(changed)
        ]
        await self._instructions.put(puts, session=work.session)
        await self._tell(work, batch)

    def _next(self, batch: _Batch, instruction_id: str, *, now: datetime) -> Todo:
        instruction = batch.instructions[instruction_id]
        policy = self._policy_of(instruction.rail)
        due = next_look(instruction, now=now, policy=policy, poll_after=self._poll_after)
        hold = batch.holds.get(instruction_id)
        if hold and due.at is not None and due.at <= now:
            # Whoever made this change goes on with it; others only if that one vanishes.
            return Todo(action=due.action, at=now + hold)
        return due

    async def _tell(self, work: UnitOfWork, batch: _Batch) -> None:
        after = [
            replace(record, standing=standing, version=record.version + 1)
            for statement_id, standing in sorted(batch.touched.items())
            if (record := batch.records[statement_id]).standing != standing
        ]
        await self._statements.put(after, session=work.session)
        for record in after:
            self._announce(work, record)


def _apply(batch: _Batch, change: Change, *, now: datetime) -> Changed | DomainError:
    before = batch.instructions.get(change.instruction_id)
    record = batch.records.get(change.statement_id)
    if record is None:
        return StatementNotFound("no such statement", statement_id=change.statement_id)
    try:
        ruling = change.decide(before, now)
    except DomainError as err:
        return err
    current = before
    steps = [step for step in ruling.steps if step.changed]
    for step in steps:
        batch.steps.append((current, step))
        current = step.instruction
    if ruling.reason:
        standing = batch.touched.get(change.statement_id, record.standing)
        batch.touched[change.statement_id] = replace(
            standing, state=StatementState.FAILED, reason=ruling.reason
        )
    elif current is not None and steps:
        batch.instructions[change.instruction_id] = current
        batch.touched[change.statement_id] = standing_of(current)
        batch.holds[change.instruction_id] = change.hold
    for step in ruling.steps:
        if step.alert:
            log.warning("payment.alert", instruction=change.instruction_id, alert=step.alert)
    return Changed(instruction=current, steps=len(steps))


def _measure(batch: _Batch) -> None:
    """Counts once it is committed."""
    for before, step in batch.steps:
        after = step.instruction
        leg = after.leg
        old = None if before is None or before.leg.op is not leg.op else before.leg
        if leg.state in _OUTCOMES and (old is None or old.state is not leg.state):
            metrics.TRANSFERS_TOTAL.labels(_OUTCOMES[leg.state]).inc()
        for movement in step.movements:
            if movement.kind in (EntryKind.PAYOUT_PAID, EntryKind.OUTBOUND_PAID):
                metrics.PAID_MINOR_TOTAL.labels(after.currency).inc(movement.amount_minor)
