"""Taking note of what exists at the rail, in any order and any number of times."""

from __future__ import annotations

from dataclasses import replace

from services.payouts.domain.entries import EntryKind
from services.payouts.domain.errors import InvalidInstruction
from services.payouts.domain.instruction_changes import (
    frozen,
    movement_of,
    payout_is_live,
    unchanged,
    with_leg,
)
from services.payouts.domain.instructions import (
    Doubt,
    Freeze,
    Instruction,
    Leg,
    LegState,
    Movement,
    Step,
)
from services.payouts.domain.rail import (
    RANK,
    RETURNED,
    STATES_OF,
    Cause,
    Op,
    RailObject,
    RailState,
    cause_of,
)


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
    leg = instruction.transfer if found.op is Op.TRANSFER else instruction.payout
    suspicion = _suspicion(instruction, leg, found)
    if leg is None or suspicion is not Freeze.NOT:
        return frozen(instruction, suspicion)
    return _advance(instruction, leg, found)


def _suspicion(instruction: Instruction, leg: Leg | None, found: RailObject) -> Freeze:
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
    movements: list[Movement] = []
    first = leg.state is not LegState.CONFIRMED
    if first:
        if leg.op is Op.TRANSFER:
            movements.append(
                movement_of(instruction, EntryKind.TRANSFER_SEEN, leg, rail_id=found.rail_id)
            )
        leg = replace(
            leg,
            state=LegState.CONFIRMED,
            doubt=Doubt.NONE,
            code="",
            rail_id=found.rail_id,
            rail_state=RailState.CREATED if leg.op is Op.TRANSFER else RailState.PENDING,
            not_before=None,
        )
    if leg.op is Op.TRANSFER:
        return _advance_transfer(instruction, leg, found, movements=movements, first=first)
    return _advance_payout(instruction, leg, found, movements=movements, first=first)


def _advance_transfer(
    instruction: Instruction,
    leg: Leg,
    found: RailObject,
    *,
    movements: list[Movement],
    first: bool,
) -> Step:
    newly_minor = found.reversed_minor - leg.reversed_minor
    if newly_minor <= 0:
        return _noted(instruction, leg, movements=movements, first=first)
    movements.append(
        replace(
            movement_of(instruction, EntryKind.TRANSFER_REVERSED, leg, rail_id=leg.rail_id),
            amount_minor=newly_minor,
            reversed_minor=found.reversed_minor,
        )
    )
    leg = replace(leg, reversed_minor=found.reversed_minor)
    freeze = Freeze.PARTLY_REVERSED
    closed = instruction.closed_rail_ids
    if found.reversed_minor >= instruction.amount_minor:
        leg = replace(
            leg,
            state=LegState.REFUSED,
            cause=Cause.REVERSED,
            code="transfer_reversed",
            rail_state=RailState.REVERSED,
        )
        closed = (*closed, found.rail_id)
        freeze = Freeze.REVERSED_UNDER_PAYOUT if payout_is_live(instruction) else Freeze.NOT
    # Unless a payout is in its way, the transfer is what has to be done again.
    op = Op.TRANSFER if freeze is Freeze.NOT else instruction.op
    stands = instruction.freeze or freeze
    return with_leg(
        replace(instruction, closed_rail_ids=closed, op=op, freeze=stands),
        leg,
        movements=tuple(movements),
        alert=freeze or leg.code,
    )


def _advance_payout(
    instruction: Instruction,
    leg: Leg,
    found: RailObject,
    *,
    movements: list[Movement],
    first: bool,
) -> Step:
    before = leg.rail_state or RailState.PENDING
    if RANK[found.state] <= RANK[before]:
        return _noted(instruction, leg, movements=movements, first=first)
    leg = replace(leg, rail_state=found.state)
    closed = instruction.closed_rail_ids
    alert = ""
    if found.state is RailState.PAID:
        movements.append(
            movement_of(instruction, EntryKind.PAYOUT_PAID, leg, rail_id=leg.rail_id)
        )
    elif found.state in RETURNED:
        code = found.failure_code or f"payout_{found.state}"
        leg = replace(leg, cause=cause_of(code), code=code)
        returned = movement_of(instruction, EntryKind.PAYOUT_FAILED, leg, rail_id=leg.rail_id)
        movements.append(replace(returned, reason=code, was_paid=before is RailState.PAID))
        closed = (*closed, leg.rail_id)
        alert = code
    return with_leg(
        replace(instruction, closed_rail_ids=closed), leg, movements=tuple(movements), alert=alert
    )


def _noted(
    instruction: Instruction, leg: Leg, *, movements: list[Movement], first: bool
) -> Step:
    if not first:
        return unchanged(instruction)
    return with_leg(instruction, leg, movements=tuple(movements))
