"""Appeals as each may see them: their own, their pool's, their projects', or all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.quality.domain.appeals import Appeal, AppealState
from services.quality.domain.records import ProjectRecord
from services.quality.store.appeals import AppealStore
from services.quality.store.projects import ProjectStore


class AppealNotFound(DomainError):
    """No such appeal, or none that the caller may see."""

    kind, reason = Kind.NOT_FOUND, "APPEAL_NOT_FOUND"


class AppealReading:
    """Reads appeals."""

    def __init__(self, *, appeals: AppealStore, projects: ProjectStore) -> None:
        self._appeals = appeals
        self._projects = projects

    async def get(self, principal: Principal, appeal_id: str) -> Appeal:
        """Errors: AppealNotFound."""
        with store_errors():
            known = (await self._appeals.get_many([appeal_id])).get(appeal_id)
        if known is None or not may_see(principal, known):
            raise AppealNotFound("no such appeal", appeal_id=appeal_id)
        return known

    async def page(
        self,
        principal: Principal,
        *,
        project_id: str,
        state: AppealState | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Appeal]:
        """Of those that the caller may see, newest first."""
        where = dict(_whose(principal))
        if project_id:
            where["project_id"] = project_id
        with store_errors():
            return await self._appeals.page(where, state=state, after=after, limit=limit)

    async def projects(self, appeals: Sequence[Appeal]) -> Mapping[str, ProjectRecord]:
        """The projects that they are of."""
        with store_errors():
            found = {
                project_id: await self._projects.get(project_id)
                for project_id in {appeal.project_id for appeal in appeals}
            }
        return {project_id: project for project_id, project in found.items() if project is not None}


def _whose(principal: Principal) -> Mapping[str, str]:
    """The appeals that a caller may see, as fields of them."""
    if "OPERATOR" in principal.roles:
        return {}
    if "CLIENT" in principal.roles:
        return {"client_id": principal.organisation_id}
    if "VENDOR" in principal.roles:
        return {"organisation_id": principal.organisation_id}
    return {"contractor_id": principal.subject_id}


def may_see(principal: Principal, appeal: Appeal) -> bool:
    return all(getattr(appeal, name) == value for name, value in _whose(principal).items())
