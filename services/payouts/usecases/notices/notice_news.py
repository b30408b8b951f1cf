"""News of projects, results and statements, as notices to whom they concern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.mongo import store_errors
from services.payouts.domain.answers.parties import ProjectNotFound
from services.payouts.domain.notices.notices import Notice, NoticeType
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.usecases.notices.notices import Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNews:
    """Something happened in a project; `notice_id` is the same however often it is told."""

    notice_id: str
    type: NoticeType
    project_id: str
    at: datetime
    data: Mapping[str, object]


class NoticeNews:
    """Finds out whom to tell."""

    def __init__(self, *, notices: Notices, projections: ProjectionStore) -> None:
        self._notices = notices
        self._projections = projections

    async def of_projects(self, news: Sequence[ProjectNews]) -> None:
        """To the projects' clients; those that are known are told whatever is with the others.

        Errors: ProjectNotFound: news of a project has not arrived yet.
        """
        with store_errors():
            known = await self._projections.projects({one.project_id for one in news})
        await self._notices.tell(
            [
                Notice(
                    notice_id=one.notice_id,
                    organisation_id=known[one.project_id].client_id,
                    type=one.type,
                    at=one.at,
                    data={"project_id": one.project_id, **one.data},
                )
                for one in news
                if one.project_id in known
            ]
        )
        strange = [one.project_id for one in news if one.project_id not in known]
        if strange:
            raise ProjectNotFound("the project is not known here", project_id=strange[0])

    async def of_organisations(self, notices: Sequence[Notice]) -> None:
        """To those that the news names itself."""
        await self._notices.tell(notices)
