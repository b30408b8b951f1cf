"""The time that answers took: as it was measured, and no more than there was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The time that an answer took, as it was measured, and between when it must have been."""

    active_milliseconds: int
    claimed_at: datetime | None = None
    submitted_at: datetime | None = None

    @property
    def plausible_milliseconds(self) -> int:
        """As it was measured, but no more than the time for which the task was held."""
        if self.claimed_at is None or self.submitted_at is None:
            return self.active_milliseconds
        held = (self.submitted_at - self.claimed_at) // _MILLISECOND
        return max(0, min(self.active_milliseconds, held))


def held_milliseconds(efforts: Iterable[Effort]) -> int | None:
    """Return for how long at least one of the tasks was held: nobody works twice at once.

    None where it is not known of each.
    """
    spans: list[tuple[datetime, datetime]] = []
    for effort in efforts:
        if effort.claimed_at is None or effort.submitted_at is None:
            return None
        spans.append((effort.claimed_at, effort.submitted_at))
    total = timedelta(0)
    until: datetime | None = None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        if end > begin:
            total += end - begin
            until = end
    return total // _MILLISECOND
