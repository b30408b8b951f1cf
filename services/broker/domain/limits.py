"""What one contractor may do in one project for the time being, as quality has set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.broker.domain.errors import WorkPaused


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """One version of them; the next replaces it."""

    project_id: str
    contractor_id: str
    gold_share: float
    """Share of their tasks that are control tasks."""
    paused_until: datetime | None
    reason: str
    """UPPER_SNAKE; "" where nothing is limited."""
    explanation: str
    """Words for the contractor."""

    def is_paused(self, now: datetime) -> bool:
        """Nothing of the project is handed to them now."""
        return self.paused_until is not None and now < self.paused_until

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
