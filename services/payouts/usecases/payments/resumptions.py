"""A payment that stands still goes on once an operator has looked, and from where it stood."""

from __future__ import annotations

from datetime import datetime

from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.instruction_steps import thaw
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.take_backs import PaymentNotFound

log = logger(__name__)


class Resumptions:
    """Thaws. Whatever might still be paid is looked up before anything is sent: see `todo`."""

    def __init__(self, *, journal: InstructionJournal, instructions: InstructionStore) -> None:
        self._journal = journal
        self._instructions = instructions

    async def resume(self, statement_id: str, *, by: str, reason: str) -> Instruction:
        """The instruction as it then is; one that does not stand still is left as it is.

        Errors: PaymentNotFound.
        """
        with store_errors():
            before = await self._instructions.get(f"pay.{statement_id}")
        if before is None:
            raise PaymentNotFound("nothing was ordered for it", statement_id=statement_id)
        changed = await self._journal.change(
            Change(
                instruction_id=before.instruction_id, statement_id=statement_id, decide=_let_go_on
            )
        )
        if changed.steps:
            log.warning(
                "payment.resumed",
                statement=statement_id,
                freeze=before.freeze.value,
                by=by,
                reason=reason,
            )
        return changed.instruction or before


def _let_go_on(current: Instruction | None, _now: datetime) -> Ruling:
    if current is None or not current.freeze:
        return Ruling()
    return Ruling(steps=(thaw(current),))
