"""The pieces that every change of a payment instruction is made of."""

from __future__ import annotations

from dataclasses import replace

from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments.instructions import (
    Freeze,
    Instruction,
    Leg,
    LegState,
    Movement,
    Step,
)
from services.payouts.domain.payments.rail import RETURNED, Op


def movement_of(
    instruction: Instruction, kind: EntryKind, leg: Leg, *, rail_id: str = ""
) -> Movement:
    """Return a movement of the whole amount."""
    return Movement(
        kind=kind,
        attempt=leg.attempt,
        amount_minor=instruction.amount_minor,
        destination=instruction.destination,
        rail=instruction.rail,
        rail_id=rail_id,
    )


def with_leg(
    instruction: Instruction,
    leg: Leg,
    *,
    movements: tuple[Movement, ...] = (),
    alert: str = "",
) -> Step:
    """Return the step to the next version, with this leg in its place."""
    version = instruction.version + 1
    if leg.op is Op.PAYOUT:
        changed = replace(instruction, payout=leg, version=version)
    else:
        changed = replace(instruction, transfer=leg, version=version)
    if changed.transfer.state is LegState.REFUSED and not payout_is_live(changed):
        # What was handed over has come back: it has to be handed over again before any payout.
        changed = replace(changed, op=changed.transfer.op)
    return Step(instruction=changed, movements=movements, alert=alert)


def frozen(instruction: Instruction, freeze: Freeze) -> Step:
    """Return the step that stops everything but taking note; the first reason stands."""
    if instruction.freeze:
        return Step(instruction=instruction, changed=False, alert=freeze)
    return Step(
        instruction=replace(instruction, freeze=freeze, version=instruction.version + 1),
        alert=freeze,
    )


def unchanged(instruction: Instruction) -> Step:
    """Return the step that nothing follows from."""
    return Step(instruction=instruction, changed=False)


def payout_is_live(instruction: Instruction) -> bool:
    """Tell whether money is, or may be, on its way to the bank or there."""
    payout = instruction.payout
    if payout is None or instruction.op is not Op.PAYOUT:
        return False
    return payout.state is not LegState.REFUSED and payout.rail_state not in RETURNED
