"""A person and a bank as a rail: what is sent becomes an order that waits for an operator's export.

It keeps the rules of every rail. An attempt is one order however often it is sent, a look-up tells
for certain, and what has left is told of by the outcomes that operators import.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.instructions import Instruction, RailPolicy
from services.payouts.domain.payments.payout_batches import BankOrder, as_rail_object, reference_of
from services.payouts.domain.payments.rail import Op, Outcome, OutcomeKind, RailObject
from services.payouts.domain.payments.rail_errors import SignatureInvalid
from services.payouts.domain.payments.rail_objects import Notification
from services.payouts.store.payments.payout_batches import PayoutBatchStore

# Orders are kept for good, and seen as soon as they are written.
MANUAL: Final = RailPolicy(
    key_window=timedelta(days=36_500),
    key_life=timedelta(days=36_501),
    absence_after=timedelta(seconds=1),
)


class ManualRail:
    """See `usecases.payments.rail_port.Rail`."""

    def __init__(self, *, batches: PayoutBatchStore, clock: Clock) -> None:
        self._batches = batches
        self._clock = clock

    async def admit(self, op: Op) -> None:
        """At once: nobody turns anything away."""

    async def send(self, instruction: Instruction) -> Outcome:
        """The order of this attempt, made if it is not there yet. Errors: StoreUnavailable."""
        wanted = BankOrder(
            reference=reference_of(instruction.instruction_id, instruction.leg.attempt),
            instruction_id=instruction.instruction_id,
            statement_id=instruction.statement_id,
            attempt=instruction.leg.attempt,
            payee_id=instruction.destination,
            amount_minor=instruction.amount_minor,
            currency=instruction.currency,
            created_at=self._clock(),
        )
        with store_errors():
            order = await self._batches.order(wanted)
        return await self._confirmed(instruction, order)

    async def look_up(self, instruction: Instruction) -> Outcome:
        """Certain, either way. Errors: StoreUnavailable."""
        leg = instruction.leg
        with store_errors():
            order = await self._batches.get(reference_of(instruction.instruction_id, leg.attempt))
        if order is None:
            return Outcome(kind=OutcomeKind.ABSENT, op=leg.op, attempt=leg.attempt)
        return await self._confirmed(instruction, order)

    async def fetch(self, op: Op, rail_id: str, *, destination: str) -> RailObject | None:
        """Errors: StoreUnavailable."""
        with store_errors():
            order = await self._batches.get(rail_id)
            told = await self._batches.outcomes([rail_id])
        if order is None or order.payee_id != destination:
            return None
        return as_rail_object(order, told.get(rail_id, []))

    async def take_back(self, instruction: Instruction) -> Outcome:
        """Cancels what no file has taken yet. Errors: StoreUnavailable."""
        leg = instruction.leg
        reference = reference_of(instruction.instruction_id, leg.attempt)
        with store_errors():
            await self._batches.cancel(reference)
            order = await self._batches.get(reference)
        if order is None or not order.canceled:
            code = "already_exported" if order else "resource_missing"
            return Outcome(kind=OutcomeKind.REFUSED, op=leg.op, attempt=leg.attempt, code=code)
        return await self._confirmed(instruction, order)

    def verify(self, payload: bytes, *, signature: str, endpoint: str) -> Notification:
        """Banks send us none."""
        raise SignatureInvalid("this rail has no notifications", endpoint=endpoint)

    async def _confirmed(self, instruction: Instruction, order: BankOrder) -> Outcome:
        with store_errors():
            told = await self._batches.outcomes([order.reference])
        return Outcome(
            kind=OutcomeKind.CONFIRMED,
            op=instruction.leg.op,
            attempt=instruction.leg.attempt,
            found=as_rail_object(order, told.get(order.reference, [])),
        )
