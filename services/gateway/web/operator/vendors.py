"""Vendors: who has applied, who may work, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types
from services.chassis.errors import DomainError, Kind
from services.gateway.web.scorecards import read_scorecards
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
_STATES: Mapping[str, int] = {
    "applied": vendors_types.VENDOR_STATE_APPLIED,
    "approved": vendors_types.VENDOR_STATE_APPROVED,
    "suspended": vendors_types.VENDOR_STATE_SUSPENDED,
    "rejected": vendors_types.VENDOR_STATE_REJECTED,
    "all": vendors_types.VENDOR_STATE_UNSPECIFIED,
}
_STEPS = {
    "approve": ("ApproveVendor", mark("The vendor is approved: its contractors may work.")),
    "reject": ("RejectVendor", mark("The application is rejected.")),
    "suspend": ("SuspendVendor", mark("The vendor is suspended: no new work.")),
    "reinstate": ("ReinstateVendor", mark("The vendor may work again.")),
}


class VendorPages:
    """The list and one vendor's page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("OPERATOR", prefix="/operator/vendors")
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/{vendor_id}", self.show, methods=["GET"])
        router.add_api_route("/{vendor_id}/{step}", self.step, methods=["POST"])
        return router

    async def show_all(self, request: Request, page: str = "", state: str = "") -> Response:
        """Those of one state; first of all those who wait for a decision."""
        chosen = state if state in _STATES else "applied"
        found = await self._site.ask(
            request,
            self._site.peers.vendors.ListVendors,
            vendors_pb2.ListVendorsRequest(
                page_size=PAGE_SIZE,
                page_token=page,
                state=_STATES[chosen],  # type: ignore[arg-type]
            ),
        )
        return self._site.pages.render(
            request,
            "operator/vendors.html",
            vendors=found.vendors,
            next_page=found.next_page_token,
            is_first=not page,
            chosen=chosen,
            states=tuple(_STATES),
        )

    async def show(self, request: Request, vendor_id: str) -> Response:
        """One vendor with its history, rates, payout account and scorecard."""
        peers = self._site.peers
        found, card, account, scorecards = await asyncio.gather(
            self._site.ask(
                request,
                peers.vendors.GetVendor,
                vendors_pb2.GetVendorRequest(vendor_id=vendor_id),
            ),
            self._or_none(
                request,
                peers.vendors.GetRateCard,
                vendors_pb2.GetRateCardRequest(vendor_id=vendor_id),
            ),
            self._or_none(
                request,
                peers.payouts.GetPayoutAccount,
                payouts_pb2.GetPayoutAccountRequest(payee_id=vendor_id),
            ),
            read_scorecards(self._site, request, vendor_id),
        )
        return self._site.pages.render(
            request,
            "operator/vendor.html",
            vendor=found.vendor,
            card=card.rate_card if card is not None else None,
            account=account.payout_account if account is not None else None,
            scorecards=scorecards,
        )

    async def step(self, request: Request, vendor_id: str, step: str) -> Response:
        """Approve, reject, suspend or reinstate, with the reason that the vendor reads."""
        visit = visit_of(request)
        if step not in _STEPS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        rpc, said = _STEPS[step]
        await self._site.ask(
            request,
            getattr(self._site.peers.vendors, rpc),
            getattr(vendors_pb2, f"{rpc}Request")(
                request_id=visit.form.request_id,
                vendor_id=vendor_id,
                reason=visit.form.text("reason"),
            ),
        )
        return self._site.pages.redirect(
            request, f"/operator/vendors/{vendor_id}", said=visit.language.gettext(said)
        )

    async def _or_none(self, request: Request, method: Any, message: Any) -> Any:
        try:
            return await self._site.ask(request, method, message)
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return None
            raise
