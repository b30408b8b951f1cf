"""Proof of when a task was claimed, kept by the page: bounds the time that it says was spent."""

from __future__ import annotations

import hashlib
import hmac


def new_ticket(*, assignment_id: str, claimed_at: float, secret: str) -> str:
    """`claimed_at` is seconds since the epoch; the secret is the session's."""
    claimed = f"{claimed_at:.3f}"
    return f"{claimed}.{_mark(assignment_id, claimed, secret)}"


def plausible_seconds(
    said: float, *, ticket: str, assignment_id: str, secret: str, now: float
) -> float:
    """The time that a page says was spent, cut to the time since the claim.

    0, which stands for "not measured", where the ticket proves nothing: it is of another session.
    """
    claimed, _, mark = ticket.rpartition(".")
    if not hmac.compare_digest(mark.encode(), _mark(assignment_id, claimed, secret).encode()):
        return 0.0
    return max(0.0, min(said, now - float(claimed)))


def _mark(assignment_id: str, claimed: str, secret: str) -> str:
    text = f"crewline ticket v1\n{assignment_id}\n{claimed}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
