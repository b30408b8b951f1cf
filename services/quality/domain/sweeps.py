"""Sweeps: every task of a project scored once more, page by page, by one sweeper at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.quality.domain.errors import SweepRunning

LEASE = timedelta(seconds=60)
"""A sweep that has not gone on for so long may be taken over: whoever swept is gone."""
NIGHT = timedelta(hours=6)
"""How long after its hour a night's sweep may still begin."""
ANSWERED_MAX = 20
"""Requests whose results are kept for their repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """What a sweep has done."""

    tasks_scored: int = 0
    labels_changed: int = 0

    def plus(self, *, tasks_scored: int, labels_changed: int) -> SweepResult:
        return SweepResult(
            tasks_scored=self.tasks_scored + tasks_scored,
            labels_changed=self.labels_changed + labels_changed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The sweeps of one project: `owner` is who sweeps now, until `lease_until` at least.

    `after` is the last task that was scored. `seen_steps` are the moves of tasks that the last
    sweep has seen or made: more of them mean that the project was touched since.
    """

    project_id: str
    owner: str = ""
    lease_until: datetime | None = None
    after: str = ""
    result: SweepResult = SweepResult()
    running_steps: int = 0
    seen_steps: int = 0
    answered: Mapping[str, SweepResult] = field(default_factory=dict)
    night: str = ""
    """The last night whose sweep it had."""
    is_followed_up: bool = True
    """Whether all was done that follows the last sweep that ended."""

    def begun(self, owner: str, *, steps: int, now: datetime) -> Sweep:
        """By this owner, who goes on where they stopped, if nobody has swept since.

        Errors:
            SweepRunning: somebody does.
        """
        if self.lease_until is not None and self.lease_until > now:
            raise SweepRunning("a sweep of the project is running", project_id=self.project_id)
        leased = replace(self, owner=owner, lease_until=now + LEASE)
        if self.owner == owner:
            return leased
        return replace(leased, after="", result=SweepResult(), running_steps=steps)

    def gone_on(
        self, owner: str, *, after: str, steps_made: int, result: SweepResult, now: datetime
    ) -> Sweep:
        """A page further, still leased."""
        self.check_owner(owner)
        return replace(
            self,
            after=after,
            result=result,
            running_steps=self.running_steps + steps_made,
            lease_until=now + LEASE,
        )

    def ended(self, *, night: str) -> Sweep:
        """All pages are done; the result is kept for repeats of the request."""
        kept = [*self.answered.items(), (self.owner, self.result)][-ANSWERED_MAX:]
        return replace(
            self,
            owner="",
            lease_until=None,
            after="",
            seen_steps=self.running_steps,
            answered=dict(kept),
            night=night or self.night,
            is_followed_up=False,
        )

    def followed_up(self, ended: Sweep) -> Sweep:
        """All is done that follows the sweep that had ended so; a later one has its own."""
        return replace(self, is_followed_up=self.seen_steps == ended.seen_steps)

    def check_owner(self, owner: str) -> None:
        """Errors: SweepRunning: another has taken it over."""
        if self.owner != owner:
            raise SweepRunning("another sweep goes on with it", project_id=self.project_id)


def night_at(now: datetime, *, hour_utc: int) -> str:
    """The night whose sweep may begin now, by its date; empty outside its hours."""
    begins = now.replace(hour=hour_utc, minute=0, second=0, microsecond=0)
    if begins > now:
        begins -= timedelta(days=1)
    return begins.date().isoformat() if now - begins < NIGHT else ""
