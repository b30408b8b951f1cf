"""The control API's part about payments: what payers and their banks do.

POST /_sandbox/authenticate_payment  {"payment_intent", "succeeded"?}
POST /_sandbox/fail_refund           {"refund"}, also after it was called done
POST /_sandbox/dispute               {"charge", "amount"?}
POST /_sandbox/close_dispute         {"dispute", "status": won or lost}
POST /_sandbox/reverse_topup         {"topup", "status"?: reversed, failed or canceled}
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from deploy.local.stripe_sandbox import disputes, payment_intents, refunds, topups
from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.world import Sandbox


class PaymentControl:
    """Handlers of the control API about payments."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_post("/_sandbox/authenticate_payment", self.authenticate)
        router.add_post("/_sandbox/fail_refund", self.fail_refund)
        router.add_post("/_sandbox/dispute", self.dispute)
        router.add_post("/_sandbox/close_dispute", self.close_dispute)
        router.add_post("/_sandbox/reverse_topup", self.reverse_topup)

    async def authenticate(self, request: web.Request) -> web.Response:
        """Answer the card's bank, rightly unless `succeeded` is false."""
        body = await _json(request)
        intent = self._find(body, "payment_intent", status="requires_action")
        with self._sandbox.database.transaction():
            after = payment_intents.authenticate(
                self._sandbox, intent, succeeded=body.get("succeeded", True) is True
            )
        return web.json_response(after)

    async def fail_refund(self, request: web.Request) -> web.Response:
        """Have the payer's bank send a refund back."""
        refund = self._find(await _json(request), "refund", status="succeeded")
        with self._sandbox.database.transaction():
            return web.json_response(refunds.fail(self._sandbox, refund))

    async def dispute(self, request: web.Request) -> web.Response:
        """Have the payer's bank take a payment back, or part of it."""
        body = await _json(request)
        charge = self._find(body, "charge", status="succeeded")
        amount = body.get("amount", charge.body["amount"])
        if not isinstance(amount, int) or not 0 < amount <= charge.body["amount"]:
            raise _bad("amount must be a part of the charge")
        with self._sandbox.database.transaction():
            return web.json_response(disputes.open_dispute(self._sandbox, charge, amount=amount))

    async def close_dispute(self, request: web.Request) -> web.Response:
        """Have the payer's bank decide."""
        body = await _json(request)
        dispute = self._find(body, "dispute", status="needs_response")
        status = body.get("status")
        if status not in disputes.CLOSED:
            raise _bad(f"status must be one of {', '.join(disputes.CLOSED)}")
        with self._sandbox.database.transaction():
            return web.json_response(disputes.close(self._sandbox, dispute, status=str(status)))

    async def reverse_topup(self, request: web.Request) -> web.Response:
        """Have the platform's bank take a top-up back that has succeeded."""
        body = await _json(request)
        topup = self._find(body, "topup", status="succeeded")
        status = body.get("status", topups.TAKEN_BACK[0])
        if status not in topups.TAKEN_BACK:
            raise _bad(f"status must be one of {', '.join(topups.TAKEN_BACK)}")
        with self._sandbox.database.transaction():
            return web.json_response(topups.reverse(self._sandbox, topup, status=str(status)))

    def _find(self, body: dict[str, Any], kind: str, *, status: str) -> Stored:
        found = self._sandbox.objects.find(str(body.get(kind, "")), kind=kind)
        if found is None or found.body["status"] != status:
            raise _bad(f"{kind} must name one whose status is {status}")
        return found


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError as cause:
        raise _bad("the body must be JSON") from cause
    if not isinstance(body, dict):
        raise _bad("the body must be a JSON object")
    return body


def _bad(message: str) -> ApiError:
    return ApiError(status=400, kind="sandbox_control_error", message=message)
