"""What a payment instruction's state means for its statement, and when to look at it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.payouts.domain.payments.instructions import (
    Action,
    Instruction,
    LegState,
    RailPolicy,
    Todo,
    todo,
)
from services.payouts.domain.payments.rail import Cause, Op, RailState

# However old: a bank may take days, and a webhook should have told long before.
LOOK_AGAIN_MAX: Final = timedelta(hours=6)

ACCOUNT_MISSING: Final = "PAYOUT_ACCOUNT_MISSING"
TRANSFERS_DISABLED: Final = "TRANSFERS_DISABLED"
BANK_DETAILS_MISSING: Final = "BANK_DETAILS_MISSING"
# The same as a bank says, and found out before anything is sent.
BANK_CURRENCY_MISSING: Final = "INVALID_CURRENCY"
# A payee's own balance at the rail owes something, and would eat what is sent to it.
BALANCE_NEGATIVE: Final = "CONNECTED_BALANCE_NEGATIVE"
# A payee's account at the rail is gone, or its holder has cut us off; as the rail says it.
ACCOUNT_GONE: Final = "ACCOUNT_INVALID"
TRANSFER_REVERSED: Final = "TRANSFER_REVERSED"
NO_RAIL: Final = "NO_PAYOUT_RAIL"
OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"


class StatementState(StrEnum):
    CLOSED = "CLOSED"
    PAYING = "PAYING"
    TRANSFERRED = "TRANSFERRED"
    PAID = "PAID"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a statement's payment is, as its payee sees it."""

    state: StatementState
    reason: str = ""
    transfer_id: str = ""
    payout_id: str = ""


def standing_of(instruction: Instruction) -> Standing:
    """Tell a statement's state from its instruction; the reason says what is missing."""
    transfer, payout = instruction.transfer, instruction.payout
    first_id = transfer.rail_id if transfer.state is LegState.CONFIRMED else ""
    if transfer.op is Op.TRANSFER:
        ids = {"transfer_id": first_id, "payout_id": payout.rail_id if payout is not None else ""}
    else:
        ids = {"transfer_id": "", "payout_id": first_id}
    if instruction.freeze:
        return Standing(state=StatementState.FAILED, reason=_reason(instruction.freeze), **ids)
    leg = instruction.leg
    if leg.op is not Op.TRANSFER and leg.rail_state is RailState.PAID:
        return Standing(state=StatementState.PAID, **ids)
    if is_waiting_for_cause(instruction):
        return Standing(state=StatementState.FAILED, reason=_reason(leg.code or leg.cause), **ids)
    arrived = transfer.state is LegState.CONFIRMED and transfer.op is Op.TRANSFER
    # Told, not alarming: it is looked up by itself.
    reason = OUTCOME_UNKNOWN if leg.state is LegState.UNKNOWN else ""
    state = StatementState.TRANSFERRED if arrived else StatementState.PAYING
    return Standing(state=state, reason=reason, **ids)


def is_waiting_for_cause(instruction: Instruction) -> bool:
    """Tell whether something outside has to change before another attempt makes sense."""
    leg = instruction.leg
    if leg.state is LegState.REFUSED:
        return leg.cause is not Cause.NOTHING
    if leg.state is LegState.PARKED:
        return True
    came_back = leg.rail_state in (RailState.FAILED, RailState.CANCELED)
    return leg.op is not Op.TRANSFER and came_back


def waits_for_balance(instruction: Instruction) -> bool:
    """Tell whether the payee's own balance at the rail is what is missing."""
    leg = instruction.leg
    return leg.op is Op.PAYOUT and leg.state is LegState.REFUSED and leg.cause is Cause.FUNDS


def waits_for_platform(instruction: Instruction) -> bool:
    """Tell whether the platform's own balance at the rail was what was missing."""
    leg = instruction.leg
    return leg.op is Op.TRANSFER and leg.state is LegState.REFUSED and leg.cause is Cause.FUNDS


def waits_for_bank(instruction: Instruction) -> bool:
    """Tell whether a bank has refused what lies with the payee at the rail.

    Nothing but another bank account helps, of which the rail tells.
    """
    leg = instruction.leg
    came_back = leg.rail_state in (RailState.FAILED, RailState.CANCELED)
    refused = came_back or leg.state is LegState.REFUSED
    return leg.op is Op.PAYOUT and refused and leg.cause is Cause.DESTINATION


def sent_at(instruction: Instruction) -> datetime:
    """When the call that is under way, or was the last, was made; before it, when it was ordered.

    A payment may have waited for long before it could go: its age says nothing of that.
    """
    return instruction.leg.last_sent_at or instruction.created_at


def next_look(
    instruction: Instruction, *, now: datetime, policy: RailPolicy, poll_after: timedelta
) -> Todo:
    """Say what is next and when to look at it without being told; `at` is empty for never."""
    due = todo(instruction, now=now, policy=policy)
    match due.action:
        case Action.OPERATOR | Action.NOTHING:
            at = None
        case Action.WAIT_FOR_CAUSE:
            at = now + poll_after if waits_for_balance(instruction) else None
        case Action.AWAIT_RAIL:
            at = now + patience(instruction, now=now, poll_after=poll_after)
        case _:
            at = max(now, due.at) if due.at is not None else now
    return Todo(action=due.action, at=at)


def patience(instruction: Instruction, *, now: datetime, poll_after: timedelta) -> timedelta:
    """Return how long to wait before asking again: longer the longer it has taken already."""
    since = instruction.leg.last_sent_at or instruction.created_at
    return min(max(poll_after, (now - since) / 2), LOOK_AGAIN_MAX)


def _reason(code: str) -> str:
    return code.upper().replace("-", "_").replace(" ", "_")[:63]
