"""Limits are set: by uncertainty as answers are scored, by rules as they hit.

Every writer goes through here, within its own transaction: versions stay in order, and the broker
hears of each change once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.limits import Limits
from services.quality.store.limits import LimitsStore

AnnounceLimits = Callable[[UnitOfWork, Sequence[Limits], float], None]
"""With the project's largest share of control tasks."""

Change = Callable[[Limits], Limits]
"""From what holds to what shall hold: `dataclasses.replace` of what changes; versions are ours."""


class LimitSetting:
    """Changes limits and tells of it."""

    def __init__(self, *, limits: LimitsStore, announce: AnnounceLimits) -> None:
        self._limits = limits
        self._announce = announce

    async def change(
        self,
        work: UnitOfWork,
        changes: Sequence[tuple[Limits, Change]],
        *,
        gold_share_max: float,
    ) -> list[Limits]:
        """The limits after each change, in order; each contractor of a project at most once.

        The first of a pair says whose they are: `Limits` without a version will do.
        `gold_share_max` is that of the project's policy. What changes nothing is neither stored nor
        told.
        """
        known = await self._limits.get_many(
            [(one.project_id, one.contractor_id) for one, _ in changes], session=work.session
        )
        found = []
        changed = []
        for one, change in changes:
            before = known.get((one.project_id, one.contractor_id), one)
            after = change(before).after(before)
            found.append(after)
            if after is not before:
                changed.append(after)
        await self.put(work, changed, gold_share_max=gold_share_max)
        return found

    async def put(
        self, work: UnitOfWork, changed: Sequence[Limits], *, gold_share_max: float
    ) -> None:
        """Versions made from what this transaction has read: stores them and tells of them."""
        if not changed:
            return
        await self._limits.put(changed, session=work.session)
        self._announce(work, changed, gold_share_max)
