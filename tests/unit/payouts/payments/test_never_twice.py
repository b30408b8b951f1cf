"""No order of trouble pays a statement twice, or loses sight of its money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payouts.domain.ledger.accounts import STRIPE, STRIPE_GLOBAL
from services.payouts.domain.ledger.balances import trial_balance
from services.payouts.domain.ledger.entries import Booking
from services.payouts.domain.ledger.money import whole_minor
from services.payouts.domain.payments import instruction_steps as steps
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import (
    STRIPE_V1,
    STRIPE_V2,
    Action,
    Freeze,
    Instruction,
    RailPolicy,
    Step,
    todo,
)
from services.payouts.domain.payments.rail import Op, Outcome, OutcomeKind, RailState
from services.payouts.domain.payments.rail_flows import entries_for
from tests.unit.payouts.payments.rail_model import Call, RailModel
from tests.unit.payouts.payments.test_rail_flows import owed_books
from tests.unit.payouts.samples import NOON, instruction_of

AMOUNT_MINOR = 5_000
RICH_MINOR = 100 * AMOUNT_MINOR
PATIENT = replace(STRIPE_V1, max_sends=10_000, max_attempts=10_000)
MAX_STEPS = 600


class Fault(StrEnum):
    """What may happen to one call, or to one look-up."""

    NONE = "none"
    REFUSED = "refused"
    LIMITED = "limited"
    TURNED_AWAY = "turned_away"
    IN_USE = "in_use"
    REQUEST_LOST = "request_lost"
    ANSWER_LOST = "answer_lost"
    ARRIVES_LATE = "arrives_late"
    BROKEN_BEFORE = "broken_before"
    BROKEN_AFTER = "broken_after"
    SENDER_DIES_BEFORE = "sender_dies_before"
    SENDER_DIES_AFTER = "sender_dies_after"


class News(StrEnum):
    """What may happen to money that has left, by itself."""

    GOES_ON = "goes_on"
    FAILS = "fails"
    CANCELED = "canceled"
    REVERSED = "reversed"
    OLD_NEWS = "old_news"


_WITHOUT_EXECUTION = {
    Fault.LIMITED: OutcomeKind.RATE_LIMITED,
    Fault.TURNED_AWAY: OutcomeKind.NOT_EXECUTED,
    Fault.IN_USE: OutcomeKind.KEY_IN_USE,
    Fault.REQUEST_LOST: OutcomeKind.NO_RESPONSE,
}


class Payer:
    """Does what `todo` says, through every trouble, and checks the money after every commit."""

    def __init__(
        self,
        *,
        faults: Sequence[Fault],
        news: Sequence[News] = (),
        gaps_minutes: Sequence[int] = (),
        policy: RailPolicy = PATIENT,
        rail: str = STRIPE,
    ) -> None:
        self.faults = list(faults)
        self.news = list(news)
        self.gaps_minutes = list(gaps_minutes)
        self.policy = policy
        self.now = NOON
        # Both balances could pay many times over: nothing but the machine stands in the way.
        self.books = owed_books(deposit_minor=RICH_MINOR)
        self.rail = RailModel(
            platform_minor=RICH_MINOR, connected_minor=RICH_MINOR, continues=policy.continues
        )
        self.instruction = instruction_of(AMOUNT_MINOR, rail=rail)
        self.commit(steps.commit(self.instruction))

    def run(self) -> None:
        for _ in range(MAX_STEPS):
            self.wait()
            due = todo(self.instruction, now=self.now, policy=self.policy)
            assert due.action is not Action.OPERATOR, self.instruction.freeze
            if due.action is Action.NOTHING and not self.news:
                break
            self.act(due.action)
        else:
            raise AssertionError("the payment never comes to rest")
        self.check_rest()

    def wait(self) -> None:
        due = todo(self.instruction, now=self.now, policy=self.policy)
        if due.at is not None:
            self.now = max(self.now, due.at)
        self.now += timedelta(minutes=self.gaps_minutes.pop(0) if self.gaps_minutes else 0)
        self.rail.advance(now=self.now)

    def act(self, action: Action) -> None:
        match action:
            case Action.SEND:
                self.send()
            case Action.RECOVER:
                self.commit(steps.recover(self.instruction, now=self.now, policy=self.policy))
            case Action.LOOK_UP:
                self.look_up()
            case Action.REATTEMPT | Action.WAIT_FOR_CAUSE:
                self.commit(steps.reattempt(self.instruction, policy=self.policy))
            case Action.AWAIT_AVAILABLE:
                self.hear_of_transfer()
            case _:
                self.hear_of_payout()

    def call(self) -> Call:
        leg = self.instruction.leg
        return Call(
            key=self.instruction.key,
            op=leg.op,
            instruction_id=self.instruction.instruction_id,
            attempt=leg.attempt,
            amount_minor=self.instruction.amount_minor,
        )

    def send(self) -> None:
        self.commit(steps.begin_send(self.instruction, now=self.now, policy=self.policy))
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        answer = self.transmit(fault)
        self.now += timedelta(seconds=20)
        if fault not in {Fault.SENDER_DIES_BEFORE, Fault.SENDER_DIES_AFTER}:
            self.learn(answer)

    def transmit(self, fault: Fault) -> Outcome:
        call, now = self.call(), self.now
        nothing = call.answered(OutcomeKind.NO_RESPONSE)
        match fault:
            case Fault.NONE:
                return self.rail.execute(call, now=now)
            case Fault.REFUSED:
                return self.rail.execute(call, now=now, refuse="account_invalid")
            case Fault.BROKEN_BEFORE:
                return self.rail.execute(call, now=now, broken="before")
            case Fault.BROKEN_AFTER:
                return self.rail.execute(call, now=now, broken="after")
            case Fault.ANSWER_LOST | Fault.SENDER_DIES_AFTER:
                self.rail.execute(call, now=now)
                return nothing
            case Fault.ARRIVES_LATE:
                self.rail.delay(call, until=now + timedelta(minutes=50))
                return nothing
            case _:
                return call.answered(_WITHOUT_EXECUTION.get(fault, OutcomeKind.NO_RESPONSE))

    def look_up(self) -> None:
        call = self.call()
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault in {Fault.REQUEST_LOST, Fault.ANSWER_LOST}:
            self.learn(call.answered(OutcomeKind.LOOKUP_FAILED))
        else:
            self.learn(self.rail.find(call, now=self.now))

    def hear_of_transfer(self) -> None:
        rail_id = self.instruction.transfer.rail_id
        match self.news.pop(0) if self.news else News.GOES_ON:
            case News.REVERSED:
                self.commit(
                    apply_rail_object(self.instruction, self.rail.reverse_transfer(rail_id))
                )
            case News.OLD_NEWS:
                self.hear_old_news()
            case _:
                self.commit(steps.open_payout(self.instruction))

    def hear_of_payout(self) -> None:
        rail_id = self.instruction.leg.rail_id
        state = self.rail.objects[rail_id].state
        match self.news.pop(0) if self.news else News.GOES_ON:
            case News.FAILS:
                state = RailState.FAILED
            case News.CANCELED if state is RailState.PENDING:
                state = RailState.CANCELED
            case News.OLD_NEWS:
                self.hear_old_news()
                return
            case _ if state is RailState.PENDING:
                state = RailState.IN_TRANSIT
            case _ if state is RailState.IN_TRANSIT:
                state = RailState.PAID
            case _:
                return
        self.commit(apply_rail_object(self.instruction, self.rail.move_payout(rail_id, state)))

    def hear_old_news(self) -> None:
        for snapshot in self.rail.snapshots:
            step = apply_rail_object(self.instruction, snapshot)
            assert (step.changed, step.alert) == (False, ""), snapshot

    def learn(self, outcome: Outcome) -> None:
        self.commit(steps.next_step(self.instruction, outcome, now=self.now, policy=self.policy))

    def commit(self, step: Step) -> None:
        before: Instruction = self.instruction
        if not step.changed:
            assert (step.instruction, step.movements) == (before, ())
            return
        self.instruction = step.instruction
        booking = Booking(effective_at=self.now, recorded_at=self.now)
        entries = entries_for(step.instruction, step.movements, booking=booking)
        self.books.must_post(*entries)
        self.check_money()

    def check_money(self) -> None:
        assert trial_balance(self.books.balances_units) == {"USD": 0}
        assert len(self.rail.living(Op.TRANSFER)) <= 1, "transferred twice"
        assert len(self.rail.living(Op.PAYOUT)) <= 1, "paid out twice"
        assert len(self.rail.living(Op.OUTBOUND)) <= 1, "sent twice"

    def check_rest(self) -> None:
        """When nothing moves any more, the ledger and the rail tell the same story."""
        self.now += timedelta(days=3)
        self.rail.advance(now=self.now)
        self.hear_old_news()
        self.check_money()
        assert self.instruction.freeze is Freeze.NOT

        def balance(account: str) -> int:
            return whole_minor(self.books.balance_units(account))

        rail = f"rail:{self.instruction.rail}"
        left_minor = balance("rail:stripe:platform:USD")
        if self.instruction.rail != STRIPE:
            left_minor += balance(f"{rail}:platform:USD")
        assert left_minor == self.rail.platform_minor
        assert balance("rail:stripe:connected:acct_1:USD") == 0
        assert self.rail.connected_minor == RICH_MINOR
        assert balance(f"{rail}:paid_out:USD") == self.rail.paid_minor() == AMOUNT_MINOR
        assert balance(f"{rail}:transferred:USD") == AMOUNT_MINOR
        assert balance(f"{rail}:in_flight:USD") == 0
        assert balance(f"{rail}:payout_in_flight:USD") == 0
        assert balance(f"statement:{self.instruction.statement_id}:USD") == 0


@settings(max_examples=300, deadline=None)
@given(
    faults=st.lists(st.sampled_from(Fault), max_size=30),
    news=st.lists(st.sampled_from(News), max_size=12),
    gaps_minutes=st.lists(st.sampled_from([0, 0, 1, 45, 22 * 60, 23 * 60, 30 * 60]), max_size=40),
)
def test_every_statement_is_paid_exactly_once(
    faults: list[Fault], news: list[News], gaps_minutes: list[int]
) -> None:
    Payer(faults=faults, news=news, gaps_minutes=gaps_minutes).run()


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("times", [1, 2, 5])
def test_every_fault_in_a_row(fault: Fault, times: int) -> None:
    Payer(faults=[fault] * times).run()


@pytest.mark.parametrize("first", list(Fault))
@pytest.mark.parametrize("second", list(Fault))
def test_every_pair_of_faults_with_a_day_in_between(first: Fault, second: Fault) -> None:
    Payer(faults=[first, second], gaps_minutes=[0, 0, 0, 25 * 60]).run()


CONTINUING = replace(STRIPE_V2, max_sends=10_000, max_attempts=10_000)
DAY_MINUTES = 24 * 60


@settings(max_examples=300, deadline=None)
@given(
    faults=st.lists(st.sampled_from(Fault), max_size=30),
    news=st.lists(st.sampled_from([News.GOES_ON, News.FAILS, News.CANCELED, News.OLD_NEWS])),
    gaps_minutes=st.lists(
        st.sampled_from([0, 0, 1, 45, 20 * DAY_MINUTES, 29 * DAY_MINUTES, 31 * DAY_MINUTES]),
        max_size=40,
    ),
)
def test_one_call_with_keys_that_go_on_pays_exactly_once(
    faults: list[Fault], news: list[News], gaps_minutes: list[int]
) -> None:
    """G9, G10: v2 keys go on with failed work for 30 days, and are never sent blindly after."""
    Payer(
        faults=faults,
        news=news,
        gaps_minutes=gaps_minutes,
        policy=CONTINUING,
        rail=STRIPE_GLOBAL,
    ).run()


@pytest.mark.parametrize("first", list(Fault))
@pytest.mark.parametrize("second", list(Fault))
def test_every_pair_of_faults_with_a_month_in_between(first: Fault, second: Fault) -> None:
    gaps = [0, 0, 0, 31 * DAY_MINUTES]
    Payer(faults=[first, second], gaps_minutes=gaps, policy=CONTINUING, rail=STRIPE_GLOBAL).run()


def test_a_refusal_is_sent_again_under_the_same_key() -> None:
    """G11: a rail that goes on under the key has nothing restored that the key could spend."""
    payer = Payer(faults=[Fault.REFUSED] * 3, policy=CONTINUING, rail=STRIPE_GLOBAL)
    payer.run()
    assert payer.instruction.leg.attempt == 1
    assert payer.instruction.leg.sends == 4


# The model has teeth: the same trouble with one wrong patience does pay twice.


def test_the_model_catches_a_key_that_is_sent_after_the_rail_forgot_it() -> None:
    forgetful = replace(PATIENT, key_window=timedelta(days=8), key_life=timedelta(days=9))
    with pytest.raises(AssertionError, match="transferred twice"):
        Payer(faults=[Fault.ANSWER_LOST], gaps_minutes=[0, 25 * 60], policy=forgetful).run()


def test_the_model_catches_trust_in_a_list_that_lags() -> None:
    hasty = replace(PATIENT, absence_after=timedelta(seconds=0))
    with pytest.raises(AssertionError, match="transferred twice"):
        Payer(faults=[Fault.BROKEN_AFTER], policy=hasty).run()


def test_the_model_catches_absence_taken_for_proof_while_a_call_is_under_way() -> None:
    hasty = replace(PATIENT, key_window=timedelta(0), key_life=timedelta(minutes=1))
    with pytest.raises(AssertionError, match="transferred twice"):
        Payer(faults=[Fault.ARRIVES_LATE], gaps_minutes=[0, 0, 0, 60], policy=hasty).run()
