"""A payment instruction: what it says, where it stands, and what is to be done about it now.

One instruction pays one statement in the calls that its rail takes (`rail.LEGS`): a transfer to the
payee's account at the rail and then a payout to the bank, or one call all the way. It is stored
before any call is made, and every change of it is a new version together with the ledger entries
of `Step.movements`. Whoever restarts after a crash needs nothing but the stored instruction:
`todo` derives the next action from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.payouts.domain.errors import InvalidInstruction
from services.payouts.domain.ledger.accounts import STRIPE
from services.payouts.domain.ledger.entries import EntryKind
from services.payouts.domain.ledger.money import Money, check_positive
from services.payouts.domain.payments.rail import LEGS, Cause, Op, RailState
from services.payouts.domain.statements.statement_lines import Payee
from services.payouts.domain.statements.statements import Statement


class LegState(StrEnum):
    """Where one attempt of one call stands; the money is reserved in all but `REFUSED`.

    `PARKED`: refused by a rail that goes on under the same key once the cause is gone.
    """

    COMMITTED = "committed"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PARKED = "parked"


class Doubt(StrEnum):
    """Whether something may exist at the rail that we have not seen, and how we can find out.

    `UNANSWERED`: a call got no answer; it may even arrive later, so only its own key is safe.
    `ANSWERED`: the rail has finished with this key without telling the result; a look-up tells.
    """

    NONE = ""
    UNANSWERED = "unanswered"
    ANSWERED = "answered"


class Freeze(StrEnum):
    """Why an instruction stands still until an operator has looked."""

    NOT = ""
    KEY_MISMATCH = "key_mismatch"
    SECOND_OBJECT = "second_object"
    CLOSED_ATTEMPT_ALIVE = "closed_attempt_alive"
    FUTURE_ATTEMPT = "future_attempt"
    OBJECT_DIFFERS = "object_differs"
    PARTLY_REVERSED = "partly_reversed"
    REVERSED_UNDER_PAYOUT = "reversed_under_payout"
    TOO_MANY_SENDS = "too_many_sends"
    TOO_MANY_ATTEMPTS = "too_many_attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class RailPolicy:
    """How long a rail remembers a key, and how patient we are; the defaults are Stripe v1's.

    `key_window`: how long after its first use a key is sent again. `key_life`: when nothing sent
    under it can still arrive and be taken for the first. `absence_after`: how long the rail's
    lists may lag behind what it did. `continues`: whether a key that failed goes on with the work
    when it is sent again, instead of repeating its first answer.
    """

    key_window: timedelta = timedelta(hours=23)
    key_life: timedelta = timedelta(hours=24)
    absence_after: timedelta = timedelta(seconds=60)
    sending_overdue: timedelta = timedelta(seconds=120)
    backoff_base: timedelta = timedelta(seconds=1)
    backoff_cap: timedelta = timedelta(minutes=5)
    max_sends: int = 500
    max_attempts: int = 20
    continues: bool = False

    def __post_init__(self) -> None:
        if self.key_window >= self.key_life:
            raise InvalidInstruction(
                "a key is sent again only while the rail surely knows it",
                key_window=self.key_window,
                key_life=self.key_life,
            )

    def backoff(self, tries: int) -> timedelta:
        doublings = min(max(tries - 1, 0), 20)
        return min(self.backoff_cap, self.backoff_base * (1 << doublings))


STRIPE_V1: Final = RailPolicy()
# docs.stripe.com/api-v2-overview: a key is good for 30 days, and continues what had failed.
STRIPE_V2: Final = RailPolicy(
    key_window=timedelta(days=29), key_life=timedelta(days=30), continues=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One call of the payment in its current attempt."""

    op: Op
    attempt: int = 1
    # Attempts before an operator last let it go on, and harmless ones; they do not count.
    attempts_forgiven: int = 0
    state: LegState = LegState.COMMITTED
    doubt: Doubt = Doubt.NONE
    cause: Cause = Cause.NOTHING
    code: str = ""
    rail_id: str = ""
    rail_state: RailState | None = None
    reversed_minor: int = 0
    sends: int = 0
    lookups: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """The order to pay one statement to one account at a rail."""

    instruction_id: str
    statement_id: str
    statement_hash: str
    payee: Payee
    destination: str
    currency: str
    amount_minor: int
    created_at: datetime
    rail: str = STRIPE
    op: Op = Op.TRANSFER
    # The rail's first call, whichever that is.
    transfer: Leg = Leg(op=Op.TRANSFER)
    payout: Leg | None = None
    # Objects of ours at the rail that are over: returned, or reversed in full.
    closed_rail_ids: tuple[str, ...] = ()
    freeze: Freeze = Freeze.NOT
    version: int = 1

    def __post_init__(self) -> None:
        check_positive(self.amount_minor)
        if not (self.instruction_id and self.statement_id and self.destination):
            raise InvalidInstruction(
                "an instruction names itself, its statement and its destination",
                instruction_id=self.instruction_id,
                statement_id=self.statement_id,
                destination=self.destination,
            )
        if self.created_at.tzinfo is None:
            raise InvalidInstruction(
                f"{self.instruction_id}: a time without a zone",
                instruction_id=self.instruction_id,
            )
        if self.transfer.op is not LEGS.get(self.rail, (None,))[0]:
            raise InvalidInstruction(
                f"{self.instruction_id} begins with a call that its rail does not begin with",
                instruction_id=self.instruction_id,
                rail=self.rail,
                op=self.transfer.op,
            )
        if self.op is Op.PAYOUT and self.payout is None:
            raise InvalidInstruction(
                f"{self.instruction_id} is paying out what it never started to",
                instruction_id=self.instruction_id,
            )

    @property
    def money(self) -> Money:
        return Money(amount_minor=self.amount_minor, currency=self.currency)

    @property
    def leg(self) -> Leg:
        """Return the call that is under way."""
        payout = self.payout
        return payout if self.op is Op.PAYOUT and payout is not None else self.transfer

    @property
    def key(self) -> str:
        """Return the idempotency key to send the current attempt under."""
        return f"{self.instruction_id}:{self.leg.attempt}:{self.op}"


def instruction_for(
    statement: Statement, *, destination: str, created_at: datetime, rail: str = STRIPE
) -> Instruction:
    """Order a statement's payment; its id follows from the statement's, so there is only one."""
    return Instruction(
        instruction_id=f"pay.{statement.statement_id}",
        statement_id=statement.statement_id,
        statement_hash=statement.body_hash,
        payee=statement.payee,
        destination=destination,
        currency=statement.currency,
        amount_minor=statement.total_minor,
        created_at=created_at,
        rail=rail,
        op=LEGS[rail][0],
        transfer=Leg(op=LEGS[rail][0]),
    )


class Action(StrEnum):
    """What the payer does next with an instruction."""

    # begin_send, commit, call the rail under `key`, next_step with what it answered.
    SEND = "send"
    # A sender is at it; if it is not heard of by `at`, recover.
    RECOVER = "recover"
    # Ask the rail for the object with this instruction and attempt, then next_step.
    LOOK_UP = "look_up"
    # reattempt: nothing exists at the rail and nothing stands in the way.
    REATTEMPT = "reattempt"
    # reattempt once `leg.cause` is gone.
    WAIT_FOR_CAUSE = "wait_for_cause"
    # open_payout once the payee's balance at the rail covers the amount.
    AWAIT_AVAILABLE = "await_available"
    # apply_rail_object when the rail tells, or when polled.
    AWAIT_RAIL = "await_rail"
    # An operator looks, and lets it go on: `usecases.payments.resumptions`.
    OPERATOR = "operator"
    # Paid. The rail may still report a failure for some days.
    NOTHING = "nothing"


_AFTER_CONFIRMATION: Final[Mapping[RailState | None, Action]] = {
    RailState.CREATED: Action.AWAIT_AVAILABLE,
    RailState.PENDING: Action.AWAIT_RAIL,
    RailState.IN_TRANSIT: Action.AWAIT_RAIL,
    RailState.PAID: Action.NOTHING,
    RailState.FAILED: Action.WAIT_FOR_CAUSE,
    RailState.CANCELED: Action.WAIT_FOR_CAUSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """The next action, and the moment before which it makes no sense (none: now, or on news)."""

    action: Action
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A ledger entry that a step calls for; `rail_flows.entries_for` writes it."""

    kind: EntryKind
    attempt: int
    amount_minor: int
    destination: str
    # Empty: the instruction's own. Another one where the payment has left that.
    rail: str = ""
    rail_id: str = ""
    reason: str = ""
    # Of a reversal: the total reversed so far. Of a failed payout: whether it had been paid.
    reversed_minor: int = 0
    was_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change to commit in one transaction: the new version and its ledger movements.

    `changed` is false if the news was none; then there is nothing to commit. `alert` is set when
    a person should hear of it.
    """

    instruction: Instruction
    movements: tuple[Movement, ...] = ()
    changed: bool = True
    alert: str = ""


def todo(instruction: Instruction, *, now: datetime, policy: RailPolicy = STRIPE_V1) -> Todo:
    """Say what is to be done; the same for a fresh process as for the one that got here."""
    leg = instruction.leg
    if instruction.freeze:
        return Todo(action=Action.OPERATOR)
    match leg.state:
        case LegState.COMMITTED:
            due = _while_known(leg, Action.SEND, now=now, policy=policy)
        case LegState.SENDING:
            due = Todo(action=Action.RECOVER, at=_after(leg.last_sent_at, policy.sending_overdue))
        case LegState.UNKNOWN:
            due = _todo_unknown(leg, now=now, policy=policy)
        case LegState.REFUSED:
            due = Todo(action=Action.WAIT_FOR_CAUSE if leg.cause else Action.REATTEMPT)
        case LegState.PARKED:
            due = _while_known(leg, Action.WAIT_FOR_CAUSE, now=now, policy=policy)
        case _:
            due = Todo(action=_AFTER_CONFIRMATION[leg.rail_state])
    return due


def _while_known(leg: Leg, action: Action, *, now: datetime, policy: RailPolicy) -> Todo:
    at = leg.not_before
    if may_resend(leg, now=max(now, at) if at else now, policy=policy):
        return Todo(action=action, at=at)
    # The key is forgotten soon: once it surely is, a look-up closes the attempt.
    times = [moment for moment in (_after(leg.first_sent_at, policy.key_life), at) if moment]
    return Todo(action=Action.LOOK_UP, at=max(times))


def may_resend(leg: Leg, *, now: datetime, policy: RailPolicy) -> bool:
    """Tell whether the rail is sure to know this attempt's key still."""
    expiry = _after(leg.first_sent_at, policy.key_window)
    return expiry is None or now < expiry


def absence_is_proof(leg: Leg, *, now: datetime, policy: RailPolicy) -> bool:
    """Tell whether a look-up that began now and finds nothing proves that nothing exists."""
    since = _absence_provable_at(leg, policy=policy)
    return since is not None and now >= since


def _todo_unknown(leg: Leg, *, now: datetime, policy: RailPolicy) -> Todo:
    if leg.doubt is Doubt.UNANSWERED:
        at = max(now, leg.not_before) if leg.not_before else now
        if may_resend(leg, now=at, policy=policy):
            return Todo(action=Action.SEND, at=leg.not_before)
    times = [
        moment for moment in (_absence_provable_at(leg, policy=policy), leg.not_before) if moment
    ]
    return Todo(action=Action.LOOK_UP, at=max(times, default=None))


def _absence_provable_at(leg: Leg, *, policy: RailPolicy) -> datetime | None:
    settled = _after(leg.last_sent_at, policy.absence_after)
    expired = _after(leg.first_sent_at, policy.key_life)
    if leg.doubt is not Doubt.UNANSWERED or settled is None or expired is None:
        return settled
    return max(settled, expired)


def _after(moment: datetime | None, delay: timedelta) -> datetime | None:
    return None if moment is None else moment + delay
