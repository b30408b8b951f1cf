"""Corrections by two persons: what one operator proposes and another confirms or declines."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.payouts.v1 import adjustments_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.refusals import sentence
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_AT = "/operator/adjustments"
_STATES: Mapping[str, int] = {
    "proposed": payouts_pb2.ADJUSTMENT_STATE_PROPOSED,
    "confirmed": payouts_pb2.ADJUSTMENT_STATE_CONFIRMED,
    "declined": payouts_pb2.ADJUSTMENT_STATE_DECLINED,
    "expired": payouts_pb2.ADJUSTMENT_STATE_EXPIRED,
    "all": payouts_pb2.ADJUSTMENT_STATE_UNSPECIFIED,
}
_TOO_LITTLE = mark("One of the accounts does not have that much.")


class AdjustmentPages:
    """Open proposals, and what became of the others."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator")
        router.add_api_route("/adjustments", self.adjustments, methods=["GET"])
        router.add_api_route("/adjustments", self.reverse, methods=["POST"])
        router.add_api_route("/adjustments/{adjustment_id}/{step}", self.resolve, methods=["POST"])
        return router

    async def adjustments(self, request: Request, page: str = "", state: str = "") -> Response:
        """Those of one state; first of all those that wait."""
        return await self._page(request, page=page, state=state)

    async def reverse(self, request: Request) -> Response:
        """Proposes that an entry be reversed."""
        visit = visit_of(request)
        form = visit.form
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.ProposeAdjustment,
                payouts_pb2.ProposeAdjustmentRequest(
                    request_id=form.request_id,
                    reverses_entry_id=form.text("reverses_entry_id"),
                    reason=form.text("reason"),
                    document=form.text("document"),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("It is proposed; another operator confirms it.")
        return self._site.pages.redirect(request, _AT, said=said)

    async def resolve(self, request: Request, adjustment_id: str, step: str) -> Response:
        """Books a proposal, or declines it with a reason."""
        visit = visit_of(request)
        payouts = self._site.peers.payouts
        try:
            if step == "confirm":
                await self._site.ask(
                    request,
                    payouts.ConfirmAdjustment,
                    payouts_pb2.ConfirmAdjustmentRequest(
                        request_id=visit.form.request_id, adjustment_id=adjustment_id
                    ),
                )
                said = visit.language.translate("It is booked.")
            elif step == "decline":
                await self._site.ask(
                    request,
                    payouts.DeclineAdjustment,
                    payouts_pb2.DeclineAdjustmentRequest(
                        request_id=visit.form.request_id,
                        adjustment_id=adjustment_id,
                        reason=visit.form.text("reason"),
                    ),
                )
                said = visit.language.translate("It is declined; nothing was booked.")
            else:
                raise HTTPException(HTTPStatus.NOT_FOUND)
        except DomainError as err:
            if err.reason == "INSUFFICIENT_FUNDS":
                why = visit.language.translate(_TOO_LITTLE)
            else:
                why = sentence(err, visit.language)
            return self._site.pages.redirect(request, _AT, said=why, tone="bad")
        return self._site.pages.redirect(request, _AT, said=said)

    async def _page(
        self, request: Request, *, page: str = "", state: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        chosen = state if state in _STATES else "proposed"
        found: Any = await self._site.ask(
            request,
            self._site.peers.payouts.ListAdjustments,
            payouts_pb2.ListAdjustmentsRequest(
                page_size=PAGE_SIZE,
                page_token=page,
                state=_STATES[chosen],  # type: ignore[arg-type]
            ),
        )
        return self._site.pages.render(
            request,
            "operator/adjustments.html",
            status=status,
            adjustments=found.adjustments,
            next_page=found.next_page_token,
            is_first=not page,
            chosen=chosen,
            states=tuple(_STATES),
            own_id=visit_of(request).signed_in.subject_id,
        )
