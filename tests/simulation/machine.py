"""A state machine over the real service, database and sandbox, beside the model of its books.

Hypothesis chooses what happens: money comes in, answers are accepted, priced anew and taken back,
periods close, statements are paid, banks fail, notifications come again, processes die. After
every step the balances are the model's; in the end everybody is paid what the model says.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.errors import DomainError
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.store.payments.rail_collections import STATEMENTS
from tests.simulation import cast
from tests.simulation.books import Owed, check_ledger, check_nothing_doubled, check_paid
from tests.simulation.cast import Cast
from tests.simulation.day import PayDay
from tests.simulation.loop import EPOCH
from tests.simulation.model import BPS, UNITS, Answer, Books, Terms
from tests.simulation.payouts_process import request_id
from tests.simulation.plans import CALLS, MODES, Plan, fault
from tests.simulation.play import Play, end_what_is_left
from tests.simulation.processes import ProcessGoneError
from tests.simulation.stage import Stage
from tests.simulation.stripe_world import stripe_world

T = TypeVar("T")
NOBODY_YET = Cast(direct=(0, 0), abroad=(0,), by_file=(0,))
_PEOPLE = tuple(NOBODY_YET.people())
_TERMS = Terms(
    pay_units=cast.PAY_UNITS,
    fee_bps=cast.FEE_BPS,
    benefits_bps=cast.BENEFITS_BPS,
    reserve_bps=cast.RESERVE_BPS,
    commission_bps_max=cast.COMMISSION_BPS_MAX,
)
_QUIET_SECONDS = 200.0
# As much as there can ever be to pay; the platform has more.
_GLOBAL_MINOR = 40_000
_who = st.sampled_from(_PEOPLE)


class PayrollMachine(RuleBasedStateMachine):
    """`stage` is set by whoever runs it."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.model = Books(terms=_TERMS)
        self.orders = 0
        self.periods: list[str] = []
        self.stack = contextlib.AsyncExitStack()

    # The world

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        random.seed(seed)
        picture = self.stage.picture(NOBODY_YET)
        self.loop.rewind(seed=seed, at_seconds=picture.at_seconds)
        self.stage.database.become(picture.documents)

        async def open_world() -> None:
            self.stripe = await self.stack.enter_async_context(
                stripe_world(self.loop, seed=seed, picture=picture.stripe)
            )
            self.scene = Play(
                loop=self.loop,
                database=self.stage.database,
                stripe=self.stripe,
                secrets=picture.secrets,
                plan=Plan(seed=seed),
            )
            self.hooks = await self.scene.hooks()
            self.day = PayDay(scene=self.scene, cast=NOBODY_YET)
            await self.scene.staff()
            await self.scene.somebody()
            self.scene.take_files()
            await self.day.to_global(_GLOBAL_MINOR, number=1)

        self.run(open_world())
        self.model.available = cast.DEPOSIT_MINOR * UNITS
        assert self.model.hold(cast.HOLD_MINOR)

    @property
    def loop(self) -> Any:
        return self.stage.loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        result: T = self.loop.run_until_complete(work)
        return result

    def number(self) -> int:
        self.orders += 1
        return self.orders

    # What may happen

    @rule(amount_minor=st.integers(100, 5_000), by_card=st.booleans())
    def fund(self, amount_minor: int, by_card: bool) -> None:
        coming = self.day.money_in.payment if by_card else self.day.money_in.top_up
        self.run(coming(amount_minor, number=1_000 + self.number()))
        self.model.fund(amount_minor)

    @rule(amount_minor=st.one_of(st.integers(1, 3_000), st.just(10**9)))
    def hold(self, amount_minor: int) -> None:
        request = pb.FundProjectRequest(
            request_id=request_id(f"hold {self.number()}"),
            project_id=cast.PROJECT,
            amount=common_pb2.Money(amount_minor=amount_minor, currency="USD"),
        )
        possible = self.model.hold(amount_minor)
        try:
            self.run(self.scene.insist("FundProject", request, who=cast.CLIENT_PRINCIPAL))
        except DomainError as err:
            self.check_refused(err, possible)
        else:
            assert possible

    @rule(
        who=st.sampled_from(_PEOPLE), count=st.integers(1, 4), share=st.sampled_from([BPS, 3_333])
    )
    def accept(self, who: str, count: int, share: int) -> None:
        for _ in range(count):
            answer_id = f"asn_{self.number()}"
            self.model.answers[answer_id] = Answer(who=who)
            self.decide(answer_id, Verdict.ACCEPTED, share)

    @precondition(lambda self: self.model.answers)
    @rule(data=st.data(), share=st.sampled_from([BPS, 5_000, 1]))
    def price_anew(self, data: st.DataObject, share: int) -> None:
        self.decide(self.some_answer(data), Verdict.ACCEPTED, share)

    @precondition(lambda self: self.model.answers)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        self.decide(self.some_answer(data), Verdict.REJECTED, BPS)

    @precondition(lambda self: self.periods and self.model.answers)
    @rule(data=st.data(), share=st.sampled_from([BPS, 5_000]))
    def think_again(self, data: st.DataObject, share: int) -> None:
        """Often of what was paid: an answer is rejected, and accepted after all."""
        answer_id = data.draw(st.sampled_from(self.paid_answers() or sorted(self.model.answers)))
        self.decide(answer_id, Verdict.REJECTED, BPS)
        self.decide(answer_id, Verdict.ACCEPTED, share)

    @rule(minimum_minor=st.sampled_from([0, 0, 250]))
    def close(self, minimum_minor: int) -> None:
        request = pb.ClosePayPeriodRequest(
            request_id=request_id(f"close {self.number()}"), minimum_minor=minimum_minor
        )

        async def closed() -> str:
            await asyncio.sleep(1.0)
            period = (await self.scene.insist("ClosePayPeriod", request)).pay_period
            await self.day.until_closed(period.pay_period_id)
            return str(period.pay_period_id)

        period_id = self.run(closed())
        self.periods.append(period_id)
        made = {
            one["payee_id"]: one["total_minor"]
            for one in self.stage.database.find(STATEMENTS, {"period_id": period_id})
            if one["state"] != "CARRIED"
        }
        assert made == self.model.close(minimum_minor)

    @precondition(lambda self: self.periods)
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        self.order(data.draw(st.sampled_from(self.periods)))

    @rule(seconds=st.sampled_from([1.0, 60.0, 3_600.0]))
    def wait(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(call=st.sampled_from(CALLS), mode=st.sampled_from(MODES))
    def arm(self, call: tuple[str, str], mode: str) -> None:
        self.run(self.stripe.control("fail_next", fault(*call, mode)))

    @rule(code=st.sampled_from(["account_closed", "could_not_process", ""]))
    def bank(self, code: str) -> None:
        self.scene.break_banks(code)

    @precondition(lambda self: self.scene.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        """A notification that came before, once more and out of order."""
        endpoint, payload, signature = data.draw(st.sampled_from(self.scene.heard))

        async def told() -> bool:
            process = await self.scene.somebody()
            return await process.notify(payload, signature=signature, endpoint=endpoint)

        assert self.run(told())

    @rule()
    def crash(self) -> None:
        for process in list(self.scene.living):
            process.process.stop()
        self.run(self.scene.somebody())

    # What must hold

    @invariant()
    def the_books_are_the_models(self) -> None:
        if not hasattr(self, "scene"):
            return
        stored = check_ledger(self.stage.database)
        check_nothing_doubled(self.stage.database, self.stripe, self.scene.bank)
        held = f"client:{cast.CLIENT}:project:{cast.PROJECT}"
        model = self.model
        wanted = {
            f"client:{cast.CLIENT}:available:USD": -model.available,
            f"{held}:held:USD": -model.held,
            f"{held}:reserve:USD": -model.reserve,
            "platform:fees:USD": -model.fees,
            "platform:absorbed:USD": model.absorbed,
        }
        for who in _PEOPLE:
            wanted[f"contractor:{who}:payable:USD"] = -model.payable.get(who, 0)
            wanted[f"contractor:{who}:benefits:USD"] = -model.benefits.get(who, 0)
        assert {name: stored.get(name, 0) for name in wanted} == wanted

    def teardown(self) -> None:
        if not hasattr(self, "scene"):
            return
        try:
            self.run(self.settle())
        finally:
            self.run(self.leave())

    async def settle(self) -> None:
        """Banks take money again, and whoever was not paid is paid."""
        await self.stripe.control("clear_faults", {})
        self.scene.break_banks("")
        for period_id in self.periods:
            await self.day.until_paid(period_id, number=self.number)
        await asyncio.sleep(_QUIET_SECONDS)
        stated = self.model.stated_minor
        owed = [
            Owed(payee_id=who, amount_minor=amount, rail=cast.rail_of(who))
            for who, amount in sorted(stated.items())
        ]
        check_paid(self.stage.database, self.stripe, self.scene.bank, owed)

    async def leave(self) -> None:
        await self.scene.end()
        await self.hooks.cleanup()
        await end_what_is_left()
        await self.stack.aclose()

    # How it is done

    def check_refused(self, refused: DomainError, possible: bool) -> None:
        """Only what the model cannot pay for is refused."""
        assert (refused.reason, possible) == ("INSUFFICIENT_FUNDS", False)

    def some_answer(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.model.answers)))

    def paid_answers(self) -> list[str]:
        """Whose pay is on a statement already, or was kept."""
        model = self.model
        return [
            name
            for name, answer in sorted(model.answers.items())
            if answer.kept or answer.booked > model.payable.get(answer.who, 0)
        ]

    def decide(self, answer_id: str, verdict: Verdict, share: int) -> None:
        answer = self.model.answers[answer_id]
        answer.revision += 1
        decision = Decision(
            assignment_id=answer_id,
            revision=answer.revision,
            verdict=verdict,
            project_id=cast.PROJECT,
            task_id=f"tsk_{answer_id}",
            contractor_id=answer.who,
            vendor_id="",
            reason="CONSENSUS",
            decided_at=EPOCH + timedelta(seconds=30),
            pay_bps=share,
        )

        async def decided() -> None:
            while True:
                try:
                    return await (await self.scene.somebody()).decide([decision])
                except ProcessGoneError:
                    await asyncio.sleep(1.0)

        possible = True
        if verdict is Verdict.ACCEPTED:
            possible = self.model.accept(answer, share)
        else:
            self.model.reject(answer)
        try:
            self.run(decided())
        except DomainError as err:
            self.check_refused(err, possible)
            # Refused news is not applied: it may come again under its revision.
            answer.revision -= 1
        else:
            assert possible

    def order(self, period_id: str) -> None:
        request = pb.PayStatementsRequest(
            request_id=request_id(f"order {self.number()}"), pay_period_id=period_id
        )
        self.run(self.scene.insist("PayStatements", request))


def run_machine(stage: Stage, *, examples: int, steps: int, seed: int | None = None) -> None:
    """That many examples; the same ones every time, or those of a seed. Raises what is wrong."""

    class Machine(PayrollMachine):
        pass

    Machine.stage = stage
    if seed is not None:
        hypothesis.seed(seed)(Machine)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=seed is None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
