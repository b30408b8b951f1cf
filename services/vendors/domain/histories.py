"""Changes of state and region: who made which, when and why. Histories only grow."""

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
class RegionChange:
    """A move; an empty region is not known."""

    from_region: str
    to_region: str
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

    def move(self, from_region: str, to_region: str) -> RegionChange:
        """The entry that a move leaves in the history."""
        return RegionChange(
            from_region=from_region,
            to_region=to_region,
            changed_at=self.now,
            actor=self.actor,
            reason=self.reason,
        )
