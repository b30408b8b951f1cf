"""Files that operators take to a bank, and what the bank said; nothing is paid or told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.payments.bank_details import BankDetails, SealedBankDetails
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payout_batches import (
    LINES_MAX,
    BankOrder,
    BankOutcome,
    Batch,
    BatchAltered,
    BatchLine,
    BatchNotFound,
    NothingToExport,
    ToldOutcome,
    as_rail_object,
    batch_csv,
    last_said,
    objection_to,
    sha256_of,
)
from services.payouts.domain.payments.payout_outcomes import OutcomeRow, read_outcomes
from services.payouts.store.payments.payout_batches import PayoutBatchStore
from services.payouts.store.payments.payout_rails import BankDetailsStore
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.payout_rails import Cipher

# Rows of a file that share a transaction.
_ROWS_AT_ONCE = 100

RECORDED, REPEATED, REFUSED = "recorded", "repeated", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row of an outcome file."""

    line: int
    reference: str
    result: str
    error: str = ""


class PayoutBatches:
    """Exports and imports."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        batches: PayoutBatchStore,
        bank_details: BankDetailsStore,
        cipher: Cipher,
        journal: InstructionJournal,
        new_id: NewId,
    ) -> None:
        self._transactions = transactions
        self._batches = batches
        self._bank_details = bank_details
        self._cipher = cipher
        self._journal = journal
        self._new_id = new_id

    async def export(self, work: UnitOfWork, *, currency: str, limit: int, by: str) -> Batch:
        """Freezes what waits, the oldest first, up to `limit` orders.

        Errors: NothingToExport; BankDetailsUnreadable (then nothing is frozen).
        """
        orders = await self._batches.waiting(
            currency, limit=min(limit or LINES_MAX, LINES_MAX), session=work.session
        )
        sealed = await self._bank_details.newest(
            {order.payee_id for order in orders}, session=work.session
        )
        # Who has taken the details away since waits for new ones.
        lines = [
            BatchLine(
                reference=order.reference,
                payee_id=order.payee_id,
                bank_version=sealed[order.payee_id].version,
                amount_minor=order.amount_minor,
                currency=order.currency,
            )
            for order in orders
            if order.payee_id in sealed
        ]
        if not lines:
            raise NothingToExport(f"no payment in {currency} waits", currency=currency)
        text = batch_csv((line, self._cipher.open(sealed[line.payee_id])) for line in lines)
        batch = Batch(
            batch_id=self._new_id("pba"),
            currency=currency,
            lines=tuple(lines),
            created_by=by,
            created_at=work.now,
            sha256=sha256_of(text),
        )
        await self._batches.freeze(batch, session=work.session)
        return batch

    async def file(self, batch_id: str) -> tuple[Batch, str]:
        """A batch with its file, byte for byte as it was frozen.

        Errors: BatchNotFound, BatchAltered, BankDetailsUnreadable.
        """
        with store_errors():
            batch = await self._batches.batch(batch_id)
            if batch is None:
                raise BatchNotFound("no such batch", batch_id=batch_id)
            sealed = await self._bank_details.versions(
                {(line.payee_id, line.bank_version) for line in batch.lines}
            )
        text = batch_csv((line, self._open(line, sealed)) for line in batch.lines)
        if sha256_of(text) != batch.sha256:
            raise BatchAltered("the file is not what was frozen", batch_id=batch_id)
        return batch, text

    async def said_of(self, batch: Batch) -> dict[str, ToldOutcome]:
        """What stands of what the bank has said about a batch's payments, by reference."""
        with store_errors():
            told = await self._batches.outcomes([line.reference for line in batch.lines])
        return {
            reference: said
            for reference, outcomes in told.items()
            if (said := last_said(outcomes)) is not None
        }

    async def newest(self, *, before: str, limit: int) -> list[Batch]:
        """The newest first."""
        with store_errors():
            return await self._batches.batches(before=before, limit=limit)

    async def waiting(self) -> dict[str, int]:
        """How many payments wait for an export, by currency."""
        with store_errors():
            return await self._batches.waiting_count()

    async def take_outcomes(self, text: str, *, by: str) -> list[RowResult]:
        """Takes a file row by row: a wrong one is told by its line, and stops no other.

        A repeat changes nothing. What contradicts an earlier outcome is refused.
        Errors: OutcomeFileInvalid.
        """
        rows = read_outcomes(text)
        results: list[RowResult] = []
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            results += await self._take(rows[start : start + _ROWS_AT_ONCE], by=by)
        return results

    async def _take(self, rows: Sequence[OutcomeRow], *, by: str) -> list[RowResult]:
        async def body(
            work: UnitOfWork,
        ) -> tuple[list[RowResult], dict[str, tuple[BankOrder, list[ToldOutcome]]]]:
            return await self._record(work, rows, by=by, at=work.now)

        results, known = await self._transactions.run(body)
        taken = {one.reference for one in results if one.result in (RECORDED, REPEATED)}
        applied = await asyncio.gather(
            *(self._apply(*known[reference]) for reference in sorted(taken)),
        )
        errors = {reference: error for reference, error in applied if error}
        # It is recorded all the same: with the next look at the payment it is applied again.
        return [
            replace(one, error=errors.get(one.reference, one.error)) if one.error == "" else one
            for one in results
        ]

    async def _record(
        self, work: UnitOfWork, rows: Sequence[OutcomeRow], *, by: str, at: datetime
    ) -> tuple[list[RowResult], dict[str, tuple[BankOrder, list[ToldOutcome]]]]:
        references = {row.told.reference for row in rows if row.told is not None}
        orders = await self._batches.get_many(references, session=work.session)
        outcomes = await self._batches.outcomes(references, session=work.session)
        results: list[RowResult] = []
        fresh: list[ToldOutcome] = []
        for row in rows:
            told = row.told
            if told is None:
                results.append(
                    RowResult(line=row.line, reference="", result=REFUSED, error=row.error)
                )
                continue
            order, known = orders.get(told.reference), outcomes.setdefault(told.reference, [])
            error = "no such order" if order is None else objection_to(order, known, told)
            result = REFUSED if error else REPEATED if told in known else RECORDED
            if result == RECORDED:
                known.append(told)
                fresh.append(told)
            results.append(
                RowResult(line=row.line, reference=told.reference, result=result, error=error)
            )
        await self._batches.tell(fresh, by=by, at=at, session=work.session)
        return results, {
            reference: (order, outcomes[reference]) for reference, order in orders.items()
        }

    async def _apply(self, order: BankOrder, known: list[ToldOutcome]) -> tuple[str, str]:
        """Tells the instruction; what a later outcome presupposes is told first."""
        ordered = sorted(known, key=lambda told: told.outcome is not BankOutcome.PAID)

        def decide(current: Instruction | None, _now: datetime) -> Ruling:
            if current is None:
                return Ruling()
            steps = []
            for place in range(1, len(ordered) + 1):
                step = apply_rail_object(current, as_rail_object(order, ordered[:place]))
                steps.append(step)
                current = step.instruction
            return Ruling(steps=tuple(steps))

        try:
            await self._journal.change(
                Change(
                    instruction_id=order.instruction_id,
                    statement_id=order.statement_id,
                    decide=decide,
                )
            )
        except DomainError as err:
            return order.reference, err.message
        return order.reference, ""

    def _open(
        self, line: BatchLine, sealed: dict[tuple[str, int], SealedBankDetails]
    ) -> BankDetails:
        found = sealed.get((line.payee_id, line.bank_version))
        if found is None:
            raise BatchAltered("bank details of the batch are gone", reference=line.reference)
        return self._cipher.open(found)
