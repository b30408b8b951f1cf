"""A state machine over the real service, database and sandbox, beside the model of its books.

Hypothesis chooses what happens: money comes in and goes back, by card and by bank, answers are
accepted, priced anew and taken back, periods close, statements are paid, banks fail, notifications
come again, processes die. After every step the balances are the model's; in the end everybody is
paid what the model says, and clients have back what was sent to them.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crewline.payouts.v1 import service_pb2 as pb
from services.chassis.errors import DomainError
from services.payouts.domain.answers.decisions import Decision, Verdict
from services.payouts.store.payments.rail_collections import STATEMENTS
from tests.simulation import cast
from tests.simulation.books import Owed, check_ledger, check_nothing_doubled, check_paid
from tests.simulation.client_rules import ClientMoneyRules
from tests.simulation.loop import EPOCH
from tests.simulation.machine_world import NOBODY_YET
from tests.simulation.model import BPS, Answer
from tests.simulation.own_bank import check_bank_books, check_own_bank
from tests.simulation.payouts_process import request_id
from tests.simulation.plans import CALLS, MODES, fault
from tests.simulation.processes import ProcessGoneError
from tests.simulation.stage import Stage

_PEOPLE = tuple(NOBODY_YET.people())
_QUIET_SECONDS = 200.0


class PayrollMachine(ClientMoneyRules):
    """All rules, and what must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.periods: list[str] = []

    # What may happen

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
        self.see_what_expired()
        stored = check_ledger(self.stage.database)
        check_bank_books(self.stage.database)
        check_nothing_doubled(self.stage.database, self.stripe, self.scene.bank)
        held = f"client:{cast.CLIENT}:project:{cast.PROJECT}"
        model = self.model
        wanted = {
            f"client:{cast.CLIENT}:available:USD": -model.available,
            f"client:{cast.CLIENT}:owed:USD": model.owed,
            f"{held}:held:USD": -model.held,
            f"{held}:reserve:USD": -model.reserve,
            "platform:fees:USD": -model.fees,
            "platform:absorbed:USD": model.absorbed,
        }
        for who in _PEOPLE:
            wanted[f"contractor:{who}:payable:USD"] = -model.payable.get(who, 0)
            wanted[f"contractor:{who}:benefits:USD"] = -model.benefits.get(who, 0)
        assert {name: stored.get(name, 0) for name in wanted} == wanted
        self.let_expire()

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
        await self.scene.until(self.nothing_held, "all refunds have expired")
        check_own_bank(self.stage.database, self.scene.own_bank)

    # How it is done

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
