"""A model of the rail as Stripe describes it: keys, cached answers, lagging lists, lost calls.

It is not a test double of a client library: it exists to drive the pure instruction machine
through every order of trouble, on a clock that only the test moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.payouts.domain.payments.rail import (
    RETURNED,
    Op,
    Outcome,
    OutcomeKind,
    RailObject,
    RailState,
)

KEY_LIFE = timedelta(hours=24)
LIST_LAG = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it travels."""

    key: str
    op: Op
    instruction_id: str
    attempt: int
    amount_minor: int

    def answered(self, kind: OutcomeKind, **changes: object) -> Outcome:
        return Outcome(kind=kind, op=self.op, attempt=self.attempt, **changes)  # type: ignore[arg-type]


class RailModel:
    """One platform account and one payee's account."""

    def __init__(
        self, *, platform_minor: int, connected_minor: int, continues: bool = False
    ) -> None:
        """`continues`: keys are known for 30 days, and go on with what had failed."""
        self._continues = continues
        self._key_life = timedelta(days=30) if continues else KEY_LIFE
        self.platform_minor = platform_minor
        self.connected_minor = connected_minor
        self.objects: dict[str, RailObject] = {}
        self.snapshots: list[RailObject] = []
        self._made_at: dict[str, datetime] = {}
        self._answers: dict[str, tuple[datetime, Outcome]] = {}
        self._ghosts: list[tuple[datetime, Call]] = []

    def execute(self, call: Call, *, now: datetime, refuse: str = "", broken: str = "") -> Outcome:
        """Run a call, or repeat what was answered to its key."""
        known = self._answers.get(call.key)
        if known is not None and now - known[0] < self._key_life:
            repeats = not self._continues or known[1].kind is OutcomeKind.CONFIRMED
            if repeats:
                return known[1]
            now_first = known[0]
        else:
            now_first = now
        made_before = set(self.objects)
        answer = self._run(call, now=now, refuse=refuse, broken=broken)
        if self._continues and set(self.objects) != made_before:
            # Broken after it was made: the key knows what it has made.
            made = next(self.objects[rail_id] for rail_id in set(self.objects) - made_before)
            kept = call.answered(OutcomeKind.CONFIRMED, found=made)
        else:
            kept = answer
        self._answers[call.key] = (now_first, kept)
        return answer

    def delay(self, call: Call, *, until: datetime) -> None:
        """Let a call arrive when its sender has long given up."""
        self._ghosts.append((until, call))

    def advance(self, *, now: datetime) -> None:
        """Execute what has arrived by now."""
        due = sorted((item for item in self._ghosts if item[0] <= now), key=lambda item: item[0])
        self._ghosts = [item for item in self._ghosts if item[0] > now]
        for arrived_at, call in due:
            self.execute(call, now=arrived_at)

    def find(self, call: Call, *, now: datetime) -> Outcome:
        """Look an attempt's object up in a list that lags behind."""
        for rail_id, found in self.objects.items():
            seen = now - self._made_at[rail_id] >= LIST_LAG
            if (found.op, found.attempt) == (call.op, call.attempt) and seen:
                return call.answered(OutcomeKind.CONFIRMED, found=found)
        return call.answered(OutcomeKind.ABSENT)

    def move_payout(self, rail_id: str, state: RailState) -> RailObject:
        """Let the bank do something with a payout."""
        before = self.objects[rail_id]
        moved = replace(before, state=state, failure_code="declined" if state in RETURNED else "")
        if state in RETURNED:
            if before.op is Op.OUTBOUND:
                self.platform_minor += before.amount_minor
            else:
                self.connected_minor += before.amount_minor
        return self._put(moved)

    def reverse_transfer(self, rail_id: str) -> RailObject:
        """Take a transfer back in full."""
        before = self.objects[rail_id]
        assert self.connected_minor >= before.amount_minor
        self.connected_minor -= before.amount_minor
        self.platform_minor += before.amount_minor
        return self._put(
            replace(before, state=RailState.REVERSED, reversed_minor=before.amount_minor)
        )

    def living(self, op: Op) -> list[RailObject]:
        return [
            item for item in self.objects.values() if item.op is op and item.state not in RETURNED
        ]

    def paid_minor(self) -> int:
        paid = (item for item in self.objects.values() if item.state is RailState.PAID)
        return sum(item.amount_minor for item in paid)

    def _run(self, call: Call, *, now: datetime, refuse: str, broken: str) -> Outcome:
        available_minor = self.connected_minor if call.op is Op.PAYOUT else self.platform_minor
        if not refuse and available_minor < call.amount_minor:
            refuse = "balance_insufficient"
        if refuse:
            return call.answered(OutcomeKind.REFUSED, code=refuse)
        if broken == "before":
            return call.answered(OutcomeKind.SERVER_ERROR)
        made = self._make(call, now=now)
        if broken == "after":
            return call.answered(OutcomeKind.SERVER_ERROR)
        return call.answered(OutcomeKind.CONFIRMED, found=made)

    def _make(self, call: Call, *, now: datetime) -> RailObject:
        rail_id = f"{'tr' if call.op is Op.TRANSFER else 'po'}_{len(self.objects) + 1}"
        self._made_at[rail_id] = now
        if call.op is Op.TRANSFER:
            self.platform_minor -= call.amount_minor
            self.connected_minor += call.amount_minor
        elif call.op is Op.OUTBOUND:
            self.platform_minor -= call.amount_minor
        else:
            self.connected_minor -= call.amount_minor
        return self._put(
            RailObject(
                op=call.op,
                rail_id=rail_id,
                instruction_id=call.instruction_id,
                attempt=call.attempt,
                state=RailState.CREATED if call.op is Op.TRANSFER else RailState.PENDING,
                amount_minor=call.amount_minor,
                currency="USD",
            )
        )

    def _put(self, item: RailObject) -> RailObject:
        self.objects[item.rail_id] = item
        self.snapshots.append(item)
        return item
