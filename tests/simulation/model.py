"""The books as simply as they can be said: a few sums, in units, and no ledger.

Written from what the contracts promise, with arithmetic of its own; the service has to agree with
it after every step. Payees are contractors who are engaged directly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

UNITS = 10_000
BPS = 10_000
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the project pays."""

    pay_units: int
    fee_bps: int
    benefits_bps: int
    reserve_bps: int
    commission_bps_max: int

    def pay(self, share_bps: int) -> int:
        return ceil(Fraction(self.pay_units * share_bps, BPS))

    def fee(self, pay: int) -> int:
        return floor(Fraction(pay * self.fee_bps, BPS) + _HALF)

    def benefits(self, pay: int) -> int:
        return ceil(Fraction(pay * self.benefits_bps, BPS))

    def cost(self, pay: int) -> int:
        return pay + self.fee(pay) + self.benefits(pay)

    def reserve_of(self, amount: int) -> int:
        """The reserve's part of what is set aside, in the ratio of the two, rounded down."""
        dearest = self.cost(self.pay_units) + floor(
            Fraction(self.pay_units * self.commission_bps_max, BPS) + _HALF
        )
        each = ceil(Fraction(self.pay_units * self.reserve_bps, BPS))
        return amount * each // (dearest + each)


@dataclass(slots=True, kw_only=True)
class Answer:
    """One answer: how often it was decided, and what of its pay is booked (0: nothing)."""

    who: str
    revision: int = 0
    booked: int = 0
    share: int = 0
    """Of the pay, what is booked."""
    kept: int = 0
    """Rejected after it was paid: the payee keeps this share, and is not paid again."""
    kept_cost: int = 0
    repaid_share: int = 0
    """Accepted again: for this share of the pay the client has paid us back."""


@dataclass(slots=True, kw_only=True)
class Books:
    """Everything in units; `paid_minor` is in whole minor units."""

    terms: Terms
    available: int = 0
    owed: int = 0
    held: int = 0
    reserve: int = 0
    fees: int = 0
    absorbed: int = 0
    payable: dict[str, int] = field(default_factory=dict)
    benefits: dict[str, int] = field(default_factory=dict)
    stated_minor: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    refunds_minor: dict[str, int] = field(default_factory=dict)
    """What is held for each that nobody has resolved."""

    def fund(self, amount_minor: int) -> None:
        """It has come; what the client owes is taken out of it first."""
        self._change(amount_minor * UNITS)

    def take_back(self, amount_minor: int) -> None:
        """It has gone back already, whatever the client has; below zero: it has come again."""
        self._change(-amount_minor * UNITS)

    def can_have_back(self, amount_minor: int) -> bool:
        return amount_minor * UNITS <= self.available

    def ask_back(self, refund_id: str, amount_minor: int) -> None:
        """It is set aside."""
        self.available -= amount_minor * UNITS
        self.refunds_minor[refund_id] = amount_minor

    def resolve(self, refund_id: str, paid_minor: int) -> None:
        """So much was sent; the client has the rest again."""
        self._change((self.refunds_minor.pop(refund_id) - paid_minor) * UNITS)

    def hold(self, amount_minor: int) -> bool:
        """Whether there is that much."""
        amount = amount_minor * UNITS
        if amount > self.available:
            return False
        reserve = self.terms.reserve_of(amount)
        self.available -= amount
        self.reserve += reserve
        self.held += amount - reserve
        return True

    def accept(self, answer: Answer, share_bps: int = BPS) -> bool:
        """Whether somebody can pay for it; an answer that is priced anew is taken back first.

        Whose pay has gone to a statement keeps it, and what it was. Where nobody can pay for it,
        what was booked stands.
        """
        if answer.kept:
            return self._pay_back(answer, min(share_bps, answer.kept))
        pay = self.terms.pay(share_bps)
        cost = self.terms.cost(pay)
        taken_back = self.terms.cost(answer.booked) if answer.booked else 0
        if answer.booked and (answer.booked == pay or self.payable[answer.who] < answer.booked):
            return True
        if self.held + taken_back < cost and self.available < cost:
            return False
        if answer.booked:
            self._move(answer.who, -answer.booked)
            answer.booked = 0
        if self.held < cost:
            self.available -= cost
            self.held += cost
        self._move(answer.who, pay)
        answer.booked, answer.share = pay, share_bps
        return True

    def _pay_back(self, answer: Answer, share: int) -> bool:
        """It was paid at our cost: the client pays us for as much of it as is accepted now."""
        before = ceil(Fraction(answer.kept_cost * answer.repaid_share, answer.kept))
        now = ceil(Fraction(answer.kept_cost * share, answer.kept))
        if share == answer.repaid_share:
            return True
        if self.held + before < now and self.available < now:
            return False
        if self.held + before < now:
            self.available -= now
            self.held += now
        self.held += before - now
        self.absorbed += before - now
        answer.repaid_share = share
        return True

    def reject(self, answer: Answer) -> None:
        """The client has its money back, from the payee while it is there, else from us."""
        if answer.kept:
            self._pay_back(answer, 0)
            return
        booked, answer.booked = answer.booked, 0
        if not booked:
            return
        if self.payable[answer.who] >= booked:
            self._move(answer.who, -booked)
        else:
            cost = self.terms.cost(booked)
            self.absorbed += cost
            self.held += cost
            answer.kept, answer.kept_cost = answer.share, cost

    def close(self, minimum_minor: int) -> dict[str, int]:
        """Whole minor units of each payee who has enough; fractions stay. Returns what is new."""
        made = {}
        for who, payable in self.payable.items():
            total_minor = payable // UNITS
            if total_minor >= max(minimum_minor, 1):
                made[who] = total_minor
                self.payable[who] -= total_minor * UNITS
                self.stated_minor[who] = self.stated_minor.get(who, 0) + total_minor
        return made

    def _change(self, amount: int) -> None:
        """A client never has something and owes something."""
        net = self.available - self.owed + amount
        self.available, self.owed = max(net, 0), max(-net, 0)

    def _move(self, who: str, pay: int) -> None:
        pay_size, sign = abs(pay), 1 if pay > 0 else -1
        self.held -= sign * self.terms.cost(pay_size)
        self.fees += sign * self.terms.fee(pay_size)
        self.payable[who] = self.payable.get(who, 0) + pay
        self.benefits[who] = self.benefits.get(who, 0) + sign * self.terms.benefits(pay_size)
