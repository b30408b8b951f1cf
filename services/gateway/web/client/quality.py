"""How good a project's answers are: its report with plots, and what looks wrong, for operators."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.quality.v1 import service_pb2 as quality_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.client.project_context import project_context
from services.gateway.web.client.report_figures import QualityReport
from services.gateway.web.numbers_typed import typed_number
from services.gateway.web.pages import own_headers
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

SIGNALS_SHOWN = 50
_HOURS_MAX = 720


class QualityPages:
    """Of one project; clients and operators have the same, operators the signals besides."""

    def __init__(self, site: Site, *, role: str, prefix: str) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix + "/{project_id}/quality")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/report.json", self.download, methods=["GET"])
        if self._role == "OPERATOR":
            router.add_api_route("/limits", self.limit, methods=["POST"])
        return router

    async def show(self, request: Request, project_id: str) -> Response:
        """The report, made anew where the last is older than a minute."""
        context, answer, signals = await asyncio.gather(
            project_context(self._site, request, project_id, role=self._role, prefix=self._prefix),
            self._report(request, project_id),
            self._signals(request, project_id),
        )
        return self._site.pages.render(
            request,
            "client/quality.html",
            **context,
            report=(
                QualityReport(report=orjson.loads(answer.report_json))
                if answer is not None
                else None
            ),
            made_at=answer.create_time if answer is not None else None,
            signals=signals,
            tab="quality",
        )

    async def download(self, request: Request, project_id: str) -> Response:
        """The report as JSON, for programs."""
        answer = await self._report(request, project_id)
        if answer is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(
            answer.report_json,
            media_type="application/json",
            headers=own_headers({"Content-Disposition": 'attachment; filename="quality.json"'}),
        )

    async def limit(self, request: Request, project_id: str) -> Response:
        """One contractor, for a while, with the reason that they read."""
        visit = visit_of(request)
        form = visit.form
        back = f"{self._prefix}/{project_id}/quality"
        hours = {
            name: round(typed_number(form, name, visit.language, most=_HOURS_MAX))
            for name in ("pause_hours", "review_hours", "restrict_hours")
            if form.text(name)
        }
        if not form.is_good:
            return self._site.pages.redirect(
                request, back, said=next(iter(form.errors.values())), tone="bad"
            )
        await self._site.ask(
            request,
            self._site.peers.quality.LimitContractor,
            quality_pb2.LimitContractorRequest(
                project_id=project_id,
                contractor_id=form.text("contractor_id"),
                explanation=form.text("reason"),
                **hours,
            ),
        )
        said = (
            visit.language.translate("The contractor is limited, and reads why.")
            if any(hours.values())
            else visit.language.translate("Nothing limits the contractor here any more.")
        )
        return self._site.pages.redirect(request, back, said=said)

    async def _report(self, request: Request, project_id: str) -> Any:
        try:
            return await self._site.ask(
                request,
                self._site.peers.quality.GetQualityReport,
                quality_pb2.GetQualityReportRequest(project_id=project_id),
            )
        except DomainError as err:
            # News of a new project may still be on its way to quality.
            if err.kind is Kind.NOT_FOUND:
                return None
            raise

    async def _signals(self, request: Request, project_id: str) -> list[Any]:
        if self._role != "OPERATOR":
            return []
        try:
            found = await self._site.ask(
                request,
                self._site.peers.quality.ListSignals,
                quality_pb2.ListSignalsRequest(project_id=project_id, page_size=SIGNALS_SHOWN),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return []
            raise
        return list(found.signals)
