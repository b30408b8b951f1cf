"""Signals: what looks wrong about a project's contractors, found with every sweep.

They are evidence for a person. Who gives the same wrong answers as others is marked besides: beside
a very unlikely label that is evidence for a refusal, which can be appealed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.clock import Clock
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.accuracy import accuracy_of
from services.quality.domain.collusion import Judged, same_wrong_answers
from services.quality.domain.decisions import Evidence
from services.quality.domain.records import ProjectRecord
from services.quality.domain.signals import Signal, spammers, too_fast
from services.quality.domain.statistics import ContractorStatistics, statistics_of
from services.quality.domain.types import Kind, Skill
from services.quality.store.answers import AnswerStore
from services.quality.store.conduct import ConductStore
from services.quality.store.signals import SignalStore
from services.quality.store.skills import SkillStore

_CONTRACTORS_MAX = 10_000
_TASKS_MAX = 20_000
_TASKS_EACH_PAGE = 1_000
_COMPARED = frozenset({Kind.CHOICE, Kind.ORDINAL})
"""Kinds of which the same wrong answer can be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    people: Sequence[ContractorStatistics]
    pool: Skill
    tasks: Sequence[Judged]


class Signals:
    """Finds signals and lists them."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        signals: SignalStore,
        answers: AnswerStore,
        skills: SkillStore,
        conduct: ConductStore,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._signals = signals
        self._answers = answers
        self._skills = skills
        self._conduct = conduct
        self._clock = clock

    async def look(self, project: ProjectRecord) -> list[Signal]:
        """What looks wrong now; a finding that comes again stays the one it was."""
        with store_errors():
            seen = await self._see(project)
            marked = await self._skills.marked_colluders(project.project_id)
        now = self._clock()
        # Comparing everybody with everybody takes a while: others get their turns meanwhile.
        together = await asyncio.to_thread(
            same_wrong_answers, project.project_id, seen.tasks, now=now
        )
        found = [*_of_single_people(seen, now), *together]
        colluders: dict[str, Evidence] = {who: {} for who in marked}
        for signal in together:
            colluders.update({who: dict(signal.evidence) for who in signal.contractor_ids})

        async def body(work: UnitOfWork) -> None:
            await self._signals.put(found, session=work.session)
            await self._skills.mark_colluders(project.project_id, colluders, session=work.session)

        await self._transactions.run(body)
        return found

    async def page(
        self, project: ProjectRecord, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Signal]:
        """Newest first."""
        with store_errors():
            return await self._signals.page(project.project_id, before=before, limit=limit)

    async def _see(self, project: ProjectRecord) -> _Seen:
        project_id = project.project_id
        conduct = await self._conduct.of_project(project_id, limit=_CONTRACTORS_MAX)
        pool = await self._skills.pool(project_id)
        skills = await self._skills.load(
            project_id, [one.contractor_id for one in conduct], pool=pool
        )
        return _Seen(
            people=[statistics_of(skills.skill(one.contractor_id), one) for one in conduct],
            pool=Skill(contractor_id="", counters=pool.counters),
            tasks=await self._tasks(project) if project.kind in _COMPARED else (),
        )

    async def _tasks(self, project: ProjectRecord) -> list[Judged]:
        """So many of them, by id, which tells nothing of what they are."""
        found: list[Judged] = []
        after = ""
        while len(found) < _TASKS_MAX:
            page = await self._answers.standing_page(
                project.project_id, after=after, limit=_TASKS_EACH_PAGE
            )
            answers = await self._answers.of_tasks([standing.task_id for standing in page])
            found += [
                Judged(
                    task_id=standing.task_id,
                    truth=standing.label,
                    given={
                        kept.answer.contractor_id: kept.answer.label
                        for kept in answers.get(standing.task_id, ())
                        if not kept.aside
                    },
                )
                for standing in page
                if standing.resolved_at is not None
            ]
            if len(page) < _TASKS_EACH_PAGE:
                break
            after = page[-1].task_id
        return found


def _of_single_people(seen: _Seen, now: datetime) -> list[Signal]:
    pool = accuracy_of(seen.pool).consensus
    found = too_fast(seen.people, now=now)
    return found if pool is None else [*found, *spammers(seen.people, pool=pool, now=now)]
