"""A payee has named another bank account: what the old one refused is tried again by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.chassis.mongo import store_errors
from services.payouts.domain.payments.instruction_steps import reattempt
from services.payouts.domain.payments.instructions import Instruction, RailPolicy
from services.payouts.domain.payments.payments import is_waiting_for_cause
from services.payouts.domain.payments.rail import Cause, Op
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling


class BankChanges:
    """Lets go on what waited for a bank account; every change lets each payment try once more."""

    def __init__(
        self,
        *,
        journal: InstructionJournal,
        instructions: InstructionStore,
        policy_of: Callable[[str], RailPolicy],
    ) -> None:
        self._journal = journal
        self._instructions = instructions
        self._policy_of = policy_of

    async def told(self, account_id: str) -> int:
        """How many payments go on."""
        with store_errors():
            waiting = await self._instructions.waiting_at(account_id)
        going_on = 0
        for instruction in waiting:
            changed = await self._journal.change(
                Change(
                    instruction_id=instruction.instruction_id,
                    statement_id=instruction.statement_id,
                    decide=self._decide,
                )
            )
            going_on += changed.steps > 0
        return going_on

    def _decide(self, current: Instruction | None, _now: datetime) -> Ruling:
        if current is None or current.freeze or not is_waiting_for_cause(current):
            return Ruling()
        leg = current.leg
        # A first call that was refused waits for more than a bank account.
        if leg.cause is not Cause.DESTINATION or leg.op is Op.TRANSFER:
            return Ruling()
        return Ruling(steps=(reattempt(current, policy=self._policy_of(current.rail)),))
