"""Changes of state: who made which, when and why. Histories only grow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One step; `from_state` is empty for the first."""

    from_state: str
    to_state: str
    changed_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who asks for a step, when and why."""

    actor: str
    reason: str
    now: datetime

    def change(self, from_state: str, to_state: str) -> StateChange:
        """The entry that the step leaves in the history."""
        return StateChange(
            from_state=from_state,
            to_state=to_state,
            changed_at=self.now,
            actor=self.actor,
            reason=self.reason,
        )
