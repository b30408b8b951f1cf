"""What contractors may take, and what a vendor's have done."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from services.broker.domain.contractors import obstacles
from services.broker.domain.errors import ContractorNotFound
from services.broker.domain.offers import Offer, Pace, pace_of
from services.broker.store.activity import Activity, ActivityReads
from services.broker.store.assignments import AssignmentStore
from services.broker.store.projects import ProjectStore
from services.broker.usecases.candidates import Candidates
from services.broker.usecases.directory import Directory
from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.mongo import store_errors

_PACE_SECONDS = 30.0
_PACE_TASKS = 100
# More than a person can take at once: what lies beyond is not counted.
_TASKS_COUNTED_MAX = 500
_PROJECTS_PER_PAGE_MAX = 200
_REMEMBERED_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """Offers by project_id; `more_after` is where the next page begins, "" where this is all."""

    offers: list[Offer]
    more_after: str


class Offers:
    """Reads for people; figures about a project are remembered for a moment."""

    def __init__(
        self,
        *,
        directory: Directory,
        candidates: Candidates,
        projects: ProjectStore,
        assignments: AssignmentStore,
        activity: ActivityReads,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._candidates = candidates
        self._projects = projects
        self._assignments = assignments
        self._activity = activity
        self._clock = clock
        self._paces: dict[str, tuple[float, Pace]] = {}

    async def of_contractor(self, principal: Principal, *, after: str, limit: int) -> OfferPage:
        """Live projects with tasks that a claim of the caller would find, by project_id.

        Up to `limit`; fewer, and more to come, where many projects have nothing left.

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
        ahead = [p for p in live if p.project_id > after and not obstacles(known, p)]
        limits = await self._directory.limits((project, contractor_id) for project in ahead)
        now = self._clock()
        held = await self._held(contractor_id) if limits else Counter()
        ahead = [
            project
            for project in ahead
            if (own := limits.get((project.project_id, contractor_id))) is None
            or not (own.is_paused(now) or own.room(held[project.project_id], now) == 0)
        ]
        offers: list[Offer] = []
        for position, project in enumerate(ahead):
            if len(offers) == limit or position == _PROJECTS_PER_PAGE_MAX:
                return OfferPage(offers=offers, more_after=ahead[position - 1].project_id)
            tasks_open = await self._candidates.waiting(
                project, contractor_id, count_max=_TASKS_COUNTED_MAX
            )
            if tasks_open:
                pace = await self._pace(project.project_id)
                offers.append(
                    Offer(
                        project=project,
                        pace=pace,
                        tasks_open=tasks_open,
                        commission_bps=known.commission_for(project.kind),
                    )
                )
        return OfferPage(offers=offers, more_after="")

    async def _held(self, contractor_id: str) -> Counter[str]:
        """Tasks that the contractor holds, by project."""
        with store_errors():
            running = await self._assignments.running([contractor_id])
        return Counter(a.project_id for a in running.get(contractor_id, ()))

    async def pool_activity(
        self, principal: Principal, *, after: str, limit: int
    ) -> list[Activity]:
        """What the contractors of the caller's organisation have done for it, by their ids."""
        organisation_id = principal.organisation_id
        with store_errors():
            ids = await self._activity.contractors_of(organisation_id, after=after, limit=limit)
            return await self._activity.of_contractors(ids, organisation_id=organisation_id)

    async def _pace(self, project_id: str) -> Pace:
        now = time.monotonic()
        known = self._paces.get(project_id)
        if known is None or now - known[0] > _PACE_SECONDS:
            with store_errors():
                times = await self._activity.times_seconds(project_id, tasks=_PACE_TASKS)
                tallies = await self._projects.tallies(project_id)
            pace = pace_of(times, accepted=tallies["accepted"], rejected=tallies["rejected"])
            known = (now, pace)
            if len(self._paces) >= _REMEMBERED_MAX:
                self._paces.clear()
            self._paces[project_id] = known
        return known[1]
