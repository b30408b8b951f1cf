"""What a rail refused whose keys go on: kept for its key, or owed again, for another rail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payouts.domain.errors import InstructionStateInvalid, InvalidInstruction
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL
from services.payouts.domain.ledger.entries import Booking, EntryKind
from services.payouts.domain.ledger.money import units_of
from services.payouts.domain.payments import instruction_steps as steps
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    STRIPE_V2,
    Action,
    Doubt,
    Freeze,
    Instruction,
    LegState,
    todo,
)
from services.payouts.domain.payments.payments import StatementState, standing_of
from services.payouts.domain.payments.rail import Op, OutcomeKind, RailState
from services.payouts.domain.payments.rail_flows import entries_for
from tests.unit.payouts.payments.instruction_samples import PAY, outcome, refused_transfer, transfer
from tests.unit.payouts.payments.test_rail_flows import owed_books
from tests.unit.payouts.samples import NOON, instruction_of

OWED = "statement:2026-11.contractor.ctr_1.USD:USD"


def parked(*, before: OutcomeKind | None = None) -> Instruction:
    """Refused for want of funds, after another answer if so asked."""
    sent = steps.begin_send(
        steps.commit(instruction_of(rail=STRIPE_GLOBAL)).instruction, now=NOON, policy=STRIPE_V2
    ).instruction
    if before is not None:
        waiting = steps.next_step(sent, outcome(before, sent), now=NOON, policy=STRIPE_V2)
        later = NOON + timedelta(minutes=10)
        sent = steps.begin_send(waiting.instruction, now=later, policy=STRIPE_V2).instruction
    refused = outcome(OutcomeKind.REFUSED, sent, code="insufficient_funds")
    return steps.next_step(sent, refused, now=NOON, policy=STRIPE_V2).instruction


def test_a_refusal_is_shown_and_waits_under_its_key() -> None:
    """G10, G11: nothing is owed again that the key could still spend."""
    instruction = parked()
    assert instruction.leg.state is LegState.PARKED
    standing = standing_of(instruction)
    assert (standing.state, standing.reason) == (StatementState.FAILED, "INSUFFICIENT_FUNDS")
    assert todo(instruction, now=NOON, policy=STRIPE_V2).action is Action.WAIT_FOR_CAUSE
    again = steps.reattempt(instruction, policy=STRIPE_V2)
    assert (again.movements, again.instruction.key) == ((), f"{PAY}:1:outbound")


def test_a_key_that_ends_is_looked_up_before_anything_else() -> None:
    instruction = steps.reattempt(parked(), policy=STRIPE_V2).instruction
    late = NOON + timedelta(days=29, hours=1)
    due = todo(instruction, now=late, policy=STRIPE_V2)
    assert (due.action, due.at) == (Action.LOOK_UP, NOON + timedelta(days=30))
    with pytest.raises(InstructionStateInvalid):
        steps.begin_send(instruction, now=late, policy=STRIPE_V2)
    ended = NOON + timedelta(days=30, seconds=61)
    absent = outcome(OutcomeKind.ABSENT, instruction)
    step = steps.next_step(instruction, absent, now=ended, policy=STRIPE_V2)
    assert step.instruction.leg.state is LegState.REFUSED
    assert [one.kind for one in step.movements] == [EntryKind.OUTBOUND_REFUSED]


def test_on_another_rail_it_is_owed_again_first() -> None:
    """G1, C13: the old rail gives back what it kept, and the new one takes it, once."""
    books = owed_books(deposit_minor=50_000)
    booking = Booking(effective_at=NOON, recorded_at=NOON)
    new = steps.commit(instruction_of(rail=STRIPE_GLOBAL))
    books.must_post(*entries_for(new.instruction, new.movements, booking=booking))
    moved = steps.reattempt(parked(), policy=STRIPE_V2, destination="ctr_1", rail=MANUAL_CSV)
    assert [(one.kind, one.rail, one.attempt) for one in moved.movements] == [
        (EntryKind.OUTBOUND_REFUSED, STRIPE_GLOBAL, 1),
        (EntryKind.OUTBOUND_SENT, MANUAL_CSV, 2),
    ]
    books.must_post(*entries_for(moved.instruction, moved.movements, booking=booking))
    assert books.balance_units(f"rail:{STRIPE_GLOBAL}:in_flight:USD") == 0
    assert books.balance_units(f"rail:{MANUAL_CSV}:in_flight:USD") == units_of(5_000)
    assert books.balance_units(OWED) == 0
    instruction = moved.instruction
    assert (instruction.rail, instruction.key) == (MANUAL_CSV, f"{PAY}:2:outbound")
    # Should the old attempt turn out to be alive, nobody goes on before an operator has looked.
    ghost = replace(transfer(1), op=Op.OUTBOUND, rail_id="obp_1", state=RailState.PENDING)
    assert apply_rail_object(instruction, ghost).instruction.freeze is Freeze.CLOSED_ATTEMPT_ALIVE


def test_what_may_still_arrive_stays_on_its_rail() -> None:
    """G10: an unanswered call under the key may still pay; another rail would pay beside it."""
    instruction = parked(before=OutcomeKind.NO_RESPONSE)
    assert (instruction.leg.state, instruction.leg.doubt) == (LegState.PARKED, Doubt.UNANSWERED)
    with pytest.raises(InstructionStateInvalid):
        steps.reattempt(instruction, policy=STRIPE_V2, destination="ctr_1", rail=MANUAL_CSV)
    assert steps.reattempt(instruction, policy=STRIPE_V2).instruction.leg.attempt == 1


def test_a_refused_transfer_goes_on_by_another_rails_call() -> None:
    moved = steps.reattempt(refused_transfer(), destination="acct_2", rail=STRIPE_GLOBAL)
    instruction = moved.instruction
    assert (instruction.rail, instruction.leg.op) == (STRIPE_GLOBAL, Op.OUTBOUND)
    assert (instruction.destination, instruction.leg.attempt) == ("acct_2", 2)
    back = steps.hold_back(instruction, code="account_closed").instruction
    home = steps.reattempt(back, destination="acct_1", rail=STRIPE).instruction
    assert home.key == f"{PAY}:3:transfer"


def test_only_what_was_never_sent_is_held_back() -> None:
    """C10: nothing that may have arrived is taken for refused."""
    fresh = steps.commit(instruction_of()).instruction
    held = steps.hold_back(fresh, code="connected_balance_negative")
    assert [one.kind for one in held.movements] == [EntryKind.TRANSFER_REFUSED]
    sent = steps.begin_send(fresh, now=NOON).instruction
    assert not steps.hold_back(sent, code="connected_balance_negative").changed


def test_a_rail_begins_with_its_own_call() -> None:
    with pytest.raises(InvalidInstruction):
        replace(instruction_of(), rail=MANUAL_CSV)
