"""What claims and submits must know of projects and contractors, remembered for a moment."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Generic, TypeVar

from services.broker.domain.contractors import Contractor
from services.broker.domain.errors import ContractorNotFound, ProjectNotFound
from services.broker.domain.limits import Limits, limits_key
from services.broker.domain.projects import Project
from services.broker.store.contractors import ContractorStore
from services.broker.store.projects import ProjectStore
from services.chassis.mongo import store_errors

V = TypeVar("V")

# How long a change made by another replica, or heard by it from the bus, may go unseen here.
FRESH_SECONDS = 1.0
_ENTRIES_MAX = 100_000


class _Remembered(Generic[V]):
    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[str, tuple[float, V]] = {}

    def get(self, key: str) -> V | None:
        entry = self._entries.get(key)
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1]

    def put(self, key: str, value: V) -> None:
        if len(self._entries) >= _ENTRIES_MAX:
            self._entries.clear()
        self._entries[key] = (time.monotonic() + self._seconds, value)

    def forget(self, key: str) -> None:
        self._entries.pop(key, None)


class Directory:
    """Projects and contractors, at most a second old, read in batches."""

    def __init__(self, *, projects: ProjectStore, contractors: ContractorStore) -> None:
        self._project_store = projects
        self._contractor_store = contractors
        self._projects = _Remembered[Project](seconds=FRESH_SECONDS)
        self._contractors = _Remembered[Contractor](seconds=FRESH_SECONDS)
        # In a tuple: that there are none is remembered too.
        self._limits = _Remembered[tuple[Limits | None]](seconds=FRESH_SECONDS)
        self._live: list[Project] = []
        self._live_until = 0.0

    async def project(self, project_id: str) -> Project:
        """Errors: ProjectNotFound, StoreUnavailable."""
        found = (await self.projects([project_id])).get(project_id)
        if found is None:
            raise ProjectNotFound("no such project", project_id=project_id)
        return found

    async def projects(self, project_ids: Iterable[str]) -> dict[str, Project]:
        """Those that are there."""
        found: dict[str, Project] = {}
        missing: list[str] = []
        for project_id in set(project_ids):
            known = self._projects.get(project_id)
            if known is None:
                missing.append(project_id)
            else:
                found[project_id] = known
        if missing:
            with store_errors():
                read = await self._project_store.get_many(missing)
            for project_id, project in read.items():
                self._projects.put(project_id, project)
            found |= read
        return found

    async def live(self) -> list[Project]:
        """Projects whose work is handed out."""
        if time.monotonic() > self._live_until:
            with store_errors():
                self._live = await self._project_store.live()
            self._live_until = time.monotonic() + FRESH_SECONDS
            for project in self._live:
                self._projects.put(project.project_id, project)
        return self._live

    async def contractors(
        self, contractor_ids: Iterable[str]
    ) -> dict[str, Contractor | ContractorNotFound]:
        """Each one, or that they are not known (yet)."""
        found: dict[str, Contractor | ContractorNotFound] = {}
        missing: list[str] = []
        for contractor_id in set(contractor_ids):
            known = self._contractors.get(contractor_id)
            if known is None:
                missing.append(contractor_id)
            else:
                found[contractor_id] = known
        if missing:
            with store_errors():
                read = await self._contractor_store.get_many(missing)
            for contractor_id in missing:
                contractor = read.get(contractor_id)
                if contractor is None:
                    found[contractor_id] = ContractorNotFound(
                        "the contractor is not known here", contractor_id=contractor_id
                    )
                else:
                    self._contractors.put(contractor_id, contractor)
                    found[contractor_id] = contractor
        return found

    async def limits(self, wanted: Iterable[tuple[Project, str]]) -> dict[tuple[str, str], Limits]:
        """Of contractors in projects, by project_id and contractor_id: those that there are.

        Nothing is read for projects that limit nobody.
        """
        found: dict[tuple[str, str], Limits] = {}
        missing: dict[str, tuple[str, str]] = {}
        for project, contractor_id in wanted:
            if not project.has_limits:
                continue
            key = limits_key(project.project_id, contractor_id)
            known = self._limits.get(key)
            if known is None:
                missing[key] = (project.project_id, contractor_id)
            elif known[0] is not None:
                found[project.project_id, contractor_id] = known[0]
        if missing:
            with store_errors():
                read = await self._contractor_store.limits(missing)
            for key, pair in missing.items():
                limits = read.get(key)
                self._limits.put(key, (limits,))
                if limits is not None:
                    found[pair] = limits
        return found

    def changed_limits(self, project_id: str, contractor_id: str) -> None:
        """News of a contractor's limits arrived here."""
        self._limits.forget(limits_key(project_id, contractor_id))

    def changed_project(self, project: Project) -> None:
        """A project changed here: seen at once."""
        self._projects.put(project.project_id, project)
        self._live_until = 0.0

    def forget_project(self, project_id: str) -> None:
        """A project changed here: read anew when it is next asked for."""
        self._projects.forget(project_id)
        self._live_until = 0.0

    def changed_contractor(self, contractor_id: str) -> None:
        """News of a contractor arrived here."""
        self._contractors.forget(contractor_id)
