"""A deposit's states: no answer, and no order of answers, brings the money twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.payouts.domain.errors import CurrencyUnsupported, InvalidAmount
from services.payouts.domain.funding.deposits import Deposit, DepositAction, DepositState, Method
from services.payouts.domain.payments.instructions import Doubt, RailPolicy
from services.payouts.domain.payments.rail import OutcomeKind
from services.payouts.domain.payments.rail_objects import Answer, Incoming, IncomingState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = RailPolicy()
POLL = timedelta(seconds=60)
FRESH = Deposit(
    deposit_id="dep_1", client_id="org_a", currency="USD", amount_minor=500, created_at=NOON
)
SENT = FRESH.begun(now=NOON)
TOPUP = Incoming(
    rail_id="tu_1",
    deposit_id="dep_1",
    state=IncomingState.SUCCEEDED,
    amount_minor=500,
    currency="USD",
)


def after(deposit: Deposit, kind: OutcomeKind, *, now: datetime = NOON, code: str = "") -> Deposit:
    return deposit.answered(Answer(kind=kind, code=code), now=now, policy=POLICY)


def action(deposit: Deposit, now: datetime) -> DepositAction:
    found, at = deposit.next_action(now=now, policy=POLICY, poll_after=POLL)
    return found if at <= now else DepositAction.NOTHING


@pytest.mark.parametrize("kind", [OutcomeKind.NO_RESPONSE, OutcomeKind.KEY_IN_USE])
def test_without_an_answer_only_the_same_key_is_safe(kind: OutcomeKind) -> None:
    lost = after(SENT, kind)
    later = NOON + timedelta(minutes=1)
    assert action(lost, later) is DepositAction.SEND
    assert lost.key == SENT.key
    # Once the rail may have forgotten the key, it is looked up instead.
    assert action(lost, NOON + timedelta(hours=23)) is DepositAction.LOOK_UP


@pytest.mark.parametrize("kind", [OutcomeKind.RATE_LIMITED, OutcomeKind.NOT_EXECUTED])
def test_what_was_turned_away_is_sent_again_under_its_key(kind: OutcomeKind) -> None:
    waiting = after(SENT, kind)
    assert (waiting.state, waiting.key, waiting.first_sent_at) == (
        DepositState.COMMITTED,
        SENT.key,
        None,
    )
    # After a call that may have got through, its hours go on counting.
    doubtful = after(replace(SENT, doubt=Doubt.UNANSWERED), kind)
    assert (doubtful.state, doubtful.first_sent_at) == (DepositState.UNKNOWN, NOON)


def test_a_kept_server_error_is_looked_up_before_a_new_key() -> None:
    broken = after(SENT, OutcomeKind.SERVER_ERROR)
    assert action(broken, NOON + timedelta(seconds=59)) is DepositAction.NOTHING
    settled = NOON + timedelta(seconds=60)
    assert action(broken, settled) is DepositAction.LOOK_UP
    early = after(broken, OutcomeKind.ABSENT, now=NOON + timedelta(seconds=30))
    assert (early.attempt, early.state) == (1, DepositState.UNKNOWN)
    absent = after(broken, OutcomeKind.ABSENT, now=settled)
    assert (absent.attempt, absent.state, absent.doubt) == (2, DepositState.COMMITTED, Doubt.NONE)
    assert absent.key != SENT.key


def test_absence_proves_nothing_while_a_lost_call_may_still_arrive() -> None:
    lost = after(SENT, OutcomeKind.NO_RESPONSE)
    looked = after(lost, OutcomeKind.ABSENT, now=NOON + timedelta(hours=23, minutes=30))
    assert (looked.attempt, looked.state) == (1, DepositState.UNKNOWN)
    proved = after(looked, OutcomeKind.ABSENT, now=NOON + timedelta(hours=24))
    assert proved.attempt == 2


def test_a_refusal_ends_it_only_where_nothing_else_can_have_happened() -> None:
    refused = after(SENT, OutcomeKind.REFUSED, code="balance_insufficient")
    assert (refused.status, refused.code) == ("failed", "balance_insufficient")
    doubtful = after(replace(SENT, doubt=Doubt.UNANSWERED), OutcomeKind.REFUSED, code="x")
    assert doubtful.status == "pending"
    found = doubtful.answered(
        Answer(kind=OutcomeKind.CONFIRMED, found=TOPUP), now=NOON, policy=POLICY
    )
    assert (found.status, found.rail_id) == ("succeeded", "tu_1")
    gone = after(doubtful, OutcomeKind.ABSENT, now=NOON + timedelta(minutes=2))
    assert gone.status == "failed"


def test_a_sender_that_is_not_heard_of_is_followed_under_the_same_key() -> None:
    assert action(SENT, NOON + timedelta(seconds=119)) is DepositAction.NOTHING
    late = NOON + timedelta(seconds=120)
    assert action(SENT, late) is DepositAction.SEND
    again = SENT.begun(now=late)
    assert (again.key, again.doubt, again.first_sent_at) == (SENT.key, Doubt.UNANSWERED, NOON)


def test_what_is_seen_moves_forward_only() -> None:
    pending = SENT.seen(replace(TOPUP, state=IncomingState.PENDING))
    assert pending.state is DepositState.PENDING
    arrived = pending.seen(TOPUP)
    assert arrived.state is DepositState.SUCCEEDED
    assert arrived.seen(replace(TOPUP, state=IncomingState.PENDING)) is arrived
    assert arrived.seen(TOPUP) is arrived
    assert arrived.seen(replace(TOPUP, rail_id="tu_2")) is arrived
    failed = pending.seen(
        replace(TOPUP, state=IncomingState.FAILED, failure_code="insufficient_funds")
    )
    assert (failed.status, failed.code) == ("failed", "insufficient_funds")
    assert failed.seen(TOPUP) is failed


def test_only_a_top_up_that_was_booked_is_taken_back() -> None:
    """What never came is none that went; of a payment its refunds tell."""
    gone = replace(TOPUP, state=IncomingState.REVERSED)
    arrived = SENT.seen(TOPUP)
    assert arrived.seen(gone).state is DepositState.REVERSED
    assert arrived.seen(replace(gone, rail_id="tu_2")) is arrived
    pending = SENT.seen(replace(TOPUP, state=IncomingState.PENDING))
    assert pending.seen(gone).state is DepositState.FAILED
    assert pending.seen(gone).seen(gone).state is DepositState.FAILED
    paid = replace(arrived, method=Method.PAYMENT)
    assert paid.seen(replace(gone, state=IncomingState.CANCELED)) is paid


@pytest.mark.parametrize("changes", [{"amount_minor": 501}, {"currency": "EUR"}])
def test_a_topup_of_something_else_is_not_booked(changes: dict[str, object]) -> None:
    strange = SENT.seen(replace(TOPUP, **changes))  # type: ignore[arg-type]
    assert (strange.status, strange.code) == ("failed", "object_differs")


def test_a_late_answer_to_what_is_settled_changes_nothing() -> None:
    arrived = SENT.seen(TOPUP)
    for kind in OutcomeKind:
        if kind is not OutcomeKind.CONFIRMED:
            assert after(arrived, kind) is arrived


def test_amounts_that_cannot_be_deposited() -> None:
    with pytest.raises(InvalidAmount):
        replace(FRESH, amount_minor=0)
    with pytest.raises(CurrencyUnsupported):
        replace(FRESH, currency="CLF")
