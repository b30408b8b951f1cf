"""When silence accepts: so many hours after an answer was given, by the project's policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.quality.domain.decisions import QualityPolicy
from services.quality.domain.records import StoredAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The answers whose time is over, and when the next one's is; None where no other is there."""

    answers: Sequence[StoredAnswer]
    next_at: datetime | None


def due_at(submitted_at: datetime, policy: QualityPolicy) -> datetime:
    """When an answer of this time must have been decided."""
    return submitted_at + timedelta(hours=policy.decision_hours)


def overdue(answers: Sequence[StoredAnswer], policy: QualityPolicy, *, now: datetime) -> Due:
    """Of answers in the order of their recording, those before the first that still has time.

    That order is nearly, but not quite, the order of their giving: one that is told late may wait
    for an earlier recorded one, but none is ever passed over.
    """
    for place, kept in enumerate(answers):
        submitted_at = kept.answer.submitted_at
        if submitted_at is not None and due_at(submitted_at, policy) > now:
            return Due(answers=answers[:place], next_at=due_at(submitted_at, policy))
    return Due(answers=answers, next_at=None)
