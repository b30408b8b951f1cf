"""Stripe's notifications, handed to payouts as they came.

Stripe delivers again what was not answered with 2xx: an event counts as received once payouts has
committed it, and never before.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter, Request

from crewline.payouts.v1 import service_pb2
from services.chassis.errors import DomainError, Kind, Overloaded
from services.chassis.grpc_client import call
from services.chassis.logs import logger
from services.gateway.bodies import read_body

log = logger(__name__)

BYTES_MAX = 1024 * 1024
# Each holds a body in memory.
_IN_FLIGHT_MAX = 64


class SignatureMissing(DomainError):
    """The request does not prove that it comes from Stripe."""

    kind, reason = Kind.INVALID, "SIGNATURE_INVALID"


class StripeWebhooks:
    """The three endpoints; each has a signing secret of its own, which only payouts knows."""

    def __init__(self, *, payouts: Any, timeout_seconds: float) -> None:
        self._payouts = payouts
        self._timeout_seconds = timeout_seconds
        self._in_flight = 0

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter(prefix="/webhooks/stripe")

        @router.post("/platform")
        async def platform(request: Request) -> dict[str, bool]:
            return await self._receive(request, "platform")

        @router.post("/connect")
        async def connect(request: Request) -> dict[str, bool]:
            return await self._receive(request, "connect")

        @router.post("/v2")
        async def thin(request: Request) -> dict[str, bool]:
            return await self._receive(request, "v2")

        return router

    async def _receive(self, request: Request, endpoint: str) -> dict[str, bool]:
        if self._in_flight >= _IN_FLIGHT_MAX:
            raise Overloaded("too many notifications at once; deliver this one again later")
        self._in_flight += 1
        try:
            return await self._forward(request, endpoint)
        finally:
            self._in_flight -= 1

    async def _forward(self, request: Request, endpoint: str) -> dict[str, bool]:
        signature = request.headers.get("stripe-signature", "")
        if not signature:
            raise SignatureMissing("no Stripe-Signature header")
        payload = await read_body(request, bytes_max=BYTES_MAX)
        response = await call(
            self._payouts.ReceiveWebhook,
            service_pb2.ReceiveWebhookRequest(
                endpoint=endpoint, payload=payload, signature=signature
            ),
            timeout_seconds=self._timeout_seconds,
            request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        )
        log.debug("webhook.received", endpoint=endpoint, duplicate=response.duplicate)
        return {"received": True, "duplicate": response.duplicate}
