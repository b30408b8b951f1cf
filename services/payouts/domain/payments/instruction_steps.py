"""How a payment instruction moves: one consequence for every answer, and none pays twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.payouts.domain.errors import (
    InstructionFrozen,
    InstructionStateInvalid,
    InvalidInstruction,
)
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments.instruction_changes import (
    frozen,
    movement_of,
    unchanged,
    with_leg,
)
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    STRIPE_V1,
    Action,
    Doubt,
    Freeze,
    Instruction,
    Leg,
    LegState,
    Movement,
    RailPolicy,
    Step,
    absence_is_proof,
    todo,
)
from services.payouts.domain.payments.rail import (
    LEGS,
    RETURNED,
    Cause,
    Op,
    Outcome,
    OutcomeKind,
    cause_of,
)

_SENT: Final = {
    Op.TRANSFER: EntryKind.TRANSFER_SENT,
    Op.PAYOUT: EntryKind.PAYOUT_SENT,
    Op.OUTBOUND: EntryKind.OUTBOUND_SENT,
}
_REFUSED: Final = {
    Op.TRANSFER: EntryKind.TRANSFER_REFUSED,
    Op.PAYOUT: EntryKind.PAYOUT_REFUSED,
    Op.OUTBOUND: EntryKind.OUTBOUND_REFUSED,
}


_ANSWERABLE: Final = frozenset({LegState.SENDING, LegState.UNKNOWN})
# What was sent before and waits to be sent again is looked up once its key is forgotten.
_LOOKED_UP: Final = frozenset({LegState.UNKNOWN, LegState.PARKED, LegState.COMMITTED})
_AWAITED: Final = {OutcomeKind.ABSENT: _LOOKED_UP, OutcomeKind.LOOKUP_FAILED: _LOOKED_UP}


def commit(instruction: Instruction) -> Step:
    """Reserve a new instruction's money; nothing is called before this is stored."""
    leg = instruction.transfer
    if instruction.version != 1 or leg != Leg(op=leg.op):
        raise InstructionStateInvalid(
            f"{instruction.instruction_id} is not new", instruction_id=instruction.instruction_id
        )
    return Step(
        instruction=instruction,
        movements=(movement_of(instruction, _SENT[leg.op], leg),),
    )


def begin_send(instruction: Instruction, *, now: datetime, policy: RailPolicy = STRIPE_V1) -> Step:
    """Note that a call is about to be made; commit this, then call under `instruction.key`."""
    _check_not_frozen(instruction)
    leg = instruction.leg
    due = todo(instruction, now=now, policy=policy)
    if due.action is not Action.SEND or (due.at is not None and now < due.at):
        raise InstructionStateInvalid(
            f"{instruction.instruction_id} is not to be sent now but: {due.action}",
            instruction_id=instruction.instruction_id,
            state=leg.state,
            action=due.action,
        )
    if leg.sends >= policy.max_sends:
        return frozen(instruction, Freeze.TOO_MANY_SENDS)
    return with_leg(
        instruction,
        replace(
            leg,
            state=LegState.SENDING,
            sends=leg.sends + 1,
            first_sent_at=leg.first_sent_at or now,
            last_sent_at=now,
            not_before=None,
        ),
    )


def next_step(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy = STRIPE_V1
) -> Step:
    """Draw the consequence of what the rail answered to an attempt, or to a look-up of it.

    `now` is when the call was answered; for a look-up, when it began.
    """
    if (outcome.kind is OutcomeKind.CONFIRMED) is (outcome.found is None):
        raise InvalidInstruction(
            f"{instruction.instruction_id}: a confirmation, and nothing else, shows its object",
            instruction_id=instruction.instruction_id,
            outcome=outcome.kind,
        )
    if outcome.found is not None:
        return apply_rail_object(instruction, outcome.found)
    leg = instruction.leg
    awaited = leg.state in _AWAITED.get(outcome.kind, _ANSWERABLE) and leg.first_sent_at
    if (outcome.op, outcome.attempt) != (leg.op, leg.attempt) or not awaited:
        # A late answer to what is already decided; only an object could change anything.
        return unchanged(instruction)
    return _ON[outcome.kind](instruction, outcome, now=now, policy=policy)


def hold_back(instruction: Instruction, *, code: str) -> Step:
    """Refuse by ourselves what would be lost at the destination; nothing of this attempt was sent.

    Anything that may have been sent is left as it is.
    """
    leg = instruction.leg
    if leg.state is not LegState.COMMITTED or leg.sends or instruction.freeze:
        return unchanged(instruction)
    return _refused(instruction, replace(leg, code=code), cause=Cause.DESTINATION)


def recover(instruction: Instruction, *, now: datetime, policy: RailPolicy = STRIPE_V1) -> Step:
    """Take over from a sender that has not been heard of for too long."""
    due = todo(instruction, now=now, policy=policy)
    if due.action is not Action.RECOVER or due.at is None or now < due.at:
        return unchanged(instruction)
    leg = instruction.leg
    lost = Outcome(kind=OutcomeKind.NO_RESPONSE, op=leg.op, attempt=leg.attempt)
    return next_step(instruction, lost, now=now, policy=policy)


def reattempt(
    instruction: Instruction,
    *,
    policy: RailPolicy = STRIPE_V1,
    destination: str = "",
    rail: str = "",
) -> Step:
    """Start attempt n+1 under a new key: the last one provably left nothing, its cause is gone.

    A first call may go to another `destination` than before, and on another `rail`: its money is
    owed again. A payout leaves from where it is. On a rail whose keys go on with failed work the
    attempt goes on too, under its key, unless it is to be another payment.
    """
    _check_not_frozen(instruction)
    leg = instruction.leg
    elsewhere = (rail or instruction.rail, destination or instruction.destination)
    stays = elsewhere == (instruction.rail, instruction.destination)
    if leg.state is LegState.PARKED and stays:
        # Forgotten keys are looked up before anything else: see `todo`.
        going_on = replace(leg, state=LegState.COMMITTED, not_before=None)
        return with_leg(instruction, going_on)
    over = (
        leg.state is LegState.REFUSED
        or (leg.state is LegState.PARKED and leg.doubt is Doubt.NONE)
        or (
            leg.state is LegState.CONFIRMED
            and leg.op is not Op.TRANSFER
            and leg.rail_state in RETURNED
        )
    )
    if not over or (not stays and leg.op is Op.PAYOUT):
        raise InstructionStateInvalid(
            f"{instruction.instruction_id}: attempt {leg.attempt} of its {leg.op} is not over",
            instruction_id=instruction.instruction_id,
            state=leg.state,
        )
    if leg.attempt - leg.attempts_forgiven >= policy.max_attempts:
        return frozen(instruction, Freeze.TOO_MANY_ATTEMPTS)
    # What was kept for the old key to go on with is owed again first.
    back = _back(instruction, leg) if leg.state is LegState.PARKED else ()
    first = LEGS[elsewhere[0]][0] if leg.op is not Op.PAYOUT else leg.op
    # What never left us, or only met an empty balance, is no sign of going round in circles.
    forgiven = leg.attempts_forgiven + (not leg.sends or leg.cause is Cause.FUNDS)
    fresh = Leg(op=first, attempt=leg.attempt + 1, attempts_forgiven=forgiven)
    aimed = replace(
        instruction,
        rail=elsewhere[0],
        destination=elsewhere[1],
        op=first,
        transfer=instruction.transfer if first is Op.PAYOUT else fresh,
    )
    return with_leg(aimed, fresh, movements=(*back, movement_of(aimed, _SENT[first], fresh)))


def _back(instruction: Instruction, leg: Leg) -> tuple[Movement, ...]:
    returned = movement_of(instruction, _REFUSED[leg.op], leg)
    return (replace(returned, reason=leg.code or "absent"),)


def open_payout(instruction: Instruction) -> Step:
    """Reserve the payee's balance at the rail for the payout to the bank."""
    _check_not_frozen(instruction)
    transfer = instruction.transfer
    arrived = transfer.state is LegState.CONFIRMED and transfer.reversed_minor == 0
    if instruction.op is not Op.TRANSFER or not arrived:
        raise InstructionStateInvalid(
            f"{instruction.instruction_id}: no transfer waits for its payout",
            instruction_id=instruction.instruction_id,
            state=transfer.state,
        )
    # A payout that an earlier, reversed transfer had used up its keys.
    before = instruction.payout.attempt if instruction.payout is not None else 0
    leg = Leg(op=Op.PAYOUT, attempt=before + 1, attempts_forgiven=before)
    opened = replace(instruction, op=Op.PAYOUT, payout=leg)
    return with_leg(opened, leg, movements=(movement_of(opened, EntryKind.PAYOUT_SENT, leg),))


def thaw(instruction: Instruction) -> Step:
    """Let a frozen instruction go on from where it stood; an operator has looked."""
    if not instruction.freeze:
        raise InstructionStateInvalid(
            f"{instruction.instruction_id} is not frozen",
            instruction_id=instruction.instruction_id,
        )
    leg = replace(instruction.leg, sends=0, attempts_forgiven=instruction.leg.attempt)
    return with_leg(replace(instruction, freeze=Freeze.NOT), leg)


def _on_refused(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy
) -> Step:
    code = outcome.code or "refused"
    leg = replace(instruction.leg, code=code)
    if policy.continues:
        # The rail keeps no refusal: the same key goes on once the cause is gone, and a new one
        # might pay beside it.
        parked = replace(leg, state=LegState.PARKED, cause=cause_of(code), not_before=None)
        alert = code if parked.cause is Cause.OTHER else ""
        return with_leg(instruction, parked, alert=alert)
    if leg.doubt is Doubt.NONE:
        return _refused(instruction, leg, cause=cause_of(code))
    # An earlier call of this attempt may have got through. The refusal ends the key, but only a
    # look-up proves that nothing was made under it.
    return _to_look_up(instruction, leg, now=now, policy=policy)


def _to_look_up(instruction: Instruction, leg: Leg, *, now: datetime, policy: RailPolicy) -> Step:
    return with_leg(
        instruction,
        replace(
            leg,
            state=LegState.UNKNOWN,
            doubt=Doubt.ANSWERED,
            not_before=now + policy.absence_after,
        ),
    )


def _on_finished_key(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy
) -> Step:
    if outcome.kind is OutcomeKind.SERVER_ERROR and policy.continues:
        # Nothing is finished: the same key goes on, and an earlier call may still arrive.
        return _on_unanswered(instruction, outcome, now=now, policy=policy)
    if outcome.kind is OutcomeKind.SERVER_ERROR:
        return _to_look_up(instruction, instruction.leg, now=now, policy=policy)
    # Other parameters under the same key are our own mistake: whatever was made first counts.
    doubtful = replace(instruction.leg, code=outcome.code or Freeze.KEY_MISMATCH)
    stopped = replace(instruction, freeze=instruction.freeze or Freeze.KEY_MISMATCH)
    step = _to_look_up(stopped, doubtful, now=now, policy=policy)
    return replace(step, alert=Freeze.KEY_MISMATCH)


def _on_turned_away(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy
) -> Step:
    leg = instruction.leg
    wait = max(policy.backoff(leg.sends), timedelta(seconds=outcome.retry_after_seconds))
    waiting = replace(leg, state=LegState.UNKNOWN, not_before=now + wait)
    if leg.doubt is Doubt.NONE:
        # The key is still unused: its hours count from the first call that may have got through.
        unused = None if not policy.continues else leg.first_sent_at
        waiting = replace(waiting, state=LegState.COMMITTED, first_sent_at=unused)
    broken = outcome.kind is OutcomeKind.NOT_EXECUTED
    return with_leg(instruction, waiting, alert=outcome.code or outcome.kind if broken else "")


def _on_unanswered(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy
) -> Step:
    leg = instruction.leg
    wait = max(policy.backoff(leg.sends), timedelta(seconds=outcome.retry_after_seconds))
    return with_leg(
        instruction,
        replace(
            leg,
            state=LegState.UNKNOWN,
            doubt=leg.doubt or Doubt.UNANSWERED,
            not_before=now + wait,
        ),
    )


def _on_look_up(
    instruction: Instruction, outcome: Outcome, *, now: datetime, policy: RailPolicy
) -> Step:
    leg = instruction.leg
    absent = outcome.kind is OutcomeKind.ABSENT
    if absent and absence_is_proof(leg, now=now, policy=policy):
        return _refused(instruction, leg, cause=cause_of(leg.code))
    lookups = leg.lookups + 1
    later = replace(leg, lookups=lookups, not_before=now + policy.backoff(lookups))
    return with_leg(instruction, later)


def _refused(instruction: Instruction, leg: Leg, *, cause: Cause) -> Step:
    over = replace(leg, state=LegState.REFUSED, doubt=Doubt.NONE, cause=cause, not_before=None)
    alert = (leg.code or "absent") if cause is Cause.OTHER else ""
    return with_leg(instruction, over, movements=_back(instruction, over), alert=alert)


def _check_not_frozen(instruction: Instruction) -> None:
    if instruction.freeze:
        raise InstructionFrozen(
            f"{instruction.instruction_id} stands still: {instruction.freeze}",
            instruction_id=instruction.instruction_id,
            freeze=instruction.freeze,
        )


_ON: Final[Mapping[OutcomeKind, Callable[..., Step]]] = {
    OutcomeKind.REFUSED: _on_refused,
    OutcomeKind.NOT_EXECUTED: _on_turned_away,
    OutcomeKind.RATE_LIMITED: _on_turned_away,
    OutcomeKind.KEY_MISMATCH: _on_finished_key,
    OutcomeKind.SERVER_ERROR: _on_finished_key,
    OutcomeKind.KEY_IN_USE: _on_unanswered,
    OutcomeKind.NO_RESPONSE: _on_unanswered,
    OutcomeKind.ABSENT: _on_look_up,
    OutcomeKind.LOOKUP_FAILED: _on_look_up,
}
