"""Erasures of people: heard of, looked at until nothing is owed, carried out in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import Session, store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.announcements.erasure import contractor_erasure_cleared
from services.payouts.domain.ledger.accounts import MANUAL_CSV
from services.payouts.domain.papers.erasures import (
    Erasure,
    ErasureNotAsked,
    Hurdle,
    Kept,
    Open,
    can_be_paid,
)
from services.payouts.domain.payments.payments import StatementState
from services.payouts.metrics import erasure as metrics
from services.payouts.store.answers.contractor_money import ContractorMoneyReads
from services.payouts.store.answers.earnings import EarningsReads, Payable
from services.payouts.store.papers.erasures import ErasureStore, PersonRows
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.statements.statements import StatementStore

log = logger(__name__)

_TAKEN_MAX = 50
_HOLD = timedelta(minutes=2)
_TICK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one is, and what is open at this moment."""

    erasure: Erasure
    open: tuple[Open, ...]


class Erasures:
    """An erasure that waits is looked at again and again, however long it takes."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        erasures: ErasureStore,
        people: PersonRows,
        earnings: EarningsReads,
        reads: ContractorMoneyReads,
        statements: StatementStore,
        instructions: InstructionStore,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._transactions = transactions
        self._erasures = erasures
        self._people = people
        self._earnings = earnings
        self._reads = reads
        self._statements = statements
        self._instructions = instructions
        self._clock = clock
        self._new_id = new_id
        self._loop = Loop(name="erasures", turn=self.turn, pause_seconds=_TICK_SECONDS)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def asked(self, news: Sequence[Erasure]) -> None:
        """Told once or twice: it is looked at soon."""
        now = self._clock()
        with store_errors():
            for erasure in news:
                await self._erasures.ask(erasure, due_at=now)
        self._loop.wake()

    async def progress(self, contractor_id: str) -> Progress:
        """Errors: ErasureNotAsked."""

        async def body(work: UnitOfWork) -> Progress:
            erasure = await self._erasures.get(contractor_id, session=work.session)
            if erasure is None:
                raise ErasureNotAsked(
                    "nobody has asked that this person be erased", contractor_id=contractor_id
                )
            if erasure.erased_at is not None:
                return Progress(erasure=erasure, open=())
            return Progress(erasure=erasure, open=tuple(await self._open(work, contractor_id)))

        return await self._transactions.run(body)

    async def turn(self) -> bool:
        """Looks at some that are due; true if there may be more."""
        now = self._clock()
        with store_errors():
            taken = await self._erasures.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=_TAKEN_MAX
            )
        for erasure in taken:
            await self._transactions.run(lambda work, one=erasure: self._settle(work, one))  # type: ignore[misc]
        with store_errors():
            oldest = await self._erasures.oldest()
        waited = now - oldest.asked_at if oldest is not None else timedelta()
        metrics.ERASURES_OLDEST_SECONDS.set(max(waited.total_seconds(), 0))
        return len(taken) == _TAKEN_MAX

    async def _settle(self, work: UnitOfWork, taken: Erasure) -> None:
        """Nothing of it, or all: what is removed, that it is done, and that it is told."""
        contractor_id = taken.contractor_id
        erasure = await self._erasures.get(contractor_id, session=work.session)
        if erasure is None or erasure.erased_at is not None:
            return
        if await self._open(work, contractor_id):
            until = erasure.look_again_at(now=work.now)
            await self._erasures.postpone(contractor_id, until=until, session=work.session)
            return
        kept = await self._kept(contractor_id, session=work.session)
        await self._people.erase(contractor_id, kept, session=work.session)
        await self._transactions.forget(work, contractor_id, asked=True)
        await self._erasures.finish(contractor_id, now=work.now, session=work.session)
        contractor_erasure_cleared(work, erasure)
        work.afterwards(lambda: log.info("contractor.erased", contractor=contractor_id))

    async def _open(self, work: UnitOfWork, contractor_id: str) -> list[Open]:
        session = work.session
        payables = await self._earnings.payables([contractor_id], session=session)
        found = [
            Open(
                hurdle=Hurdle.NOT_STATED,
                amount_units=one.amount_units,
                currency=one.currency,
                vendor_id=one.vendor_id,
            )
            for one in payables
            if can_be_paid(one.amount_units, one.currency)
        ]
        found += await self._unpaid(contractor_id, payables, session=session)
        benefits = await self._earnings.benefits([contractor_id], session=session)
        found += [
            Open(hurdle=Hurdle.BENEFITS, amount_units=units, currency=currency)
            for (_, currency), units in benefits.items()
            if can_be_paid(units, currency)
        ]
        found += await self._people.proposals(contractor_id, now=work.now, session=session)
        return found

    async def _unpaid(
        self, contractor_id: str, payables: Sequence[Payable], *, session: Session
    ) -> list[Open]:
        """Statements of the person's own, and of vendors with something of theirs on it."""
        parts = await self._reads.parts(payables, session=session) if payables else []
        units = {part.statement_id: part.units for part in parts}
        vendors = {part.statement_id: part.vendor_id for part in parts}
        own = await self._people.own_statements(contractor_id, session=session)
        records = await self._statements.records({*units, *own}, session=session)
        return [
            Open(
                hurdle=Hurdle.STATEMENT_UNPAID,
                amount_units=units.get(statement_id, 0),
                currency=record.currency,
                vendor_id=vendors.get(statement_id, ""),
                of_id=statement_id,
                reason=record.standing.reason,
            )
            for statement_id, record in sorted(records.items())
            if record.standing.state is not StatementState.PAID
        ]

    async def _kept(self, contractor_id: str, *, session: Session) -> Kept:
        own = await self._people.own_statements(contractor_id, session=session)
        orders = await self._instructions.get_many(
            {f"pay.{statement_id}" for statement_id in own}, session=session
        )
        return Kept(
            tax_forms=bool(own),
            bank_details=any(order.rail == MANUAL_CSV for order in orders.values()),
        )
