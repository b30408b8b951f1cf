"""A project's tasks: what is there, more from a file, or photos that become tasks; results out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from services.chassis.errors import DomainError
from services.gateway.exports.downloads import Downloads
from services.gateway.exports.formats import FORMATS
from services.gateway.media.routes import MediaRoutes
from services.gateway.uploads.routes import Uploads
from services.gateway.web.client.task_data import first_words
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_ENDED = (broker_types.PROJECT_STATE_COMPLETED, broker_types.PROJECT_STATE_CANCELLED)
_MEDIA_SHOWN_AS = ("Image", "Audio", "AudioPlus", "Video", "HyperText")


class TaskPages:
    """Of one project; operators look, clients also send."""

    def __init__(
        self,
        site: Site,
        *,
        role: str,
        prefix: str,
        uploads: Uploads,
        downloads: Downloads,
        media: MediaRoutes,
    ) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix
        self._uploads = uploads
        self._downloads = downloads
        self._media = media

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix + "/{project_id}")
        router.add_api_route("/tasks", self.show_all, methods=["GET"])
        router.add_api_route("/export/{name}", self.export, methods=["GET"])
        if self._role == "CLIENT":
            router.add_api_route("/tasks/upload", self.upload, methods=["POST"])
            router.add_api_route("/media", self.add_media, methods=["POST"])
        return router

    async def show_all(self, request: Request, project_id: str, page: str = "") -> Response:
        """In the order in which they were posted."""
        broker = self._site.peers.broker
        found, tasks = await asyncio.gather(
            self._site.ask(
                request, broker.GetProject, broker_pb2.GetProjectRequest(project_id=project_id)
            ),
            self._site.ask(
                request,
                broker.ListTasks,
                broker_pb2.ListTasksRequest(
                    project_id=project_id, page_size=PAGE_SIZE, page_token=page
                ),
            ),
        )
        project = found.project
        has_ended = project.state in _ENDED
        is_client = self._role == "CLIENT"
        fields = await self._fields(request, project) if is_client and not has_ended else []
        return self._site.pages.render(
            request,
            "client/tasks.html",
            project=project,
            prefix=self._prefix,
            base=f"{self._prefix}/{project_id}",
            is_client=is_client,
            has_ended=has_ended,
            available=[],
            tasks=[(task, first_words(task.data_json)) for task in tasks.tasks],
            next_page=tasks.next_page_token,
            is_first=not page,
            fields=fields,
            media_field=next((f.name for f in fields if f.shown_as in _MEDIA_SHOWN_AS), ""),
            tab="tasks",
        )

    async def upload(self, request: Request, project_id: str) -> Response:
        """A file of tasks as the body; lines of progress, and at last what became of the rows."""
        caller = visit_of(request).signed_in
        return await self._uploads.tasks(request, caller, project_id=project_id)

    async def add_media(self, request: Request, filename: str = "") -> Response:
        """One photo or recording as the body; its name for tasks is in the answer."""
        return await self._media.upload(request, visit_of(request).signed_in, filename=filename)

    async def export(self, request: Request, project_id: str, name: str) -> Response:
        """The results as a file."""
        if name not in FORMATS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        caller = visit_of(request).signed_in
        return await self._downloads.answer(caller, project_id, name=name)

    async def _fields(self, request: Request, project: Any) -> list[Any]:
        """What a task's data must have."""
        if not project.label_config:
            return []
        try:
            looked = await self._site.ask(
                request,
                self._site.peers.broker.CheckLabelConfig,
                broker_pb2.CheckLabelConfigRequest(label_config=project.label_config),
            )
        except DomainError:
            return []  # the page has other things to show; an upload says itself what is missing
        return list(looked.data_fields)
