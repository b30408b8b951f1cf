"""Writing down which endpoints an event is owed to, and when: at once unless a plan interferes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from deploy.local.stripe_sandbox.world import Sandbox

# A delivery beyond the one that is owed: nobody waits for it, and it is not counted.
REPEAT: Final = "repeat"
PENDING: Final = "pending"
FAILED: Final = "failed"


def owe(sandbox: Sandbox, event_id: str, event_type: str, endpoints: Sequence[str]) -> None:
    """Owe an event to endpoints, in the transaction in which it happened."""
    now = sandbox.clock.now()
    for endpoint in endpoints:
        sending = sandbox.plan.deliveries.sending(event_type)
        if sending.after is None:
            _write(sandbox, event_id, endpoint, due=None, outcome=FAILED)
        else:
            _write(sandbox, event_id, endpoint, due=now + sending.after, outcome=PENDING)
        if sending.again_after is not None:
            _write(sandbox, event_id, endpoint, due=now + sending.again_after, outcome=REPEAT)
    if endpoints:
        sandbox.on_delivery()


def repeat(sandbox: Sandbox, event_id: str, endpoints: Sequence[str]) -> None:
    """Send an event once more, as it was when it happened."""
    for endpoint in endpoints:
        _write(sandbox, event_id, endpoint, due=sandbox.clock.now(), outcome=REPEAT)
    sandbox.on_delivery()


def _write(
    sandbox: Sandbox, event_id: str, endpoint: str, *, due: float | None, outcome: str
) -> None:
    sandbox.database.run(
        "INSERT INTO deliveries (event, endpoint, created, attempts, due, outcome) "
        "VALUES (?, ?, ?, 0, ?, ?)",
        (event_id, endpoint, sandbox.clock.now(), due, outcome),
    )
