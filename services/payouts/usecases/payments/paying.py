"""Payments: instructions are driven from call to call, by any process, from where they stand.

A call is made only after the instruction says so in the database, and its outcome is stored
before anything follows from it. Whoever dies in between leaves an instruction that tells the next
one what to do: see `domain.payments.instructions.todo`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.errors import InstructionFrozen, InstructionStateInvalid
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instruction_steps import (
    begin_send,
    hold_back,
    next_step,
    open_payout,
    reattempt,
    recover,
)
from services.payouts.domain.payments.instructions import (
    Action,
    Instruction,
    LegState,
    Step,
    Todo,
    todo,
)
from services.payouts.domain.payments.payments import (
    ACCOUNT_GONE,
    BALANCE_NEGATIVE,
    patience,
    waits_for_balance,
)
from services.payouts.domain.payments.rail import Op, Outcome
from services.payouts.domain.payments.rail_errors import ProviderUnavailable
from services.payouts.metrics import rail as metrics
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.rail_port import Rails

log = logger(__name__)

# A payment has two calls; more steps than this at once mean that it goes round in circles.
_STEPS_MAX = 20
# Longer than a call takes, so that nobody else takes over what somebody is working on.
_HOLD = timedelta(seconds=60)
_STOP_SECONDS = 8.0
# What has just been told is not asked for at once.
_ASKED_ONCE = (Action.AWAIT_RAIL, Action.WAIT_FOR_CAUSE)
_GAUGE_SECONDS = 5.0

_Steps = Callable[[Instruction, datetime], tuple[Step, ...]]


class Payer:
    """Drives instructions that are due, some at once."""

    def __init__(
        self,
        *,
        rails: Rails,
        journal: InstructionJournal,
        instructions: InstructionStore,
        settles_at_once: Callable[[str], Awaitable[bool]],
        clock: Clock,
        new_id: NewId,
        poll_after: timedelta,
        tick_seconds: float,
        at_once: int,
    ) -> None:
        self._rails = rails
        self._journal = journal
        self._instructions = instructions
        self._clock = clock
        self._new_id = new_id
        self._poll_after = poll_after
        self._at_once = at_once
        self._settles_at_once = settles_at_once
        # Balances of payees as they were before a transfer that this process is driving.
        self._ahead: dict[str, int] = {}
        self._driving: set[asyncio.Task[None]] = set()
        self._loop = Loop(name="paying", turn=self.turn, pause_seconds=tick_seconds)
        self._measured_at: datetime | None = None

    def wake(self) -> None:
        """There may be instructions to drive."""
        self._loop.wake()

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Takes no more; calls that are under way are finished if they end soon."""
        await self._loop.stop()
        if self._driving:
            await asyncio.wait(self._driving, timeout=_STOP_SECONDS)
        for task in list(self._driving):
            task.cancel()

    async def turn(self) -> bool:
        """Starts as many payments as there is room for; true if it started any."""
        await self._measure()
        room = self._at_once - len(self._driving)
        if room <= 0:
            await asyncio.wait(self._driving, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            return True
        now = self._clock()
        with store_errors():
            taken = await self._instructions.take(
                now=now, hold_until=now + _HOLD, holder=self._new_id("wrk"), limit=room
            )
        for instruction in taken:
            task = asyncio.create_task(
                self._drive_safely(instruction), name=f"pay:{instruction.instruction_id}"
            )
            self._driving.add(task)
            task.add_done_callback(self._done)
        return bool(taken)

    async def drive(self, instruction: Instruction) -> Instruction:
        """Does what is to be done with it now, until there is nothing more.

        Errors: StoreUnavailable, ProviderUnavailable: it is tried again when its time comes.
        """
        try:
            return await self._drive(instruction)
        finally:
            self._ahead.pop(instruction.instruction_id, None)

    async def _drive(self, instruction: Instruction) -> Instruction:
        for step in range(_STEPS_MAX):
            now = self._clock()
            due = todo(instruction, now=now, policy=self._rails.policy(instruction.rail))
            early = due.at is not None and now < due.at
            if early or (step and due.action in _ASKED_ONCE):
                break
            try:
                after = await self._act(instruction, due)
            except ProviderUnavailable:
                await self._postpone(instruction)
                raise
            if after is None:
                break
            instruction = after
        return instruction

    def _done(self, task: asyncio.Task[None]) -> None:
        self._driving.discard(task)
        self._loop.wake()

    async def _drive_safely(self, instruction: Instruction) -> None:
        try:
            await self.drive(instruction)
        except (InstructionStateInvalid, InstructionFrozen) as err:
            # Somebody else was faster, or news has come in between.
            log.info("payment.overtaken", instruction=instruction.instruction_id, why=err.message)
        except DomainError as err:
            log.warning(
                "payment.postponed",
                instruction=instruction.instruction_id,
                reason=err.reason,
                error=err.message,
            )
        except Exception:
            # One payment's bug stops no other; it is due again when its hold ends.
            log.exception("payment.failed", instruction=instruction.instruction_id)

    async def _act(self, instruction: Instruction, due: Todo) -> Instruction | None:
        """One step; None when there is nothing more to do now."""
        after: Instruction | None = None
        match due.action:
            case Action.SEND:
                after = await self._send(instruction)
            case Action.REATTEMPT:
                after = await self._send(instruction, self._reattempt)
            case Action.RECOVER:
                after = await self._change(instruction, self._recover)
            case Action.LOOK_UP:
                began_at = self._clock()
                outcome = await self._rails.of(instruction.rail).look_up(instruction)
                after = await self._note(instruction, outcome, now=began_at)
            case Action.AWAIT_AVAILABLE:
                after = await self._pay_out(instruction, _open_payout)
            case Action.WAIT_FOR_CAUSE if waits_for_balance(instruction):
                after = await self._pay_out(instruction, self._reattempt)
            case Action.AWAIT_RAIL:
                after = await self._poll(instruction)
            case _:
                pass
        return after

    async def _send(self, instruction: Instruction, first: _Steps | None = None) -> Instruction:
        """Commits that a call is about to be made, makes it, commits what came of it."""

        def begin(current: Instruction, now: datetime) -> tuple[Step, ...]:
            steps = first(current, now) if first is not None else ()
            latest = steps[-1].instruction if steps else current
            if latest.freeze:
                return steps
            policy = self._rails.policy(latest.rail)
            return (*steps, begin_send(latest, now=now, policy=policy))

        op = Op.PAYOUT if first is _open_payout else instruction.leg.op
        is_fresh = first is not None or not instruction.leg.sends
        if op is Op.TRANSFER and is_fresh and (why := await self._hindrance(instruction)):
            return await self._change(instruction, _held_back(first, why))
        # Before the commit: waiting for room is no time of the call's.
        rail = self._rails.of(instruction.rail)
        await rail.admit(op)
        begun = await self._change(instruction, begin)
        if begun.leg.state is not LegState.SENDING or begun.freeze:
            return begun
        outcome = await rail.send(begun)
        return await self._note(begun, outcome, now=self._clock())

    async def _hindrance(self, instruction: Instruction) -> str:
        """Tells why what is transferred now would be lost to the payee; empty if it would not.

        The account is gone, or its balance owes money, which the transfer would pay. What it holds
        is remembered: where transfers settle at once, the payout needs no second look.
        """
        available_minor = await self._available(instruction)
        if available_minor is None:
            return ACCOUNT_GONE
        if available_minor < 0:
            return BALANCE_NEGATIVE
        if await self._settles_at_once(instruction.destination):
            self._ahead[instruction.instruction_id] = available_minor
        return ""

    async def _available(self, instruction: Instruction) -> int | None:
        return await self._rails.connect.available_minor(
            instruction.destination, currency=instruction.currency
        )

    async def _pay_out(self, instruction: Instruction, first: _Steps) -> Instruction | None:
        """Goes on to the bank once the payee's balance at the rail covers the amount."""
        before_minor = self._ahead.pop(instruction.instruction_id, None)
        if before_minor is None:
            available_minor = await self._available(instruction)
        else:
            available_minor = before_minor + instruction.amount_minor
        if available_minor is None:
            # No payout leaves from there any more; what lies there may be taken back.
            return await self._change(instruction, _held_back(first, ACCOUNT_GONE))
        if available_minor >= instruction.amount_minor:
            return await self._send(instruction, first)
        await self._postpone(instruction)
        return None

    async def _poll(self, instruction: Instruction) -> Instruction | None:
        """Asks for what no notification has told in time."""
        leg = instruction.leg
        found = await self._rails.of(instruction.rail).fetch(
            leg.op, leg.rail_id, destination=instruction.destination
        )
        if found is None:
            log.warning("payment.vanished", instruction=instruction.instruction_id, id=leg.rail_id)
        else:
            seen = found
            after = await self._change(
                instruction, lambda current, _now: (apply_rail_object(current, seen),)
            )
            if after != instruction:
                return after
        await self._postpone(instruction)
        return None

    async def _postpone(self, instruction: Instruction) -> None:
        now = self._clock()
        until = now + patience(instruction, now=now, poll_after=self._poll_after)
        with store_errors():
            await self._instructions.postpone(instruction, until=until)

    async def _note(
        self, instruction: Instruction, outcome: Outcome, *, now: datetime
    ) -> Instruction:
        return await self._change(
            instruction,
            lambda current, _now: (
                next_step(current, outcome, now=now, policy=self._rails.policy(current.rail)),
            ),
        )

    def _recover(self, current: Instruction, now: datetime) -> tuple[Step, ...]:
        return (recover(current, now=now, policy=self._rails.policy(current.rail)),)

    def _reattempt(self, current: Instruction, _now: datetime) -> tuple[Step, ...]:
        return (reattempt(current, policy=self._rails.policy(current.rail)),)

    async def _change(self, instruction: Instruction, steps: _Steps) -> Instruction:
        def decide(current: Instruction | None, now: datetime) -> Ruling:
            return Ruling(steps=() if current is None else steps(current, now))

        changed = await self._journal.change(
            Change(
                instruction_id=instruction.instruction_id,
                statement_id=instruction.statement_id,
                decide=decide,
                hold=_HOLD,
            )
        )
        return changed.instruction or instruction

    async def _measure(self) -> None:
        now = self._clock()
        if self._measured_at and (now - self._measured_at).total_seconds() < _GAUGE_SECONDS:
            return
        self._measured_at = now
        with store_errors():
            counts = await self._instructions.count()
        for action in Action:
            metrics.INSTRUCTIONS.labels(action.value).set(counts.get(action, 0))


def _held_back(first: _Steps | None, why: str) -> _Steps:
    def steps(current: Instruction, now: datetime) -> tuple[Step, ...]:
        before = first(current, now) if first is not None else ()
        latest = before[-1].instruction if before else current
        return (*before, hold_back(latest, code=why.lower()))

    return steps


def _open_payout(current: Instruction, _now: datetime) -> tuple[Step, ...]:
    return (open_payout(current),)
