"""Money that lies where it cannot go on is taken back, and owed to its payee again, once."""

from __future__ import annotations

from services.chassis.errors import DomainError, Kind
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.payouts.domain.payments.instruction_changes import payout_is_live
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import Instruction, LegState
from services.payouts.domain.payments.rail import RETURNED, Cause, Op, OutcomeKind
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.rail_port import Rails

log = logger(__name__)


class PaymentNotFound(DomainError):
    """Nothing was ordered for this statement."""

    kind, reason = Kind.NOT_FOUND, "PAYMENT_NOT_FOUND"


class NothingToTakeBack(DomainError):
    """The money is on its way to the bank or there, or never left."""

    kind, reason = Kind.PRECONDITION, "NOTHING_TO_TAKE_BACK"


class TakeBackRefused(DomainError):
    """The rail does not give it back; the code says why."""

    kind, reason = Kind.PRECONDITION, "TAKE_BACK_REFUSED"


class TakeBacks:
    """Reverses a transfer that lies with the payee at the rail, or cancels what has not left."""

    def __init__(
        self, *, rails: Rails, journal: InstructionJournal, instructions: InstructionStore
    ) -> None:
        self._rails = rails
        self._journal = journal
        self._instructions = instructions

    async def take_back(self, statement_id: str, *, by: str, reason: str) -> Instruction:
        """The instruction as it then is; what was taken back before stays so.

        Errors: PaymentNotFound, NothingToTakeBack, TakeBackRefused, ProviderUnavailable.
        """
        with store_errors():
            instruction = await self._instructions.get(f"pay.{statement_id}")
        if instruction is None:
            raise PaymentNotFound("nothing was ordered for it", statement_id=statement_id)
        if _was_taken_back(instruction):
            return instruction
        _check_may_be_taken_back(instruction)
        log.info("payment.take_back", statement=statement_id, by=by, reason=reason)
        outcome = await self._rails.of(instruction.rail).take_back(instruction)
        found = outcome.found
        if found is None:
            if outcome.kind is OutcomeKind.REFUSED:
                raise TakeBackRefused(
                    "the payment provider does not give it back", code=outcome.code
                )
            raise ProviderUnavailable(
                "it is not known yet whether it was taken back; try again", code=outcome.code
            )
        changed = await self._journal.change(
            Change(
                instruction_id=instruction.instruction_id,
                statement_id=statement_id,
                decide=lambda current, _now: Ruling(
                    steps=() if current is None else (apply_rail_object(current, found),)
                ),
            )
        )
        return changed.instruction or instruction


def _was_taken_back(instruction: Instruction) -> bool:
    leg = instruction.leg
    reversed_ = leg.state is LegState.REFUSED and leg.cause is Cause.REVERSED
    return reversed_ or (leg.op is Op.OUTBOUND and leg.rail_state in RETURNED)


def _check_may_be_taken_back(instruction: Instruction) -> None:
    arrived = instruction.transfer.state is LegState.CONFIRMED
    if not arrived or payout_is_live(instruction):
        raise NothingToTakeBack(
            "the money is on its way to the bank or there, or never left",
            statement_id=instruction.statement_id,
            state=instruction.leg.state,
        )
