"""A client pays by card on the payment provider's own page, and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.gateway.callers import Caller
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PATH = "/client/money"
# The receipt of what was just paid is among the newest.
_RECEIPTS_READ = 20


class CheckoutPages:
    """One a payment: how to go on, and how far it is."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router("CLIENT", prefix=_PATH)
        router.add_api_route("/payments/{payment_id}", self.payment, methods=["GET"])
        router.add_api_route("/payments/{payment_id}/live", self.live, methods=["GET"])
        router.add_api_route("/returned", self.returned, methods=["GET"])
        return router

    async def payment(self, request: Request, payment_id: str) -> Response:
        """How far it is, and where to pay it."""
        return await self._page(request, payment_id, came_back="")

    async def returned(self, request: Request, payment_id: str = "", left: str = "") -> Response:
        """The provider's page led here, paid or not: which of it is so, the provider tells us."""
        return await self._page(request, payment_id, came_back="left" if left else "done")

    async def live(self, request: Request, payment_id: str, came_back: str = "") -> Response:
        """The same, as it changes."""

        async def read(caller: Caller) -> Mapping[str, str]:
            shown = await self._read(caller, payment_id)
            return {
                "payment": self._site.pages.fragment(
                    request, "client/parts/payment.html", came_back=came_back, **shown
                )
            }

        return await self._site.live.answer(request, read)

    async def _page(self, request: Request, payment_id: str, *, came_back: str) -> Response:
        shown = await self._read(visit_of(request).signed_in, payment_id)
        return self._site.pages.render(
            request,
            "client/payment.html",
            status=HTTPStatus.OK,
            came_back=came_back,
            **shown,
        )

    async def _read(self, caller: Caller, payment_id: str) -> dict[str, Any]:
        peers = self._site.peers
        found, receipts = await asyncio.gather(
            peers.call(
                peers.payouts.GetPayment,
                payouts_pb2.GetPaymentRequest(payment_id=payment_id),
                caller=caller,
            ),
            peers.call(
                peers.payouts.ListReceipts,
                payouts_pb2.ListReceiptsRequest(page_size=_RECEIPTS_READ),
                caller=caller,
            ),
        )
        return {
            "payment": found.payment,
            "publishable_key": found.publishable_key,
            "receipt": next(
                (one for one in receipts.receipts if one.source_id == payment_id), None
            ),
        }
