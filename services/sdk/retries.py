"""When an attempt is repeated, and after how long. Pure: time and chance are arguments."""

from __future__ import annotations

from dataclasses import dataclass

REPEATED_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Bounded in number and time; every pause is twice the one before, spread by chance.

    Attempts are safe to repeat: reads change nothing, and each write carries an idempotency key
    that stays the same over its attempts.
    """

    retries_max: int = 4
    # All attempts and pauses of one call together.
    total_seconds: float = 120.0
    first_pause_seconds: float = 0.25
    pause_seconds_max: float = 8.0
    # How long an answer that may only be early (an event is still on its way) is asked for again.
    early_seconds: float = 15.0

    def pause_seconds(
        self, *, attempt: int, elapsed_seconds: float, chance: float, asked_seconds: float | None
    ) -> float | None:
        """How long to wait after attempt number `attempt` (from 1), or None to give up.

        `chance` is uniform in 0 to 1. `asked_seconds` is the server's Retry-After: it is obeyed,
        or, where it would be too long, nothing is repeated.
        """
        if attempt > self.retries_max:
            return None
        grown = min(self.first_pause_seconds * 2.0 ** (attempt - 1), self.pause_seconds_max)
        pause = grown * (0.5 + chance / 2.0)
        if asked_seconds is not None:
            # Spread out above what was asked: those who were refused together come back apart.
            pause = asked_seconds + pause * 0.5
        return pause if elapsed_seconds + pause <= self.total_seconds else None

    def early_pause_seconds(
        self, *, attempt: int, elapsed_seconds: float, chance: float
    ) -> float | None:
        """The same for an answer that may be early: often, and for a short while."""
        pause = min(0.1 * 1.5 ** (attempt - 1), 1.0) * (0.5 + chance / 2.0)
        return pause if elapsed_seconds + pause <= self.early_seconds else None
