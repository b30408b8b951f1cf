"""Webhooks of an organisation: where it hears of what happens, and what became of every notice."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

_PAGE_SIZE = 50
# What each role has something to hear of; in English: the page translates it.
_TYPES = {
    "CLIENT": (
        ("funds.low", mark("A project's money is running out")),
        ("funds.exhausted", mark("A project can pay no further answer")),
        ("pay.below_floor", mark("A project pays less an hour than a floor")),
        ("project.state_changed", mark("A project is in another state")),
        ("results.ready", mark("New results are there")),
    ),
    "VENDOR": (("statement.changed", mark("A statement was made, or its payment moved on")),),
}


class WebhookPages:
    """One page, and what is done on it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CLIENT", "VENDOR", prefix="/hooks")
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.create, methods=["POST"])
        router.add_api_route("/{endpoint_id}/rotate", self.rotate, methods=["POST"])
        router.add_api_route("/{endpoint_id}/delete", self.delete, methods=["POST"])
        router.add_api_route("/deliveries/{delivery_id}/again", self.again, methods=["POST"])
        return router

    async def show(self, request: Request, page: str = "") -> Response:
        """Every endpoint, without its secret, and what was sent."""
        return await self._page(request, page=page)

    async def create(self, request: Request) -> Response:
        """An endpoint; its secret is on the page that answers, and nowhere else."""
        visit = visit_of(request)
        form = visit.form
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.CreateWebhookEndpoint,
                payouts_pb2.CreateWebhookEndpointRequest(
                    request_id=form.request_id,
                    url=form.text("url"),
                    types=form.all("types"),
                    description=form.text("description"),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._page(request)
        return await self._page(request, made=answer.webhook_endpoint, secret=answer.secret)

    async def rotate(self, request: Request, endpoint_id: str) -> Response:
        """A new secret, while the old one signs beside it for a day."""
        answer = await self._site.ask(
            request,
            self._site.peers.payouts.RotateWebhookSecret,
            payouts_pb2.RotateWebhookSecretRequest(
                request_id=visit_of(request).form.request_id, webhook_endpoint_id=endpoint_id
            ),
        )
        return await self._page(request, made=answer.webhook_endpoint, secret=answer.secret)

    async def delete(self, request: Request, endpoint_id: str) -> Response:
        """Nothing is sent there any more."""
        visit = visit_of(request)
        await self._site.ask(
            request,
            self._site.peers.payouts.DeleteWebhookEndpoint,
            payouts_pb2.DeleteWebhookEndpointRequest(
                request_id=visit.form.request_id, webhook_endpoint_id=endpoint_id
            ),
        )
        said = visit.language.translate("Nothing is sent there any more.")
        return self._site.pages.redirect(request, "/hooks", said=said)

    async def again(self, request: Request, delivery_id: str) -> Response:
        """Sends a notice once more."""
        visit = visit_of(request)
        await self._site.ask(
            request,
            self._site.peers.payouts.RedeliverWebhook,
            payouts_pb2.RedeliverWebhookRequest(
                request_id=visit.form.request_id, webhook_delivery_id=delivery_id
            ),
        )
        said = visit.language.translate("It is on its way again.")
        return self._site.pages.redirect(request, "/hooks", said=said)

    async def _page(
        self, request: Request, *, page: str = "", made: Any = None, secret: str = ""
    ) -> Response:
        payouts = self._site.peers.payouts
        endpoints, deliveries = await asyncio.gather(
            self._site.ask(
                request, payouts.ListWebhookEndpoints, payouts_pb2.ListWebhookEndpointsRequest()
            ),
            self._site.ask(
                request,
                payouts.ListWebhookDeliveries,
                payouts_pb2.ListWebhookDeliveriesRequest(page_size=_PAGE_SIZE, page_token=page),
            ),
        )
        roles = visit_of(request).signed_in.roles
        types = next((found for role, found in _TYPES.items() if role in roles), ())
        return self._site.pages.render(
            request,
            "organisation/webhooks.html",
            endpoints=endpoints.webhook_endpoints,
            deliveries=deliveries.webhook_deliveries,
            next_page=deliveries.next_page_token,
            is_first=not page,
            urls={one.webhook_endpoint_id: one.url for one in endpoints.webhook_endpoints},
            types=types,
            made=made,
            secret=secret,
        )
