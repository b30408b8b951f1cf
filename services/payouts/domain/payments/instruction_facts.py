"""Taking note of what exists at the rail, in any order and any number of times."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.payouts.domain.errors import InvalidInstruction
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments.instruction_changes import (
    frozen,
    movement_of,
    payout_is_live,
    unchanged,
    with_leg,
)
from services.payouts.domain.payments.instructions import (
    Doubt,
    Freeze,
    Instruction,
    Leg,
    LegState,
    Movement,
    Step,
)
from services.payouts.domain.payments.rail import (
    RANK,
    RETURNED,
    STATES_OF,
    Cause,
    Op,
    RailObject,
    RailState,
    cause_of,
)

_SEEN: Final = {Op.TRANSFER: EntryKind.TRANSFER_SEEN, Op.OUTBOUND: EntryKind.OUTBOUND_SEEN}
_PAID: Final = {Op.PAYOUT: EntryKind.PAYOUT_PAID, Op.OUTBOUND: EntryKind.OUTBOUND_PAID}
_RETURNED: Final = {Op.PAYOUT: EntryKind.PAYOUT_FAILED, Op.OUTBOUND: EntryKind.OUTBOUND_RETURNED}


def apply_rail_object(instruction: Instruction, found: RailObject) -> Step:
    """Take note of what exists at the rail, whoever told: an answer, a look-up, a webhook.

    Safe in any order and any number of times: states only move forward.
    """
    if found.instruction_id != instruction.instruction_id or found.state not in STATES_OF[found.op]:
        raise InvalidInstruction(
            f"{found.rail_id} is no {found.op} of {instruction.instruction_id}",
            instruction_id=instruction.instruction_id,
            rail_id=found.rail_id,
            rail_state=found.state,
        )
    if found.rail_id in instruction.closed_rail_ids:
        return unchanged(instruction)
    leg = _leg_of(instruction, found.op)
    suspicion = _suspicion(instruction, leg, found)
    if leg is None or suspicion is not Freeze.NOT:
        return frozen(instruction, suspicion)
    return _advance(instruction, leg, found)


def _leg_of(instruction: Instruction, op: Op) -> Leg | None:
    if op is Op.PAYOUT:
        return instruction.payout
    return instruction.transfer if instruction.transfer.op is op else None


def _suspicion(instruction: Instruction, leg: Leg | None, found: RailObject) -> Freeze:
    if leg is None and found.attempt < instruction.transfer.attempt:
        # Of a rail that the payment has left.
        return Freeze.CLOSED_ATTEMPT_ALIVE
    if leg is None or found.attempt > leg.attempt:
        return Freeze.FUTURE_ATTEMPT
    if found.attempt < leg.attempt or leg.state is LegState.REFUSED:
        return Freeze.CLOSED_ATTEMPT_ALIVE
    if leg.rail_id not in {"", found.rail_id}:
        return Freeze.SECOND_OBJECT
    if (found.amount_minor, found.currency) != (instruction.amount_minor, instruction.currency):
        return Freeze.OBJECT_DIFFERS
    return Freeze.NOT


def _advance(instruction: Instruction, leg: Leg, found: RailObject) -> Step:
    noted = leg if leg.state is LegState.CONFIRMED else _confirmed(leg, found)
    seen: tuple[Movement, ...] = ()
    if leg.op in _SEEN and noted is not leg:
        seen = (movement_of(instruction, _SEEN[leg.op], leg, rail_id=found.rail_id),)
    if leg.op is Op.TRANSFER and found.reversed_minor > noted.reversed_minor:
        return _reversed(instruction, noted, found, seen=seen)
    goes_to_bank = leg.op is not Op.TRANSFER
    if goes_to_bank and RANK[found.state] > RANK[noted.rail_state or RailState.PENDING]:
        return _payout_moved(instruction, noted, found, seen=seen)
    return unchanged(instruction) if noted is leg else with_leg(instruction, noted, movements=seen)


def _confirmed(leg: Leg, found: RailObject) -> Leg:
    return replace(
        leg,
        state=LegState.CONFIRMED,
        doubt=Doubt.NONE,
        code="",
        rail_id=found.rail_id,
        rail_state=RailState.CREATED if leg.op is Op.TRANSFER else RailState.PENDING,
        not_before=None,
    )


def _reversed(
    instruction: Instruction, leg: Leg, found: RailObject, *, seen: tuple[Movement, ...]
) -> Step:
    back = replace(
        movement_of(instruction, EntryKind.TRANSFER_REVERSED, leg, rail_id=leg.rail_id),
        amount_minor=found.reversed_minor - leg.reversed_minor,
        reversed_minor=found.reversed_minor,
    )
    leg = replace(leg, reversed_minor=found.reversed_minor, code="transfer_reversed")
    closed = instruction.closed_rail_ids
    freeze = Freeze.PARTLY_REVERSED
    if found.reversed_minor >= instruction.amount_minor:
        leg = replace(
            leg, state=LegState.REFUSED, cause=Cause.REVERSED, rail_state=RailState.REVERSED
        )
        closed = (*closed, found.rail_id)
        freeze = Freeze.REVERSED_UNDER_PAYOUT if payout_is_live(instruction) else Freeze.NOT
    return with_leg(
        replace(instruction, closed_rail_ids=closed, freeze=instruction.freeze or freeze),
        leg,
        movements=(*seen, back),
        alert=freeze or leg.code,
    )


def _payout_moved(
    instruction: Instruction, leg: Leg, found: RailObject, *, seen: tuple[Movement, ...]
) -> Step:
    moved = replace(leg, rail_state=found.state)
    if found.state is RailState.PAID:
        paid = movement_of(instruction, _PAID[leg.op], leg, rail_id=leg.rail_id)
        return with_leg(instruction, moved, movements=(*seen, paid))
    if found.state not in RETURNED:
        return with_leg(instruction, moved, movements=seen)
    code = found.failure_code or f"payout_{found.state}"
    returned = replace(
        movement_of(instruction, _RETURNED[leg.op], leg, rail_id=leg.rail_id),
        reason=code,
        was_paid=leg.rail_state is RailState.PAID,
    )
    return with_leg(
        replace(instruction, closed_rail_ids=(*instruction.closed_rail_ids, leg.rail_id)),
        replace(moved, cause=cause_of(code), code=code),
        movements=(*seen, returned),
        alert=code,
    )
