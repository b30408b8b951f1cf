"""What waits for an operator: appeals that no second opinion settled, and held rejections."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.quality.v1 import types_pb2 as quality_types
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_APPEAL_STATES: Mapping[str, int] = {
    "open": quality_types.APPEAL_STATE_OPEN,
    "upheld": quality_types.APPEAL_STATE_UPHELD,
    "dismissed": quality_types.APPEAL_STATE_DISMISSED,
    "all": quality_types.APPEAL_STATE_UNSPECIFIED,
}
_APPEAL_STEPS = {
    "uphold": (
        quality_types.APPEAL_STATE_UPHELD,
        mark("The appeal is upheld: the answer is paid."),
    ),
    "dismiss": (quality_types.APPEAL_STATE_DISMISSED, mark("The rejection stands.")),
}
_BREAKER_STATES: Mapping[str, int] = {
    "tripped": quality_types.BREAKER_STATE_TRIPPED,
    "all": quality_types.BREAKER_STATE_UNSPECIFIED,
}
_BREAKER_STEPS = {
    "release": (quality_types.BREAKER_STATE_RELEASED, mark("The rejections go through.")),
    "overrule": (
        quality_types.BREAKER_STATE_OVERRULED,
        mark("The answers are accepted instead, and paid."),
    ),
}


class FairnessPages:
    """Appeals and breakers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator")
        router.add_api_route("/appeals", self.appeals, methods=["GET"])
        router.add_api_route("/appeals/{appeal_id}/{step}", self.decide, methods=["POST"])
        router.add_api_route("/breakers", self.breakers, methods=["GET"])
        router.add_api_route("/breakers/{breaker_id}/{step}", self.close, methods=["POST"])
        return router

    async def appeals(self, request: Request, page: str = "", state: str = "") -> Response:
        """Those of one state; first of all those that are open."""
        chosen = state if state in _APPEAL_STATES else "open"
        found = await self._site.ask(
            request,
            self._site.peers.quality.ListAppeals,
            quality_pb2.ListAppealsRequest(
                page_size=PAGE_SIZE,
                page_token=page,
                state=_APPEAL_STATES[chosen],  # type: ignore[arg-type]
            ),
        )
        return self._site.pages.render(
            request,
            "operator/appeals.html",
            appeals=found.appeals,
            next_page=found.next_page_token,
            is_first=not page,
            chosen=chosen,
            states=tuple(_APPEAL_STATES),
        )

    async def decide(self, request: Request, appeal_id: str, step: str) -> Response:
        """For the contractor or against, with the reason that they read."""
        visit = visit_of(request)
        state, said = _step(_APPEAL_STEPS, step)
        answer = await self._site.ask(
            request,
            self._site.peers.quality.DecideAppeals,
            quality_pb2.DecideAppealsRequest(
                decisions=[
                    quality_pb2.AppealDecision(
                        appeal_id=appeal_id, state=state, note=visit.form.text("reason")
                    )
                ]
            ),
        )
        [result] = answer.results
        if result.HasField("error"):
            return self._site.pages.redirect(
                request, "/operator/appeals", said=result.error.message, tone="bad"
            )
        return self._site.pages.redirect(
            request, "/operator/appeals", said=visit.language.gettext(said)
        )

    async def breakers(self, request: Request, page: str = "", state: str = "") -> Response:
        """Projects whose rejections are held; or were."""
        chosen = state if state in _BREAKER_STATES else "tripped"
        found = await self._site.ask(
            request,
            self._site.peers.quality.ListBreakers,
            quality_pb2.ListBreakersRequest(
                page_size=PAGE_SIZE,
                page_token=page,
                state=_BREAKER_STATES[chosen],  # type: ignore[arg-type]
            ),
        )
        return self._site.pages.render(
            request,
            "operator/breakers.html",
            breakers=found.breakers,
            next_page=found.next_page_token,
            is_first=not page,
            chosen=chosen,
            states=tuple(_BREAKER_STATES),
        )

    async def close(self, request: Request, breaker_id: str, step: str) -> Response:
        """Lets the rejections through, or accepts the answers instead."""
        visit = visit_of(request)
        state, said = _step(_BREAKER_STEPS, step)
        await self._site.ask(
            request,
            self._site.peers.quality.CloseBreaker,
            quality_pb2.CloseBreakerRequest(
                breaker_id=breaker_id, state=state, note=visit.form.text("reason")
            ),
        )
        return self._site.pages.redirect(
            request, "/operator/breakers", said=visit.language.gettext(said)
        )


def _step(steps: Mapping[str, tuple[Any, str]], step: str) -> tuple[Any, str]:
    if step not in steps:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return steps[step]
