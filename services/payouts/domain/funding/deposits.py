"""A client's money: asked for at the rail under a stored key, booked once when it has arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.payouts.domain.funding.checkouts import Checkout
from services.payouts.domain.ledger.money import check_positive
from services.payouts.domain.payments.instructions import Doubt, RailPolicy
from services.payouts.domain.payments.payments import LOOK_AGAIN_MAX
from services.payouts.domain.payments.rail import OutcomeKind
from services.payouts.domain.payments.rail_objects import (
    Answer,
    Incoming,
    IncomingState,
    ReturnedMoney,
    Settlement,
)
from services.payouts.domain.payments.rail_units import rail_rule


class Method(StrEnum):
    """What is asked for: money of an operator's bank, or a payment that the client makes."""

    TOP_UP = "topup"
    PAYMENT = "payment"


class DepositState(StrEnum):
    COMMITTED = "committed"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    REVERSED = "reversed"
    """It had succeeded, and the bank has taken it back."""
    FAILED = "failed"


class DepositAction(StrEnum):
    SEND = "send"
    LOOK_UP = "look_up"
    POLL = "poll"
    NOTHING = "nothing"


_TURNED_AWAY: Final = (OutcomeKind.RATE_LIMITED, OutcomeKind.NOT_EXECUTED)
_FINISHED: Final = (OutcomeKind.REFUSED, OutcomeKind.SERVER_ERROR, OutcomeKind.KEY_MISMATCH)


_STATES: Final = {
    IncomingState.NEEDS_PAYER: DepositState.PENDING,
    IncomingState.PENDING: DepositState.PENDING,
    IncomingState.SUCCEEDED: DepositState.SUCCEEDED,
}
# What the rail calls a top-up whose money it had and has no more.
_TAKEN_BACK: Final = (IncomingState.REVERSED, IncomingState.FAILED, IncomingState.CANCELED)
_ENDED: Final = (DepositState.SUCCEEDED, DepositState.REVERSED, DepositState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What was asked for and what became of it; stored before the rail is called.

    `code` says why it failed or was taken back, or why the payer's last try failed. `client_secret`
    lets whoever holds it pay, and is kept only while there is something to pay. With a `checkout`
    the payer pays on a page of the rail's, and `rail_id`, the payment's, is not known before
    somebody has tried to.
    """

    deposit_id: str
    client_id: str
    currency: str
    amount_minor: int
    created_at: datetime
    method: Method = Method.TOP_UP
    description: str = ""
    checkout: Checkout | None = None
    state: DepositState = DepositState.COMMITTED
    doubt: Doubt = Doubt.NONE
    attempt: int = 1
    sends: int = 0
    rail_id: str = ""
    needs_payer: bool = False
    client_secret: str = ""
    settlement: Settlement | None = None
    code: str = ""
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    not_before: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        check_positive(self.amount_minor)
        rail_rule(self.currency)

    @property
    def key(self) -> str:
        """Return the idempotency key of the current attempt."""
        name = "deposit" if self.method is Method.TOP_UP else "payment"
        name = name if self.checkout is None else "checkout"
        return f"{name}:{self.deposit_id}:{self.attempt}"

    @property
    def status(self) -> str:
        """Return it in the contract's words."""
        if self.state is DepositState.REVERSED:
            return DepositState.FAILED.value
        return self.state.value if self.state in _ENDED else "pending"

    def next_action(
        self, *, now: datetime, policy: RailPolicy, poll_after: timedelta
    ) -> tuple[DepositAction, datetime]:
        """Say what is to be done, and not before when."""
        match self.state:
            case DepositState.COMMITTED:
                return DepositAction.SEND, self.not_before or now
            case DepositState.SENDING:
                at = (self.last_sent_at or now) + policy.sending_overdue
                return self._again(policy, at=at), at
            case DepositState.UNKNOWN:
                at = self.not_before or now
                return self._again(policy, at=max(at, now)), at
            case DepositState.PENDING:
                age = now - (self.last_sent_at or self.created_at)
                return DepositAction.POLL, now + min(max(poll_after, age / 2), LOOK_AGAIN_MAX)
            case _:
                return DepositAction.NOTHING, now

    def begun(self, *, now: datetime) -> Deposit:
        """Note that a call is about to be made; commit this, then call under `key`."""
        lost = self.state is DepositState.SENDING
        return replace(
            self,
            state=DepositState.SENDING,
            doubt=self.doubt or (Doubt.UNANSWERED if lost else Doubt.NONE),
            sends=self.sends + 1,
            first_sent_at=self.first_sent_at or now,
            last_sent_at=now,
            not_before=None,
            version=self.version + 1,
        )

    def answered(self, answer: Answer[Incoming], *, now: datetime, policy: RailPolicy) -> Deposit:
        """Draw the consequence of what the rail said to a call or to a look-up."""
        if answer.found is not None:
            return self.seen(answer.found)
        if self.state not in (DepositState.SENDING, DepositState.UNKNOWN):
            return self
        if answer.kind is OutcomeKind.ABSENT:
            return self._absent(now=now, policy=policy)
        if answer.kind in _FINISHED:
            return self._finished(answer, now=now, policy=policy)
        wait = max(policy.backoff(self.sends), timedelta(seconds=answer.retry_after_seconds))
        if answer.kind in _TURNED_AWAY and not self.doubt:
            return self._changed(
                state=DepositState.COMMITTED, first_sent_at=None, not_before=now + wait
            )
        # A look-up that failed says nothing about the call.
        looked_up = answer.kind is OutcomeKind.LOOKUP_FAILED
        doubt = self.doubt if looked_up else self.doubt or Doubt.UNANSWERED
        return self._changed(state=DepositState.UNKNOWN, doubt=doubt, not_before=now + wait)

    def seen(self, found: Incoming) -> Deposit:
        """Take note of the rail's object; what has ended stays so, but for a top-up taken back."""
        if self.is_taken_back_by(found):
            code = found.failure_code or found.state.value
            return self._changed(state=DepositState.REVERSED, code=code)
        if self.state in _ENDED or self.rail_id not in ("", found.rail_id):
            return self
        if (found.amount_minor, found.currency) != (self.amount_minor, self.currency):
            return self._changed(
                state=DepositState.FAILED, rail_id=found.rail_id, code="object_differs"
            )
        state = _STATES.get(found.state, DepositState.FAILED)
        code = found.failure_code
        if state is DepositState.FAILED:
            code = code or found.state.value
        elif found.settlement is not None and found.settlement.currency != self.currency:
            # It is there, but not as what the client paid: only an operator can tell what it is.
            state, code = DepositState.PENDING, "settled_in_other_currency"
        is_open = state is DepositState.PENDING
        changes = {
            "state": state,
            "rail_id": found.rail_id,
            "doubt": Doubt.NONE,
            "code": code,
            "needs_payer": is_open and found.state is IncomingState.NEEDS_PAYER,
            # What a hosted page pays is confirmed there and nowhere else.
            "client_secret": found.client_secret if is_open and self.checkout is None else "",
            "checkout": self.checkout and self.checkout.seen(found.page, is_open=is_open),
            "settlement": found.settlement,
        }
        if all(getattr(self, name) == value for name, value in changes.items()):
            return self
        return self._changed(**changes)

    def is_taken_back_by(self, found: Incoming) -> bool:
        """Whether money that was booked is not there any more. Payments have refunds instead."""
        return (
            self.method is Method.TOP_UP
            and self.state is DepositState.SUCCEEDED
            and found.rail_id == self.rail_id
            and found.state in _TAKEN_BACK
        )

    def taken_back(self, *, at: datetime) -> ReturnedMoney:
        """What has gone back of a top-up: all of it, and once, whatever the rail calls it."""
        return ReturnedMoney(
            transaction_id=self.rail_id,
            source_id=self.rail_id,
            kind="topup_reversal",
            currency=self.currency,
            amount_minor=-self.amount_minor,
            fee_minor=0,
            created_at=at,
        )

    def _finished(self, answer: Answer[Incoming], *, now: datetime, policy: RailPolicy) -> Deposit:
        """The rail is done with this key; only a refusal without doubt says that nothing is."""
        is_refused = answer.kind is OutcomeKind.REFUSED
        code = (answer.code or "refused") if is_refused else ""
        if is_refused and not self.doubt:
            return self._changed(state=DepositState.FAILED, code=code)
        return self._changed(
            state=DepositState.UNKNOWN,
            doubt=Doubt.ANSWERED,
            code=code,
            not_before=now + policy.absence_after,
        )

    def _again(self, policy: RailPolicy, *, at: datetime) -> DepositAction:
        known = self.first_sent_at is None or at < self.first_sent_at + policy.key_window
        if self.doubt is not Doubt.ANSWERED and known:
            return DepositAction.SEND
        return DepositAction.LOOK_UP

    def _absent(self, *, now: datetime, policy: RailPolicy) -> Deposit:
        sent = self.first_sent_at or now
        # While a lost call may still arrive, or lists may lag, absence proves nothing.
        provable = (self.last_sent_at or now) + policy.absence_after
        if self.doubt is not Doubt.ANSWERED:
            provable = max(provable, sent + policy.key_life)
        if now < provable:
            return self._changed(state=DepositState.UNKNOWN, not_before=provable)
        if self.code:
            return self._changed(state=DepositState.FAILED)
        return self._changed(
            state=DepositState.COMMITTED,
            doubt=Doubt.NONE,
            attempt=self.attempt + 1,
            sends=0,
            first_sent_at=None,
            not_before=None,
        )

    def _changed(self, **changes: object) -> Deposit:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
