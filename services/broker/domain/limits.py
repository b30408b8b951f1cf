"""What one contractor may do in one project for the time being, as quality has set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.broker.domain.errors import ClaimsExhausted, WorkPaused

RESTRICTED_LEASES_MAX = 1
"""Of a project, for whoever is restricted in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One version of them; the next replaces it."""

    project_id: str
    contractor_id: str
    gold_share: float
    """Share of their tasks that are control tasks."""
    gold_share_max: float = 0.0
    """The same until `extra_gold_until`; 0 where nothing is told of it."""
    extra_gold_until: datetime | None = None
    restricted_until: datetime | None = None
    """Until then they hold one task of the project at a time."""
    paused_until: datetime | None = None
    reason: str = ""
    """UPPER_SNAKE; "" where nothing is limited."""
    explanation: str = ""
    """Words for the contractor."""

    def is_paused(self, now: datetime) -> bool:
        """Nothing of the project is handed to them now."""
        return self.paused_until is not None and now < self.paused_until

    def share(self, now: datetime) -> float:
        """Of their tasks that are control tasks now."""
        is_extra = self.extra_gold_until is not None and now < self.extra_gold_until
        return max(self.gold_share, self.gold_share_max) if is_extra else self.gold_share

    def room(self, held: int, now: datetime) -> int | None:
        """How many more of the project's tasks they may hold; None where nothing limits it."""
        if self.restricted_until is None or now >= self.restricted_until:
            return None
        return max(0, RESTRICTED_LEASES_MAX - held)

    def check_room(self, held: int, now: datetime) -> None:
        """Errors: ClaimsExhausted, which says why and until when."""
        if self.room(held, now) == 0:
            raise ClaimsExhausted(
                "you get one task of this project at a time for now: submit it or give it back",
                project_id=self.project_id,
                leases=held,
                leases_max=RESTRICTED_LEASES_MAX,
                reason=self.reason,
                explanation=self.explanation,
                until=self.restricted_until.isoformat() if self.restricted_until else "",
            )

    def check_not_paused(self, now: datetime) -> None:
        """Errors: WorkPaused, which says why and until when."""
        if self.paused_until is not None and now < self.paused_until:
            raise WorkPaused(
                self.explanation or "you get no tasks of this project for now",
                project_id=self.project_id,
                reason=self.reason,
                explanation=self.explanation,
                until=self.paused_until.isoformat(),
            )


def limits_key(project_id: str, contractor_id: str) -> str:
    """Of the one document."""
    return f"{project_id}:{contractor_id}"
