"""A client's projects, or for operators everybody's: the list, and one project's page and steps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import types_pb2 as broker_types
from crewline.common.v1 import types_pb2 as common_types
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.gateway.callers import Caller
from services.gateway.web.client.figures import (
    ProjectFigures,
    read_figures,
    read_pay,
    read_progress,
)
from services.gateway.web.formats import AmountMalformed, parse_amount
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

PAGE_SIZE = 20

_ENDED = (broker_types.PROJECT_STATE_COMPLETED, broker_types.PROJECT_STATE_CANCELLED)
_LIVE_PARTS = ("project-head", "project-figures", "project-cost", "project-skips")
_DONE = {
    "activate": mark("The project is live: contractors get its tasks now."),
    "pause": mark("The project is paused: nothing new is handed out."),
    "resume": mark("The project is live again."),
    "complete": mark("The project is completed. What was left of its money is yours again."),
    "cancel": mark("The project is cancelled. What was begun is still accepted and paid."),
}


class ProjectPages:
    """The same pages for clients and for operators, who see all projects and take fewer steps."""

    def __init__(self, site: Site, *, role: str, prefix: str) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix)
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/{project_id}", self.show, methods=["GET"])
        router.add_api_route("/{project_id}/live", self.live, methods=["GET"])
        router.add_api_route("/{project_id}/about", self.about, methods=["GET"])
        router.add_api_route("/{project_id}/pause", self.pause, methods=["POST"])
        router.add_api_route("/{project_id}/resume", self.resume, methods=["POST"])
        router.add_api_route("/{project_id}/cancel", self.cancel, methods=["POST"])
        if self._role == "CLIENT":
            router.add_api_route("/{project_id}/fund", self.fund, methods=["POST"])
            router.add_api_route("/{project_id}/activate", self.activate, methods=["POST"])
            router.add_api_route("/{project_id}/complete", self.complete, methods=["POST"])
        return router

    async def show_all(self, request: Request, page: str = "") -> Response:
        """Every project with its state and how far it is."""
        visit = visit_of(request)
        found = await self._site.ask(
            request,
            self._site.peers.broker.ListProjects,
            broker_pb2.ListProjectsRequest(page_size=PAGE_SIZE, page_token=page),
        )
        counts = await asyncio.gather(
            *(
                read_progress(self._site.peers, visit.signed_in, project.project_id)
                for project in found.projects
            )
        )
        return self._site.pages.render(
            request,
            "client/projects.html",
            rows=list(zip(found.projects, counts, strict=True)),
            next_page=found.next_page_token,
            is_first=not page,
            prefix=self._prefix,
        )

    async def show(self, request: Request, project_id: str) -> Response:
        """How far it is and what it costs, live."""
        visit = visit_of(request)
        figures, funds = await asyncio.gather(
            read_figures(self._site.peers, visit.signed_in, project_id),
            self._funds(visit.signed_in),
        )
        return self._site.pages.render(
            request, "client/project.html", **self._context(figures), available=funds, tab="show"
        )

    async def live(self, request: Request, project_id: str) -> Response:
        """The moving parts of `show`."""

        async def read(caller: Caller) -> Mapping[str, str]:
            figures, funds = await asyncio.gather(
                read_figures(self._site.peers, caller, project_id), self._funds(caller)
            )
            context = {**self._context(figures), "available": funds}
            return {
                **{
                    part: self._site.pages.fragment(request, f"client/parts/{part}.html", **context)
                    for part in _LIVE_PARTS
                },
                "chart-answers": orjson.dumps(figures.answers_chart).decode(),
                "chart-cost": orjson.dumps(figures.cost_chart).decode(),
            }

        return await self._site.live.answer(request, read)

    async def about(self, request: Request, project_id: str) -> Response:
        """What was asked for, and the project's history."""
        caller = visit_of(request).signed_in
        figures, pay = await asyncio.gather(
            read_figures(self._site.peers, caller, project_id),
            read_pay(self._site.peers, caller, project_id),
        )
        return self._site.pages.render(
            request,
            "client/about.html",
            **self._context(figures),
            available=[],
            fair_pay=pay,
            tab="about",
        )

    async def fund(self, request: Request, project_id: str) -> Response:
        """Holds money of the client for the project."""
        visit = visit_of(request)
        back = f"{self._prefix}/{project_id}"
        found = await self._site.ask(
            request,
            self._site.peers.broker.GetProject,
            broker_pb2.GetProjectRequest(project_id=project_id),
        )
        currency = found.project.pay.currency
        try:
            amount_minor = parse_amount(visit.form.text("amount"), currency)
        except AmountMalformed:
            said = visit.language.translate("That is not an amount. Write it as 12.50.")
            return self._site.pages.redirect(request, back, said=said, tone="bad")
        await self._site.ask(
            request,
            self._site.peers.payouts.FundProject,
            payouts_pb2.FundProjectRequest(
                request_id=visit.form.request_id,
                project_id=project_id,
                amount=common_types.Money(amount_minor=amount_minor, currency=currency),
            ),
        )
        said = visit.language.translate(
            "%(amount)s are held for the project.",
            amount=self._site.pages.formats(visit).money(amount_minor, currency),
        )
        return self._site.pages.redirect(request, back, said=said)

    async def activate(self, request: Request, project_id: str) -> Response:
        """FUNDED -> LIVE."""
        return await self._step(request, project_id, "activate")

    async def pause(self, request: Request, project_id: str) -> Response:
        """LIVE -> PAUSED."""
        return await self._step(request, project_id, "pause", reason=True)

    async def resume(self, request: Request, project_id: str) -> Response:
        """PAUSED -> LIVE."""
        return await self._step(request, project_id, "resume")

    async def complete(self, request: Request, project_id: str) -> Response:
        """LIVE or PAUSED -> COMPLETED."""
        return await self._step(request, project_id, "complete")

    async def cancel(self, request: Request, project_id: str) -> Response:
        """Any state before the end -> CANCELLED."""
        return await self._step(request, project_id, "cancel", reason=True)

    async def _step(
        self, request: Request, project_id: str, step: str, *, reason: bool = False
    ) -> Response:
        visit = visit_of(request)
        name = f"{step.capitalize()}Project"
        given: dict[str, Any] = {
            "request_id": visit.form.request_id,
            "project_id": project_id,
        }
        if reason:
            given["reason"] = visit.form.text("reason")
        await self._site.ask(
            request,
            getattr(self._site.peers.broker, name),
            getattr(broker_pb2, f"{name}Request")(**given),
        )
        return self._site.pages.redirect(
            request, f"{self._prefix}/{project_id}", said=visit.language.gettext(_DONE[step])
        )

    def _context(self, figures: ProjectFigures) -> dict[str, Any]:
        return {
            "project": figures.project,
            "figures": figures,
            "prefix": self._prefix,
            "base": f"{self._prefix}/{figures.project.project_id}",
            "is_client": self._role == "CLIENT",
            "has_ended": figures.project.state in _ENDED,
        }

    async def _funds(self, caller: Caller) -> Any:
        """What the client may spend, by currency; operators spend nothing."""
        if self._role != "CLIENT":
            return []
        answer = await self._site.peers.call(
            self._site.peers.payouts.GetFunds, payouts_pb2.GetFundsRequest(), caller=caller
        )
        return answer.available
