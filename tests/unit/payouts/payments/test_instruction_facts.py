from __future__ import annotations

import pytest

from services.payouts.domain.errors import (
    InstructionFrozen,
    InstructionStateInvalid,
    InvalidInstruction,
)
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments import instruction_steps as steps
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    Action,
    Freeze,
    Instruction,
    LegState,
    Todo,
    todo,
)
from services.payouts.domain.payments.rail import (
    RANK,
    Cause,
    Op,
    Outcome,
    OutcomeKind,
    RailObject,
    RailState,
)
from tests.unit.payouts.payments.instruction_samples import (
    PAY,
    after,
    at_bank,
    kinds,
    outcome,
    paying_out,
    payout,
    refused_transfer,
    sending,
    transfer,
    transferred,
)
from tests.unit.payouts.samples import NOON, instruction_of

# What the rail tells by itself, in any order.


@pytest.mark.parametrize(
    "instruction",
    [
        steps.commit(instruction_of()).instruction,
        sending(),
        after(OutcomeKind.NO_RESPONSE).instruction,
        after(OutcomeKind.SERVER_ERROR).instruction,
        after(OutcomeKind.RATE_LIMITED).instruction,
    ],
    ids=["committed", "sending", "unanswered", "server_error", "limited"],
)
def test_a_webhook_may_confirm_before_the_answer_does(instruction: Instruction) -> None:
    step = apply_rail_object(instruction, transfer())
    assert kinds(step) == [EntryKind.TRANSFER_SEEN]
    assert step.instruction.leg.state is LegState.CONFIRMED
    again = steps.next_step(
        step.instruction,
        Outcome(kind=OutcomeKind.CONFIRMED, op=Op.TRANSFER, attempt=1, found=transfer()),
        now=NOON,
    )
    assert (again.changed, again.movements) == (False, ())


@pytest.mark.parametrize(
    ("told", "movements"),
    [
        ([RailState.PAID], [EntryKind.PAYOUT_PAID]),
        ([RailState.PAID, RailState.IN_TRANSIT, RailState.PENDING], [EntryKind.PAYOUT_PAID]),
        ([RailState.PAID, RailState.PAID], [EntryKind.PAYOUT_PAID]),
        ([RailState.FAILED], [EntryKind.PAYOUT_FAILED]),
        ([RailState.CANCELED], [EntryKind.PAYOUT_FAILED]),
        ([RailState.PAID, RailState.FAILED], [EntryKind.PAYOUT_PAID, EntryKind.PAYOUT_FAILED]),
        ([RailState.FAILED, RailState.PAID], [EntryKind.PAYOUT_FAILED]),
        ([RailState.FAILED, RailState.CANCELED], [EntryKind.PAYOUT_FAILED]),
        ([RailState.IN_TRANSIT, RailState.PENDING, RailState.IN_TRANSIT], []),
    ],
)
def test_payouts_move_forward_only_and_from_paid_to_failed(
    told: list[RailState], movements: list[EntryKind]
) -> None:
    instruction = paying_out()
    seen: list[EntryKind] = []
    for state in told:
        step = apply_rail_object(instruction, payout(state))
        instruction = step.instruction
        seen += kinds(step)
    assert seen == movements
    # C8: whatever was told last, it stands where it was furthest.
    assert instruction.leg.rail_state is max(told, key=RANK.__getitem__)


def test_a_failed_payout_says_why_and_may_be_tried_again() -> None:
    step = at_bank(RailState.FAILED, failure_code="account_closed")
    assert step.alert == "account_closed"
    (movement,) = step.movements
    assert (movement.reason, movement.was_paid) == ("account_closed", False)
    assert step.instruction.leg.cause is Cause.DESTINATION
    assert todo(step.instruction, now=NOON) == Todo(action=Action.WAIT_FOR_CAUSE)
    again = steps.reattempt(step.instruction)
    assert again.instruction.key == f"{PAY}:2:payout"
    assert kinds(again) == [EntryKind.PAYOUT_SENT]


def test_a_payout_that_fails_after_it_was_paid_says_so() -> None:
    (movement,) = at_bank(RailState.PAID, RailState.FAILED).movements
    assert movement.was_paid


def test_old_news_of_a_closed_payout_is_ignored() -> None:
    again = steps.reattempt(at_bank(RailState.FAILED).instruction).instruction
    for state in RailState.PENDING, RailState.PAID, RailState.FAILED:
        step = apply_rail_object(again, payout(state, attempt=1))
        assert (step.changed, step.alert) == (False, "")


def test_a_refused_payout_goes_back_to_the_payees_balance() -> None:
    instruction = paying_out()
    refused = outcome(OutcomeKind.REFUSED, instruction, code="insufficient_funds")
    step = steps.next_step(instruction, refused, now=NOON)
    assert kinds(step) == [EntryKind.PAYOUT_REFUSED]
    assert steps.reattempt(step.instruction).instruction.key == f"{PAY}:2:payout"


def test_a_reversed_transfer_is_owed_again_and_can_go_elsewhere() -> None:
    reversal = transfer(state=RailState.REVERSED, reversed_minor=5_000)
    step = apply_rail_object(transferred(), reversal)
    assert kinds(step) == [EntryKind.TRANSFER_REVERSED]
    assert (step.movements[0].amount_minor, step.movements[0].reversed_minor) == (5_000, 5_000)
    assert step.alert == "transfer_reversed"
    assert step.instruction.leg.cause is Cause.REVERSED
    assert not apply_rail_object(step.instruction, reversal).changed
    again = steps.reattempt(step.instruction, destination="acct_2")
    assert again.instruction.key == f"{PAY}:2:transfer"
    assert again.movements[0].destination == "acct_2"
    assert again.instruction.freeze is Freeze.NOT


def test_a_transfer_that_is_first_seen_reversed_is_booked_both_ways() -> None:
    step = apply_rail_object(sending(), transfer(state=RailState.REVERSED, reversed_minor=5_000))
    assert kinds(step) == [EntryKind.TRANSFER_SEEN, EntryKind.TRANSFER_REVERSED]


def test_after_a_reversal_payouts_use_fresh_keys() -> None:
    failed = at_bank(RailState.FAILED).instruction
    reversal = transfer(state=RailState.REVERSED, reversed_minor=5_000)
    instruction = apply_rail_object(failed, reversal).instruction
    assert (instruction.op, instruction.freeze) == (Op.TRANSFER, Freeze.NOT)
    instruction = steps.reattempt(instruction).instruction
    instruction = apply_rail_object(instruction, transfer(attempt=2)).instruction
    assert steps.open_payout(instruction).instruction.key == f"{PAY}:2:payout"


def test_partial_reversals_add_up_and_stop_the_payment() -> None:
    instruction = transferred()
    amounts = []
    for reversed_minor in (1_000, 1_000, 400, 1_500):
        step = apply_rail_object(instruction, transfer(reversed_minor=reversed_minor))
        instruction = step.instruction
        amounts += [movement.amount_minor for movement in step.movements]
    assert amounts == [1_000, 500]
    assert instruction.freeze is Freeze.PARTLY_REVERSED
    with pytest.raises(InstructionStateInvalid):
        steps.open_payout(steps.thaw(instruction).instruction)


@pytest.mark.parametrize("state", [RailState.PENDING, RailState.IN_TRANSIT, RailState.PAID])
def test_a_reversal_under_a_living_payout_stops_everything(state: RailState) -> None:
    instruction = at_bank(state).instruction
    step = apply_rail_object(instruction, transfer(state=RailState.REVERSED, reversed_minor=5_000))
    assert step.instruction.freeze is Freeze.REVERSED_UNDER_PAYOUT
    assert kinds(step) == [EntryKind.TRANSFER_REVERSED]
    # Once the payout has come back, it is the transfer that is due, not the payout.
    returned = apply_rail_object(step.instruction, payout(RailState.FAILED)).instruction
    assert returned.op is Op.TRANSFER
    again = steps.reattempt(steps.thaw(returned).instruction)
    assert kinds(again) == [EntryKind.TRANSFER_SENT]


# What must never be: it is shown, not guessed at.


@pytest.mark.parametrize(
    ("instruction", "found", "freeze"),
    [
        (transferred(), transfer(rail_id="tr_other"), Freeze.SECOND_OBJECT),
        (refused_transfer(), transfer(), Freeze.CLOSED_ATTEMPT_ALIVE),
        (
            steps.reattempt(refused_transfer()).instruction,
            transfer(attempt=1),
            Freeze.CLOSED_ATTEMPT_ALIVE,
        ),
        (transferred(), payout(RailState.PENDING), Freeze.FUTURE_ATTEMPT),
        (sending(), transfer(attempt=2), Freeze.FUTURE_ATTEMPT),
        (sending(), transfer(amount_minor=5_001), Freeze.OBJECT_DIFFERS),
        (sending(), transfer(currency="EUR"), Freeze.OBJECT_DIFFERS),
    ],
)
def test_contradictions_freeze_the_instruction(
    instruction: Instruction, found: RailObject, freeze: Freeze
) -> None:
    step = apply_rail_object(instruction, found)
    assert (step.instruction.freeze, step.alert, step.movements) == (freeze, freeze, ())
    assert todo(step.instruction, now=NOON) == Todo(action=Action.OPERATOR)
    for go_on in (steps.open_payout, steps.reattempt):
        with pytest.raises(InstructionFrozen):
            go_on(step.instruction)
    again = apply_rail_object(step.instruction, found)
    assert (again.changed, again.alert) == (False, freeze)


def test_a_frozen_instruction_still_takes_note() -> None:
    frozen = apply_rail_object(at_bank(RailState.PENDING).instruction, transfer(rail_id="x"))
    step = apply_rail_object(frozen.instruction, payout(RailState.PAID))
    assert kinds(step) == [EntryKind.PAYOUT_PAID]
    assert step.instruction.freeze is Freeze.SECOND_OBJECT


@pytest.mark.parametrize(
    "found",
    [
        transfer(instruction_id="pay.somebody"),
        transfer(state=RailState.PAID),
        payout(RailState.CREATED),
    ],
)
def test_objects_of_others_are_refused(found: RailObject) -> None:
    with pytest.raises(InvalidInstruction):
        apply_rail_object(sending(), found)


@pytest.mark.parametrize(
    "instruction",
    [sending(), transferred(), after(OutcomeKind.NO_RESPONSE).instruction, paying_out()],
    ids=["sending", "confirmed", "unknown", "paying_out"],
)
def test_a_living_attempt_has_no_successor(instruction: Instruction) -> None:
    with pytest.raises(InstructionStateInvalid):
        steps.reattempt(instruction)


@pytest.mark.parametrize(
    "instruction",
    [sending(), refused_transfer(), paying_out()],
    ids=["sending", "refused", "twice"],
)
def test_a_payout_needs_a_transfer_that_arrived(instruction: Instruction) -> None:
    with pytest.raises(InstructionStateInvalid):
        steps.open_payout(instruction)


def test_a_payout_cannot_be_sent_elsewhere() -> None:
    with pytest.raises(InstructionStateInvalid):
        steps.reattempt(at_bank(RailState.FAILED).instruction, destination="acct_2")


def test_nothing_thaws_that_is_not_frozen() -> None:
    with pytest.raises(InstructionStateInvalid):
        steps.thaw(sending())
