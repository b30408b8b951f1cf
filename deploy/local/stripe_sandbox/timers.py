"""Work that becomes due on the sandbox's clock: settlements, verifications, released holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from deploy.local.stripe_sandbox import (
    accounts,
    balances,
    checkout_sessions,
    payment_intents,
    payouts,
    requirements,
    topups,
)
from deploy.local.stripe_sandbox.v2 import outbound_payments
from deploy.local.stripe_sandbox.waker import Waker
from deploy.local.stripe_sandbox.world import Sandbox

_TIMERS: Final[dict[str, Callable[[Sandbox, str], None]]] = {
    balances.AVAILABLE_TIMER: balances.release,
    checkout_sessions.EXPIRED_TIMER: checkout_sessions.run_out,
    payment_intents.SETTLED_TIMER: payment_intents.settle,
    payouts.ARRIVED_TIMER: payouts.arrive,
    payouts.IN_TRANSIT_TIMER: payouts.depart,
    payouts.RETURNED_TIMER: payouts.come_back,
    requirements.OVERDUE_TIMER: accounts.come_due,
    requirements.VERIFIED_TIMER: accounts.verify,
    topups.SETTLED_TIMER: topups.settle,
    outbound_payments.POSTED_TIMER: outbound_payments.arrive,
}
_BATCH: Final = 100


def fire_due(sandbox: Sandbox, *, limit: int) -> int:
    """Run up to `limit` due timers, each in a transaction of its own; return how many ran."""
    rows = sandbox.database.rows(
        "SELECT seq, kind, subject FROM timers WHERE due <= ? ORDER BY due, seq LIMIT ?",
        (sandbox.clock.now(), limit),
    )
    for seq, kind, subject in rows:
        with sandbox.database.transaction():
            sandbox.database.run("DELETE FROM timers WHERE seq = ?", (seq,))
            _TIMERS[kind](sandbox, subject)
    return len(rows)


def seconds_to_next(sandbox: Sandbox) -> float | None:
    """Return how long until the next timer, or None when there is none."""
    row = sandbox.database.row("SELECT min(due) FROM timers")
    if row is None or row[0] is None:
        return None
    return float(row[0]) - sandbox.clock.now()


async def run(sandbox: Sandbox, waker: Waker) -> None:
    """Fire timers as they fall due, until cancelled."""
    while True:
        # A full batch yields to requests before the next one.
        full = fire_due(sandbox, limit=_BATCH) == _BATCH
        await waker.sleep(0.0 if full else seconds_to_next(sandbox))
