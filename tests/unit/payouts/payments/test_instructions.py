from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.chassis.errors import DomainError
from services.payouts.domain.errors import (
    InstructionFrozen,
    InstructionStateInvalid,
    InvalidAmount,
    InvalidInstruction,
)
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments import instruction_steps as steps
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    STRIPE_V1,
    Action,
    Doubt,
    Freeze,
    Instruction,
    LegState,
    RailPolicy,
    Todo,
    todo,
)
from services.payouts.domain.payments.rail import Cause, Op, Outcome, OutcomeKind, RailState
from tests.unit.payouts.payments.instruction_samples import (
    HOUR,
    PAY,
    SECOND,
    after,
    kinds,
    outcome,
    payout,
    refused_transfer,
    sending,
    transfer,
    transferred,
)
from tests.unit.payouts.samples import NOON, instruction_of, statement_of

# The way when all goes well.


def test_an_instruction_follows_from_its_statement() -> None:
    statement = statement_of(5_000, vendor=True)
    instruction = instruction_of()
    assert instruction.instruction_id == PAY
    assert instruction.statement_hash == statement_of(5_000).body_hash
    assert (instruction.money.amount_minor, instruction.money.currency) == (5_000, "USD")
    assert statement.payee != instruction.payee
    assert instruction.key == f"{PAY}:1:transfer"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount_minor": 0}, InvalidAmount),
        ({"destination": ""}, InvalidInstruction),
        ({"instruction_id": ""}, InvalidInstruction),
        ({"created_at": datetime(2026, 1, 1)}, InvalidInstruction),  # noqa: DTZ001
        ({"op": Op.PAYOUT}, InvalidInstruction),
    ],
)
def test_bad_instructions_cannot_be_made(changes: dict[str, Any], error: type[DomainError]) -> None:
    with pytest.raises(error):
        replace(instruction_of(), **changes)


def test_the_money_is_reserved_before_anything_is_sent() -> None:
    """G9: the instruction and its entry come first."""
    step = steps.commit(instruction_of())
    assert kinds(step) == [EntryKind.TRANSFER_SENT]
    assert todo(step.instruction, now=NOON) == Todo(action=Action.SEND)
    with pytest.raises(InstructionStateInvalid):
        steps.commit(sending())


def test_begin_send_is_stored_before_the_call() -> None:
    instruction = sending()
    assert instruction.leg.state is LegState.SENDING
    assert todo(instruction, now=NOON) == Todo(
        action=Action.RECOVER, at=NOON + STRIPE_V1.sending_overdue
    )
    with pytest.raises(InstructionStateInvalid):
        steps.begin_send(instruction, now=NOON)


def test_from_confirmation_to_the_bank() -> None:
    step = after(OutcomeKind.CONFIRMED, found=transfer())
    assert kinds(step) == [EntryKind.TRANSFER_SEEN]
    assert step.movements[0].rail_id == "tr_1"
    assert todo(step.instruction, now=NOON) == Todo(action=Action.AWAIT_AVAILABLE)
    step = steps.open_payout(step.instruction)
    assert kinds(step) == [EntryKind.PAYOUT_SENT]
    assert step.instruction.key == f"{PAY}:1:payout"
    assert todo(step.instruction, now=NOON) == Todo(action=Action.SEND)
    instruction = steps.begin_send(step.instruction, now=NOON).instruction
    confirmed = outcome(OutcomeKind.CONFIRMED, instruction, found=payout(RailState.PENDING))
    step = steps.next_step(instruction, confirmed, now=NOON)
    assert kinds(step) == []
    assert todo(step.instruction, now=NOON) == Todo(action=Action.AWAIT_RAIL)
    step = apply_rail_object(step.instruction, payout(RailState.IN_TRANSIT))
    assert (kinds(step), step.changed) == ([], True)
    step = apply_rail_object(step.instruction, payout(RailState.PAID))
    assert kinds(step) == [EntryKind.PAYOUT_PAID]
    assert todo(step.instruction, now=NOON) == Todo(action=Action.NOTHING)


def test_every_change_is_the_next_version() -> None:
    instruction = steps.commit(instruction_of()).instruction
    versions = [instruction.version]
    for change in (
        lambda it: steps.begin_send(it, now=NOON),
        lambda it: steps.next_step(it, outcome(OutcomeKind.KEY_MISMATCH, it), now=NOON),
        steps.thaw,
        lambda it: apply_rail_object(it, transfer()),
        steps.open_payout,
    ):
        instruction = change(instruction).instruction
        versions.append(instruction.version)
    assert versions == [1, 2, 3, 4, 5, 6]


# What follows from each answer (one test per row of the table of answers).


def test_refused_releases_the_money_and_waits_for_the_cause() -> None:
    step = after(OutcomeKind.REFUSED, code="balance_insufficient")
    assert kinds(step) == [EntryKind.TRANSFER_REFUSED]
    assert step.movements[0].reason == "balance_insufficient"
    assert step.instruction.leg.cause is Cause.FUNDS
    assert todo(step.instruction, now=NOON) == Todo(action=Action.WAIT_FOR_CAUSE)


def test_a_refused_key_is_dead_and_the_next_attempt_has_another() -> None:
    """G11, C1: what is owed again cannot be paid under the old key."""
    step = steps.reattempt(refused_transfer())
    assert kinds(step) == [EntryKind.TRANSFER_SENT]
    assert step.instruction.key == f"{PAY}:2:transfer"
    assert step.movements[0].attempt == 2
    assert todo(step.instruction, now=NOON) == Todo(action=Action.SEND)


@pytest.mark.parametrize("code", ["", "something_new"])
def test_a_refusal_for_an_unknown_reason_needs_a_person(code: str) -> None:
    step = after(OutcomeKind.REFUSED, code=code)
    assert step.instruction.leg.cause is Cause.OTHER
    assert step.alert == (code or "refused")
    assert todo(step.instruction, now=NOON) == Todo(action=Action.WAIT_FOR_CAUSE)


@pytest.mark.parametrize(
    ("kind", "alert"), [(OutcomeKind.NOT_EXECUTED, "not_executed"), (OutcomeKind.RATE_LIMITED, "")]
)
def test_turned_away_means_the_same_key_a_little_later(kind: OutcomeKind, alert: str) -> None:
    step = after(kind)
    assert kinds(step) == []
    assert step.alert == alert
    assert step.instruction.key == f"{PAY}:1:transfer"
    assert step.instruction.leg.state is LegState.COMMITTED
    assert todo(step.instruction, now=NOON) == Todo(action=Action.SEND, at=NOON + SECOND)
    with pytest.raises(InstructionStateInvalid):
        steps.begin_send(step.instruction, now=NOON)
    assert steps.begin_send(step.instruction, now=NOON + SECOND).instruction.leg.sends == 2


def test_the_rail_may_ask_for_more_patience() -> None:
    step = after(OutcomeKind.RATE_LIMITED, retry_after_seconds=30.0)
    assert step.instruction.leg.not_before == NOON + 30 * SECOND


def test_a_key_mismatch_freezes_and_keeps_the_money_reserved() -> None:
    step = after(OutcomeKind.KEY_MISMATCH, code="idempotency_error")
    assert kinds(step) == []
    assert step.alert == Freeze.KEY_MISMATCH
    assert step.instruction.freeze is Freeze.KEY_MISMATCH
    assert todo(step.instruction, now=NOON) == Todo(action=Action.OPERATOR)
    with pytest.raises(InstructionFrozen):
        steps.begin_send(step.instruction, now=NOON + HOUR)
    thawed = steps.thaw(step.instruction).instruction
    assert todo(thawed, now=NOON).action is Action.LOOK_UP


@pytest.mark.parametrize("kind", [OutcomeKind.KEY_IN_USE, OutcomeKind.NO_RESPONSE])
def test_no_answer_means_the_same_key_again(kind: OutcomeKind) -> None:
    step = after(kind)
    assert kinds(step) == []
    assert step.instruction.leg.state is LegState.UNKNOWN
    assert todo(step.instruction, now=NOON) == Todo(action=Action.SEND, at=NOON + SECOND)
    again = steps.begin_send(step.instruction, now=NOON + SECOND).instruction
    assert again.key == f"{PAY}:1:transfer"
    assert again.leg.first_sent_at == NOON


@pytest.mark.parametrize("kind", [OutcomeKind.KEY_IN_USE, OutcomeKind.NO_RESPONSE])
def test_after_the_window_the_key_is_never_sent_again(kind: OutcomeKind) -> None:
    instruction = after(kind).instruction
    almost = NOON + 23 * HOUR - SECOND
    assert todo(instruction, now=almost).action is Action.SEND
    late = NOON + 23 * HOUR
    assert todo(instruction, now=late) == Todo(action=Action.LOOK_UP, at=NOON + 24 * HOUR)
    with pytest.raises(InstructionStateInvalid):
        steps.begin_send(instruction, now=late)


def test_absence_proves_nothing_while_a_call_may_still_arrive() -> None:
    """G10, C2: unknown releases nothing."""
    instruction = after(OutcomeKind.NO_RESPONSE).instruction
    absent = outcome(OutcomeKind.ABSENT, instruction)
    early = steps.next_step(instruction, absent, now=NOON + 24 * HOUR - SECOND)
    assert kinds(early) == []
    assert early.instruction.leg.state is LegState.UNKNOWN
    late = steps.next_step(instruction, absent, now=NOON + 24 * HOUR)
    assert kinds(late) == [EntryKind.TRANSFER_REFUSED]
    assert late.movements[0].reason == "absent"
    assert todo(late.instruction, now=NOON) == Todo(action=Action.REATTEMPT)


def test_a_server_error_is_looked_up_and_never_sent_again() -> None:
    step = after(OutcomeKind.SERVER_ERROR)
    assert kinds(step) == []
    assert todo(step.instruction, now=NOON) == Todo(
        action=Action.LOOK_UP, at=NOON + STRIPE_V1.absence_after
    )
    with pytest.raises(InstructionStateInvalid):
        steps.begin_send(step.instruction, now=NOON + HOUR)


def test_after_a_server_error_absence_is_proof_once_the_lists_have_caught_up() -> None:
    instruction = after(OutcomeKind.SERVER_ERROR).instruction
    absent = outcome(OutcomeKind.ABSENT, instruction)
    early = steps.next_step(instruction, absent, now=NOON + 59 * SECOND)
    assert (kinds(early), early.instruction.leg.state) == ([], LegState.UNKNOWN)
    late = steps.next_step(instruction, absent, now=NOON + 60 * SECOND)
    assert kinds(late) == [EntryKind.TRANSFER_REFUSED]
    assert steps.reattempt(late.instruction).instruction.key == f"{PAY}:2:transfer"


def test_after_a_server_error_the_object_may_be_found() -> None:
    instruction = after(OutcomeKind.SERVER_ERROR).instruction
    found = outcome(OutcomeKind.CONFIRMED, instruction, found=transfer())
    step = steps.next_step(instruction, found, now=NOON + 60 * SECOND)
    assert kinds(step) == [EntryKind.TRANSFER_SEEN]


def test_a_failed_look_up_is_repeated_later_and_later() -> None:
    instruction = after(OutcomeKind.SERVER_ERROR).instruction
    failed = outcome(OutcomeKind.LOOKUP_FAILED, instruction)
    now = NOON + HOUR
    waits = []
    for _ in range(12):
        instruction = steps.next_step(instruction, failed, now=now).instruction
        due = todo(instruction, now=now)
        assert due.action is Action.LOOK_UP
        assert due.at is not None
        waits.append((due.at - now) / SECOND)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_a_refusal_after_an_unanswered_call_is_checked_by_look_up() -> None:
    # The first call may have paid and only its answer was lost.
    instruction = after(OutcomeKind.NO_RESPONSE).instruction
    instruction = steps.begin_send(instruction, now=NOON + SECOND).instruction
    refused = outcome(OutcomeKind.REFUSED, instruction, code="balance_insufficient")
    step = steps.next_step(instruction, refused, now=NOON + 2 * SECOND)
    assert kinds(step) == []
    assert todo(step.instruction, now=NOON).action is Action.LOOK_UP
    absent = outcome(OutcomeKind.ABSENT, step.instruction)
    step = steps.next_step(step.instruction, absent, now=NOON + HOUR)
    assert kinds(step) == [EntryKind.TRANSFER_REFUSED]
    assert step.instruction.leg.cause is Cause.FUNDS


def test_being_turned_away_does_not_end_an_earlier_doubt() -> None:
    instruction = after(OutcomeKind.NO_RESPONSE).instruction
    instruction = steps.begin_send(instruction, now=NOON + SECOND).instruction
    limited = outcome(OutcomeKind.RATE_LIMITED, instruction)
    leg = steps.next_step(instruction, limited, now=NOON + 2 * SECOND).instruction.leg
    assert (leg.state, leg.doubt, leg.first_sent_at) == (
        LegState.UNKNOWN,
        Doubt.UNANSWERED,
        NOON,
    )


def test_the_keys_hours_count_from_the_first_call_that_may_have_got_through() -> None:
    # A day of rate limiting, then a lost answer: absence must not be proof a day too early.
    instruction = after(OutcomeKind.RATE_LIMITED).instruction
    now = NOON + 30 * HOUR
    instruction = steps.begin_send(instruction, now=now).instruction
    lost = outcome(OutcomeKind.NO_RESPONSE, instruction)
    instruction = steps.next_step(instruction, lost, now=now).instruction
    absent = outcome(OutcomeKind.ABSENT, instruction)
    step = steps.next_step(instruction, absent, now=now + HOUR)
    assert (kinds(step), step.instruction.leg.state) == ([], LegState.UNKNOWN)
    assert todo(instruction, now=now).action is Action.SEND


def test_a_policy_cannot_send_keys_that_the_rail_forgets() -> None:
    with pytest.raises(InvalidInstruction):
        RailPolicy(key_window=24 * HOUR, key_life=24 * HOUR)


# Crashes and latecomers.


def test_a_sender_that_died_is_taken_over_with_the_same_key() -> None:
    instruction = sending()
    overdue = NOON + STRIPE_V1.sending_overdue
    assert not steps.recover(instruction, now=overdue - SECOND).changed
    step = steps.recover(instruction, now=overdue)
    assert step.instruction.leg.state is LegState.UNKNOWN
    assert todo(step.instruction, now=overdue).action is Action.SEND
    assert step.instruction.key == f"{PAY}:1:transfer"


@pytest.mark.parametrize(
    "kind",
    [
        OutcomeKind.REFUSED,
        OutcomeKind.NO_RESPONSE,
        OutcomeKind.SERVER_ERROR,
        OutcomeKind.RATE_LIMITED,
        OutcomeKind.ABSENT,
        OutcomeKind.KEY_MISMATCH,
    ],
)
@pytest.mark.parametrize(
    "instruction",
    [transferred(), refused_transfer(), steps.commit(instruction_of()).instruction],
    ids=["confirmed", "refused", "committed"],
)
def test_late_answers_change_nothing(kind: OutcomeKind, instruction: Instruction) -> None:
    late = Outcome(kind=kind, op=Op.TRANSFER, attempt=1, code="account_invalid")
    step = steps.next_step(instruction, late, now=NOON + HOUR)
    assert (step.changed, step.instruction, step.movements) == (False, instruction, ())


def test_answers_to_an_older_attempt_change_nothing() -> None:
    second = steps.reattempt(refused_transfer()).instruction
    second = steps.begin_send(second, now=NOON + HOUR).instruction
    late = Outcome(kind=OutcomeKind.REFUSED, op=Op.TRANSFER, attempt=1, code="account_invalid")
    assert not steps.next_step(second, late, now=NOON + HOUR).changed


def test_a_look_up_decides_nothing_while_somebody_sends() -> None:
    step = after(OutcomeKind.ABSENT, now=NOON + 48 * HOUR)
    assert not step.changed


@pytest.mark.parametrize(
    "outcome_made",
    [
        Outcome(kind=OutcomeKind.CONFIRMED, op=Op.TRANSFER, attempt=1),
        Outcome(kind=OutcomeKind.REFUSED, op=Op.TRANSFER, attempt=1, found=transfer()),
    ],
)
def test_a_confirmation_and_nothing_else_shows_its_object(outcome_made: Outcome) -> None:
    with pytest.raises(InvalidInstruction):
        steps.next_step(sending(), outcome_made, now=NOON)


# Limits.


def test_sending_without_end_freezes_until_a_person_has_looked() -> None:
    policy = replace(STRIPE_V1, max_sends=3)
    instruction = steps.commit(instruction_of()).instruction
    now = NOON
    for _ in range(3):
        now += HOUR
        instruction = steps.begin_send(instruction, now=now, policy=policy).instruction
        limited = outcome(OutcomeKind.RATE_LIMITED, instruction)
        instruction = steps.next_step(instruction, limited, now=now, policy=policy).instruction
    step = steps.begin_send(instruction, now=now + HOUR, policy=policy)
    assert step.instruction.freeze is Freeze.TOO_MANY_SENDS
    thawed = steps.thaw(step.instruction).instruction
    assert steps.begin_send(thawed, now=now + HOUR, policy=policy).instruction.leg.sends == 1


def test_attempts_without_end_freeze_until_a_person_has_looked() -> None:
    policy = replace(STRIPE_V1, max_attempts=2)
    instruction = steps.reattempt(refused_transfer("account_invalid"), policy=policy).instruction
    instruction = steps.begin_send(instruction, now=NOON, policy=policy).instruction
    refused = outcome(OutcomeKind.REFUSED, instruction, code="account_invalid")
    instruction = steps.next_step(instruction, refused, now=NOON, policy=policy).instruction
    step = steps.reattempt(instruction, policy=policy)
    assert (step.instruction.freeze, kinds(step)) == (Freeze.TOO_MANY_ATTEMPTS, [])
    thawed = steps.thaw(step.instruction).instruction
    assert steps.reattempt(thawed, policy=policy).instruction.key == f"{PAY}:3:transfer"


def test_waiting_for_money_never_stops_a_payment() -> None:
    """C3, C10: however often a balance was empty, or owed; such attempts do not count."""
    policy = replace(STRIPE_V1, max_attempts=2)
    instruction = refused_transfer("balance_insufficient")
    for number in range(2, 30):
        again = steps.reattempt(instruction, policy=policy)
        assert again.instruction.leg.attempt == number
        if number % 2:
            held = steps.hold_back(again.instruction, code="connected_balance_negative")
            instruction = held.instruction
            continue
        sent = steps.begin_send(again.instruction, now=NOON, policy=policy).instruction
        refused = outcome(OutcomeKind.REFUSED, sent, code="balance_insufficient")
        instruction = steps.next_step(sent, refused, now=NOON, policy=policy).instruction
    assert instruction.freeze is Freeze.NOT
