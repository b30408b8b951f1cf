"""Rankings of what a project compares: fitted now and then, moved on by what comes between."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.rankings import Fit, Rated, fit, ranking, updated
from services.quality.domain.records import ProjectRecord
from services.quality.domain.types import Kind
from services.quality.store.rankings import RankingStore

_NEW_MAX = 100
_NEW_SHARE_MAX = 0.05
_MOVED_ON_MAX = 2_000
"""Comparisons that one request adds by itself: more are fitted instead."""
_AGE_MAX = timedelta(hours=1)


class Rankings:
    """Ranks the items of pairwise projects."""

    def __init__(self, *, transactions: Transactions, rankings: RankingStore, clock: Clock) -> None:
        self._transactions = transactions
        self._rankings = rankings
        self._clock = clock

    async def of_project(self, project: ProjectRecord) -> tuple[list[Rated], datetime | None]:
        """Best first, and when the fit was made that it stands on."""
        if project.kind is not Kind.PAIRWISE:
            return [], None
        project_id, labels = project.project_id, project.labels
        with store_errors():
            known = await self._rankings.fit(project_id)
            if known is not None:
                share = int(known.comparisons * _NEW_SHARE_MAX)
                room = min(max(_NEW_MAX, share), _MOVED_ON_MAX)
                newer, answers = await self._rankings.since(
                    project_id, after_seq=known.seq, limit=room + 1, labels=labels
                )
                is_old = self._clock() - known.fitted_at >= _AGE_MAX
                if answers <= room and not (answers and is_old):
                    return ranking(updated(known.strengths, newer)), known.fitted_at
            known = await self._fit(project)
        if known is None:
            return [], None
        return ranking(known.strengths), known.fitted_at

    async def _fit(self, project: ProjectRecord) -> Fit | None:
        seq = await self._rankings.latest_seq(project.project_id)
        told = await self._rankings.summed(project.project_id, up_to_seq=seq, labels=project.labels)
        if not told:
            return None
        # A fit of many items takes a while: others get their turns meanwhile.
        strengths = await asyncio.to_thread(fit, told)
        found = Fit(strengths=strengths, seq=seq, fitted_at=self._clock())

        async def body(work: UnitOfWork) -> None:
            await self._rankings.put(project.project_id, found, session=work.session)

        await self._transactions.run(body)
        return found
