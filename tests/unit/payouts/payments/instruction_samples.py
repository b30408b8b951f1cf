"""Payment instructions in every stage of their way, and what the rail says about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.payments import instruction_steps as steps
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    Instruction,
    Step,
)
from services.payouts.domain.payments.rail import Op, Outcome, OutcomeKind, RailObject, RailState
from tests.unit.payouts.samples import NOON, instruction_of

PAY = "pay.2026-11.contractor.ctr_1.USD"
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def transfer(attempt: int = 1, **changes: object) -> RailObject:
    values: dict[str, object] = {
        "op": Op.TRANSFER,
        "rail_id": f"tr_{attempt}",
        "instruction_id": PAY,
        "attempt": attempt,
        "state": RailState.CREATED,
        "amount_minor": 5_000,
        "currency": "USD",
    }
    return RailObject(**(values | changes))  # type: ignore[arg-type]


def payout(state: RailState, attempt: int = 1, **changes: object) -> RailObject:
    own = {"op": Op.PAYOUT, "rail_id": f"po_{attempt}", "state": state}
    return replace(transfer(attempt), **(own | changes))  # type: ignore[arg-type]


def outcome(kind: OutcomeKind, instruction: Instruction, **changes: object) -> Outcome:
    values: dict[str, object] = {"op": instruction.op, "attempt": instruction.leg.attempt}
    return Outcome(kind=kind, **(values | changes))  # type: ignore[arg-type]


def sending(now: datetime = NOON) -> Instruction:
    return steps.begin_send(steps.commit(instruction_of()).instruction, now=now).instruction


def after(kind: OutcomeKind, *, now: datetime = NOON, **changes: object) -> Step:
    instruction = sending()
    return steps.next_step(instruction, outcome(kind, instruction, **changes), now=now)


def transferred() -> Instruction:
    return after(OutcomeKind.CONFIRMED, found=transfer()).instruction


def paying_out() -> Instruction:
    opened = steps.open_payout(transferred()).instruction
    return steps.begin_send(opened, now=NOON).instruction


def at_bank(*states: RailState, failure_code: str = "") -> Step:
    step = Step(instruction=paying_out())
    for state in states:
        step = apply_rail_object(step.instruction, payout(state, failure_code=failure_code))
    return step


def kinds(step: Step) -> list[EntryKind]:
    return [movement.kind for movement in step.movements]


def refused_transfer(code: str = "balance_insufficient") -> Instruction:
    return after(OutcomeKind.REFUSED, code=code).instruction
