"""What contractors may take, and what a vendor's have done."""

from __future__ import annotations

import time
from typing import TypeVar

from services.broker.domain.contractors import obstacles
from services.broker.domain.errors import ContractorNotFound
from services.broker.domain.offers import Offer, Pace, pace_of
from services.broker.domain.projects import Project
from services.broker.store.activity import Activity, ActivityReads
from services.broker.store.projects import ProjectStore
from services.broker.usecases.directory import Directory
from services.chassis.authentication import Principal
from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors

V = TypeVar("V")

_PACE_SECONDS = 30.0
_PACE_TASKS = 100
_OPEN_SECONDS = 2.0
_OPEN_TASKS_MAX = 10_000
_TOUCHED_MAX = 2_000
_REMEMBERED_MAX = 2_000


class Offers:
    """Reads for people; figures about a project are remembered for a moment."""

    def __init__(
        self, *, directory: Directory, projects: ProjectStore, activity: ActivityReads
    ) -> None:
        self._directory = directory
        self._projects = projects
        self._activity = activity
        self._paces: dict[str, tuple[float, Pace]] = {}
        self._pools: dict[str, tuple[float, int]] = {}

    async def of_contractor(self, principal: Principal, *, after: str, limit: int) -> list[Offer]:
        """Live projects with tasks that the caller may do and has not done, by project_id.

        Errors: ContractorNotFound, ContractorNotActive.
        """
        contractor_id = principal.subject_id
        known = (await self._directory.contractors([contractor_id]))[contractor_id]
        if isinstance(known, DomainError):
            raise known
        if known.organisation_id != principal.organisation_id:
            raise ContractorNotFound(
                "the contractor is not known here", contractor_id=contractor_id
            )
        known.check_active()
        live = sorted(await self._directory.live(), key=lambda project: project.project_id)
        offers: list[Offer] = []
        with store_errors():
            touched = await self._activity.touched(contractor_id, limit=_TOUCHED_MAX)
            for project in live:
                if len(offers) == limit:
                    break
                if project.project_id <= after or obstacles(known, project):
                    continue
                tasks_open = await self._open(project, contractor_id)
                tasks_open -= touched.get(project.project_id, 0)
                if tasks_open > 0:
                    pace = await self._pace(project.project_id)
                    offers.append(Offer(project=project, pace=pace, tasks_open=tasks_open))
        return offers

    async def pool_activity(
        self, principal: Principal, *, after: str, limit: int
    ) -> list[Activity]:
        """What the contractors of the caller's organisation have done for it, by their ids."""
        organisation_id = principal.organisation_id
        with store_errors():
            ids = await self._activity.contractors_of(organisation_id, after=after, limit=limit)
            return await self._activity.of_contractors(ids, organisation_id=organisation_id)

    async def _open(self, project: Project, contractor_id: str) -> int:
        key, now = project.project_id, time.monotonic()
        known = self._pools.get(key)
        if known is None or now - known[0] > _OPEN_SECONDS:
            count = await self._activity.open_pool_tasks(key, limit=_OPEN_TASKS_MAX)
            known = (now, count)
            _remember(self._pools, key, known)
        named = 0
        if project.has_named_tasks:
            named = await self._activity.open_named_tasks(key, contractor_id, limit=_OPEN_TASKS_MAX)
        return known[1] + named

    async def _pace(self, project_id: str) -> Pace:
        now = time.monotonic()
        known = self._paces.get(project_id)
        if known is None or now - known[0] > _PACE_SECONDS:
            times = await self._activity.times_seconds(project_id, tasks=_PACE_TASKS)
            tallies = await self._projects.tallies(project_id)
            pace = pace_of(times, accepted=tallies["accepted"], rejected=tallies["rejected"])
            known = (now, pace)
            _remember(self._paces, project_id, known)
        return known[1]


def _remember(kept: dict[str, tuple[float, V]], key: str, value: tuple[float, V]) -> None:
    if len(kept) >= _REMEMBERED_MAX:
        kept.clear()
    kept[key] = value
