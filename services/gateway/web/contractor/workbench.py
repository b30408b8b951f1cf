"""The workbench's page: one project, the task in the editor, and what its scripts need to know."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.gateway.web.contractor.words import SCRIPT_WORDS, SKIP_REASONS
from services.gateway.web.policies import EDITOR
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of


class WorkbenchPage:
    """One page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its route."""
        router = self._site.router("CONTRACTOR")
        router.add_api_route("/work/{project_id}", self.show, methods=["GET"])
        return router

    async def show(self, request: Request, project_id: str) -> Response:
        """Nothing is claimed by it: the page's script does that once the instructions are read."""
        answer = await self._site.ask(
            request,
            self._site.peers.broker.GetProject,
            broker_pb2.GetProjectRequest(project_id=project_id),
        )
        project, visit = answer.project, visit_of(request)
        kind = common_pb2.WorkKind.Name(project.kind).removeprefix("WORK_KIND_")
        facts = {
            "person_id": visit.signed_in.subject_id,
            "project": {
                "project_id": project.project_id,
                "kind": kind,
                "labels": list(project.labels),
                "label_config": project.label_config,
                "instructions": project.instructions,
                "lease_seconds": project.lease_seconds,
            },
            "words": {key: visit.language.gettext(text) for key, text in SCRIPT_WORDS.items()},
        }
        return self._site.pages.render(
            request,
            "contractor/workbench.html",
            policy=EDITOR,
            project=project,
            facts=json.dumps(facts, ensure_ascii=False),
            skip_reasons=SKIP_REASONS,
        )
